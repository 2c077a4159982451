"""Secrets in SQL: passwords among the options of foreign servers and in connection strings.

They belong into no file and no ledger, and are printed nowhere. A secret is known by the name of its option, or by a
value that is a connection string with a password in it. The patterns mean the same to Python and to PostgreSQL.
"""

from __future__ import annotations

import re

from cucurbit.sql.names import literal

_NAME = (
    "passw|pwd|passphrase|secret|token|credential|api_?key|access_?key|private_?key|auth_?key|scram_(client|server)_key"
)
# Beside a secret: where it is kept, whose it is, whether there has to be one.
_HARMLESS = "(_id|_file|_path|_url|_uri|_required|_command|_name)$|^passfile$|^vault_"
_VALUE = (
    r"(^|[\s?&;,])(password|passwd|pwd|sslpassword|oauth_client_secret|scram_client_key|scram_server_key)\s*=\s*[^\s&;]"
    r"|://[^\s/?#@]*:[^\s/?#@]+@"
)
_IN_WORDS = r"[\s?&]*\m(password|passwd|pwd|sslpassword|oauth_client_secret)\s*=\s*('([^'\\]|\\.)*'|[^\s&]*)"
_IN_URL = r"(://[^\s/?#@:]*):[^\s/?#@]*(?=@)"
_WORD = re.compile(r"\w+")
_OWNER = re.compile(
    r"\b(?:(?:create|alter)\s+(?:user|role|group|server|subscription|foreign)|insert\s+into|update\s+[^;]*?\bset"
    r"|set\s+(?:local\s+|session\s+)?[\w.]+\s+to)\b|\bset\s+(?:local\s+|session\s+)?[\w.]+\s*=",
    re.IGNORECASE,
)
# Without its quotes, or in the wrong ones.
_BARE = re.compile(r"""(\bpassword\s+)(?!null\b|text\b|authentication\b)("[^"]*"|\w[^\s;,()]*)""", re.IGNORECASE)
_REPEATED = re.compile(r"( at or near|Failing row contains) .*")  # by the server
_CONSTANT = re.compile(r"'(?:[^']|'')*'?|\$(\w*)\$.*?(?:\$\1\$|\Z)|\"[^\"]*\s[^\"]*\"", re.DOTALL)


def is_secret(name: str, value: str) -> bool:
    """Whether an option of this name and value is, or has in it, what only its owner may know."""
    named = re.search(_NAME, name, re.IGNORECASE) and not re.search(_HARMLESS, name, re.IGNORECASE)
    return bool(named) or has_password(value)


def has_password(connection: str) -> bool:
    """Whether a connection string, of words or a URL, has a password in it."""
    return re.search(_VALUE, connection, re.IGNORECASE) is not None


def password_condition(connection: str) -> str:
    """`has_password` as an SQL condition on an expression."""
    return f"{connection} ~* {literal(_VALUE)}"


def without_password(connection: str) -> str:
    """An SQL expression for a connection string without its passwords."""
    words = rf"regexp_replace({connection}, {literal(_IN_WORDS)}, '', 'gi')"
    return f"btrim(regexp_replace({words}, {literal(_IN_URL)}, {literal(chr(92) + '1')}))"


def secret_condition(name: str, value: str) -> str:
    """`is_secret` as an SQL condition; name and value are SQL expressions."""
    return f"({name} ~* {literal(_NAME)} and {name} !~* {literal(_HARMLESS)} or {value} ~* {literal(_VALUE)})"


def speaks_of_secrets(sql: str) -> bool:
    """Whether a text has a constant with a password in it, or is about what has secrets, and has a word for one."""
    if _OWNER.search(sql) is not None and any(is_secret(word, "") for word in _WORD.findall(sql)):
        return True
    return any(has_password(found[0].strip("'")) for found in _CONSTANT.finditer(sql) if found[0].startswith("'"))


def tells_secret(sql: str) -> bool:
    """Whether a statement has a constant with a password in it, in a body as well: one that is only handled is none."""
    for found in _CONSTANT.finditer(sql):
        text = found[0]
        if not text.startswith("$"):
            tells = has_password(text.strip("'"))
        else:
            tells = tells_secret(text[text.index("$", 1) + 1 : text.rindex("$", 0, -1)])
        if tells:
            return True
    return False


def masked(sql: str) -> str:
    """A statement to be shown: without its constants where it speaks of secrets.

    Each becomes as long as it was, so that a caret below it points where it did.
    """
    return _without_constants(sql) if speaks_of_secrets(sql) else sql


def masked_words(said: str, sql: str) -> str:
    """What a server said of a statement, which may repeat a piece of it, without what `masked` hides."""
    if not speaks_of_secrets(sql):
        return said
    constants = [found[0].strip("'\"").replace("''", "'") for found in _CONSTANT.finditer(sql)]
    bare = [found[2].strip('"') for found in _BARE.finditer(sql)]
    for word in sorted(filter(None, [*constants, *bare]), key=len, reverse=True):
        said = said.replace(word, "…")
    return said.partition(" at or near ")[0]


def masked_urls(text: str) -> str:
    """A text of any sort, without the passwords of the URLs in it."""
    return re.sub(_IN_URL, r"\1:***", text)


def masked_lines(text: str) -> str:
    """A text in which statements may stand, each line by itself: it is no SQL, and has other quotes in it as well."""
    if not speaks_of_secrets(text):
        return text
    return "\n".join(_without_constants(_REPEATED.sub(r"\1 …", line)) for line in text.split("\n"))


def _without_constants(sql: str) -> str:
    hidden = _CONSTANT.sub(lambda found: "…" * len(found[0]), sql)
    return _BARE.sub(lambda found: found[1] + "…" * len(found[2]), hidden)
