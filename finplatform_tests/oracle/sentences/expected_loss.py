"""What the sentences of the page of expected loss and stress may claim."""

from decimal import Decimal
from typing import Any

from finplatform_tests.oracle.sentences.capital_adequacy import by_date, relative
from finplatform_tests.oracle.sentences.claims import (
    day,
    largest,
    money,
    moved,
    number,
    percent,
    smallest,
    text,
    things,
)
from finplatform_tests.oracle.sentences.credit_portfolio import move_forms, moves, share_or
from finplatform_tests.oracle.sentences.descriptive import nothing
from finplatform_tests.oracle.sentences.forms import Charts, Form, Judged, part, says
from finplatform_tests.oracle.sentences.made import (
    Cells,
    Source,
    frame,
    grid,
    month_end,
    of_columns,
)  # fmt: skip
from finplatform_tests.oracle.sentences.values import (
    Row,
    Rows,
    at,
    figure,
    first,
    gap,
    known,
    last,
    num,
    over,
    ratio,
    size,
    total,
    when,
)

PAGE = "expected_loss"
_STEPS = {"new loans": "new loans", "repaid": "repayments", "change of stage": "changes of stage",
          "remeasured": "remeasurement", "written off": "write-offs"}  # fmt: skip
_CASES = ("before stress", "mild", "adverse", "severe")


def _roll(source: Source) -> list[Cells]:
    opened = None if source.choice((False, True)) else month_end(0)
    made: list[Cells] = []
    closing = opening = source.value("money0")
    for step in _STEPS:
        amount = source.value("money")
        closing += amount
        made.append({"step": step, "amount": amount, "measure": "relative"})
    return [
        {**cells, "opened_on": opened, "reporting_date": month_end(1)}
        for cells in (
            {"step": "opening", "amount": opening, "measure": "absolute"}, *made,
            {"step": "closing", "amount": closing, "measure": "total"},
        )
    ]  # fmt: skip


def _far(rows: Rows) -> Any:
    return max((num("amount")(row) for row in relative(rows)), key=abs)


def _size(rows: Rows, _: Any) -> Any:
    return abs(_far(rows))


def _step(row: Row) -> str:
    return _STEPS[str(row["step"])]


def _covered(rows: Rows) -> Rows:
    names = dict.fromkeys(row["product_type"] for row in rows)
    return [
        {"product_type": name,
         "coverage": str(_COVERAGE([row for row in rows if row["product_type"] == name], {}))}
        for name in names
    ]  # fmt: skip


def _coverages(rows: Rows) -> set[Any]:
    return {figure(row["coverage"]) for row in _covered(rows)}


def _case(row: Row) -> str:
    name = str(row["scenario"])
    return name if name == "before stress" else f"under the {name} scenario"


def _broken(rows: Rows, _: Any) -> str:
    cases = [_case(row) for row in known("minimum_ratio")(rows)
             if num("cet1_ratio")(row) < num("minimum_ratio")(row)]  # fmt: skip
    return " and ".join([", ".join(cases[:-1]), cases[-1]] if len(cases) > 1 else cases)


def _stressed(source: Source) -> list[Cells]:
    minimum = None if source.bank == "unknown" else Decimal("0.045")
    made = []
    for place, name in enumerate(source.sample(_CASES, 2)):
        source.at(place)
        made.append({"reporting_date": month_end(0), "scenario": name,
                     "cet1_ratio": source.value("ratio") / 8,
                     "minimum_ratio": minimum})  # fmt: skip
    return made


def _losses(source: Source) -> list[Cells]:
    base = source.value("money0")
    return [
        {"reporting_date": month_end(0), "scenario": name, "expected_loss": base,
         "stressed_loss": base + source.value("money0"), "credit_loss": Decimal(0)}
        for name in source.sample(_CASES[1:])
    ]  # fmt: skip


def _reverse(source: Source) -> list[Cells]:
    severity = source.value("float0?")
    values = (severity or 4, source.value("float0"), source.value("share"), source.value("share"))
    names = ("Multiple of the severe scenario", "Points of unemployment", "Fall of property values",
             "CET1 ratio then")  # fmt: skip
    return [
        {"name": name, "value": value, "value_before": None, "severity": severity,
         "reporting_date": month_end(0)}
        for name, value in zip(names, values, strict=True)
    ]  # fmt: skip


