"""The observer is the judge of other tests, so it is tried first: what it sees, and what it does not."""

from __future__ import annotations

import pytest

from tests import observer, servers
from tests.servers import Database, Server

# The roles are PostgreSQL's own: others would outlive the database.
SCHEMA = r"""
CREATE TYPE state AS ENUM ('open', 'paid');
CREATE TYPE pair AS (a int, b int);
CREATE SEQUENCE ticket;
CREATE TABLE orders (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    "größe, (cm" numeric(10, 2) DEFAULT round(1.005, 2),
    note text DEFAULT 'a, (b'';
c' CHECK (note <> ALL (ARRAY['x', 'y'])),
    seen timestamptz DEFAULT '2020-01-01 00:00:00+00'
);
CREATE TABLE lines (id int, order_id int REFERENCES orders, EXCLUDE (id WITH =));
CREATE TABLE parts (id int, day date) PARTITION BY RANGE (day, id);
CREATE INDEX lines_order ON lines (order_id);
CREATE VIEW open_orders AS SELECT id, note FROM orders WHERE note = 'open';
CREATE MATERIALIZED VIEW totals AS SELECT count(*) AS n FROM orders;
CREATE UNIQUE INDEX totals_n ON totals (n);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $body$
-- Name: touch; Tablespace: none
/*
\restrict observer
\unrestrict observer
*/
BEGIN
    PERFORM 'ö;', $$;$$;
    RETURN NEW;
END $body$;
CREATE FUNCTION total(a int) RETURNS int BEGIN ATOMIC SELECT a; SELECT a + 1; END;
CREATE TRIGGER touch BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();
CREATE POLICY own ON orders USING (note = CURRENT_USER);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE RULE quiet AS ON DELETE TO lines DO INSTEAD NOTHING;
GRANT SELECT ON lines TO pg_monitor WITH GRANT OPTION;
"""

# A change that the observer must see, and what takes it back, after which it must see nothing.
CHANGES = {
    "view": (
        "CREATE OR REPLACE VIEW open_orders AS SELECT id, note FROM orders WHERE note = 'Open'",
        "CREATE OR REPLACE VIEW open_orders AS SELECT id, note FROM orders WHERE note = 'open'",
    ),
    "view's option": (
        "ALTER VIEW open_orders SET (security_barrier)",
        "ALTER VIEW open_orders RESET (security_barrier)",
    ),
    "order of a view's columns": (
        "DROP VIEW open_orders; CREATE VIEW open_orders AS SELECT note, id FROM orders WHERE note = 'open'",
        "DROP VIEW open_orders; CREATE VIEW open_orders AS SELECT id, note FROM orders WHERE note = 'open'",
    ),
    "owner": ("ALTER VIEW open_orders OWNER TO pg_monitor", "ALTER VIEW open_orders OWNER TO postgres"),
    "grant": ("GRANT SELECT ON open_orders TO pg_monitor", "REVOKE SELECT ON open_orders FROM pg_monitor"),
    "grant on a column": (
        "GRANT SELECT (id) ON open_orders TO pg_monitor",
        "REVOKE SELECT (id) ON open_orders FROM pg_monitor",
    ),
    "default privileges": (
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO pg_monitor",
        "ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM pg_monitor",
    ),
    "comment": ("COMMENT ON VIEW open_orders IS '-- open'", "COMMENT ON VIEW open_orders IS NULL"),
    "disabled trigger": ("ALTER TABLE orders DISABLE TRIGGER touch", "ALTER TABLE orders ENABLE TRIGGER touch"),
    "disabled rule": ("ALTER TABLE lines DISABLE RULE quiet", "ALTER TABLE lines ENABLE RULE quiet"),
    "index": ("CREATE INDEX extra ON orders (note)", "DROP INDEX extra"),
    "index of a materialized view": ("DROP INDEX totals_n", "CREATE UNIQUE INDEX totals_n ON totals (n)"),
    "policy": ("ALTER POLICY own ON orders USING (true)", "ALTER POLICY own ON orders USING (note = CURRENT_USER)"),
    "row security": (
        "ALTER TABLE orders DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE orders ENABLE ROW LEVEL SECURITY",
    ),
    "forced row security": (
        "ALTER TABLE orders FORCE ROW LEVEL SECURITY",
        "ALTER TABLE orders NO FORCE ROW LEVEL SECURITY",
    ),
    "order of an enum's values": (
        "DROP TYPE state; CREATE TYPE state AS ENUM ('paid', 'open')",
        "DROP TYPE state; CREATE TYPE state AS ENUM ('open', 'paid')",
    ),
    "order of a type's attributes": (
        "DROP TYPE pair; CREATE TYPE pair AS (b int, a int)",
        "DROP TYPE pair; CREATE TYPE pair AS (a int, b int)",
    ),
    "order of a partition key": (
        "DROP TABLE parts; CREATE TABLE parts (id int, day date) PARTITION BY RANGE (id, day)",
        "DROP TABLE parts; CREATE TABLE parts (id int, day date) PARTITION BY RANGE (day, id)",
    ),
    "function in SQL": (
        "CREATE OR REPLACE FUNCTION total(a int) RETURNS int BEGIN ATOMIC SELECT a; SELECT a + 2; END",
        "CREATE OR REPLACE FUNCTION total(a int) RETURNS int BEGIN ATOMIC SELECT a; SELECT a + 1; END",
    ),
    "blank in a function's text": (
        "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT 'a  b' $$",
        "DROP FUNCTION f",
    ),
    "default": (
        "ALTER TABLE orders ALTER note SET DEFAULT 'a, (b'",
        "ALTER TABLE orders ALTER note SET DEFAULT E'a, (b'';\nc'",
    ),
    "not null": ("ALTER TABLE lines ALTER id SET NOT NULL", "ALTER TABLE lines ALTER id DROP NOT NULL"),
    "type of a column": ("ALTER TABLE lines ALTER id TYPE bigint", "ALTER TABLE lines ALTER id TYPE int"),
    "unlogged": ("ALTER TABLE lines SET UNLOGGED", "ALTER TABLE lines SET LOGGED"),
    "sequence": ("ALTER SEQUENCE ticket INCREMENT 2", "ALTER SEQUENCE ticket INCREMENT 1"),
}


