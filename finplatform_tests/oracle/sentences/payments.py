"""What the sentences of the page of payments may claim."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

from finplatform_tests.oracle.sentences.capital_adequacy import by_date
from finplatform_tests.oracle.sentences.claims import (
    count,
    largest,
    money,
    month,
    moved,
    number,
    percent,
    smallest,
    tally,
    text,
    things,
)
from finplatform_tests.oracle.sentences.descriptive import nothing
from finplatform_tests.oracle.sentences.exploratory import sums
from finplatform_tests.oracle.sentences.forms import Case, Charts, Judged, part, says
from finplatform_tests.oracle.sentences.made import (
    Cells,
    Source,
    frame,
    grid,
    of_columns,
    part_of,
)  # fmt: skip
from finplatform_tests.oracle.sentences.values import (
    Row,
    Rows,
    at,
    first,
    fixed,
    known,
    members,
    num,
    over,
    part_of_all,
    ratio,
    size,
    total,
    when,
)

PAGE = "payments"


def _days(source: Source) -> list[Cells]:
    rows = source.choice((17, 9, 3)) if source.bank != "single" else 1
    made = frame("payment_date:day payment_count:count successful_amount:money0", rows=rows)(source)
    for place, cells in enumerate(made):
        week = made[max(0, place - 6) : place + 1]
        cells["week_mean"] = round(sum(each["successful_amount"] for each in week) / len(week), 2)
    return made


def longer(days: int) -> Case:
    """Whether there are at least so many rows."""
    return lambda rows: len(rows) >= days


def _mean(rows: Rows, _: Any, *, end: int | None = None) -> Fraction:
    week = rows[: len(rows) if end is None else end][-7:]
    return sum((num("successful_amount")(row) for row in week), Fraction(0)) / len(week)


def _week_before(rows: Rows, _: Any) -> Fraction:
    return _mean(rows, _, end=len(rows) - 7)


def flat(column: str) -> Case:
    """Whether all of several rows have one value."""
    return lambda rows: len({num(column)(row) for row in rows}) == 1 < len(rows)


def newest(rows: Rows) -> Rows:
    """The rows of the last month."""
    end = max(when("month_end")(row) for row in rows)
    return [row for row in rows if when("month_end")(row) == end]


def _rates(source: Source) -> list[Cells]:
    made = grid("payment_method:code", "month_end:month_end", "payment_count:count1 good:share",
                is_whole=False, order="payment_method month_end")(source)  # fmt: skip
    for cells in made:
        cells["successful_count"] = round(cells["good"] * cells["payment_count"])
        cells["success_rate"] = cells["successful_count"] / cells["payment_count"]
    return made


def _statuses(source: Source) -> list[Cells]:
    return frame(
        "month:month successful_count:count1 failed_count:count pending_count:count"
        " refunded_count:count",
        payment_count=of_columns(lambda row: sum(
            row[f"{each}_count"] for each in ("successful", "failed", "pending", "refunded")
        )),
    )(source)  # fmt: skip


def _scores(source: Source) -> list[Cells]:
    made = frame("payment_id:symbol amount:money0 risk_score:share? status:SUCCESS/FAILED")(source)
    for cells in made:
        if cells["risk_score"] is not None:
            cells["risk_score"] = round(Decimal(str(cells["risk_score"] * 100)), 2)
    return made


def _cells(source: Source) -> list[Cells]:
    made = grid("amount_band:band", "payment_method:code", "payment_count:count1 high:share")(
        source
    )
    for cells in made:
        cells["high_risk_count"] = round(cells["high"] * cells["payment_count"])
        cells["high_risk_share"] = cells["high_risk_count"] / cells["payment_count"]
    return made


def _merchants(columns: str) -> Any:
    return frame(f"merchant_name:name payment_count:count1 success_rate:share {columns}",
                 order="-revenue_amount merchant_name",
                 revenue_share=part_of("revenue_amount"))  # fmt: skip


_PEAK = {
    "top": largest("successful_amount", by_date("payment_date")),
    "most": money(at("top", "successful_amount")),
    "payments": things(at("top", "payment_count"), "payment"),
}
_FAILED = {
    "payments": things(total("payment_count"), "payment"),
    "back": part(
        says("none was", nothing("refunded_count")),
        says("{share} were", lambda rows: not nothing("refunded_count")(rows),
             share=percent(ratio(total("refunded_count"), total("payment_count")))),
    ),
}  # fmt: skip
_SCORED = known("risk_score")


def _high(row: Row) -> bool:
    return num("risk_score")(row) >= 70


_HIGH_PART = ratio(over(_SCORED, total("amount", _high)), over(_SCORED, total("amount")))


def _tops(rows: Rows) -> Rows:
    best = max(map(num("risk_score"), _SCORED(rows)))
    return [row for row in _SCORED(rows) if num("risk_score")(row) == best]


_METHOD_SUMS = sums("payment_method", "successful_amount")
_LEADS = {
    "top": largest("revenue_amount", "merchant_name"),
    "amount": money(at("top", "revenue_amount")),
    "part": percent(part_of_all("top", "revenue_amount", "revenue_share")),
}

CHARTS: Charts = {
    (PAGE, "Payment trends"): Judged(
        _days,
        says("Nothing was taken in on {days}.", nothing("successful_amount"),
             days=things(size(), "day")),
        says("{top} took in the most ({most} from {payments}){mean}{change}.", **_PEAK,
             mean=part(
                 says("", lambda rows: len(rows) < 7),
                 says("; the mean of the last seven days is {mean}", longer(7), mean=money(_mean)),
             ),
             change=part(
                 says("", lambda rows: len(rows) < 14),
                 says(", {moved} on a week earlier", longer(14), moved=moved(_mean, _week_before)),
             )),
    ),
    (PAGE, "Payment statuses"): Judged(
        _statuses,
        says("Of {payments}, none failed and {back} given back.", nothing("failed_count"),
             **_FAILED),
        says("Of {payments}, {part} failed and {back} given back; the most failed in {top}"
             " ({count}).", **_FAILED,
             part=percent(ratio(total("failed_count"), total("payment_count"))),
             top=largest("failed_count", "month"), count=count(at("top", "failed_count"))),
    ),
    (PAGE, "Success rates"): Judged(
        _rates,
        says("{part} of {payments} succeeded; in {month} {methods}.",
             part=percent(ratio(total("successful_count"), total("payment_count"))),
             payments=things(total("payment_count"), "payment"),
             month=month(over(newest, first(when("month_end")))),
             methods=part(
                 says("there was {method} alone ({share})", lambda rows: len(newest(rows)) == 1,
                      method=text(over(newest, first(lambda row: row["payment_method"]))),
                      share=percent(over(newest, first("success_rate")))),
                 says("all {count} methods did equally well ({share})",
                      lambda rows: flat("success_rate")(newest(rows)),
                      count=count(over(newest, size())),
                      share=percent(over(newest, first("success_rate")))),
                 says("{top} did best ({best}) and {end} worst ({worst})",
                      top=largest("success_rate", "payment_method", among=newest),
                      best=percent(at("top", "success_rate")),
                      end=smallest("success_rate", "payment_method", among=newest),
                      worst=percent(at("end", "success_rate"))),
             )),
    ),
    (PAGE, "Payment methods"): Judged(
        grid("payment_method:code", "month:month", "payment_count:count1 successful_amount:money0",
             is_whole=False),
        says("Nothing was brought in over {months}.", nothing("successful_amount"),
             months=things(members("month"), "month")),
        says("{top} brought in the most over {months}: {amount} ({part} of all).",
             top=largest("successful_amount", "payment_method", among=_METHOD_SUMS),
             months=things(members("month"), "month"), amount=money(at("top", "successful_amount")),
             part=percent(ratio(at("top", "successful_amount"), total("successful_amount")))),
    ),
    (PAGE, "Failure reasons"): Judged(
        frame("failure_reason:code failed_count:count1 failed_amount:money1",
              order="-failed_count failure_reason"),
        says("{top} is behind {part} of {payments}, worth {amount}.",
             top=largest("failed_count", "failure_reason"),
             part=percent(ratio(at("top", "failed_count"), total("failed_count"))),
             payments=things(total("failed_count"), "failed payment"),
             amount=money(at("top", "failed_amount"))),
    ),
    (PAGE, "Risk heatmap"): Judged(
        _scores,
        says("No payment drawn has a risk score.", lambda rows: not _SCORED(rows)),
        says("{high} 70 or more{part}; the highest score, {score}, is that of {whose}.",
             high=tally(over(_SCORED, size(_high)), over(_SCORED, size()), "payment",
                        "drawn scores", "drawn score"),
             part=part(
                 says("", lambda rows: not _HIGH_PART(rows, {})),
                 says(" with {share} of the amount", share=percent(_HIGH_PART)),
             ),
             score=number(lambda rows, _: num("risk_score")(_tops(rows)[0])),
             whose=part(
                 says("a payment of {amount}", lambda rows: len(_tops(rows)) == 1,
                      amount=money(lambda rows, _: num("amount")(_tops(rows)[0]))),
                 says("{count}", lambda rows: len(_tops(rows)) > 1,
                      count=things(lambda rows, _: len(_tops(rows)), "payment")),
             )),
    ),
    (PAGE, "High risk by amount"): Judged(
        _cells,
        says("{none} 70 or more.", nothing("high_risk_count"),
             none=tally(fixed(0), total("payment_count"), "payment", "scores", "score")),
        says("Payments by {top} score 70 or more most often: {share} ({count} of {all}).",
             top=largest("high_risk_share", lambda row: f"{row['payment_method']} of"
                         f" {row['amount_band']}"),
             share=percent(at("top", "high_risk_share")),
             count=count(at("top", "high_risk_count")), all=count(at("top", "payment_count"))),
    ),
    (PAGE, "Merchant performance"): Judged(
        _merchants("revenue_amount:money0 commission_amount:money0"),
        says("No merchant took in anything.", nothing("revenue_amount")),
        says("{top} takes in the most, {amount} ({part} of all); the success rate of every merchant"
             " shown is {rate}.", lambda rows: len({row["success_rate"] for row in rows}) == 1,
             **_LEADS, rate=percent(first("success_rate"))),
        says("{top} takes in the most, {amount} ({part} of all); of those shown, {end} succeeds"
             " least often ({rate}).", **_LEADS, end=smallest("success_rate", "merchant_name"),
             rate=percent(at("end", "success_rate"))),
    ),
    (PAGE, "Merchant success rates"): Judged(
        _merchants("revenue_amount:money1 risk_level:LOW/HIGH"),
        says("{name} is the only merchant with 30 payments or more; its success rate is {rate}.",
             lambda rows: len(rows) == 1, name=text(first(lambda row: row["merchant_name"])),
             rate=percent(first("success_rate"))),
        says("The success rate of {merchants} with 30 payments or more is {rate} each.",
             flat("success_rate"), merchants=things(size(), "merchant"),
             rate=percent(first("success_rate"))),
        says("Among {merchants} with 30 payments or more, success runs from {worst} ({end}) to"
             " {best} ({top}).", merchants=things(size(), "merchant"),
             end=smallest("success_rate", "merchant_name"), worst=percent(at("end",
                                                                             "success_rate")),
             top=largest("success_rate", "merchant_name"), best=percent(at("top", "success_rate"))),
    ),
}  # fmt: skip
