"""What the sentences of the page of liquidity and leverage may claim."""

from decimal import Decimal
from typing import Any

from finplatform_tests.oracle.sentences.capital_adequacy import by_date, relative
from finplatform_tests.oracle.sentences.claims import (
    day,
    either,
    largest,
    money,
    number,
    percent,
    smallest,
    text,
    things,
)
from finplatform_tests.oracle.sentences.descriptive import nothing
from finplatform_tests.oracle.sentences.forms import Charts, Judged, part, says
from finplatform_tests.oracle.sentences.made import Cells, Source, frame, part_of
from finplatform_tests.oracle.sentences.values import (
    Row,
    Rows,
    at,
    first,
    known,
    last,
    num,
    over,
    ratio,
    size,
    total,
    when,
)

PAGE = "liquidity"
_MINIMUMS = {"Liquidity coverage": Decimal(1), "Net stable funding": Decimal(1),
             "Leverage": Decimal("0.035")}  # fmt: skip
_CAP = "inflows above the cap"


def _ratios(source: Source) -> list[Cells]:
    made = []
    for place, name in enumerate(source.sample(tuple(_MINIMUMS))):
        source.at(place)
        least = _MINIMUMS[name]
        is_kept = source.bank in ("equal", "pair")
        found = least if is_kept else least * (Decimal("0.6") + source.value("ratio"))
        made.append({"name": name, "ratio": found, "minimum_ratio": least, "surplus": Decimal(0)})
    return made


def _kept(row: Row) -> Any:
    return num("ratio")(row) / num("minimum_ratio")(row)


def _short(rows: Rows) -> list[Row]:
    return [row for row in rows if _kept(row) < 1]


def _short_names(rows: Rows, _: Any) -> str:
    names = [str(row["name"]) for row in _short(rows)]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


_TIGHT = {
    "top": smallest(_kept, "name"),
    "ratio": percent(at("top", "ratio")),
    "minimum": percent(at("top", "minimum_ratio")),
}


def _over_time(column: str) -> Judged:
    kept = known(column, "minimum_ratio")

    def short(rows: Rows) -> int:
        return sum(num(column)(row) < num("minimum_ratio")(row) for row in kept(rows))

    facts = {"ratio": percent(over(kept, last(column))),
             "day": day(over(kept, last(when("reporting_date"))))}  # fmt: skip
    lowest = {"end": smallest(column, by_date(), among=kept), "least": percent(at("end", column))}
    return Judged(
        frame(f"reporting_date:month_end {column}:ratio? minimum_ratio:@ratio"),
        says("No ratio is known.", lambda rows: not kept(rows)),
        says("It is {ratio} on {day}; the minimum is {kept}.", lambda rows: len(kept(rows)) == 1,
             **facts, kept=either({"kept": lambda rows, _: not short(rows),
                                   "not kept": lambda rows, _: short(rows) > 0})),
        says("It is {ratio} on {day} and was lowest on {end}, {least}; the minimum was always"
             " kept.",
             lambda rows: len(kept(rows)) > 1 and not short(rows), **facts, **lowest),
        says("It is {ratio} on {day} and was lowest on {end}, {least}; it was short on {short} of"
             " {all}.", lambda rows: len(kept(rows)) > 1 and short(rows) > 0, **facts, **lowest,
             short=number(lambda rows, _: short(rows)),
             all=things(over(kept, size()), "month-end")),
    )  # fmt: skip


def _flows(source: Source) -> list[Cells]:
    made: list[Cells] = []
    outflow, inflow = source.value("money0"), source.value("money0") / 2
    for step, amount in (("stable_deposit", outflow), ("undrawn_retail", source.value("money0")),
                         ("retail_repayment", -inflow)):  # fmt: skip
        if amount:
            made.append({"step": step, "amount": amount, "measure": "relative"})
    outflows = sum(max(cells["amount"], 0) for cells in made)
    if inflow > outflows * 3 / 4:
        made.append({"step": _CAP, "amount": inflow - outflows * 3 / 4, "measure": "relative"})
    net = sum(cells["amount"] for cells in made)
    return [*made, {"step": "net outflow", "amount": Decimal(net), "measure": "total"}]


