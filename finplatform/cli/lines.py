"""Lines of text for people, of which some parts have a style and none is taken for markup.

Belongs here: making one. Does not belong here: printing it (see `output`).
"""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.text import Text

from finplatform.cli.output import ERR


def line(*parts: str | tuple[str, str]) -> Text:
    """Text of parts, each with or without a style; control characters are spelt.

    Args:
        parts: Text, or text and the name of its style.
    """
    pieces = ((part, "") if isinstance(part, str) else part for part in parts)
    return Text.assemble(*((_spelt(text), style) for text, style in pieces))


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Shows what goes on, on a terminal, until the block ends."""
    with ERR.status(line(what)):
        yield


def _spelt(text: str) -> str:
    return "".join(c if c.isprintable() or c == "\n" else f"\\u{ord(c):04x}" for c in text)
