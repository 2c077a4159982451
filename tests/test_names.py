"""The word lists of `sql/names.py` against the parser's own."""

from __future__ import annotations

from pglast import keywords

from cucurbit.sql.names import quote


def test_every_word_that_is_not_unreserved_gets_quotes() -> None:
    """And no other word of the grammar does."""
    reserved = keywords.RESERVED_KEYWORDS | keywords.TYPE_FUNC_NAME_KEYWORDS | keywords.COL_NAME_KEYWORDS
    assert {word for word in reserved | keywords.UNRESERVED_KEYWORDS if quote(word) != word} == reserved
