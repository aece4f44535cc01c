"""Names of files that hold a date: `payments_{date}.csv`, `{date:%Y}/{date:%m}/{date:%d}.csv`.

Belongs here: from a day to the glob of its files, and from a file to its day. Does not belong here:
listing folders.
"""

import re
from datetime import date, datetime
from string import Formatter

from finplatform.errors import FinplatformError

_ISO = "%Y-%m-%d"
_DATE = "\0"
_GLOB_PARTS = re.compile(r"\*\*/|\*+|\?|\[!?[^\]/]+\]|.", re.DOTALL)
_WIDTHS = {"%Y": r"\d{4}", "%y": r"\d{2}", "%m": r"\d{2}", "%d": r"\d{2}", "%j": r"\d{3}"}


class DatedName:
    """A glob with one or more `{date}` in it.

    Args:
        pattern: `read` of a table; the text after the colon is a strftime format, default ISO 8601.

    Raises:
        FinplatformError: If the braces hold anything but `date`, or the date is incomplete.
    """

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        try:
            parts = list(Formatter().parse(pattern))
            self.glob(date(2000, 1, 1))
        except (ValueError, KeyError, IndexError) as error:
            raise FinplatformError(
                f"The file name {pattern} is no pattern: only a date may stand in the braces.",
                "Write {date} or, with a strftime format, {date:%Y%m%d}.",
            ) from error
        formats = [spec or _ISO for _, name, spec, how in parts if name == "date" and not how]
        self._read = _needed(formats)
        if not {"%Y", "%m", "%d"} <= _directives("".join(formats)) or not self._read:
            raise FinplatformError(
                f"The file name {pattern} does not hold the whole date.",
                "Name year, month and day: {date} or {date:%Y%m%d}.",
            )
        self._regex = re.compile("".join(self._expressions()), re.DOTALL)

    @staticmethod
    def is_in(pattern: str) -> bool:
        """Whether a `read` holds a date pattern."""
        return "{" in pattern

    def glob(self, day: date) -> str:
        """The glob of a day's files."""
        return self._pattern.format(date=day)

    @property
    def any_day(self) -> str:
        """The glob of all days' files."""
        pieces = Formatter().parse(self._pattern)
        marked = "".join(text + (_DATE if name else "") for text, name, _, _ in pieces)
        # Two stars have another meaning in a glob.
        return re.sub(rf"\*?{_DATE}\*?", "*", marked)

    def day_of(self, path: str) -> date | None:
        """Day in a file's path below the root; None if the path does not match."""
        matched = self._regex.fullmatch(path)
        if matched is None:
            return None
        try:
            day = datetime.strptime(" ".join(matched.groups()), " ".join(self._read)).date()  # noqa: DTZ007
        except ValueError:
            return None
        # Several dates in one name must agree.
        return day if re.fullmatch(_expression(self.glob(day)), path, re.DOTALL) else None

    def _expressions(self) -> list[str]:
        """Regular expressions of the pattern's pieces, a group for each date that is read."""
        pieces, unread = [], list(self._read)
        for text, name, spec, _ in Formatter().parse(self._pattern):
            pieces.append(_expression(text))
            if name is not None:
                is_read = (spec or _ISO) in unread
                digits = _digits(spec or _ISO)
                pieces.append(f"({digits})" if is_read else digits)
                if is_read:
                    unread.remove(spec or _ISO)
        return pieces


def _expression(glob: str) -> str:
    """Regular expression of a glob."""
    return "".join(_part(part) for part in _GLOB_PARTS.findall(glob))


def _part(part: str) -> str:
    match part:
        case "**/":
            return "(?:[^/]+/)*"
        case "?":
            return "[^/]"
        case _ if part.startswith("*"):
            return "[^/]*"
        case _ if len(part) > 1:
            within = part[1:-1].replace("\\", r"\\")
            return f"[^/{within[1:]}]" if within.startswith("!") else f"[{within}]"
    return re.escape(part)


def _digits(spec: str) -> str:
    """Regular expression of the output of a strftime format."""
    parts = re.split(r"(%[A-Za-z])", spec)
    return "".join(
        _WIDTHS.get(part, "[^/]+?") if part.startswith("%") else re.escape(part) for part in parts
    )


def _directives(spec: str) -> set[str]:
    return set(re.findall(r"%[A-Za-z]", spec))


def _needed(formats: list[str]) -> list[str]:
    """Formats that give the date without repeating a directive, which strptime refuses."""
    for spec in formats:
        if {"%Y", "%m", "%d"} <= _directives(spec):
            return [spec]
    seen: set[str] = set()
    needed = []
    for spec in formats:
        if not seen & _directives(spec):
            needed.append(spec)
            seen |= _directives(spec)
    return needed if {"%Y", "%m", "%d"} <= seen else []