def _out(rows: Rows) -> Rows:
    return [row for row in relative(rows) if num("amount")(row) > 0 and row["step"] != _CAP]


def _inflows(rows: Rows, _: Any) -> Any:
    return -sum(num("amount")(row) for row in relative(rows)
                if num("amount")(row) < 0 or row["step"] == _CAP)  # fmt: skip


def _lines(name: str) -> Judged:
    return Judged(
        frame("kind:code amount:money1 weighted_amount:money0", order="-weighted_amount kind"),
        says(f"There is no {name}.", nothing("weighted_amount")),
        says(f"Of {{whole}} of {name}, the largest part, {{part}}, is {{top}}.",
             whole=money(total("weighted_amount")), top=largest("weighted_amount", "kind"),
             part=percent(ratio(at("top", "weighted_amount"), total("weighted_amount")))),
    )  # fmt: skip


def _measure(source: Source) -> list[Cells]:
    assets, capital = source.value("money1"), source.value("money0?")
    share = None if capital is None else capital / assets
    return [
        {"step": step, "amount": amount, "measure": measure, "tier1_capital": capital,
         "leverage_ratio": share}
        for step, amount, measure in (
            ("assets", assets, "absolute"), ("undrawn limits", Decimal(0), "relative"),
            ("exposure measure", assets, "total"),
        )
    ]  # fmt: skip


CHARTS: Charts = {
    (PAGE, "Ratios and minimums"): Judged(
        _ratios,
        says("{top} is nearest to its minimum, {ratio} against {minimum}; {all} kept.",
             lambda rows: not _short(rows), **_TIGHT,
             all=either({"its minimum is": lambda rows, _: len(rows) == 1,
                         "all minimums are": lambda rows, _: len(rows) > 1})),
        says("{top} is furthest below its minimum, {ratio} against {minimum}; {names} {fall}"
             " short.",
             **_TIGHT, names=text(_short_names),
             fall=either({"falls": lambda rows, _: len(_short(rows)) == 1,
                          "fall": lambda rows, _: len(_short(rows)) > 1})),
    ),
    (PAGE, "Liquidity coverage ratio"): _over_time("coverage_ratio"),
    (PAGE, "Net stable funding ratio"): _over_time("stable_funding_ratio"),
    (PAGE, "Leverage ratio"): _over_time("leverage_ratio"),
    (PAGE, "Liquid assets"): Judged(
        frame("account_name:name account_group:CASH/SECURITIES amount:money1",
              order="-amount account_name", amount_share=part_of("amount", is_exact=True)),
        says("Of {whole} in cash and securities, the largest part, {part}, is {top}.",
             whole=money(total("amount")), top=largest("amount", "account_name"),
             part=percent(ratio(at("top", "amount"), total("amount")))),
    ),
    (PAGE, "Outflows and inflows"): Judged(
        _flows,
        says("The net outflow of 30 days is {net}; there is no outflow.",
             lambda rows: not _out(rows),
             net=money(last("amount"))),
        says("The net outflow of 30 days is {net}; {top} is its largest part ({amount}), and"
             " {inflows} come off.", net=money(last("amount")),
             top=largest("amount", "step", among=_out), amount=money(at("top", "amount")),
             inflows=part(says("no inflows", lambda rows: not _inflows(rows, {})),
                          says("inflows of {amount}", lambda rows: _inflows(rows, {}) > 0,
                               amount=money(_inflows)))),
    ),
    (PAGE, "Stable funding"): _lines("available stable funding"),
    (PAGE, "Funding needed"): _lines("required stable funding"),
    (PAGE, "Exposure measure"): Judged(
        _measure,
        says("The exposure measure is {whole}; Tier 1 is not known.",
             lambda rows: rows[0]["tier1_capital"] is None, whole=money(last("amount"))),
        says("The exposure measure is {whole}; Tier 1 of {capital} is {ratio} of it.",
             whole=money(last("amount")), capital=money(first("tier1_capital")),
             ratio=percent(ratio(first("tier1_capital"), last("amount")))),
    ),
}  # fmt: skip
