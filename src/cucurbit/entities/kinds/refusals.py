"""Statements that define no entity, and why: by the parser's name for them, each with what to do instead."""

from __future__ import annotations

from cucurbit.sql.parse import Node

_MODELS = (
    "tables, columns and their constraints belong to the models",
    "Write it as a SQLAlchemy model, in a models module.",
)
_ROWS = (
    "rows are not part of a schema",
    "Write it into a migration: op.execute(…), in a revision that you write by hand.",
)
_GONE = "an entity goes when its declaration goes", "Remove the statement that declares it, and run makemigrations."
_ALTER = "an entity is declared as it is to be, not changed", "Write the CREATE statement as it would have to be now."
_SERVER = "it belongs to the server, and not to one database", "Whoever sets up the server runs it, once."

_OTHER_TYPES = "Declare a domain, a composite type, an enum or a range, or the extension that brings the type."
_BASE_TYPE = "a base type is made of functions in C, which are the server's and need a superuser", _OTHER_TYPES
_SHELL_TYPE = "a shell type is a name for a base type to come, and is none by itself", _OTHER_TYPES

# https://www.postgresql.org/docs/current/sql-commands.html
_BY_NODE = {
    "CreateStmt": _MODELS,
    "CreateTableAsStmt": _MODELS,
    "SelectStmt": ("a query defines nothing", "Give it a name: create view NAME as select …"),
    "InsertStmt": _ROWS,
    "UpdateStmt": _ROWS,
    "DeleteStmt": _ROWS,
    "MergeStmt": _ROWS,
    "CopyStmt": _ROWS,
    "TruncateStmt": _ROWS,
    "DropStmt": _GONE,
    "DropRoleStmt": _GONE,
    "DropOwnedStmt": _GONE,
    "DropSubscriptionStmt": _GONE,
    "DropUserMappingStmt": _GONE,
    "AlterOpFamilyStmt": _GONE,
    "AlterDomainStmt": _ALTER,
    "AlterEnumStmt": _ALTER,
    "AlterTypeStmt": _ALTER,
    "AlterCollationStmt": _ALTER,
    "AlterExtensionStmt": _ALTER,
    "AlterExtensionContentsStmt": _ALTER,
    "AlterFdwStmt": _ALTER,
    "AlterForeignServerStmt": _ALTER,
    "AlterUserMappingStmt": _ALTER,
    "AlterFunctionStmt": _ALTER,
    "AlterObjectDependsStmt": _ALTER,
    "AlterObjectSchemaStmt": _ALTER,
    "AlterOperatorStmt": _ALTER,
    "AlterPolicyStmt": _ALTER,
    "AlterPublicationStmt": _ALTER,
    "AlterSeqStmt": _ALTER,
    "AlterSubscriptionStmt": _ALTER,
    "AlterRoleStmt": _ALTER,
    "AlterTSDictionaryStmt": _ALTER,
    "RenameStmt": _ALTER,
    "ImportForeignSchemaStmt": (
        "what it makes depends on the other server",
        "Write each foreign table: create foreign table …; pg_dump prints those that an import made.",
    ),
    "CreatedbStmt": _SERVER,
    "DropdbStmt": _SERVER,
    "AlterDatabaseStmt": _SERVER,
    "AlterDatabaseSetStmt": _SERVER,
    "AlterDatabaseRefreshCollStmt": _SERVER,
    "CreateTableSpaceStmt": _SERVER,
    "DropTableSpaceStmt": _SERVER,
    "AlterTableSpaceOptionsStmt": _SERVER,
    "AlterTableMoveAllStmt": _SERVER,
    "AlterSystemStmt": _SERVER,
    "AlterRoleSetStmt": (
        "a role's settings are the server's, and not one database's",
        "Whoever sets up the server runs it.",
    ),
    "ReassignOwnedStmt": ("an owner is declared for each object", "Write: alter … owner to … for each of them."),
    "AlterTableStmt": _MODELS,
    "DoStmt": ("a block of code makes what nobody can tell beforehand", "Write it into a migration: op.execute(…)."),
    "CallStmt": ("a call makes what nobody can tell beforehand", "Write it into a migration: op.execute(…)."),
    "RefreshMatViewStmt": ("to refresh is no definition", "Run: python manage.py refreshviews"),
    "TransactionStmt": ("each revision is a transaction of its own", "Leave it out."),
    "VariableSetStmt": (
        "a setting ends with its session",
        "Functions keep one of their own: create function … set work_mem = …; schemas are written before names.",
    ),
}

_PARAMETERS = "storage parameters are part of what they are parameters of"
_OF_A_TABLE = """Those of a table belong to its model, those of its TOAST table too:
  __table_args__ = {"postgresql_with": {"fillfactor": 70, "toast.autovacuum_enabled": False}}"""


def refusal(node: Node) -> tuple[str, str]:
    """Why a statement defines no entity, and what to do instead."""
    commands = node.fields.get("cmds") or [{}]
    if commands[0].get("AlterTableCmd", {}).get("subtype") in ("AT_SetRelOptions", "AT_ResetRelOptions"):
        is_table = node.fields.get("objtype") == "OBJECT_TABLE"
        return _PARAMETERS, _OF_A_TABLE if is_table else "Write them there: create index … with (…), and so on."
    if node.tag == "AlterTableStmt" and node.fields.get("objtype") != "OBJECT_TABLE":
        return _ALTER
    if node.tag == "DefineStmt" and node.fields.get("kind") == "OBJECT_TYPE":
        return _BASE_TYPE if "definition" in node.fields else _SHELL_TYPE
    return _BY_NODE.get(node.tag, ("it defines nothing that lasts", "Leave it out."))
