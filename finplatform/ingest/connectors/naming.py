"""Names of columns and files: what messages show of them, and paths that must stay below a root.

A name may be personal data: the first row of a file without a header, or a file's name in another
encoding.
"""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path, PurePosixPath

from finplatform.errors import FinplatformError

_COLUMN = re.compile(r"[A-Za-z_][A-Za-z0-9_ .-]{0,62}")

_LIKE = 0.7
"""Similarity to a wanted column, of at most 1, from which a name counts as its misspelling."""


def shown_columns(found: Sequence[str], wanted: Sequence[str]) -> str:
    """Text of a message about the columns of a source.

    Names are shown only if at least half of the wanted columns exist, and if they equal or resemble
    a wanted column.

    Args:
        found: Columns of the source.
        wanted: Source columns that the configuration and the contract need.
    """
    if not is_header(found, wanted):
        return (
            f"It has {len(found)} columns, whose names are not shown, since they may be values:"
            " the first line may be no header"
        )
    names = [name for name in found if _COLUMN.fullmatch(name) and _is_like(name, wanted)]
    others = len(found) - len(names)
    return f"It has: {', '.join(names)}{f', and {others} more' if others else ''}"


def _is_like(name: str, wanted: Sequence[str]) -> bool:
    plain = [other.lower() for other in wanted]
    return bool(get_close_matches(name.lower(), plain, n=1, cutoff=_LIKE))


def is_header(found: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether the first line is a header: at least half of the wanted columns exist."""
    known = set(found) & set(wanted)
    return bool(known) and 2 * len(known) >= len(set(wanted))


def shown_name(name: str | Path) -> str:
    r"""A file's name in characters that a terminal, a log and a database can hold.

    Bytes outside text, and control characters, are escaped: `\xff`.
    """
    return "".join(
        character if character.isprintable() else _spelt(character) for character in str(name)
    )


def is_plain_name(name: str) -> bool:
    """Whether a file's name consists of printable characters."""
    return name.isprintable()


def _spelt(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def check_inside(relation: str, root: Path) -> None:
    """Refuses a name or glob that leads out of the folder.

    Args:
        relation: Name or glob below the folder.
        root: The folder.

    Raises:
        FinplatformError: If it is absolute, contains `..`, or is no file name.
    """
    parts = PurePosixPath(relation).parts
    if not parts or ".." in parts or relation.startswith("/") or "\0" in relation:
        raise FinplatformError(
            f"{shown_name(relation)} is no file name below {shown_name(root)}.",
            "Give `read` a name or glob that starts at `root` and stays below it.",
        )


def resolved_below(path: Path, root: Path) -> Path:
    """Target of a path, with symbolic links resolved.

    Args:
        path: A path below the folder.
        root: The folder, resolved.

    Raises:
        FinplatformError: If it leads out of the folder, or in a circle.
    """
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise FinplatformError(
            f"{shown_name(path)} leads to no file.", "Replace the symbolic link by the file."
        ) from error
    if not target.is_relative_to(root):
        raise FinplatformError(
            f"{shown_name(path)} is a link that leads out of {shown_name(root)}.",
            "Put the file itself there, or give the source the folder that holds it as `root`.",
        )
    return target
