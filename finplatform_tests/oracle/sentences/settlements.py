"""What the sentences of the page of settlements may claim."""

from datetime import timedelta
from typing import Any

from finplatform_tests.oracle.sentences.claims import (
    count,
    either,
    largest,
    money,
    month,
    month_text,
    moved_points,
    number,
    percent,
    smallest,
    tally,
    text,
    things,
    verb,
)
from finplatform_tests.oracle.sentences.credit_portfolio import share_or
from finplatform_tests.oracle.sentences.descriptive import nothing
from finplatform_tests.oracle.sentences.forms import Charts, Judged, part, says
from finplatform_tests.oracle.sentences.made import (
    Cells,
    Source,
    frame,
    grid,
    of_columns,
    part_of,
)  # fmt: skip
from finplatform_tests.oracle.sentences.payments import flat
from finplatform_tests.oracle.sentences.values import (
    Row,
    Rows,
    at,
    first,
    fixed,
    flag,
    known,
    last,
    num,
    over,
    ratio,
    size,
    total,
    when,
)

PAGE = "settlements"


def _rates(keys: str) -> Any:
    def make(source: Source) -> list[Cells]:
        made = frame(f"{keys} due_count:count1 late:share")(source)
        for cells in made:
            cells["breach_count"] = round(cells["late"] * cells["due_count"])
            cells["breach_rate"] = cells["breach_count"] / cells["due_count"]
        return made

    return make


def _months(source: Source) -> list[Cells]:
    made = _rates("month_end:month_end")(source)
    # A month without settlements due has no row.
    return made[:-2] + made[-1:] if len(made) > 2 and source.choice((False, True)) else made


def _is_adjacent(rows: Rows) -> bool:
    if len(rows) == 1:
        return False
    before = when("month_end")(rows[-1]).replace(day=1) - timedelta(days=1)
    return bool(when("month_end")(rows[-2]) == before)


def _late(source: Source) -> list[Cells]:
    made = []
    for place, days in enumerate(source.sample(("1", "2", "5", "10 or more"))):
        source.at(place)
        made.append({"days_late": days, "settlement_count": source.value("count1"),
                     "net_amount": source.value("money1")})  # fmt: skip
    return made


def _days(row: Row) -> str:
    return f"{row['days_late']} business {'day' if row['days_late'] == '1' else 'days'}"


def _to_settle(source: Source) -> list[Cells]:
    made = grid("sla_class:code", "days_to_settle:number", "settlement_count:count1 more:count",
                is_whole=False)(source)  # fmt: skip
    shift = 7 if source.choice((False, True)) else -1
    for cells in made:
        cells["days_to_settle"] += shift
        capped = cells["days_to_settle"] == 10
        cells["day_count"] = cells["days_to_settle"] * cells["settlement_count"] + (
            cells["more"] if capped else 0
        )
    return made


def _means(rows: Rows) -> Rows:
    names = dict.fromkeys(row["sla_class"] for row in rows)
    return [
        {"sla_class": name, "days": str(ratio(total("day_count"), total("settlement_count"))(
            [row for row in rows if row["sla_class"] == name], {}))}
        for name in names
    ]  # fmt: skip


def _reason(row: Row) -> str:
    code = str(row["delay_reason"])
    return "a reason that is not given" if code == "NOT_GIVEN" else code


def _reasons(source: Source) -> list[Cells]:
    made = frame("delay_reason:code breach_count:count1 mean_days_late:float0?",
                 order="-breach_count delay_reason",
                 breach_share=part_of("breach_count"))(source)  # fmt: skip
    if source.choice((False, True)):
        made[0]["delay_reason"] = "NOT_GIVEN"
    return made


def _open(source: Source) -> list[Cells]:
    ages = ("not past due", "1 to 7 days", "8 to 30 days", "more than 30 days")
    made = []
    for place, age in enumerate(source.sample(ages)):
        source.at(place)
        made.append({"age": age, "is_past_due": age != ages[0],
                     "settlement_count": source.value("count1"),
                     "net_amount": source.value("money1")})  # fmt: skip
    return made


_LAST = {
    "settlements": things(last("due_count"), "settlement"),
    "month": month(last(when("month_end"))),
    "late": part(
        says("none was late", lambda rows: not num("breach_count")(rows[-1])),
        says("{share} were late", lambda rows: num("breach_count")(rows[-1]) > 0,
             share=percent(ratio(last("breach_count"), last("due_count")))),
    ),
    "change": part(
        says("", lambda rows: not _is_adjacent(rows)),
        says(", {points} on the month before", _is_adjacent, points=moved_points(
            last("breach_rate"), lambda rows, _: num("breach_rate")(rows[-2]))),
    ),
}  # fmt: skip
_SWIFT = total("settlement_count", lambda row: num("days_to_settle")(row) <= 1)
_PAST_DUE = total("settlement_count", flag("is_past_due"))
_REASON = {
    "top": largest("breach_count", _reason),
    "part": percent(ratio(at("top", "breach_count"), total("breach_count"))),
    "breaches": things(total("breach_count"), "breach", "breaches"),
}
_WORST = {"top": largest("breach_rate", "sla_class"), "most": percent(at("top", "breach_rate")),
          "of": count(at("top", "due_count"))}  # fmt: skip
_BROUGHT = {
    "brought": money(last("commission_amount")),
    "rate": part(
        says("", lambda rows: rows[-1]["commission_rate"] is None),
        says(", {rate} of what was settled",
             rate=percent(ratio(last("commission_amount"), last("gross_amount")))),
    ),
}  # fmt: skip

