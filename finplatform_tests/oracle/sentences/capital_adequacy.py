"""What the sentences of the page of capital adequacy may claim."""

from decimal import Decimal
from typing import Any

from finplatform_tests.oracle.sentences.claims import (
    Claim,
    day,
    day_text,
    largest,
    money,
    moved,
    number,
    percent,
    smallest,
    things,
)
from finplatform_tests.oracle.sentences.forms import Case, Charts, Judged, part, says
from finplatform_tests.oracle.sentences.made import Cells, Source, frame, month_end, of_columns
from finplatform_tests.oracle.sentences.values import (
    Rows,
    Value,
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

PAGE = "capital_adequacy"
_MINIMUMS = {"CET1": Decimal("0.045"), "Tier 1": Decimal("0.06"), "Total capital": Decimal("0.08")}


def _ratios(source: Source) -> list[Cells]:
    made = []
    for place, (name, minimum) in enumerate(list(_MINIMUMS.items())[: source.size]):
        source.at(place)
        assets = Decimal(1_000_000) if source.bank != "unknown" else None
        found = minimum if source.bank in ("equal", "pair") else source.value("ratio") / 4
        made.append(
            {"name": name, "ratio": found, "minimum": None if assets is None else minimum,
             "capital": found * 1_000_000,
             "surplus": None if assets is None else (found - minimum) * assets}
        )  # fmt: skip
    return made


def by_date(column: str = "reporting_date") -> Any:
    """Calls a row by its date."""
    return lambda row: day_text(when(column)(row))


def _room(row: Any) -> Any:
    return None if row["minimum"] is None else num("ratio")(row) - num("minimum")(row)


def _tightest(sign: int) -> Case:
    return lambda rows: any(row["minimum"] is not None for row in rows) and (
        (least := min(_room(row) for row in rows)) > 0) - (least < 0) == sign  # fmt: skip


_TIGHT = {
    "top": smallest(_room, "name"),
    "ratio": percent(at("top", "ratio")),
    "minimum": percent(at("top", "minimum")),
}
_FAR = {
    "points": number(lambda rows, found: 100 * abs(_room(found["top"]))),
    "amount": money(lambda rows, found: abs(num("surplus")(found["top"]))),
}


def _short(rows: Rows) -> int:
    return sum(num("cet1_ratio")(row) < num("cet1_with_buffers")(row)
               for row in known("cet1_with_buffers")(rows))  # fmt: skip


def month_ends(value: Value) -> Claim:
    """A number of month-ends."""
    return things(value, "month-end")


def steps(source: Source) -> list[Cells]:
    """Lines of capital, and their totals."""
    tiers = {"CET1": ("shares_paid_in", "intangible_assets"), "Tier 1": ("at1_instruments",),
             "Total capital": ("t2_provisions", "t2_loans")}  # fmt: skip
    made: list[Cells] = []
    capital = Decimal(0)
    for step, lines in tiers.items():
        for line in lines:
            source.at(len(made))
            amount = source.value("money")
            if amount:
                made.append({"step": line, "amount": amount, "measure": "relative"})
                capital += amount
        made.append({"step": step, "amount": capital, "measure": "total"})
    return made


def relative(rows: Rows) -> Rows:
    """The steps of a waterfall that move it."""
    return [row for row in rows if row["measure"] == "relative"]


def _amounts(rows: Rows) -> list[Any]:
    return [num("amount")(row) for row in relative(rows)]


_PARTS = ("credit", "market", "operational", "floor_increase")
_PART_NAMES = ("credit risk", "market risk", "operational risk", "the output floor")


def _last_parts(rows: Rows) -> Rows:
    return [{"name": name, "value": rows[-1][part]}
            for name, part in zip(_PART_NAMES, _PARTS, strict=True)]  # fmt: skip


def _whole(rows: Rows, _: Any) -> Any:
    return sum(num(part)(rows[-1]) for part in _PARTS)


def _two_dates(source: Source) -> list[Cells]:
    """What two ratios are made of; the steps between them are those of the figure."""
    made: list[Cells] = []
    for place in range(2):
        source.at(place)
        day = month_end(place)
        shares, profit = source.value("money1"), source.value("money0")
        exposures = {name: 1 + source.value("money0") for name in ("credit", "operational")}
        assets = sum(exposures.values())
        facts = {"reporting_date": day, "is_defaulted": False, "ratio": None, "assets": None}
        made.append(
            {
                **facts,
                "part": "adequacy",
                "risk_type_or_tier": "CET1",
                "name": "ratio",
                "amount": shares + profit,
                "assets": assets,
                "ratio": round((shares + profit) / assets, 6),
            }
        )
        made += [
            {
                **facts,
                "part": "class",
                "risk_type_or_tier": kind,
                "name": "all",
                "amount": amount,
                "assets": amount,
            }
            for kind, amount in exposures.items()
        ]
        made += [
            {**facts, "part": "line", "risk_type_or_tier": "CET1", "name": name, "amount": amount}
            for name, amount in (("common_shares", shares), ("retained_earnings", profit))
        ]  # fmt: skip
    return sorted(made, key=lambda cells: (cells["part"], cells["reporting_date"]))


_CET1 = {"ratio": percent(last("cet1_ratio")), "day": day(last(when("reporting_date")))}
_HELD = {
    "part": percent(ratio(at("top", "assets_in_use"), total("assets_in_use"))),
    "top": largest("assets_in_use", "exposure_class"),
    "amount": money(at("top", "assets_in_use")),
}
_FLOOR = {
    "rate": percent(last("output_floor_rate")),
    "floor": money(last("output_floor_amount")),
    "assets": money(last("before_floor")),
}
_RAISED = size(lambda row: (num("floor_increase")(row) or 0) > 0)

CHARTS: Charts = {
    (PAGE, "Capital ratios"): Judged(
        _ratios,
        says("No ratio can be compared with a minimum.",
             lambda rows: not known("minimum", "surplus")(rows)),
        says("{top} is the tightest: {ratio} is exactly its minimum of {minimum}.", _tightest(0),
             **_TIGHT),
        says("{top} is the tightest: {ratio} is {points} points above its minimum of {minimum},"
             " {amount} to spare.", _tightest(1), **_TIGHT, **_FAR),
        says("{top} is the tightest: {ratio} is {points} points below its minimum of {minimum},"
             " {amount} short.", _tightest(-1), **_TIGHT, **_FAR),
    ),
    (PAGE, "Ratios over time"): Judged(
        frame("reporting_date:month_end cet1_ratio:ratio tier1_ratio:ratio total_ratio:ratio"
              " cet1_minimum:ratio cet1_with_buffers:ratio?"),
        says("CET1 is {ratio} on {day}{lowest}; {short}.", **_CET1,
             lowest=part(
                 says("", lambda rows: len(rows) == 1),
                 says("; its lowest was {ratio} on {end}", lambda rows: len(rows) > 1,
                      end=smallest("cet1_ratio", by_date()), ratio=percent(at("end",
                                                                              "cet1_ratio"))),
             ),
             short=part(
                 says("its minimum is not known",
                      lambda rows: not known("cet1_with_buffers")(rows)),
                 says("it was not below its minimum with buffers",
                      lambda rows: known("cet1_with_buffers")(rows) != [] and not _short(rows)),
                 says("it was below its minimum with buffers on {short} of {all}",
                      lambda rows: _short(rows) > 0,
                      short=number(lambda rows, _: _short(rows)),
                      all=month_ends(over(known("cet1_with_buffers"), size()))),
             )),
    ),
    (PAGE, "What moved the ratio"): Judged(
        _two_dates,
        says("CET1 went from {old} on {then} to {new} on {now}; {moves}.",
             old=percent(first("from_ratio")), then=day(first(when("from_date"))),
             new=percent(first("to_ratio")), now=day(first(when("to_date"))),
             moves=part(
                 says("nothing moved it", lambda rows: not relative(rows)),
                 *(says(f"{{name}} alone {way} {{points}} points",
                        lambda rows, sign=sign: len(relative(rows)) == 1
                        and sign * _amounts(rows)[0] > 0,
                        name=largest("amount", "label", among=relative, is_bare=True),
                        points=number(lambda rows, _: 100 * abs(_amounts(rows)[0])))
                   for way, sign in (("added", 1), ("took off", -1))),
                 *(says(text, lambda rows: len(relative(rows)) > 1, **{
                     **({"down": smallest("amount", "label", among=relative),
                         "less": number(lambda rows, found: -100 * num("amount")(found["down"]))}
                        if "down" in text else {}),
                     **({"up": largest("amount", "label", among=relative),
                         "more": number(lambda rows, found: 100 * num("amount")(found["up"]))}
                        if "{up}" in text else {}),
                   })
                   for text in (
                       "{down} took off most, {less} points",
                       "{up} added most, {more} points",
                       "{down} took off most, {less} points and {up} added most, {more} points",
                   )),
             )),
    ),
    (PAGE, "Own funds"): Judged(
        steps,
        says("Total capital is {capital}{largest}{deducted}.", capital=money(last("amount")),
             largest=part(
                 says("", lambda rows: max(_amounts(rows), default=0) <= 0),
                 says("; its largest line is {top} ({amount})",
                      top=largest("amount", "step", among=relative),
                      amount=money(at("top", "amount"))),
             ),
             deducted=part(
                 says("", lambda rows: not relative(rows)),
                 says("; nothing is deducted", lambda rows: min(_amounts(rows)) >= 0),
                 says("; its largest deduction is {end} ({amount})",
                      lambda rows: min(_amounts(rows)) < 0,
                      end=smallest("amount", "step", among=relative),
                      amount=money(lambda rows, found: -num("amount")(found["end"]))),
             )),
    ),
    (PAGE, "RWA by class"): Judged(
        frame("exposure_class:code standardised_assets:money0 assets_in_use:money0 approach:IRB/SA",
              order="-assets_in_use exposure_class"),
        says("No class has RWA by the approach in use.",
             lambda rows: not total("assets_in_use")(rows, {})),
        says("{top} holds {part} of credit RWA ({amount}).",
             lambda rows: any(not num("standardised_assets")(row) for row in rows), **_HELD),
        says("{top} holds {part} of credit RWA ({amount}), {times} times what the standardised"
             " approach gives.", **_HELD,
             times=number(ratio(at("top", "assets_in_use"), at("top", "standardised_assets")))),
    ),
    (PAGE, "Composition of RWA"): Judged(
        frame("reporting_date:month_end credit:money0 market:money0 operational:money0"
              " floor_increase:money0",
              total=of_columns(lambda row: sum(row[part] for part in _PARTS))),
        says("There are no risk-weighted assets on {day}.", lambda rows: not _whole(rows, {}),
             day=day(last(when("reporting_date")))),
        says("RWA are {whole} on {day}, {part} of them from {top}{moved}.",
             whole=money(_whole), day=day(last(when("reporting_date"))),
             top=largest("value", "name", among=_last_parts),
             part=percent(ratio(at("top", "value"), _whole)),
             moved=part(
                 says("", lambda rows: len(rows) == 1),
                 says("; they are {moved} since {then}",
                      moved=moved(last("total"), first("total")),
                      then=day(first(when("reporting_date")))),
             )),
    ),
    (PAGE, "Output floor"): Judged(
        frame("reporting_date:month_end before_floor:money0 output_floor_amount:money0"
              " output_floor_rate:ratio",
              floor_increase=of_columns(
                  lambda row: max(row["output_floor_amount"] - row["before_floor"], 0))),
        says("The floor of {rate} stands at {floor} against RWA of {assets}; it raised RWA on no"
             " month-end.", lambda rows: not _RAISED(rows, {}), **_FLOOR),
        says("The floor of {rate} stands at {floor} against RWA of {assets}; it raised RWA on"
             " {raised} of {all}.", lambda rows: _RAISED(rows, {}) > 0, **_FLOOR,
             raised=number(_RAISED), all=month_ends(size())),
    ),
    (PAGE, "Buffers"): Judged(
        frame("reporting_date:month_end buffer_available_rate:ratio buffer_required_rate:ratio"
              " earnings_conserved_rate:ratio?"),
        says("{left} of RWA is left for buffers of {required}, so that {then}.",
             left=percent(last("buffer_available_rate")),
             required=percent(last("buffer_required_rate")),
             then=part(
                 says("how much of the earnings must be kept is not known",
                      lambda rows: rows[-1]["earnings_conserved_rate"] is None),
                 says("{kept} of the earnings must be kept", kept=percent(
                     last("earnings_conserved_rate"))),
                 says("earnings may be paid out",
                      lambda rows: num("earnings_conserved_rate")(rows[-1]) == 0),
             )),
    ),
}  # fmt: skip
