"""The server's side: connections, catalogs, the ledger, scratch databases."""
