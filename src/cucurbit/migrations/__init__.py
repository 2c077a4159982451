"""Alembic's side: the operations, autogenerate, the revision files, and running them. Nothing else imports Alembic."""
