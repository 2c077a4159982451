"""Entities: database objects other than tables, each defined by one SQL statement. Pure."""
