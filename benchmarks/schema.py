"""The schema that every tool is measured on: the same tables and entities, wherever and whenever it is made.

Nothing here is random and no tool is imported. Entities come in tens, so that a prefix of any length has the same
mixture (45 % views, 45 % functions, 10 % triggers) and refers to earlier entities only.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count, islice
from textwrap import dedent
from typing import Literal

import sqlalchemy as sa

Kind = Literal["view", "function", "trigger"]

SCHEMA = "public"

NOUNS = (
    "customers", "addresses", "products", "categories", "suppliers", "warehouses", "orders", "order_lines", "invoices",
    "payments", "refunds", "shipments", "carriers", "reviews", "tags", "coupons", "carts", "returns", "employees",
    "departments",
)  # fmt: skip

# Ten entities at a time; the two rows take turns, which makes nine views, nine functions and two triggers of twenty.
TENS = (
    ("trigger function", "view", "function", "view", "function", "view", "function", "view", "function", "trigger"),
    ("view", "trigger function", "view", "function", "view", "function", "view", "function", "view", "trigger"),
)


@dataclass(frozen=True)
class Statement:
    """One entity.

    `signature` is what identifies it beside its name: a function's argument types, a trigger's table, nothing for a
    view. `sql` is one CREATE statement without OR REPLACE and without a semicolon.
    """

    kind: Kind
    schema: str
    name: str
    signature: str
    sql: str


def tables(n: int = 20) -> sa.MetaData:
    """Return `n` tables of eleven typed columns, every other one with a foreign key, most of them with an index."""
    metadata = sa.MetaData()
    for number in range(n):
        _table(number, metadata)
    return metadata


def entities(n: int, tables: int = 20) -> list[Statement]:
    """Return the first `n` entities over the tables of `tables(tables)`, in an order in which they can be created."""
    return list(islice(_endless(tables), n))


def table_name(number: int) -> str:
    """Return the name of the table with that number: a noun, from the second round on with the round's number."""
    again, noun = divmod(number, len(NOUNS))
    return f"{NOUNS[noun]}_{again}" if again else NOUNS[noun]


def _table(number: int, metadata: sa.MetaData) -> sa.Table:
    name = table_name(number)
    parent = sa.Column("parent_id", sa.BigInteger)
    if number % 2:
        parent = sa.Column("parent_id", sa.ForeignKey(f"{table_name(_parent(number))}.id", name=f"{name}_parent_fkey"))
    table = sa.Table(
        name,
        metadata,
        sa.Column("id", sa.BigInteger, primary_key=True),
        parent,
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("amount", sa.Numeric(12, 2), nullable=False),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("happened_on", sa.Date),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True)),
    )
    if number % 3 == 0:
        sa.Index(f"{name}_code_key", table.c.code, unique=True)
    if number % 2 == 0:
        sa.Index(f"{name}_status_idx", table.c.status, table.c.happened_on)
    return table


def _parent(number: int) -> int:
    return (number - 1) // 2


@dataclass(frozen=True)
class _Ground:
    """What an entity stands on: two joined tables, a number to differ by, and the newest name of every shape."""

    number: int
    child: str
    parent: str
    newest: dict[str, str]


def _endless(tables: int) -> Iterator[Statement]:
    """Yield entities for ever, shape after shape within each kind."""
    newest: dict[str, str] = {}
    made = {role: count() for role in SHAPES}
    for ten in count():
        for role in TENS[ten % len(TENS)]:
            number = next(made[role])
            shapes = SHAPES[role]
            shape = shapes[number % len(shapes)]
            child = 1 + number * 7 % (tables - 1)
            ground = _Ground(number, f"{SCHEMA}.{table_name(child)}", f"{SCHEMA}.{table_name(_parent(child))}", newest)
            statement = shape(ground)
            newest[shape.__name__] = f"{statement.schema}.{statement.name}"
            yield statement


def _statement(kind: Kind, name: str, signature: str, sql: str) -> Statement:
    return Statement(kind, SCHEMA, name, signature, dedent(sql).strip())