CHARTS: Charts = {
    (PAGE, "SLA monitoring"): Judged(
        _months,
        says("Of {settlements} due in {month}, {late}{change}.", lambda rows: len(rows) == 1,
             **_LAST),
        says("Of {settlements} due in {month}, {late}{change}; no settlement of {months} was late.",
             lambda rows: len(rows) > 1 and nothing("breach_count")(rows), **_LAST,
             months=things(size(), "month")),
        says("Of {settlements} due in {month}, {late}{change}; the worst month was {top}"
             " ({share}).",
             lambda rows: len(rows) > 1, **_LAST,
             top=largest("breach_rate", lambda row: month_text(when("month_end")(row))),
             share=percent(at("top", "breach_rate"))),
    ),
    (PAGE, "Days delayed"): Judged(
        _late,
        says("{late} paid out came {days} late and held up {amount}.", lambda rows: len(rows) == 1,
             late=things(total("settlement_count"), "late settlement"),
             days=text(lambda rows, _: _days(rows[0])), amount=money(first("net_amount"))),
        says("{part} of {late} paid out came {top}; the longest delays, {days}, held up {amount}.",
             lambda rows: len(rows) > 1,
             part=percent(ratio(at("top", "settlement_count"), total("settlement_count"))),
             late=things(total("settlement_count"), "late settlement"),
             top=largest("settlement_count", lambda row: f"{_days(row)} late"),
             days=text(lambda rows, _: _days(rows[-1])), amount=money(last("net_amount"))),
    ),
    (PAGE, "Days to settle"): Judged(
        _to_settle,
        says("{swift} of {settlements} {verb} paid out within one business day; {means}.",
             swift=share_or(ratio(_SWIFT, total("settlement_count")), "None"),
             settlements=things(total("settlement_count"), "settlement"),
             verb=either({"were": lambda rows, _: _SWIFT(rows, {}) > 0,
                          "was": lambda rows, _: not _SWIFT(rows, {})}),
             means=part(
                 says("the average of every agreement is {days} days",
                      lambda rows: len({row["days"] for row in _means(rows)}) == 1,
                      days=number(over(_means, first("days")))),
                 says("{end} took {least} days on average and {top} {most}",
                      end=smallest("days", "sla_class", among=_means),
                      least=number(at("end", "days")),
                      top=largest("days", "sla_class", among=_means), most=number(at("top",
                                                                                     "days"))),
             )),
    ),
    (PAGE, "Delay reasons"): Judged(
        _reasons,
        says("{top} is behind {part} of {breaches}, of which none has been paid out.",
             lambda rows: not known("mean_days_late")(rows), **_REASON),
        says("{top} is behind {part} of {breaches}; {longest} takes longest, with {days} business"
             " days on average.", **_REASON,
             longest=largest("mean_days_late", _reason, signed=True),
             days=number(at("longest", "mean_days_late"))),
    ),
    (PAGE, "Breaches by agreement"): Judged(
        _rates("sla_class:code"),
        says("{none} late.", nothing("breach_count"),
             none=tally(fixed(0), total("due_count"), "settlement", "was", "were")),
        says("{name} is the only agreement: {most} of {of} are late.", lambda rows: len(rows) == 1,
             name=text(first(lambda row: row["sla_class"])), most=percent(first("breach_rate")),
             of=count(first("due_count"))),
        says("{most} are late under each of {count} agreements.", flat("breach_rate"),
             most=percent(first("breach_rate")), count=count(size())),
        says("{top} settlements are late most often ({most} of {of}), {end} ones least ({least} of"
             " {due}).", **_WORST, end=smallest("breach_rate", "sla_class"),
             least=percent(at("end", "breach_rate")), due=count(at("end", "due_count"))),
    ),
    (PAGE, "Breaches by merchant"): Judged(
        _rates("merchant_name:name"),
        says("No merchant with ten settlements was paid late.", nothing("breach_count")),
        says("{top} was paid late most often: {late} of {due} ({share}).",
             top=largest("breach_rate", "merchant_name"), late=count(at("top", "breach_count")),
             due=things(at("top", "due_count"), "settlement"),
             share=percent(at("top", "breach_rate"))),
    ),
    (PAGE, "Open settlements"): Judged(
        _open,
        says("{amount} is open in {settlements}; none of it is past due.",
             lambda rows: not _PAST_DUE(rows, {}), amount=money(total("net_amount")),
             settlements=things(total("settlement_count"), "settlement")),
        says("{amount} is open in {settlements}; {late}, worth {worth}, {verb} past due.",
             amount=money(total("net_amount")),
             settlements=things(total("settlement_count"), "settlement"),
             late=things(_PAST_DUE, "settlement"),
             worth=money(total("net_amount", flag("is_past_due"))), verb=verb(_PAST_DUE, "is",
                                                                              "are")),
    ),
    (PAGE, "Commission"): Judged(
        frame("month:month commission_amount:money0 gross_amount:money0",
              commission_rate=of_columns(
                  lambda row: float(row["commission_amount"] / row["gross_amount"]))),
        says("{month} brought {brought}{rate}.", lambda rows: len(rows) == 1, **_BROUGHT,
             month=text(last(lambda row: row["month"]))),
        says("No month of {count} brought commission.",
             lambda rows: len(rows) > 1 and nothing("commission_amount")(rows),
             count=count(size())),
        says("Commission was highest in {top} ({most}); {month} brought {brought}{rate}.",
             **_BROUGHT,
             top=largest("commission_amount", "month"), most=money(at("top", "commission_amount")),
             month=text(last(lambda row: row["month"]))),
    ),
}  # fmt: skip
