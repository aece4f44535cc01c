"""What the sentences of the page of descriptive analytics may claim."""

from decimal import Decimal
from typing import Any

from finplatform_tests.oracle.sentences.claims import (
    count,
    largest,
    money,
    month,
    month_text,
    moved,
    number,
    percent,
    things,
    verb,
)
from finplatform_tests.oracle.sentences.forms import Case, Charts, Judged, part, says
from finplatform_tests.oracle.sentences.made import Source, frame, of_columns, part_of
from finplatform_tests.oracle.sentences.values import at, first, last, num, ratio, size, total, when

PAGE = "descriptive_analytics"


def _kpi(name: str, column: str) -> Any:
    return lambda rows, _: next(num(column)(row) for row in rows if row["name"] == name)


def _kpis(source: Source) -> list[dict[str, Any]]:
    names = ("Active customers", "Transactions", "Volume", "Fees", "Refused")
    kinds = ("count", "count", "money0", "money0", "share")
    has_before = source.choice((True, True, False))
    return [
        {
            "name": name,
            "value": Decimal(str(source.value(kind))),
            "month_before": Decimal(str(source.value(kind))) if has_before else None,
        }
        for name, kind in zip(names, kinds, strict=True)
    ]


def band(code: str | None) -> str:
    """A band of numbers as a reader says it."""
    name = str(code).casefold()
    if name.endswith("_plus"):
        return f"{name[:-5]} and more"
    if name.startswith("under_"):
        return f"under {name[6:]}"
    return name.replace("_", " to ") if name[0].isdigit() else name


def nothing(column: str) -> Case:
    """Whether a column holds nothing but zeros and nulls."""
    return lambda rows: not any(num(column)(row) for row in rows)


_CUSTOMERS = {
    "customers": things(_kpi("Active customers", "value"), "customer"),
    "volume": money(_kpi("Volume", "value")),
}
_MOST = {
    "whole": things(size(), "whole month"),
    "peak": largest("volume_amount", lambda row: month_text(when("month_end")(row))),
    "most": money(at("peak", "volume_amount")),
}
_LARGEST_MEMBER = largest("volume_amount", "member")

CHARTS: Charts = {
    (PAGE, "KPI dashboard"): Judged(
        _kpis,
        says("{customers} moved {volume}.",
             lambda rows: _kpi("Volume", "month_before")(rows, {}) is None, **_CUSTOMERS),
        says("{customers} moved {volume}, {change} on the month before.", **_CUSTOMERS,
             change=moved(_kpi("Volume", "value"), _kpi("Volume", "month_before"))),
    ),
    (PAGE, "Monthly trends"): Judged(
        frame("month_end:month_end volume_amount:money0 day_adjusted_amount:money0"
              " completed_count:count"),
        says("{name} is the only whole month: {moved} was moved.", lambda rows: len(rows) == 1,
             name=month(first(when("month_end"))), moved=money(first("volume_amount"))),
        says("Nothing was moved in {whole}.", nothing("volume_amount"), whole=_MOST["whole"]),
        says("Of {whole}, {peak} moved the most ({most}); the last, {name}, moved {moved}.",
             **_MOST, name=month(last(when("month_end"))), moved=money(last("volume_amount"))),
        says("Of {whole}, the last, {peak} moved the most ({most}).",
             lambda rows: num("volume_amount")(rows[-1]) == max(map(num("volume_amount"), rows)),
             **_MOST),
    ),
    (PAGE, "Channel pie"): Judged(
        frame("member:code volume_amount:money0", volume_share=part_of("volume_amount")),
        says("Nothing was moved through any channel.", nothing("volume_amount")),
        says("{top} is the largest channel with {part} of the volume ({moved}).",
             top=_LARGEST_MEMBER, moved=money(at("top", "volume_amount")),
             part=percent(ratio(at("top", "volume_amount"), total("volume_amount")))),
    ),
    (PAGE, "Channel bar"): Judged(
        frame("member:code completed_count:count refused_count:count",
              failure_rate=of_columns(lambda row: row["refused_count"]
                                      / ((row["completed_count"] + row["refused_count"]) or 1))),
        says("{done}; {refused}.",
             done=part(
                 says("No channel completed a transaction", nothing("completed_count")),
                 says("{top} completed the most transactions ({most})",
                      top=largest("completed_count", "member"),
                      most=count(at("top", "completed_count"))),
             ),
             refused=part(
                 says("none was refused", nothing("failure_rate")),
                 says("{top} had the highest share refused, {share}",
                      top=largest("failure_rate", "member"),
                      share=percent(at("top", "failure_rate"))),
             )),
    ),
    (PAGE, "Customer segmentation"): Judged(
        frame("member:code active_customers:count transactions:count volume_amount:money0",
              transactions_per_customer=of_columns(
                  lambda row: row["transactions"] / (row["active_customers"] or 1))),
        says("No customer was active in any segment.", nothing("active_customers")),
        says("{top} is the largest segment ({customers}); {busiest}.",
             top=largest("active_customers", "member"),
             customers=things(at("top", "active_customers"), "active customer"),
             busiest=part(
                 says("none completed a transaction", nothing("transactions_per_customer")),
                 says("{top} is the busiest, with {number} transactions a customer",
                      top=largest("transactions_per_customer", "member"),
                      number=number(at("top", "transactions_per_customer"))),
             )),
    ),
    (PAGE, "Product treemap"): Judged(
        frame("product_category:Loans/Deposits product_name:name balance:money1"),
        says("{name} is the only product with a balance: {held}.", lambda rows: len(rows) == 1,
             name=largest("balance", "product_name", is_bare=True), held=money(first("balance"))),
        says("{top} is the largest of {count}: {held}, {part} of all balances.",
             lambda rows: len(rows) > 1,
             top=largest("balance", "product_name"), count=things(size(), "product"),
             held=money(at("top", "balance")),
             part=percent(ratio(at("top", "balance"), total("balance")))),
    ),
    (PAGE, "Merchant rankings"): Judged(
        frame("merchant_name:name volume_amount:money0 payment_count:count1",
              order="-volume_amount merchant_name", volume_share=part_of("volume_amount")),
        says("No merchant took in anything by card.", nothing("volume_amount")),
        says("{top} took in the most by card: {moved} in {payments}.",
             top=largest("volume_amount", "merchant_name"),
             moved=money(at("top", "volume_amount")),
             payments=things(at("top", "payment_count"), "payment")),
    ),
    (PAGE, "Customer demographics"): Judged(
        frame("age_group:age customers:count deposit_balance:money0",
              unit_share=part_of("customers")),
        says("There is no customer in any age group.", nothing("customers")),
        says("The largest age group is {top} with {customers}, {part} of all.",
             top=largest("customers", lambda row: band(row["age_group"])),
             customers=things(at("top", "customers"), "customer"),
             part=percent(ratio(at("top", "customers"), total("customers")))),
    ),
    (PAGE, "Account status"): Judged(
        frame("status:code accounts:count deposit_balance:money0", order="-accounts status",
              unit_share=part_of("accounts")),
        says("There is no account in any status.", nothing("accounts")),
        says("{part} of {accounts} {verb} {status}.",
             status=largest("accounts", "status", is_bare=True),
             part=percent(ratio(at("status", "accounts"), total("accounts"))),
             accounts=things(total("accounts"), "account"),
             verb=verb(total("accounts"), "is", "are")),
    ),
}  # fmt: skip
