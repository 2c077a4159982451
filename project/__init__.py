"""The reference project: a shop."""
