"""What PostgreSQL's SQL needs in order to mean the same in DuckDB.

Settings and macros, and two places in a query's text that DuckDB takes otherwise or not at all: an
aggregate of distinct texts, which PostgreSQL sorts, and a select list that is empty. All other text
runs as it stands; nothing is translated. Belongs here: those differences. Does not belong here:
tables.
"""

from collections.abc import Iterator

import duckdb
from sqlglot import exp, parse_one, tokenize
from sqlglot.errors import SqlglotError
from sqlglot.tokens import Token, TokenType

SETTINGS = (
    "set default_null_order = 'nulls_last_on_asc_first_on_desc'",
    "set integer_division = true",
)
"""PostgreSQL's places of nulls, and whole quotients of whole numbers."""

_FORMATS = {
    "YYYY": "%Y", "MM": "%m", "DD": "%d", "HH24": "%H", "MI": "%M", "SS": "%S", "MON": "%b",
}  # fmt: skip

_FORMAT = "format"
for _code, _form in _FORMATS.items():
    _FORMAT = f"replace({_FORMAT}, '{_code}', '{_form}')"

MACROS = (
    f"create macro bi.to_char(value, format) as strftime(value, {_FORMAT})",
    "create macro bi.datediff(last_date, first_date) as"
    " (cast(last_date as date) - cast(first_date as date))::integer",
)
"""Functions that DuckDB lacks, or has with other arguments."""


def adapt(connection: duckdb.DuckDBPyConnection) -> None:
    """Gives a session the settings and macros; the schema `bi` must be there."""
    for statement in (*SETTINGS, *MACROS):
        connection.execute(statement)


def adapted(text: str) -> str:
    """A query with those places written out that DuckDB takes otherwise."""
    try:
        tokens = tokenize(text, read="postgres")
    except SqlglotError:
        # DuckDB names the mistake better.
        return text
    for place, addition in sorted(_additions(text, tokens), reverse=True):
        text = text[:place] + addition + text[place:]
    return text


def table_names(text: str) -> set[str]:
    """Tables that a query names, as it writes them; none if it cannot be parsed.

    Args:
        text: The query.
    """
    try:
        parsed = parse_one(text, read="postgres")
    except SqlglotError:
        # DuckDB names the mistake better.
        return set()
    made = {common.alias_or_name for common in parsed.find_all(exp.CTE)}
    return {
        f"{table.db}.{table.name}" if table.db else table.name
        for table in parsed.find_all(exp.Table)
        if isinstance(table.this, exp.Identifier) and (table.db or table.name not in made)
    }


def _additions(text: str, tokens: list[Token]) -> Iterator[tuple[int, str]]:
    """Places in the text, and what is to be added there."""
    for number, token in enumerate(tokens):
        following = tokens[number + 1 : number + 3]
        if token.token_type is TokenType.SELECT and _are(following, "FROM"):
            yield token.end + 1, " 1"
        if token.text.upper() == "STRING_AGG" and _are(following, "(", "DISTINCT"):
            found = _arguments(tokens, number + 3)
            if found is not None:
                comma, closing = found
                argument = text[tokens[number + 3].start : tokens[comma].start].strip()
                yield tokens[closing].start, f" order by {argument}"


def _are(tokens: list[Token], *texts: str) -> bool:
    return [token.text.upper() for token in tokens[: len(texts)]] == list(texts)


def _arguments(tokens: list[Token], first: int) -> tuple[int, int] | None:
    """First comma and end of a call's arguments; None if they have an order, or no end."""
    depth, comma = 0, None
    for number in range(first, len(tokens)):
        kind = tokens[number].token_type
        if kind is TokenType.L_PAREN:
            depth += 1
        elif kind is TokenType.R_PAREN and depth == 0:
            return None if comma is None else (comma, number)
        elif kind is TokenType.R_PAREN:
            depth -= 1
        elif kind is TokenType.COMMA and depth == 0 and comma is None:
            comma = number
        elif kind is TokenType.ORDER_BY and depth == 0:
            return None
    return None
