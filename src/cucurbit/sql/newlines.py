"""Carriage returns in constants, which no text file keeps for sure: editors and version control change them."""

from __future__ import annotations


def without_returns(sql: str) -> str:
    r"""The statement with each carriage return of a constant as \r; what PostgreSQL reads is the same."""
    if "\r" not in sql:
        return sql
    from pglast import parser

    text = sql
    for token in reversed(parser.scan(sql)):
        constant = sql[token.start : token.end + 1]
        if token.name == "SCONST" and "\r" in constant:
            text = text[: token.start] + _escaped(constant) + text[token.end + 1 :]
    return text


def _escaped(constant: str) -> str:
    if constant[0] in "eE":
        return constant.replace("\r", "\\r")
    if constant.startswith("$"):
        tag = constant[: constant.index("$", 1) + 1]
        inner = constant[len(tag) : -len(tag)].replace("'", "''")
    else:
        inner = constant[1:-1]
    return "E'" + inner.replace("\\", "\\\\").replace("\r", "\\r") + "'"