def _shock(name: str) -> Any:
    return lambda rows, _: next(num("value")(row) for row in rows if row["name"] == name)


def _cost(row: Row) -> Any:
    if row["severe"] is None or row["before_stress"] is None:
        return None
    return num("before_stress")(row) - num("severe")(row)


def _costs(rows: Rows) -> list[Any]:
    return [_cost(row) for row in rows if _cost(row) is not None]


def _has_severe(rows: Rows) -> Rows:
    return [row for row in rows if _cost(row) is not None]


_COVERAGE = ratio(total("allowance"), total("exposure_amount"))
_DAY = day(last(when("reporting_date")))
_LOWEST = {
    "day": day(first(when("reporting_date"))),
    "end": smallest("cet1_ratio", _case),
    "ratio": percent(at("end", "cet1_ratio")),
}
_COSTLIEST = {
    "top": largest("stressed_loss", "scenario"),
    "amount": money(at("top", "stressed_loss")),
}
_SHOCK = {
    "points": number(_shock("Points of unemployment")),
    "fall": percent(_shock("Fall of property values")),
    "day": day(first(when("reporting_date"))),
}
_LOST = {
    "points": number(lambda rows, _: 100 * max(_costs(rows))),
    "ratio": percent(lambda rows, _: num("severe")(max(_has_severe(rows), key=_cost))),
}


def _rolled(end: str, case: Any, **claims: Any) -> Form:
    return says(
        f"The allowance went from {{opening}} {{since}} to {{closing}} on {{day}}; {end}.", case,
        opening=money(first("amount")), closing=money(last("amount")),
        day=_DAY, since=part(
            says("before the first month", lambda rows: rows[0]["opened_on"] is None),
            says("on {day}", day=day(first(when("opened_on")))),
        ), **claims,
    )  # fmt: skip


