"""What the sentences of the page of predictive analytics may claim."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

from finplatform_tests.oracle.sentences.claims import (
    either,
    largest,
    money,
    percent,
    tally,
    things,
    verb,
)
from finplatform_tests.oracle.sentences.descriptive import nothing
from finplatform_tests.oracle.sentences.forms import Charts, Judged, says
from finplatform_tests.oracle.sentences.made import Cells, Source, frame, part_of
from finplatform_tests.oracle.sentences.values import at, num, ratio, size, total

PAGE = "predictive_analytics"
_BANDS = ("LOW", "MEDIUM", "HIGH")


def _bins(column: str, lowers: list[Any]) -> Any:
    def make(source: Source) -> list[Cells]:
        made = []
        for place, lower in enumerate(source.sample(lowers, 3)):
            source.at(place)
            made.append({column: lower, "customers": source.value("count1")})
        return made

    return make


_CHANCES = _bins("lower_probability", [Decimal(each) * Decimal("0.02") for each in range(50)])
_LOGS = _bins("lower_log", [Decimal(each) / 4 for each in range(-16, 0)])


def _bin(row: Any) -> str:
    lower = 100 * num("lower_probability")(row)
    return f"{float(lower):g}% to {float(lower) + 2:g}%"


def _loss(row: Any) -> Fraction:
    return num("churn_probability")(row) * num("customer_lifetime_value")(row)


def _categories(source: Source) -> list[Cells]:
    made = []
    for place, band in enumerate(source.sample(_BANDS)):
        source.at(place)
        made.append({"churn_risk_band": band, "customers": source.value("count1"),
                     "band_rate": source.value("share?"),
                     "lifetime_value": source.value("money")})  # fmt: skip
    return sorted(made, key=lambda cells: (-cells["customers"], cells["churn_risk_band"]))


def _top_three(rows: Any, _: Any) -> Fraction:
    return sum(sorted((num("importance")(row) for row in rows), reverse=True)[:3])


def _high(rows: Any, _: Any) -> Any:
    return max(rows, key=lambda row: _BANDS.index(row["churn_risk_band"]))


_HIGHEST = {
    "customers": things(lambda rows, _: num("customers")(_high(rows, _)), "customer"),
    "part": percent(ratio(lambda rows, _: num("customers")(_high(rows, _)), total("customers"))),
    "verb": verb(lambda rows, _: num("customers")(_high(rows, _)), "is", "are"),
    "band": either({
        band.lower(): lambda rows, _, band=band: _high(rows, _)["churn_risk_band"] == band
        for band in _BANDS
    }),
}  # fmt: skip
_RISKY = total("customers", lambda row: num("lower_log")(row) >= -1)
_BORROWERS = tally(_RISKY, total("customers"), "borrower", "has", "have")
_FEATURE = {
    "top": largest("importance", "feature"),
    "share": percent(at("top", "importance")),
}

CHARTS: Charts = {
    (PAGE, "Churn risk distribution"): Judged(
        _CHANCES,
        says("{likely} within three months with a chance of 10% or more; the fullest bin is {top},"
             " with {customers}.",
             likely=tally(total("customers", lambda row: num("lower_probability")(row) * 10 >= 1),
                          total("customers"), "customer", "leaves", "leave"),
             top=largest("customers", _bin), customers=things(at("top", "customers"), "customer")),
    ),
    (PAGE, "Risk scatter plot"): Judged(
        frame("churn_probability:share customer_lifetime_value:money"
              " churn_risk_band:LOW/MEDIUM/HIGH"),
        says("No value is at risk with {customers} drawn.",
             lambda rows: all(_loss(row) <= 0 for row in rows), customers=things(size(),
                                                                                 "customer")),
        says("With {customers} drawn, the most value at risk, the chance to leave times the"
             " lifetime"
             " value, is {loss}: a worth of {value} that leaves with a chance of {chance}.",
             lambda rows: max(map(_loss, rows)) > 0, customers=things(size(), "customer"),
             loss=money(lambda rows, _: max(map(_loss, rows))),
             value=money(lambda rows, _: num("customer_lifetime_value")(max(rows, key=_loss))),
             chance=percent(lambda rows, _: num("churn_probability")(max(rows, key=_loss)))),
    ),
    (PAGE, "Risk categories"): Judged(
        _categories,
        says("{customers} ({part}) {verb} in {band}, the highest risk category that has any.",
             lambda rows: _high(rows, None)["band_rate"] is None, **_HIGHEST),
        says("{customers} ({part}) {verb} in {band}, the highest risk category that has any; of"
             " customers like these {left} left.", **_HIGHEST,
             left=percent(lambda rows, _: num("band_rate")(_high(rows, _)))),
    ),
    (PAGE, "Feature importance"): Judged(
        frame("feature:code weight:money1", order="-importance", importance=part_of("weight")),
        says("{top} matters the most, with {share} of the model's importance.",
             lambda rows: len(rows) == 1, **_FEATURE),
        says("{top} matters the most, with {share} of the model's importance; the {count} most"
             " important features have {sum}.", **_FEATURE,
             count=either({"two": lambda rows, _: len(rows) == 2,
                           "three": lambda rows, _: len(rows) > 2}),
             sum=percent(_top_three)),
    ),
    (PAGE, "Default risk distribution"): Judged(
        _LOGS,
        says("{risky} a chance of default of 10% or more within a year.",
             lambda rows: not _RISKY(rows, {}), risky=_BORROWERS),
        says("{risky} a chance of default of 10% or more within a year ({share}).",
             lambda rows: _RISKY(rows, {}) > 0, risky=_BORROWERS,
             share=percent(ratio(_RISKY, total("customers")))),
    ),
    (PAGE, "Fraud predictions"): Judged(
        frame("channel:code payments:count1 alerts:count expected_loss:money0",
              order="-expected_loss channel"),
        says("No loss from fraud is expected in the month.", nothing("expected_loss")),
        says("The largest expected loss from fraud is in {top}: {loss} in {payments} of the month,"
             " with {alerts}.",
             top=largest("expected_loss", "channel"), loss=money(at("top", "expected_loss")),
             payments=things(at("top", "payments"), "payment"),
             alerts=things(at("top", "alerts"), "alert")),
    ),
}  # fmt: skip
