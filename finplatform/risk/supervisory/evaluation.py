"""Validation rules on filed cells: what each yields, with the accuracy that values are filed with.

An operand is a set of values by row, column and sheet; operators join sets on what they share, as
the language of the rules says. A value that is filed with an accuracy is the interval that it may
stand for, and two intervals are equal if they overlap. Belongs here: operands, operators and the
four outcomes. Does not belong here: the grammar (see `expression`).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from finplatform.risk.errors import RiskInputError
from finplatform.risk.supervisory.expression import (
    COMPARISONS,
    Call,
    Node,
    Number,
    Selection,
    Where,
    parse,
    selections,
)
from finplatform.risk.supervisory.model_files import ModelRule, Table, template_of

ACCURACY: Final[Mapping[str, float]] = {"m": 0.5, "p": 0.00005, "i": 0.0}
"""Tolerance between true and filed values, by kind of cell: amounts are filed with an
accuracy of one unit of the currency, ratios of four decimals."""

_NOISE: Final = 1e-9


class Outcome(StrEnum):
    """Result of a rule."""

    PASSED = "passed"
    FAILED = "failed"
    VACUOUS = "vacuous"
    NOT_EVALUATED = "not_evaluated"


class Value(NamedTuple):
    """A value of an operand.

    Attributes:
        low: Lowest value that it may stand for; 1 or 0 for a truth.
        high: Highest.
        is_filed: Whether a filed cell has gone into it.
    """

    low: float
    high: float
    is_filed: bool


class Amount(NamedTuple):
    """A filed amount.

    Attributes:
        exact: As it stands in the file.
        interval: With the accuracy that it is filed with.
    """

    exact: Value
    interval: Value


Place = tuple[tuple[str, str], ...]
Records = Mapping[Place, Value | None]
"""Values by axis and code, of the axes on which an operand has more than one place."""


@dataclass(frozen=True)
class Filed:
    """The cells that are filed.

    Attributes:
        tables: Tables of the model by code.
        cells: Amounts by row, column and sheet, by table.
        sheets: Sheets with a filed cell by table; one empty sheet for a table without.
    """

    tables: Mapping[str, Table]
    cells: Mapping[str, Mapping[tuple[str, str, str], Amount]]
    sheets: Mapping[str, tuple[str, ...]]

    @property
    def templates(self) -> set[str]:
        """Templates of which a cell is filed."""
        return {template_of(table) for table in self.sheets}


@dataclass(frozen=True)
class Judgement:
    """Evaluate a rule on the filed cells.

    Attributes:
        outcome: The outcome.
        instances: Places at which the rule was compared with a filed cell.
        detail: The first place that fails, or why there is no comparison.
    """

    outcome: Outcome
    instances: int = 0
    detail: str = ""


def filed_cells(
    tables: Mapping[str, Table], cells: Mapping[tuple[str, str, str, str], float]
) -> Filed:
    """The filed cells with the sheets that they are on.

    Args:
        tables: Tables of the model by code.
        cells: Value by table, row, column and sheet.
    """
    sheets: dict[str, set[str]] = {}
    amounts: dict[str, dict[tuple[str, str, str], Amount]] = {}
    for (table, row, column, sheet), amount in cells.items():
        accuracy = ACCURACY[tables[table].cells[row, column].kind]
        exact = Value(amount, amount, True)
        interval = Value(amount - accuracy, amount + accuracy, True)
        amounts.setdefault(table, {})[row, column, sheet] = Amount(exact, interval)
        sheets.setdefault(table, set()).add(sheet)
    return Filed(tables, amounts, {table: tuple(sorted(held)) for table, held in sheets.items()})


def judge(rule: ModelRule, filed: Filed) -> Judgement:
    """Evaluates a rule.

    Args:
        rule: The rule.
        filed: The filed cells.
    """
    try:
        node = parse(rule.expression)
        missing = sorted({part.table for part in selections(node)} - set(filed.tables))
        if missing:
            return Judgement(Outcome.NOT_EVALUATED, detail=f"needs {', '.join(missing)}")
        if rule.precondition and not _holds(parse(rule.precondition), filed):
            return Judgement(Outcome.VACUOUS, detail=f"precondition {rule.precondition}")
        records = _evaluate(node, filed)
    except RiskInputError as error:
        return Judgement(Outcome.NOT_EVALUATED, detail=str(error))
    return _judged(records)


def _judged(records: Records) -> Judgement:
    found = [(place, value) for place, value in records.items() if value is not None]
    filed = [(place, value) for place, value in found if value.is_filed]
    failed = [place for place, value in found if not value.low]
    if failed:
        where = ", ".join(f"{axis} {code}" for axis, code in failed[0])
        return Judgement(Outcome.FAILED, len(filed), f"{len(failed)} fail; first: {where or 'all'}")
    if filed:
        return Judgement(Outcome.PASSED, len(filed))
    return Judgement(Outcome.VACUOUS, detail="none of its cells is filed")


def _holds(node: Node, filed: Filed) -> bool:
    """Whether a precondition holds: named templates that have been filed."""
    if isinstance(node, Selection):
        return node.variable in filed.templates
    if isinstance(node, Call) and node.name in ("and", "or"):
        judged = [_holds(operand, filed) for operand in node.operands]
        return all(judged) if node.name == "and" else any(judged)
    raise RiskInputError("A precondition is not understood.", "It counts as not evaluated.")


def _evaluate(node: Node, filed: Filed) -> Records:
    if isinstance(node, Number):
        return {(): Value(node.value, node.value, False)}
    if isinstance(node, Selection):
        return _selected(node, filed)
    if isinstance(node, Where):
        return _filtered(node, filed)
    operands = [_evaluate(operand, filed) for operand in node.operands]
    if node.name == "sum":
        return _summed(operands[0])
    if node.name in _ONE:
        return {place: _ONE[node.name](value) for place, value in operands[0].items()}
    if node.name in _TWO:
        return _joined(operands[0], operands[1], _TWO[node.name])
    raise RiskInputError(f"There is no operator {node.name!r}.", "The rule is not evaluated.")


def _selected(part: Selection, filed: Filed) -> dict[Place, Value | None]:
    table = filed.tables[part.table]
    rows = _codes(part, "r", table.rows)
    columns = _codes(part, "c", table.columns)
    held, default = filed.cells.get(table.code, {}), _default(part)
    found: dict[Place, Value | None] = {}
    for sheet in filed.sheets.get(table.code, ()):
        of_sheet: Place = ((table.key, sheet),) if sheet else ()
        for row in rows:
            rest = (*of_sheet, ("row", row)) if len(rows) > 1 else of_sheet
            for column in columns:
                place = (("column", column), *rest) if len(columns) > 1 else rest
                amount = held.get((row, column, sheet))
                found[place] = default if amount is None else _accurate(part, amount)
    return found


def _codes(part: Selection, axis: str, headers: Mapping[str, object]) -> list[str]:
    spans = part.spans.get(axis, (("*", "*"),))
    if spans == (("*", "*"),):
        return list(headers)
    return list(
        dict.fromkeys(
            code
            for first, last in spans
            for code in (headers if first != last else [first])
            if first <= code <= last
        )
    )


def _accurate(part: Selection, amount: Amount) -> Value:
    return amount.interval if part.interval else amount.exact


def _default(part: Selection) -> Value | None:
    if isinstance(part.default, float):
        return Value(part.default, part.default, False)
    return None


def _filtered(node: Where, filed: Filed) -> dict[Place, Value | None]:
    """Cells on the sheets that are named; of a single sheet, the sheet is no longer an axis."""
    if not isinstance(node.operand, Selection):
        raise RiskInputError("A condition on what are no cells.", "The rule is not evaluated.")
    table = filed.tables[node.operand.table]
    chosen = tuple(
        sheet
        for sheet in filed.sheets.get(table.code, ())
        if sheet.lower() in {member.lower() for member in node.members}
    )
    if len(node.members) > 1:
        return _selected(node.operand, Filed(filed.tables, filed.cells, {table.code: chosen}))
    # A sheet that is not filed has the default in each of its cells.
    alone = _selected(
        node.operand, Filed(filed.tables, filed.cells, {table.code: chosen or node.members})
    )
    return {
        tuple(part for part in place if part[0] != table.key): value
        for place, value in alone.items()
    }


def _summed(records: Records) -> dict[Place, Value | None]:
    """Sum over rows and columns, sheet by sheet."""
    found: dict[Place, Value | None] = {}
    for place, value in records.items():
        kept = tuple(part for part in place if part[0] not in ("row", "column"))
        before = found.get(kept)
        found[kept] = value if before is None else before if value is None else _add(before, value)
    return found


def _joined(
    left: Records, right: Records, operator: Callable[[Value, Value], Value]
) -> dict[Place, Value | None]:
    """Values of both operands at places that agree on the axes which they share."""
    of_left, of_right = _axes(left), _axes(right)
    if not of_right:
        only = right.get(())
        return {place: _applied(operator, one, only) for place, one in left.items()}
    if not of_left:
        only = left.get(())
        return {place: _applied(operator, only, other) for place, other in right.items()}
    if of_left == of_right:
        return {
            place: _applied(operator, one, right[place])
            for place, one in left.items()
            if place in right
        }
    shared = of_left & of_right
    index: dict[Place, list[Place]] = {}
    for place in right:
        index.setdefault(_projected(place, shared), []).append(place)
    found: dict[Place, Value | None] = {}
    for place, one in left.items():
        for match in index.get(_projected(place, shared), ()):
            joined = tuple(sorted({*place, *match}))
            found[joined] = _applied(operator, one, right[match])
    return found


def _applied(
    operator: Callable[[Value, Value], Value], one: Value | None, other: Value | None
) -> Value | None:
    return None if one is None or other is None else operator(one, other)


def _axes(records: Records) -> set[str]:
    """Axes of an operand, which all of its places have."""
    return {axis for axis, _ in next(iter(records), ())}


def _projected(place: Place, axes: Iterable[str]) -> Place:
    return tuple(part for part in place if part[0] in axes)


def _add(one: Value, other: Value) -> Value:
    return Value(one.low + other.low, one.high + other.high, one.is_filed or other.is_filed)


def _subtract(one: Value, other: Value) -> Value:
    return Value(one.low - other.high, one.high - other.low, one.is_filed or other.is_filed)


def _multiply(one: Value, other: Value) -> Value:
    products = [low * high for low in one[:2] for high in other[:2]]
    return Value(min(products), max(products), one.is_filed or other.is_filed)


def _either(choose: Callable[[float, float], float], one: Value, other: Value) -> Value:
    """The greater or smaller of two values."""
    low, high = choose(one.low, other.low), choose(one.high, other.high)
    return Value(low, high, one.is_filed or other.is_filed)


def _absolute(value: Value | None) -> Value | None:
    if value is None:
        return None
    ends = sorted((abs(value.low), abs(value.high)))
    return Value(0.0 if value.low <= 0 <= value.high else ends[0], ends[1], value.is_filed)


def _is_empty(value: Value | None) -> Value:
    return _truth(value is None, True)


def _negated(value: Value | None) -> Value | None:
    return None if value is None else _truth(not value.low, value.is_filed)


def _truth(holds: bool, is_filed: bool) -> Value:
    return Value(float(holds), float(holds), is_filed)


def _compared(name: str) -> Callable[[Value, Value], Value]:
    tests: Mapping[str, Callable[[Value, Value], bool]] = {
        "=": lambda one, other: one.low <= other.high + _NOISE and other.low <= one.high + _NOISE,
        "!=": lambda one, other: one.low > other.high or other.low > one.high,
        "<=": lambda one, other: one.low <= other.high + _NOISE,
        "<": lambda one, other: one.low < other.high,
        ">=": lambda one, other: one.high >= other.low - _NOISE,
        ">": lambda one, other: one.high > other.low,
    }
    test = tests[name]
    return lambda one, other: _truth(test(one, other), one.is_filed or other.is_filed)


_ONE: Final[Mapping[str, Callable[[Value | None], Value | None]]] = {
    "abs": _absolute,
    "isnull": _is_empty,
    "not": _negated,
}
_TWO: Final[Mapping[str, Callable[[Value, Value], Value]]] = {
    "+": _add,
    "-": _subtract,
    "*": _multiply,
    "max": lambda one, other: _either(max, one, other),
    "min": lambda one, other: _either(min, one, other),
    "and": lambda one, other: _truth(bool(one.low and other.low), one.is_filed or other.is_filed),
    "or": lambda one, other: _truth(bool(one.low or other.low), one.is_filed or other.is_filed),
    **{name: _compared(name) for name in COMPARISONS},
}
