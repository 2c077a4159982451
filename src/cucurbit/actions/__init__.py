"""What the commands do, as plain functions: settings in, dataclasses out. Nothing is printed here."""
