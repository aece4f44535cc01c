"""Small pieces of Markdown that all documents share.

Belongs here: cells, tables and the mark of a generated file. Does not belong here: the content of a
particular document.
"""

from collections.abc import Iterable, Sequence


def cell(text: object) -> str:
    """Text of one table cell, on one line."""
    return " ".join(str(text).split()).replace("|", "\\|")


def code(text: object) -> str:
    """Text as code; nothing for an empty one."""
    shown = cell(text)
    return f"`{shown}`" if shown else ""


def codes(texts: Iterable[object]) -> str:
    """Several texts as code, with commas."""
    return ", ".join(code(text) for text in texts)


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Lines of a table.

    Args:
        headings: One per column.
        rows: Cells, already in Markdown.
    """
    return [
        f"| {' | '.join(headings)} |",
        f"|{'---|' * len(headings)}",
        *(f"| {' | '.join(str(value) for value in row)} |" for row in rows),
    ]


def document(title: str, introduction: str, lines: Iterable[str]) -> str:
    """A whole document.

    Args:
        title: Its first heading.
        introduction: What it holds and how it came about, already wrapped.
        lines: The rest.
    """
    return "\n".join((f"# {title}", "", introduction.strip(), *lines)) + "\n"
