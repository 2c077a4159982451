"""What publications and subscriptions have in common: their settings, `WITH (publish = 'insert', binary)`."""

from __future__ import annotations

from cucurbit.sql.parse import Fields, strings

_TRUTHS = {"on": "true", "1": "true", "yes": "true", "off": "false", "0": "false", "no": "false"}


def settings_of(fields: Fields) -> dict[str, str]:
    """The settings of `WITH (publish = 'insert', binary)` in a tree, by their names; one without a value is `true`."""
    return {node["DefElem"]["defname"]: _said(node["DefElem"].get("arg")) for node in fields.get("options", ())}


def truth(value: str) -> str:
    """`true` or `false` for any spelling of a truth value; anything else as it is."""
    return _TRUTHS.get(value.lower(), value.lower())


def _said(node: Fields | None) -> str:
    if node is None:
        return "true"
    ((tag, value),) = node.items()
    if tag == "TypeName":  # a bare word that is no keyword
        return ".".join(strings(value["names"]))
    return str(next(iter(value.values()), "" if tag == "String" else 0))