@pytest.fixture
def schema(database: Database) -> Database:
    """A database with something of everything in it."""
    database.execute(SCHEMA)
    return database


@pytest.mark.parametrize(("change", "undo"), CHANGES.values(), ids=CHANGES.keys())
def test_sees_a_change_and_that_it_is_taken_back(schema: Database, change: str, undo: str) -> None:
    before = observer.dump(schema)

    schema.execute(change)
    assert observer.difference(before, observer.dump(schema))

    schema.execute(undo)
    assert observer.difference(before, observer.dump(schema)) == ""


@pytest.mark.servers("14")
def test_sees_the_same_changes_on_older_servers(schema: Database) -> None:
    before = observer.dump(schema)

    for name, (change, undo) in CHANGES.items():
        schema.execute(change)
        assert observer.difference(before, observer.dump(schema)), name
        schema.execute(undo)

    assert observer.difference(before, observer.dump(schema)) == ""


@pytest.mark.servers("18", "14")
def test_two_databases_of_one_schema_are_equal(schema: Database, server: Server) -> None:
    with servers.new_database(server) as twin:
        twin.execute(SCHEMA)

        assert observer.difference(observer.dump(schema), observer.dump(twin)) == ""


def test_an_address_does_for_a_database(schema: Database) -> None:
    assert observer.dump(schema.url) == observer.dump(schema)


def test_an_empty_database_and_a_full_one_differ(database: Database) -> None:
    empty = observer.dump(database)

    database.execute(SCHEMA)

    assert observer.difference(empty, observer.dump(database))


def test_sees_who_granted(schema: Database) -> None:
    schema.execute("GRANT SELECT ON lines TO pg_signal_backend")
    by_owner = observer.dump(schema)

    schema.execute(
        "REVOKE SELECT ON lines FROM pg_signal_backend; SET ROLE pg_monitor; GRANT SELECT ON lines TO pg_signal_backend"
    )

    assert observer.difference(by_owner, observer.dump(schema))


def test_sees_how_a_table_is_stored(schema: Database) -> None:
    schema.execute("CREATE ACCESS METHOD pile TYPE TABLE HANDLER heap_tableam_handler")
    before = observer.dump(schema)

    schema.execute("ALTER TABLE lines SET ACCESS METHOD pile")
    assert observer.difference(before, observer.dump(schema))

    schema.execute("ALTER TABLE lines SET ACCESS METHOD heap")
    assert observer.difference(before, observer.dump(schema)) == ""


def test_sees_where_a_table_is_stored(schema: Database) -> None:
    elsewhere = f"{schema.name}_elsewhere"
    before = observer.dump(schema)
    schema.execute("ALTER SYSTEM SET allow_in_place_tablespaces = on")
    schema.execute("SELECT pg_reload_conf()")
    schema.execute("SELECT pg_sleep(0.1)")
    schema.execute(f"CREATE TABLESPACE {elsewhere} LOCATION ''")
    try:
        schema.execute(f"ALTER TABLE lines SET TABLESPACE {elsewhere}")
        assert observer.difference(before, observer.dump(schema))
    finally:
        schema.execute("ALTER TABLE lines SET TABLESPACE pg_default")
        schema.execute(f"DROP TABLESPACE {elsewhere}")
    assert observer.difference(before, observer.dump(schema)) == ""


