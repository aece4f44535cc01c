"""Names of segments of the write-ahead log, and positions in it.

Belongs here: arithmetic. Does not belong here: files.
"""

import re
from collections.abc import Iterable, Iterator

SEGMENT_BYTES = 16 * 2**20
PARTIAL = ".partial"

_PER_LOG = 2**32 // SEGMENT_BYTES
_SEGMENT = re.compile(r"([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})(\.partial)?")


def position_of(text: str) -> int:
    """The position that PostgreSQL writes as `0/16EF778`."""
    high, low = text.split("/")
    return (int(high, 16) << 32) + int(low, 16)


def text_of(position: int) -> str:
    """A position as PostgreSQL writes it."""
    return f"{position >> 32:X}/{position & 0xFFFFFFFF:X}"


def segment_name(timeline: int, number: int) -> str:
    """Name of a segment's file."""
    return f"{timeline:08X}{number // _PER_LOG:08X}{number % _PER_LOG:08X}"


def segment_number(position: int) -> int:
    """Number of the segment that holds a position."""
    return position // SEGMENT_BYTES


def parsed(name: str) -> tuple[int, int, bool] | None:
    """Timeline and number of a segment's file, and whether it is partial; None for other files."""
    match = _SEGMENT.fullmatch(name)
    if match is None:
        return None
    timeline, log, segment = (int(part, 16) for part in match.groups()[:3])
    return timeline, log * _PER_LOG + segment, match[4] is not None


def contiguous(names: Iterable[str], timeline: int, first: int, last: int) -> tuple[list[str], str]:
    """Files of the segments from `first` to `last`, as far as none is missing.

    Args:
        names: Files that there are; of a segment the whole one is preferred to a partial one.
        timeline: Timeline of the segments.
        first: Number of the first segment.
        last: Number of the last one.

    Returns:
        The files, and the name of the first segment that is missing; empty if none is.
    """
    there = set(names)
    found: list[str] = []
    for name in _expected(timeline, first, last):
        file = next((one for one in (name, name + PARTIAL) if one in there), None)
        if file is None:
            return found, name
        found.append(file)
    return found, ""


def _expected(timeline: int, first: int, last: int) -> Iterator[str]:
    return (segment_name(timeline, number) for number in range(first, last + 1))
