"""What the sentences of the page of the credit portfolio may claim."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

from finplatform_tests.oracle.sentences.capital_adequacy import by_date
from finplatform_tests.oracle.sentences.claims import (
    Claim,
    day,
    either,
    largest,
    money,
    number,
    percent,
    things,
    verb,
)
from finplatform_tests.oracle.sentences.descriptive import nothing
from finplatform_tests.oracle.sentences.exploratory import sums
from finplatform_tests.oracle.sentences.forms import Charts, Form, Judged, part, says
from finplatform_tests.oracle.sentences.made import (
    Cells,
    Maker,
    Source,
    frame,
    grid,
    month_end,
    of_columns,
    part_of,
)  # fmt: skip
from finplatform_tests.oracle.sentences.values import (
    Rows,
    Value,
    at,
    first,
    known,
    num,
    part_of_all,
    ratio,
    total,
    when,
)

PAGE = "credit_portfolio"
_BUCKETS = ("not overdue", "1 to 30 days", "31 to 60 days", "61 to 90 days", "over 90 days")


def _members(column: str, members: tuple[Any, ...], columns: str, **derived: Any) -> Maker:
    """Rows of some members of a column, in their order."""

    def make(source: Source) -> list[Cells]:
        chosen = source.sample(members, 2)
        made = frame(columns, rows=len(chosen), **derived)(source)
        return [{column: member, **cells} for member, cells in zip(chosen, made, strict=True)]

    return make


def share_or(value: Value, none: str) -> Claim:
    """A share, or the word for none."""
    shown = percent(value)
    return Claim(
        f"{shown.pattern}|{none}",
        lambda said, rows, found: (
            (None if not value(rows, found) else f"{said} is said of {value(rows, found)}")
            if said == none
            else shown.judge(said, rows, found)
            if value(rows, found)
            else f"{said} is said of none"
        ),
    )


def _portion(column: str, where: Any) -> Value:
    return ratio(total(column, where), total(column))


def moves(source: Source, members: tuple[Any, ...], member: str) -> list[Cells]:
    """Exposures between members on two dates."""
    made = []
    for before in source.sample(members, 2):
        for after in source.sample(members, 2):
            source.at(len(made))
            exposures = source.value("count1") if source.choice((True, True, False)) else 1
            made.append({"from_date": month_end(0), "to_date": month_end(11),
                         f"from_{member}": before, f"to_{member}": after,
                         "exposures": exposures})  # fmt: skip
    return made


def move_forms(member: str) -> tuple[Form, ...]:
    """What is said of exposures that moved between members, of which a higher one is worse."""

    def moved(way: int) -> Value:
        return _portion("exposures", lambda row: (
            (row[f"to_{member}"] > row[f"from_{member}"])
            - (row[f"to_{member}"] < row[f"from_{member}"])
        ) == way)  # fmt: skip

    return (
        says(f"From {{then}} to {{now}}, {{worse}} of {{all}} moved to a worse {member} and"
             f" {{better}} to a better one.",
             then=day(first(when("from_date"))), now=day(first(when("to_date"))),
             worse=share_or(moved(1), "none"), better=share_or(moved(-1), "none"),
             all=things(total("exposures"), "exposure")),
    )  # fmt: skip


def _large(source: Source) -> list[Cells]:
    has_tier1 = source.bank != "unknown"
    tier1 = Decimal(1_000_000)
    made = frame("group_id:code exposure_amount:money1", order="-exposure_amount group_id")(source)
    for place, cells in enumerate(made):
        share = cells["exposure_amount"] / tier1
        cells |= {"rank": place + 1, "tier1_share": share if has_tier1 else None,
                  "limit_share": Decimal("0.25") if has_tier1 else None,
                  "is_breach": share > Decimal("0.25") if has_tier1 else None}  # fmt: skip
    broken = sum(bool(cells["is_breach"]) for cells in made)
    return [{**cells, "breaches": broken} for cells in made]


def _non_performing(source: Source) -> list[Cells]:
    made = []
    for name in source.sample(("all classes", "corporate", "qrre", "other_retail"), 2):
        for place in range(1 if source.bank == "single" else 3):
            source.at(place)
            made.append({"reporting_date": month_end(place), "exposure_class": name,
                         "exposure_amount": Decimal(9),
                         "defaulted_share": source.value("share")})  # fmt: skip
    return made


def _whole(rows: Rows) -> Rows:
    return [row for row in rows if row["exposure_class"] == "all classes"]


def _classes(rows: Rows) -> Rows:
    end = max(when("reporting_date")(row) for row in rows)
    classes = [row for row in rows if row["exposure_class"] != "all classes"]
    return [row for row in classes if when("reporting_date")(row) == end]


def _defaulted(rows: Rows) -> Any:
    return max((num("defaulted_share")(row) for row in rows), default=0)


def _now(rows: Rows, _: Any) -> Any:
    return num("defaulted_share")(_whole(rows)[-1])


def _pds(source: Source) -> list[Cells]:
    made = []
    for place, lower in enumerate(source.sample([-4 + each / 4 for each in range(16)], 3)):
        source.at(place)
        made.append({"log_pd_from": lower, "exposures": source.value("count1"),
                     "mean_pd": 10 ** (lower + 0.1)})  # fmt: skip
    return made


def _mean_pd(rows: Rows, _: Any) -> Fraction:
    weighted = sum(num("exposures")(row) * num("mean_pd")(row) for row in rows)
    return weighted / total("exposures")(rows, {})


def _used(rows: Rows) -> Rows:
    return [row for row in rows if row["measure"] == "average"] or rows


def _defaults_of_worst(rows: Rows, _: Any) -> Any:
    return num("defaults")(max(_used(rows), key=num("used_value")))


_RISKY = _portion("exposures", lambda row: num("log_pd_from")(row) >= -1)
_OVERDUE = total("drawn_amount", lambda row: row["bucket"] != "not overdue")
_LATE = lambda rows: [row for row in rows if row["bucket"] != "not overdue"]  # noqa: E731
_CONCENTRATED = {
    "top": largest("herfindahl_index", "dimension"),
    "members": things(at("top", "members"), "member"),
    "number": number(at("top", "effective_number")),
}
_CLASS_SUMS = sums("exposure_class", "drawn_amount")

CHARTS: Charts = {
    (PAGE, "Exposures by class"): Judged(
        grid("exposure_class:code", "product_type:code", "exposures:count1 drawn_amount:money1",
             order="-drawn_amount", is_whole=False),
        says("{amount} is drawn on {exposures}; {top} has {part} of it.",
             amount=money(total("drawn_amount")), exposures=things(total("exposures"), "exposure"),
             top=largest("drawn_amount", "exposure_class", among=_CLASS_SUMS),
             part=percent(ratio(at("top", "drawn_amount"), total("drawn_amount")))),
    ),
    (PAGE, "Exposures by grade"): Judged(
        _members("grade", ("1", "2", "3", "7", "D", "none"), "exposures:count1"
                                                             " drawn_amount:money0"),
        says("Nothing is drawn in any grade.", nothing("drawn_amount")),
        says("The largest part of what is drawn, {amount} or {part}, has {top}; {defaulted} is in"
             " default.",
             top=largest("drawn_amount", lambda row: "no grade" if row["grade"] == "none"
                         else f"grade {row['grade']}"),
             amount=money(at("top", "drawn_amount")),
             part=percent(ratio(at("top", "drawn_amount"), total("drawn_amount"))),
             defaulted=share_or(_portion("drawn_amount", lambda row: row["grade"] == "D"),
                                "nothing")),
    ),
    (PAGE, "Exposures by place"): Judged(
        frame("country_name:name place:name exposures:count1 drawn_amount:money0",
              order="-drawn_amount", drawn_share=part_of("drawn_amount", is_exact=True)),
        says("Nothing is drawn in any place.", nothing("drawn_amount")),
        says("{top} is the largest place with {amount}, {part} of what is drawn.",
             top=largest("drawn_amount", "place"), amount=money(at("top", "drawn_amount")),
             part=percent(part_of_all("top", "drawn_amount", "drawn_share"))),
    ),
    (PAGE, "PD distribution"): Judged(
        _pds,
        says("The mean PD of {exposures} that {performs} is {mean}; {risky} of them {has} a PD"
             " of 10% or more.",
             has=either({"has": lambda rows, _: not _RISKY(rows, {}),
                         "have": lambda rows, _: _RISKY(rows, {}) > 0}),
             exposures=things(total("exposures"), "exposure"),
             performs=verb(total("exposures"), "performs", "perform"), mean=percent(_mean_pd),
             risky=share_or(_RISKY, "none")),
    ),
    (PAGE, "Risk profiles"): Judged(
        grid("product_category:code", "risk_profile:code",
             "total_exposure:money1 avg_default_probability:share? exposure_count:count1"),
        says("No average PD is known.", lambda rows: not known("avg_default_probability")(rows)),
        says("No borrower has a PD above 0.", lambda rows: known("avg_default_probability")(rows)
             != [] and nothing("avg_default_probability")(rows)),
        says("{top} has the highest average PD, {pd} on {amount}.",
             top=largest("avg_default_probability", lambda row:
                         f"{row['product_category']} to borrowers of {row['risk_profile']} risk"),
             pd=percent(at("top", "avg_default_probability")),
             amount=money(at("top", "total_exposure"))),
    ),
    (PAGE, "Concentration"): Judged(
        _members("dimension", ("debtor", "exposure_class", "country"),
                 "members:count1 herfindahl_index:share top_share:share",
                 effective_number=of_columns(lambda row: 1 / row["herfindahl_index"])),
        says("The book is most concentrated by {top}: of {members}, worth {number} of equal size,"
             " the largest has {part}.",
             lambda rows: any(row["dimension"] != "debtor" for row in rows), **_CONCENTRATED,
             part=percent(at("top", "top_share"))),
        says("The book is most concentrated by {top}: of {members}, worth {number} of equal size,"
             " the largest twenty have {part}.",
             lambda rows: any(row["dimension"] == "debtor" and num("members")(row) > 20
                              for row in rows),
             **_CONCENTRATED, part=percent(at("top", "top_share"))),
        says("The book is most concentrated by {top}: of {members}, worth {number} of equal size,"
             " none is left out of the largest twenty.",
             lambda rows: any(row["dimension"] == "debtor" and num("members")(row) <= 20
                              for row in rows), **_CONCENTRATED),
        says("The book is not concentrated.", nothing("herfindahl_index")),
    ),
    (PAGE, "Large exposures"): Judged(
        _large,
        says("The largest group owes {amount}; it cannot be compared with a limit.",
             lambda rows: rows[0]["limit_share"] is None,
             amount=money(lambda rows, _: max(map(num("exposure_amount"), rows)))),
        says("The largest group owes {amount}, {share} of Tier 1 against a limit of {limit};"
             " {broken} above it.",
             amount=money(lambda rows, _: max(map(num("exposure_amount"), rows))),
             share=percent(lambda rows, _: max(map(num("tier1_share"), rows))),
             limit=percent(first("limit_share")),
             broken=part(
                 says("no group is", lambda rows: not any(row["is_breach"] == "True"
                                                          for row in rows)),
                 says("{groups} {verb}", lambda rows: num("breaches")(rows[0]) > 0,
                      groups=things(first("breaches"), "group"),
                      verb=verb(first("breaches"), "is", "are")),
             )),
    ),
    (PAGE, "Arrears"): Judged(
        _members("bucket", _BUCKETS, "exposures:count drawn_amount:money0",
                 drawn_share=part_of("drawn_amount", is_exact=True)),
        says("Nothing that is drawn is overdue.", lambda rows: not _OVERDUE(rows, {})),
        says("{overdue} is overdue, {part} of what is drawn; the largest part, {amount}, is {top}.",
             overdue=money(_OVERDUE), part=percent(ratio(_OVERDUE, total("drawn_amount"))),
             top=largest("drawn_amount", lambda row: f"{row['bucket']} late", among=_LATE),
             amount=money(at("top", "drawn_amount"))),
    ),
    (PAGE, "Non-performing share"): Judged(
        _non_performing,
        says("Nothing is in default on {day}.",
             lambda rows: not _whole(rows) and not _defaulted(_classes(rows)),
             day=day(lambda rows, _: max(when("reporting_date")(row) for row in rows))),
        says("{whole} of the exposure is in default on {day}{most}{classes}.",
             lambda rows: _whole(rows) != [],
             whole=share_or(_now, "Nothing"), day=day(lambda rows, _:
                                                   when("reporting_date")(_whole(rows)[-1])),
             most=part(
                 says("", lambda rows: len(_whole(rows)) == 1 or not _defaulted(_whole(rows))),
                 says("; the most was {share} on {top}", lambda rows: len(_whole(rows)) > 1,
                      top=largest("defaulted_share", by_date(), among=_whole),
                      share=percent(at("top", "defaulted_share"))),
             ),
             classes=part(
                 says("", lambda rows: not _defaulted(_classes(rows))),
                 says("; on {day} {top} has the largest share, {share}",
                      day=day(lambda rows, _: max(when("reporting_date")(row) for row in rows)),
                      top=largest("defaulted_share", "exposure_class", among=_classes),
                      share=percent(at("top", "defaulted_share"))),
             )),
        says("On {day} {top} has the largest share, {share}.", lambda rows: not _whole(rows),
             day=day(lambda rows, _: max(when("reporting_date")(row) for row in rows)),
             top=largest("defaulted_share", "exposure_class", among=_classes),
             share=percent(at("top", "defaulted_share"))),
    ),
    (PAGE, "Migration of grades"): Judged(
        lambda source: moves(source, ("1", "2", "3", "D"), "grade"), *move_forms("grade")
    ),
    (PAGE, "Loss given default"): Judged(
        grid("segment:code", "measure:average/downturn",
             "used_value:share estimate:share? defaults:count open_defaults:count", is_whole=False),
        says("No product loses anything in default.",
             lambda rows: not any(map(num("used_value"), _used(rows)))),
        says("{top} loses most in default{times}: {share} of the exposure, {basis}.",
             top=largest("used_value", "segment", among=_used), share=percent(at("top",
                                                                                 "used_value")),
             times=either({
                 "": lambda rows, _: any(row["measure"] == "average" for row in rows),
                 " of bad times": lambda rows, _: all(row["measure"] != "average" for row in rows),
             }),
             basis=part(
                 says("without a finished default to judge it by",
                      lambda rows: any(not num("defaults")(row) for row in _used(rows))),
                 says("judged by {defaults}",
                      defaults=things(_defaults_of_worst, "finished default")),
             )),
    ),
}  # fmt: skip