def joined_totals(on: _Ground) -> Statement:
    name = f"joined_totals_{on.number}"
    return _statement("view", name, "", f"""\
        create view {SCHEMA}.{name} as
        select
            c.id,
            c.code,
            c.status,
            p.title as parent_title,
            c.amount * c.quantity as total,
            c.happened_on
        from {on.child} c
        join {on.parent} p on p.id = c.parent_id
        where c.active
          and p.status <> 'closed'
          and c.amount >= {on.number}
        """)  # fmt: skip


def monthly_summary(on: _Ground) -> Statement:
    name = f"monthly_summary_{on.number}"
    return _statement("view", name, "", f"""\
        create view {SCHEMA}.{name} as
        select
            date_trunc('month', c.created_at) as month,
            c.status,
            count(*) as how_many,
            sum(c.amount) as amount,
            sum(c.amount) filter (where c.active) as active_amount,
            max(c.updated_at) as last_change
        from {on.child} c
        left join {on.parent} p on p.id = c.parent_id and p.active
        where c.status in ('open', 'paid', 'sent')
          and c.quantity > {on.number}
        group by date_trunc('month', c.created_at), c.status
        having count(*) > 1
        """)  # fmt: skip


def graded(on: _Ground) -> Statement:
    name = f"graded_{on.number}"
    return _statement("view", name, "", f"""\
        create view {SCHEMA}.{name} as
        select
            c.id,
            c.code,
            upper(c.title) as title,
            case
                when c.amount > {on.number + 1000} then 'high'
                when c.amount > {on.number} then 'middle'
                else 'low'
            end as grade,
            {on.newest["with_rate"]}(c.amount, 0.2) as with_tax,
            coalesce(c.updated_at, c.created_at)::date as touched_on
        from {on.child} c
        where c.happened_on >= date '2020-01-01'
           or c.happened_on is null
        """)  # fmt: skip


def open_totals(on: _Ground) -> Statement:
    name = f"open_totals_{on.number}"
    return _statement("view", name, "", f"""\
        create view {SCHEMA}.{name} as
        select t.id, t.code, t.total, t.happened_on, p.quantity as in_stock
        from {on.newest["joined_totals"]} t
        join {on.parent} p on p.code = t.code
        where t.status = 'open'
          and t.total > {on.number}
        """)  # fmt: skip


def ranked(on: _Ground) -> Statement:
    name = f"ranked_{on.number}"
    return _statement("view", name, "", f"""\
        create view {SCHEMA}.{name} as
        with recent as (
            select c.id, c.parent_id, c.title, c.amount, c.happened_on
            from {on.child} c
            where c.active and c.quantity between 1 and {on.number + 100}
        ),
        placed as (
            select
                r.*,
                row_number() over (partition by r.parent_id order by r.amount desc, r.id) as place,
                sum(r.amount) over (partition by r.parent_id) as parent_amount
            from recent r
        )
        select placed.id, placed.title, placed.place, placed.amount / nullif(placed.parent_amount, 0) as share
        from placed
        join {on.parent} p on p.id = placed.parent_id
        where placed.place <= 10
        """)  # fmt: skip


def daily_report(on: _Ground) -> Statement:
    name = f"daily_report_{on.number}"
    return _statement("view", name, "", f"""\
        create view {SCHEMA}.{name} as
        select 'totals' as source, o.happened_on as day, sum(o.total) as amount
        from {on.newest["open_totals"]} o
        group by o.happened_on
        union all
        select 'plain', c.happened_on, sum(c.amount)
        from {on.child} c
        where exists (select 1 from {on.parent} p where p.id = c.parent_id and p.quantity > {on.number})
        group by c.happened_on
        """)  # fmt: skip


def with_rate(on: _Ground) -> Statement:
    name = f"with_rate_{on.number}"
    return _statement("function", name, "numeric, numeric", f"""\
        create function {SCHEMA}.{name}(amount numeric, rate numeric)
        returns numeric
        language sql
        immutable
        as $$
            select round(amount * (1 + rate) + {on.number}, 2)
        $$
        """)  # fmt: skip


