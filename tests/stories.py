"""Random graphs (tests/graphs.py), random changes of them, and what somebody makes by hand in between."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from tests import graphs
from tests.graphs import (
    OTHER,
    TYPES,
    WORD,
    Function,
    Graph,
    Node,
    Part,
    Policy,
    Ref,
    Story,
    Table,
    Trigger,
    View,
    Words,
)

OWNER = "pg_read_all_data"  # who may read what a materialized view of his reads
ROLES = ("pg_monitor", "pg_read_all_stats", "public")
WIDTH, DEPTH = 30, 6


@st.composite
def refs(draw: st.DrawFn, graph: Graph, relation: str) -> tuple[str, Ref]:
    """A column of a relation as it may stand in a query, and its family."""
    column, family = draw(st.sampled_from(sorted(graphs.columns_of(graph[relation]).items())))
    if family != "number":
        return family, Ref(relation, column)
    functions = [name for name in graphs.functions(graph) if graphs.depth(graph, name) < DEPTH]
    call = draw(st.sampled_from([None, *functions]))
    return family, Ref(relation, column, draw(st.sampled_from(("{}", "{}", "{} + 1", "{}::bigint"))), call)


@st.composite
def tables(draw: st.DrawFn, name: str) -> Table:
    """A table of one to four columns."""
    return Table(name, {c: draw(st.sampled_from(sorted(TYPES))) for c in "abcd"[: draw(st.integers(1, 4))]})


@st.composite
def views(draw: st.DrawFn, name: str, graph: Graph) -> View:
    """A view on one or two relations, mostly on the latest."""
    known = [r for r in graphs.relations(graph) if graphs.depth(graph, r) < DEPTH]
    first = draw(st.sampled_from(known[-3:]))
    second = draw(st.sampled_from([first, first, *known]))
    sources = tuple(dict.fromkeys((first, second)))
    words = [Ref(n, value, WORD) for n, node in graph.items() if isinstance(node, Words) for value in node.values]
    pick = st.sampled_from(sources).flatmap(lambda source: refs(graph, source))
    pick = st.one_of(pick, pick, st.sampled_from([("word", ref) for ref in words])) if words else pick
    picked = draw(st.lists(pick, min_size=1, max_size=3))
    columns: dict[str, tuple[str, Ref | None]] = dict(zip("pqr", picked, strict=False))
    condition = draw(st.none() | pick)
    return View(name, draw(st.sampled_from((False, False, True))), sources, columns, condition)


@st.composite
def routines(draw: st.DrawFn, name: str, graph: Graph) -> Function:
    """A function, of half of which the server knows what they read."""
    atomic = draw(st.booleans())
    # A body that is text is no dependant: what it reads had better stay where it is.
    able = [r for r in graphs.relations(graph) if graphs.depth(graph, r) < (DEPTH if atomic else 1)]
    reads = draw(st.sampled_from([None, *able]))
    column = draw(st.none() | st.sampled_from(sorted(graphs.columns_of(graph[reads])))) if reads else None
    calls = draw(st.sampled_from([None, *(f for f in graphs.functions(graph) if graphs.depth(graph, f) < DEPTH)]))
    returns = draw(st.sampled_from(("integer", "bigint")))
    return Function(name, atomic, returns, reads=reads, column=column, calls=calls)


@st.composite
def on_tables(draw: st.DrawFn, name: str, graph: Graph) -> Trigger | Policy:
    """A trigger or a policy."""
    table = draw(st.sampled_from([n for n, node in graph.items() if isinstance(node, Table)]))
    columns = sorted(graphs.columns_of(graph[table]))
    if draw(st.booleans()):
        return Policy(name, table, draw(refs(graph, table))[1])
    listed = draw(st.lists(st.sampled_from(columns), unique=True))
    return Trigger(name, table, tuple(listed), draw(st.none() | st.sampled_from(columns)))


@st.composite
def parts(draw: st.DrawFn, name: str, graph: Graph) -> Part | Words:
    """What calls a function, of a table that has a number; where there is none, a type."""
    functions = [node for node in graph.values() if isinstance(node, Function)]
    numbers = [
        (table, column)
        for table, node in graph.items()
        for column, family in graphs.columns_of(node).items()
        if isinstance(node, Table) and family == "number"
    ]
    taken = {(node.table, node.column) for node in graph.values() if isinstance(node, Part) and node.sort == "default"}
    if not functions or not numbers or draw(st.integers(0, 3)) == 0:
        return Words(name, ("one", "two"))
    function = draw(st.sampled_from(functions))
    table, column = draw(st.sampled_from(numbers))
    # What reads a relation has no place here, says the manual of CREATE TABLE; pg_dump would write circles.
    if function.reads or graphs.depth(graph, function.name):
        return Words(name, ("one",))
    sorts = ["check", *(["default"] if (table, column) not in taken else [])]
    sorts += ["index"] if function.volatility == "immutable" else []
    return Part(name, table, draw(st.sampled_from(sorts)), column, function.name)


@st.composite
def pictures(draw: st.DrawFn, prefix: str) -> Graph:
    """Up to thirty nodes, whose names begin with `prefix`."""
    graph: dict[str, Node] = {}
    for number in range(draw(st.integers(1, 3))):
        name = f"{prefix}t{number}"
        graph[name] = draw(tables(name))
    for number in range(draw(st.integers(1, WIDTH - len(graph)))):
        sort = draw(st.sampled_from("vvvvvffxp"))
        name = f"{prefix}{sort}{number}"
        match sort:
            case "v":
                graph[name] = draw(views(name, graph))
            case "f":
                graph[name] = draw(routines(name, graph))
            case "p":
                graph[name] = draw(parts(name, graph))
            case _:
                graph[name] = draw(on_tables(name, graph))
    return graph


# -- changes ----------------------------------------------------------------------------------------------------------


@st.composite
def changed(draw: st.DrawFn, graph: Graph, prefix: str) -> Graph:
    """One change: of a node in itself, or a column or a node less, or a view more."""
    how = draw(st.sampled_from(("node", "node", "node", "column", "drop", "add")))
    if how == "add":
        name = f"{prefix}late"
        return {**graph, name: draw(views(name, graph))} if name not in graph else graph
    if how == "column":
        able = [name for name in graphs.relations(graph) if len(graphs.columns_of(graph[name])) > 1]
        if not able:
            return graph
        lost = draw(st.sampled_from(able))
        column = draw(st.sampled_from(sorted(graphs.columns_of(graph[lost]))))
        return graphs.without(graph, lambda node, c: (node, c) == (lost, column))
    if how == "drop":
        able = [name for name, node in graph.items() if not isinstance(node, Table)]
        if not able:
            return graph
        lost = draw(st.sampled_from(able))
        return graphs.without(graph, lambda node, c: (node, c) == (lost, None))
    name = draw(st.sampled_from(list(graph)))
    return {**graph, name: draw(_otherwise(graph[name], graph))}


@st.composite
def _otherwise(draw: st.DrawFn, node: Node, graph: Graph) -> Node:
    """The same node with one thing changed."""
    match node:
        case Table():
            column = draw(st.sampled_from(sorted(node.columns)))
            return Table(node.name, {**node.columns, column: OTHER[node.columns[column]]})
        case View():
            return draw(_view_otherwise(node))
        case Function():
            return draw(_function_otherwise(node, graph))
        case Words():
            return replace(node, values=(*node.values, f"more{len(node.values)}"))
        case Part() | Policy():
            return node if isinstance(node, Part) and node.sort == "index" else replace(node, least=node.least + 1)
        case Trigger():
            return replace(node, when=None if node.when else "id")


@st.composite
def _function_otherwise(draw: st.DrawFn, node: Function, graph: Graph) -> Node:
    options: list[Function] = [
        replace(node, returns=OTHER[node.returns]),
        replace(node, argument="m" if node.argument == "n" else "n"),
        replace(node, constant=node.constant + 1),
    ]
    if not any(isinstance(part, Part) and part.call == node.name for part in graph.values()):  # of an index
        options.append(replace(node, volatility="stable" if node.volatility == "immutable" else "immutable"))
    return draw(st.sampled_from(options))


@st.composite
def _view_otherwise(draw: st.DrawFn, node: View) -> View:
    column = draw(st.sampled_from(sorted(node.columns)))
    family, ref = node.columns[column]
    options = [
        replace(node, columns={**node.columns, f"s{len(node.columns)}": (family, ref)}),
        replace(node, least=node.least + 1),
        replace(node, condition=None),
    ]
    if family == "number" and ref:
        retyped = ref._replace(wrap="{}" if ref.wrap == "{}::bigint" else "{}::bigint")
        options.append(replace(node, columns={**node.columns, column: (family, retyped)}))
    return draw(st.sampled_from(options))


# -- what is made by hand ---------------------------------------------------------------------------------------------


@st.composite
def productions(draw: st.DrawFn, before: Graph, after: Graph) -> str:
    """Statements that mean the same before and after: on what is there all the time."""
    common = {name: node for name, node in before.items() if name in after}
    made: list[str] = []
    for name, node in common.items():
        columns = sorted(graphs.columns_of(node).keys() & graphs.columns_of(after[name]).keys())
        if columns and draw(st.integers(0, 2)) == 0:
            made += draw(_marks(name, node, columns, draw(st.sampled_from(columns))))
        elif isinstance(node, Function) and draw(st.integers(0, 2)) == 0:
            made.append(f"comment on function {name}(numeric) is 'by hand';")
            made.append(f"revoke execute on function {name}(numeric) from public;")
            made.append(f"grant execute on function {name}(numeric) to {OWNER};")
            made.append(f"grant execute on function {name}(numeric) to pg_monitor with grant option;")
            made += draw(st.sampled_from(([], [f"alter function {name}(numeric) owner to {OWNER};"])))
        elif isinstance(node, Trigger) and draw(st.booleans()):
            made.append(
                f"alter table {node.table} {draw(st.sampled_from(('disable', 'enable always')))} trigger {name};"
            )
            made.append(f"comment on trigger {name} on {node.table} is 'by hand';")
        elif isinstance(node, Policy) and draw(st.booleans()):
            made.append(f"comment on policy {name} on {node.table} is 'by hand';")
    return "\n".join(made) + "\n"


@st.composite
def _marks(draw: st.DrawFn, name: str, node: Node, columns: list[str], column: str) -> list[str]:
    kind = "table" if isinstance(node, Table) else "materialized view" if _is_stored(node) else "view"
    role = draw(st.sampled_from(ROLES))
    test = f"{column} > 1" if graphs.columns_of(node)[column] == "number" else f"{column} is not null"
    choices = [
        f"grant select on {name} to {role};\ngrant select ({column}) on {name} to pg_monitor with grant option;",
        f"create view theirs_{name} as select {', '.join(columns)} from {name};\n"
        f"comment on view theirs_{name} is 'theirs';\ngrant select on theirs_{name} to {role};",
        f"create view tested_{name} as select 1 as one from {name} where {test};",
        f"create function reads_{name}() returns bigint language sql begin atomic"
        f" select count(*) from {name} where {test}; end;",
        f"alter {kind} {name} owner to {OWNER};",
    ]
    if kind != "table":  # whose comments are the models'
        choices.append(f"comment on {kind} {name} is 'by hand';\ncomment on column {name}.{column} is 'by hand, too';")
    if kind == "materialized view":
        choices.append(f"create index by_hand_{name} on {name} ({column}) where {test};")
        choices.append(f"create unique index key_{name} on {name} ({column});\ncomment on index key_{name} is 'a key';")
    if kind == "table":
        choices.append(f"create policy theirs_{name} on {name} using ({test});")
        choices.append(
            f"create rule theirs_{name} as on delete to {name} where old.{test} do instead nothing;\n"
            f"alter table {name} disable rule theirs_{name};"
        )
    if kind == "view":
        choices.append(
            f"create trigger theirs_{name} instead of update on {name} for each row execute function stamp();\n"
            f"comment on trigger theirs_{name} on {name} is 'theirs';"
        )
        choices.append(f"create rule theirs_{name} as on delete to {name} where old.{test} do instead nothing;")
    else:
        choices.append(
            f"create statistics theirs_{name} on ({test}), {column} from {name};\n"
            f"comment on statistics theirs_{name} is 'theirs';"
        )
    return draw(st.lists(st.sampled_from(choices), min_size=1, max_size=3, unique=True))


def _is_stored(node: Node) -> bool:
    return isinstance(node, View) and node.materialized


@st.composite
def stories(draw: st.DrawFn, prefix: str = "") -> Story:
    """A graph, one to four changes, and marks by hand."""
    before = draw(pictures(prefix))
    after = before
    for _ in range(draw(st.integers(1, 4))):
        after = draw(changed(after, prefix))
    production = draw(productions(before, after))
    able = [name for name, node in after.items() if name in before and isinstance(node, Table | View | Function)]
    if not able or draw(st.integers(0, 2)) < 2:
        return Story(before, after, production)
    old = draw(st.sampled_from(able))
    names = {old: f"{old}_anew"}
    return Story(before, graphs.renamed(after, old, names[old]), production, names)


@st.composite
def forests(draw: st.DrawFn, count: int) -> Story:
    """Several graphs that know nothing of each other, as one story: most of what a migration costs is one for all."""
    told = [draw(stories(f"{letter}_").filter(lambda story: story.is_change)) for letter in "abcdefgh"[:count]]
    before: dict[str, Node] = {}
    after: dict[str, Node] = {}
    names: dict[str, str] = {}
    for story in told:
        before |= story.before
        after |= story.after
        names |= story.names
    return Story(before, after, "".join(story.production for story in told), names)