CHARTS: Charts = {
    (PAGE, "Allowance by stage"): Judged(
        frame("reporting_date:month_end stage_1:money0 stage_2:money0 stage_3:money0",
              allowance=of_columns(lambda row: row["stage_1"] + row["stage_2"] + row["stage_3"])),
        says("No allowance is held on {day}.", lambda rows: not num("allowance")(rows[-1]),
             day=_DAY),
        says("The allowance is {whole} on {day}, {part} of it in stage 3{moved}.",
             whole=money(last("allowance")), day=_DAY,
             part=share_or(ratio(last("stage_3"), last("allowance")), "none"),
             moved=part(
                 says("", lambda rows: len(rows) == 1),
                 says("; it is {moved} since {then}",
                      moved=moved(last("allowance"), first("allowance")),
                      then=day(first(when("reporting_date")))),
             )),
    ),
    (PAGE, "Roll-forward"): Judged(
        _roll,
        _rolled("nothing moved it", lambda rows: not _far(rows)),
        _rolled("{top} added the most, {amount}", lambda rows: _size(rows, {}) == max(
            num("amount")(row) for row in relative(rows)),
                top=largest("amount", _step, among=relative), amount=money(_size)),
        _rolled("{top} took off the most, {amount}", lambda rows: -_size(rows, {}) == min(
            num("amount")(row) for row in relative(rows)),
                top=smallest("amount", _step, among=relative), amount=money(_size)),
    ),
    (PAGE, "Coverage by stage"): Judged(
        frame("stage:stage exposures:count1 exposure_amount:money1 allowance:money0", rows=3,
              coverage=of_columns(lambda row: row["allowance"] / row["exposure_amount"])),
        says("No exposure is covered in any stage.", nothing("allowance")),
        says("{part} of all exposures is covered; {top} is covered best, {share} of {amount}.",
             part=percent(_COVERAGE), top=largest("coverage", "stage"),
             share=percent(at("top", "coverage")), amount=money(at("top", "exposure_amount"))),
    ),
    (PAGE, "Coverage by product"): Judged(
        grid("product_type:code", "stage:stage", "exposure_amount:money1 allowance:money0",
             is_whole=False,
             coverage=of_columns(lambda row: row["allowance"] / row["exposure_amount"])),
        says("No product is covered.", nothing("allowance")),
        says("{name} is covered by {share}.", lambda rows: len(_covered(rows)) == 1,
             name=text(first(lambda row: row["product_type"])), share=percent(_COVERAGE)),
        says("All {products} are covered by {share}.",
             lambda rows: len(_coverages(rows)) == 1 < len(_covered(rows)),
             products=things(over(_covered, size()), "product"), share=percent(_COVERAGE)),
        says("Over all stages, {top} is covered most ({most}) and {end} least ({least}).",
             top=largest("coverage", "product_type", among=_covered),
             most=percent(at("top", "coverage")),
             end=smallest("coverage", "product_type", among=_covered),
             least=percent(at("end", "coverage"))),
    ),
    (PAGE, "Stage migration"): Judged(
        lambda source: moves(source, (1, 2, 3), "stage"), *move_forms("stage")
    ),
    (PAGE, "Allowance in the ledger"): Judged(
        frame("reporting_date:month_end expected_credit_loss:money0 ledger_allowance:money0?"),
        says("The ledger has no allowance on {day}.",
             lambda rows: rows[-1]["ledger_allowance"] is None, day=_DAY),
        says("On {day} the ledger holds {held}, as much as IFRS 9 requires.",
             lambda rows: not gap("ledger_allowance", "expected_credit_loss")(rows[-1]),
             day=_DAY, held=money(last("ledger_allowance"))),
        *(says(f"On {{day}} the ledger holds {{held}}, {{gap}} {way} than IFRS 9 requires.",
               day=_DAY, held=money(last("ledger_allowance")),
               gap=money(lambda rows, _, sign=sign: sign * (
                   num("expected_credit_loss")(rows[-1]) - num("ledger_allowance")(rows[-1]))))
          for way, sign in (("less", 1), ("more", -1))),
    ),
    (PAGE, "CET1 under stress"): Judged(
        _stressed,
        says("For the book of {day}, CET1 is lowest {end}, {ratio}; its minimum is not known.",
             lambda rows: not known("minimum_ratio")(rows), **_LOWEST),
        says("For the book of {day}, CET1 is lowest {end}, {ratio}; its minimum holds throughout.",
             lambda rows: known("minimum_ratio")(rows) != [] and not _broken(rows, {}), **_LOWEST),
        says("For the book of {day}, CET1 is lowest {end}, {ratio}; its minimum is not kept"
             " {cases}.",
             **_LOWEST, cases=text(_broken)),
    ),
    (PAGE, "Losses under stress"): Judged(
        _losses,
        says("No scenario costs anything.", nothing("stressed_loss")),
        says("The costliest scenario is {top}: {amount}, with nothing expected before stress.",
             nothing("expected_loss"), **_COSTLIEST),
        says("The costliest scenario is {top}: {amount}, {times} times the {base} expected before"
             " stress.", **_COSTLIEST, base=money(at("top", "expected_loss")),
             times=number(ratio(at("top", "stressed_loss"), at("top", "expected_loss")))),
    ),
    (PAGE, "Stress by quarter"): Judged(
        frame("reporting_date:quarter_end before_stress:ratio mild:ratio? adverse:ratio?"
              " severe:ratio?"),
        says("No quarter end has a severe scenario.", lambda rows: not _costs(rows)),
        says("The severe scenario would have cost no CET1 on {ends}.",
             lambda rows: max(_costs(rows)) <= 0, ends=things(over(_has_severe, size()), "quarter"
                                                                                         " end")),
        says("On {day} the severe scenario would have cost CET1 {points} points, down to {ratio}.",
             lambda rows: len(_costs(rows)) == 1, **_LOST,
             day=day(over(_has_severe, first(when("reporting_date"))))),
        says("Of {ends}, {top} would have lost most CET1 in the severe scenario: {points} points,"
             " down to {ratio}.", lambda rows: len(_costs(rows)) > 1, **_LOST,
             ends=things(over(_has_severe, size()), "quarter end"),
             top=largest(_cost, by_date(), among=_has_severe)),
    ),
    (PAGE, "Reverse stress"): Judged(
        _reverse,
        says("On {day} no minimum breaks even at four times the severe scenario: {points} points of"
             " unemployment and a fall of property values by {fall}.",
             lambda rows: rows[0]["severity"] is None, **_SHOCK),
        says("On {day} the first minimum breaks at {times} times the severe scenario: {points}"
             " points of unemployment and a fall of property values by {fall}.", **_SHOCK,
             times=number(first("severity"))),
    ),
}  # fmt: skip
