"""What the sentences of the page of exploratory analytics may claim."""

from collections.abc import Callable
from fractions import Fraction
from statistics import median
from typing import Any

from finplatform_tests.oracle.sentences.claims import (
    Claim,
    largest,
    money,
    number,
    percent,
    smallest,
    tally,
    things,
    verb,
)
from finplatform_tests.oracle.sentences.forms import Charts, Judged, says
from finplatform_tests.oracle.sentences.made import Cells, Source, frame, grid
from finplatform_tests.oracle.sentences.values import (
    Rows,
    at,
    first,
    flag,
    members,
    num,
    ratio,
    size,
    total,
)

PAGE = "exploratory_analytics"


def sums(column: str, value: str) -> Callable[[Rows], Rows]:
    """A row per member of a column, with the sum of a value, as text like other rows."""

    def summed(rows: Rows) -> Rows:
        found: dict[str, Fraction] = {}
        for row in rows:
            name = str(row[column])
            found[name] = found.get(name, Fraction(0)) + (num(value)(row) or 0)
        return [{column: name, value: str(amount)} for name, amount in found.items()]

    return summed


def _middles(rows: Rows) -> Rows:
    held: dict[str, list[Fraction]] = {}
    for row in rows:
        if row["deposit_balance"] is not None:
            held.setdefault(str(row["segment"]), []).append(num("deposit_balance")(row))
    return [{"segment": name, "deposit": str(median(all_))} for name, all_ in held.items()]


def _pairs(source: Source) -> list[Cells]:
    names = ("age", "income", "debt")[: 2 if source.bank == "single" else 3]
    made = []
    for place, subject in enumerate(names):
        for other in names[place + 1 :]:
            source.at(len(made))
            estimate = source.value("rate?")
            cells = {"estimate": estimate, "is_significant": estimate is not None}
            made += [{"subject": subject, "other": other, **cells},
                     {"subject": other, "other": subject, **cells}]  # fmt: skip
    return made


def _both(row: Any) -> str:
    return " and ".join(sorted((row["subject"], row["other"])))


def _known(rows: Rows) -> bool:
    return any(row["estimate"] is not None for row in rows)


def _closest() -> Claim:
    def pairs(rows: Rows) -> Rows:
        return [
            row for row in rows if row["estimate"] is not None and row["subject"] < row["other"]
        ]

    return largest(lambda row: abs(num("estimate")(row)), _both, among=pairs)


_SPENDING = sums("category", "volume_amount")

CHARTS: Charts = {
    (PAGE, "Spending treemap"): Judged(
        grid("category:code", "part_of_day:code", "volume_amount:money1 months:@count1",
             is_whole=False),
        says("Customers spend the most on {top}: {amount} in {months}, {part} of what went to"
             " merchants.",
             top=largest("volume_amount", "category", among=_SPENDING),
             amount=money(at("top", "volume_amount")), months=things(first("months"), "month"),
             part=percent(ratio(at("top", "volume_amount"), total("volume_amount")))),
    ),
    (PAGE, "Customer cluster scatter"): Judged(
        grid("segment:code", "place:number",
             "deposit_balance:money0 debit_amount_3m:money0 is_outlier:flag"),
        says("{segments} of customers {verb} found; {top} holds the most, with a median deposit of"
             " {deposit}; {outliers} far from all others.",
             segments=things(members("segment"), "segment"),
             verb=verb(members("segment"), "is", "are"),
             top=largest("deposit", "segment", among=_middles),
             deposit=money(at("top", "deposit")),
             outliers=tally(size(flag("is_outlier")), size(), "customer", "drawn lies",
                            "drawn lie")),
        says("{segments} of customers {verb} found, and the median deposit is nothing in each;"
             " {outliers} far from all others.",
             lambda rows: not any(num("deposit")(row) for row in _middles(rows)),
             segments=things(members("segment"), "segment"),
             verb=verb(members("segment"), "is", "are"),
             outliers=tally(size(flag("is_outlier")), size(), "customer", "drawn lies",
                            "drawn lie")),
    ),
    (PAGE, "Correlation heatmap"): Judged(
        _pairs,
        says("No correlation is known.", lambda rows: not _known(rows)),
        says("No two features are related.",
             lambda rows: _known(rows) and not any(num("estimate")(row) for row in rows)),
        says("{top} are related most closely (rank correlation {number}).",
             top=_closest(), number=number(at("top", "estimate"))),
        says("{top} are related most closely (rank correlation {number}: as one rises, the other"
             " falls).", top=_closest(), number=number(at("top", "estimate"))),
    ),
    (PAGE, "Geographic patterns"): Judged(
        frame("region:name customer_count:count1 spending_per_customer:money0"
              " spending_index:float0 spending_share:share",
              order="-spending_per_customer region"),
        says("A customer of {name}, the only region shown, spends {most}.",
             lambda rows: len(rows) == 1, name=largest("spending_per_customer", "region",
                                                       is_bare=True, signed=True),
             most=money(first("spending_per_customer"))),
        says("A customer spends {most} in each of {regions}.",
             lambda rows: len({row["spending_per_customer"] for row in rows}) == 1 < len(rows),
             most=money(first("spending_per_customer")), regions=things(size(), "region shown",
                                                                        "regions shown")),
        says("A customer of {top} spends {most}, the most of {regions}; one of {end} spends"
             " {least}, the least.",
             top=largest("spending_per_customer", "region"),
             most=money(at("top", "spending_per_customer")), regions=things(size(),
                                                                            "region shown",
                                                                            "regions shown"),
             end=smallest("spending_per_customer", "region"),
             least=money(at("end", "spending_per_customer"))),
    ),
    (PAGE, "RFM segments"): Judged(
        frame("rfm_segment:code customers:count1", order="-customers rfm_segment"),
        says("{top} is the largest group by recency, frequency and value: {customers}, {part} of"
             " all.",
             top=largest("customers", "rfm_segment"),
             customers=things(at("top", "customers"), "customer"),
             part=percent(ratio(at("top", "customers"), total("customers")))),
    ),
}  # fmt: skip
