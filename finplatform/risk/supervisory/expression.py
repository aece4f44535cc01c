"""The language of the supervisor's validation rules, parsed: the part that the kept rules use.

A rule is an expression over cells: `with {tC_01.00, c0010, default: 0, interval: true}: {r0390} =
{r0400} + {r0410}`. Belongs here: tokens, grammar and the parsed form. Does not belong here: what
an expression yields on cells (see `evaluation`).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from finplatform.risk.errors import RiskInputError

_TOKEN: Final = re.compile(
    r"\s*(?:"
    r"(?P<selection>\{(?!\s*\[)[^{}]*\})"
    r"|(?P<member>\[[A-Za-z]+_[A-Za-z0-9]+:[A-Za-z0-9]+\])"
    r"|(?P<number>\d+(?:\.\d+)?%?)"
    r"|(?P<word>[A-Za-z]\w*)"
    r"|(?P<sign><=|>=|!=|[-+*/=<>(),:\[\]{}])"
    r")"
)
_TABLE: Final = re.compile(r"^t(\S+)$")
_AXIS: Final = re.compile(r"^\(?\s*([rcs])")
COMPARISONS: Final = ("=", "!=", "<", "<=", ">", ">=")
FUNCTIONS: Final = ("abs", "sum", "isnull", "not", "max", "min")

Span = tuple[str, str]
"""First and last code of a range; a single code is both, and all codes are `*` and `*`."""


@dataclass(frozen=True)
class Selection:
    """Cells that an expression names.

    Attributes:
        table: Code of the table, empty where the rule has named it once for all.
        spans: Ranges of codes by axis: `r`, `c` or `s`.
        default: Value of an empty cell: a number, None for none, "" where not specified.
        interval: Whether values have the accuracy that they are reported with; None: not specified.
        variable: Named variable instead of cells, as preconditions use.
    """

    table: str = ""
    spans: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    default: float | str | None = ""
    interval: bool | None = None
    variable: str = ""

    def within(self, outer: "Selection") -> "Selection":
        """The selection, completed from the enclosing `with`."""
        return Selection(
            self.table or outer.table,
            {**outer.spans, **self.spans},
            outer.default if self.default == "" else self.default,
            outer.interval if self.interval is None else self.interval,
            self.variable,
        )


@dataclass(frozen=True)
class Number:
    """A figure."""

    value: float


@dataclass(frozen=True)
class Where:
    """Cells on some sheets alone.

    Attributes:
        operand: The cells.
        members: The sheets.
    """

    operand: "Node"
    members: tuple[str, ...]


@dataclass(frozen=True)
class Call:
    """An operator or function with its operands."""

    name: str
    operands: tuple["Node", ...]


Node = Selection | Number | Where | Call
_Level = Callable[[], Node]


@lru_cache(maxsize=1024)
def parse(text: str) -> Node:
    """Parses a rule's expression.

    Args:
        text: The expression as published.

    Raises:
        RiskInputError: If it uses what is not understood here.
    """
    return _Parser(text).whole()


def parse_selection(text: str) -> Selection:
    """Parses the inside of braces.

    Args:
        text: Text between the braces, such as `tC_01.00, r0010-0020, c0010, default: 0`.

    Raises:
        RiskInputError: If a part of it is not understood.
    """
    table, variable = "", ""
    spans: dict[str, tuple[Span, ...]] = {}
    default: float | str | None = ""
    interval: bool | None = None
    for part in _parts(text):
        name, _, value = (piece.strip() for piece in part.partition(":"))
        if name == "default":
            default = None if value == "null" else float(value)
        elif name == "interval":
            interval = value == "true"
        elif name.startswith("v_"):
            variable = name.removeprefix("v_")
        elif found := _TABLE.match(part):
            table = found.group(1)
        elif found := _AXIS.match(part):
            spans[found.group(1)] = _spans(part)
        else:
            raise _unknown(part)
    return Selection(table, spans, default, interval, variable)


def selections(node: Node) -> list[Selection]:
    """Every selection of an expression."""
    if isinstance(node, Selection):
        return [node]
    if isinstance(node, Where):
        return selections(node.operand)
    if isinstance(node, Call):
        return [found for operand in node.operands for found in selections(operand)]
    return []


class _Parser:
    """Reads tokens from left to right; each method is one level of precedence."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._at = 0
        self._outer = Selection()

    def whole(self) -> Node:
        if self._take("with"):
            self._outer = parse_selection(self._next()[1:-1])
            self._expect(":")
        node = self._either()
        if self._at < len(self._tokens):
            raise _unknown(self._tokens[self._at])
        return node

    def _either(self) -> Node:
        return self._chain(self._both, ("or",))

    def _both(self) -> Node:
        return self._chain(self._compared, ("and",))

    def _compared(self) -> Node:
        return self._chain(self._added, COMPARISONS)

    def _added(self) -> Node:
        return self._chain(self._multiplied, ("+", "-"))

    def _multiplied(self) -> Node:
        return self._chain(self._signed, ("*", "/"))

    def _chain(self, level: _Level, signs: tuple[str, ...]) -> Node:
        node = level()
        while self._peek() in signs:
            name = self._next()
            node = Call(name, (node, level()))
        return node

    def _signed(self) -> Node:
        if self._take("-"):
            return Call("*", (Number(-1.0), self._signed()))
        if self._take("+"):
            return self._signed()
        return self._filtered()

    def _filtered(self) -> Node:
        node = self._single()
        while self._peek() == "[":
            self._next()
            self._expect("where")
            self._next()
            members = self._members()
            self._expect("]")
            node = Where(node, members)
        return node

    def _members(self) -> tuple[str, ...]:
        if self._take("="):
            return (self._next()[1:-1],)
        self._expect("in")
        self._expect("{")
        found = [self._next()[1:-1]]
        while self._take(","):
            found.append(self._next()[1:-1])
        self._expect("}")
        return tuple(dict.fromkeys(found))

    def _single(self) -> Node:
        read = self._next()
        if read == "(":
            node = self._either()
            self._expect(")")
            return node
        if read.startswith("{"):
            return parse_selection(read[1:-1]).within(self._outer)
        if read == "if":
            return self._implied()
        if read in FUNCTIONS:
            return self._called(read)
        if read[0].isdigit():
            return Number(float(read.rstrip("%")) / (100.0 if read.endswith("%") else 1.0))
        raise _unknown(read)

    def _implied(self) -> Node:
        """`if a then b endif` holds where `a` does not, or `b` does."""
        condition = self._either()
        self._expect("then")
        consequence = self._either()
        self._expect("endif")
        return Call("or", (Call("not", (condition,)), consequence))

    def _called(self, name: str) -> Node:
        self._expect("(")
        operands = [self._either()]
        while self._take(","):
            operands.append(self._either())
        self._expect(")")
        return Call(name, tuple(operands))

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        if not token:
            raise _unknown("its end")
        self._at += 1
        return token

    def _take(self, token: str) -> bool:
        if self._peek() != token:
            return False
        self._at += 1
        return True

    def _expect(self, token: str) -> None:
        if not self._take(token):
            raise _unknown(self._peek() or "its end")


def _tokens(text: str) -> list[str]:
    found, at = [], 0
    text = text.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _unknown(text[at : at + 20])
        found.append(match.group().strip())
        at = match.end()
    return found


def _parts(text: str) -> list[str]:
    """Parts of a selection between commas that stand outside of parentheses."""
    return [part.strip() for part in re.split(r",(?![^()]*\))", text) if part.strip()]


def _spans(part: str) -> tuple[Span, ...]:
    found = []
    for piece in part.strip("() ").split(","):
        code = piece.strip()[1:]
        first, _, last = code.partition("-")
        found.append((first.strip(), last.strip() or first.strip()))
    return tuple(found)


def _unknown(what: str) -> RiskInputError:
    return RiskInputError(
        f"The expression of a rule has {what!r}, which is not understood.",
        "Such a rule counts as not evaluated.",
    )