def overdue_count(on: _Ground) -> Statement:
    name = f"overdue_count_{on.number}"
    return _statement("function", name, "date, text", f"""\
        create function {SCHEMA}.{name}(since date, only_status text default 'open')
        returns bigint
        language plpgsql
        stable
        as $$
        declare
            found_rows bigint;
        begin
            select count(*) into found_rows
            from {on.child} c
            join {on.parent} p on p.id = c.parent_id
            where c.happened_on < since
              and c.status = only_status
              and c.quantity > {on.number};
            return coalesce(found_rows, 0);
        end;
        $$
        """)  # fmt: skip


def search(on: _Ground) -> Statement:
    name = f"search_{on.number}"
    return _statement("function", name, "text, integer", f"""\
        create function {SCHEMA}.{name}(needle text, how_many integer default 20)
        returns table (id bigint, title text, amount numeric)
        language sql
        stable
        as $$
            select c.id, c.title, c.amount
            from {on.child} c
            where c.title ilike '%' || needle || '%'
               or c.code = needle
            order by c.amount desc, c.id
            limit least(how_many, {on.number + 50})
        $$
        """)  # fmt: skip


def move_quantity(on: _Ground) -> Statement:
    name = f"move_quantity_{on.number}"
    return _statement("function", name, "bigint, bigint, integer", f"""\
        create function {SCHEMA}.{name}(from_id bigint, to_id bigint, pieces integer)
        returns boolean
        language plpgsql
        as $$
        declare
            held integer;
        begin
            select c.quantity into held from {on.child} c where c.id = from_id for update;
            if held is null then
                raise exception 'no row % to take % pieces from', from_id, pieces;
            end if;
            if held - pieces < {on.number % 10} then
                return false;
            end if;
            update {on.child} set quantity = quantity - pieces where id = from_id;
            update {on.child} set quantity = quantity + pieces where id = to_id;
            return true;
        end;
        $$
        """)  # fmt: skip


def codes(on: _Ground) -> Statement:
    name = f"codes_{on.number}"
    return _statement("function", name, "bigint[]", f"""\
        create function {SCHEMA}.{name}(ids bigint[])
        returns text[]
        language sql
        stable
        as $$
            select array_agg(lower(c.code) order by c.id)
            from {on.child} c
            where c.id = any(ids)
              and c.amount > {on.number}
        $$
        """)  # fmt: skip


def label(on: _Ground) -> Statement:
    name = f"label_{on.number}"
    return _statement("function", name, "timestamp with time zone, boolean", f"""\
        create function {SCHEMA}.{name}(happened timestamp with time zone, active boolean)
        returns text
        language plpgsql
        stable
        as $$
        declare
            age interval := now() - happened;
        begin
            if not active then
                return 'closed';
            elsif age > interval '{on.number + 1} days' then
                return format('old (%s days)', extract(day from age));
            end if;
            return to_char(happened, 'YYYY-MM-DD');
        end;
        $$
        """)  # fmt: skip


def keep_row(on: _Ground) -> Statement:
    name = f"keep_row_{on.number}"
    return _statement("function", name, "", f"""\
        create function {SCHEMA}.{name}()
        returns trigger
        language plpgsql
        as $$
        begin
            new.updated_at := now();
            if new.quantity < 0 then
                raise exception 'quantity % is below zero', new.quantity;
            end if;
            new.amount := greatest(new.amount, {on.number % 7});
            return new;
        end;
        $$
        """)  # fmt: skip


def before_write(on: _Ground) -> Statement:
    name = f"before_write_{on.number}"
    return _statement("trigger", name, on.child, f"""\
        create trigger {name}
        before insert or update on {on.child}
        for each row
        execute function {on.newest["keep_row"]}()
        """)  # fmt: skip


def after_change(on: _Ground) -> Statement:
    name = f"after_change_{on.number}"
    return _statement("trigger", name, on.child, f"""\
        create trigger {name}
        after update of amount, quantity on {on.child}
        for each row
        when (old.amount is distinct from new.amount)
        execute function {on.newest["keep_row"]}()
        """)  # fmt: skip


SHAPES: dict[str, tuple[Callable[[_Ground], Statement], ...]] = {
    "view": (joined_totals, monthly_summary, graded, open_totals, ranked, daily_report),
    "function": (with_rate, overdue_count, search, move_quantity, codes, label),
    "trigger function": (keep_row,),
    "trigger": (before_write, after_change),
}