def test_does_not_see_the_order_of_columns(schema: Database) -> None:
    before = observer.dump(schema)

    schema.execute('ALTER TABLE orders DROP "größe, (cm"')
    schema.execute('ALTER TABLE orders ADD "größe, (cm" numeric(10, 2) DEFAULT round(1.005, 2)')

    assert observer.difference(before, observer.dump(schema)) == ""


def test_does_not_see_the_order_of_columns_in_a_table_with_constraints_inside(database: Database) -> None:
    database.execute("CREATE TABLE t (a int, b text, CHECK (a > 0), CHECK (b IN ('x', 'y')))")
    before = observer.dump(database)

    database.execute("DROP TABLE t; CREATE TABLE t (CHECK (b IN ('x', 'y')), b text, CHECK (a > 0), a int)")

    assert observer.difference(before, observer.dump(database)) == ""


def test_does_not_see_the_order_in_which_things_were_made_or_granted(database: Database) -> None:
    tables = ["CREATE TABLE b ()", "CREATE TABLE a ()"]
    grants = ["GRANT SELECT ON a TO pg_monitor", "GRANT SELECT ON a TO pg_signal_backend"]
    for statement in [*tables, *grants]:
        database.execute(statement)
    before = observer.dump(database)

    database.execute("DROP TABLE a, b")
    for statement in [*reversed(tables), *reversed(grants)]:
        database.execute(statement)

    assert observer.difference(before, observer.dump(database)) == ""


def test_does_not_see_the_order_of_statements() -> None:
    statements = [
        "CREATE VIEW v AS SELECT 1;",
        "CREATE FUNCTION f() RETURNS int AS $$;$$;",
        "COMMENT ON VIEW v IS 'a';",
    ]

    assert observer.normalise("\n".join(statements)) == observer.normalise("\n".join(reversed(statements)))


def test_does_not_see_rows_or_the_settings_of_the_database(schema: Database) -> None:
    before = observer.dump(schema)

    schema.execute("INSERT INTO orders (note) VALUES ('open')")
    schema.execute(f"ALTER DATABASE {schema.name} SET timezone = 'Asia/Tokyo'")
    schema.execute(f"ALTER DATABASE {schema.name} SET quote_all_identifiers = on")

    assert observer.difference(before, observer.dump(schema)) == ""


def test_does_not_see_an_excluded_table(schema: Database) -> None:
    before = observer.dump(schema)

    schema.execute("CREATE SCHEMA audit")
    schema.execute("CREATE TABLE audit.ledger (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text)")
    schema.execute("CREATE INDEX ON audit.ledger (name); GRANT SELECT ON audit.ledger TO pg_monitor")
    after = observer.dump(schema, exclude_tables=["audit.ledger"])

    schema.execute("DROP TABLE audit.ledger")
    assert observer.difference(after, observer.dump(schema)) == ""
    assert observer.difference(before, after)  # the schema is no table


def test_keeps_the_text_of_a_function(schema: Database) -> None:
    ((definition,),) = schema.execute("SELECT prosrc FROM pg_proc WHERE proname = 'touch'")

    assert definition in observer.dump(schema)


def test_a_database_that_is_not_there_is_an_error(server: Server) -> None:
    with pytest.raises(RuntimeError, match="nowhere"):
        observer.dump(server.url("nowhere"))


def test_does_not_see_the_order_of_columns_in_a_foreign_table(database: Database) -> None:
    database.execute("CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w")
    database.execute("CREATE FOREIGN TABLE t (a int OPTIONS (name 'x, y'), b text) SERVER s OPTIONS (b '1', a '2')")
    before = observer.dump(database)

    database.execute("ALTER FOREIGN TABLE t DROP a, ADD a int OPTIONS (name 'x, y')")
    assert observer.difference(before, observer.dump(database)) == ""

    database.execute("ALTER FOREIGN TABLE t ALTER a OPTIONS (SET name 'y, x')")
    assert observer.difference(before, observer.dump(database))


def test_sees_the_key_of_a_table_that_has_no_columns_of_its_own(database: Database) -> None:
    database.execute("CREATE TYPE pair AS (b int, a int); CREATE TABLE t OF pair PARTITION BY RANGE (b, a)")
    before = observer.dump(database)

    database.execute("DROP TABLE t; CREATE TABLE t OF pair PARTITION BY RANGE (a, b)")

    assert observer.difference(before, observer.dump(database))
