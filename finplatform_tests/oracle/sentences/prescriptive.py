"""What the sentences of the page of prescriptive analytics may claim."""

from typing import Any

from finplatform_tests.oracle.sentences.claims import (
    count,
    largest,
    money,
    number,
    percent,
    tally,
    things,
    verb,
)
from finplatform_tests.oracle.sentences.descriptive import nothing
from finplatform_tests.oracle.sentences.forms import Charts, Judged, says
from finplatform_tests.oracle.sentences.made import Cells, Source, frame, grid, of_columns
from finplatform_tests.oracle.sentences.values import at, first, last, num, over, ratio, total

PAGE = "prescriptive_analytics"


def _steps(source: Source) -> list[Cells]:
    amounts = sorted((source.value("money0") for _ in range(4)), reverse=True)
    return [
        {"step_name": f"step {place}", "value_amount": amount, "change_amount": amount - before,
         "customers": source.value("count"), "step_number": place}
        for place, (amount, before) in enumerate(zip(amounts, (0, *amounts), strict=False))
    ]  # fmt: skip


def _reasons(source: Source) -> list[Cells]:
    made = frame("reason:code customers:count1 recommended_action:NO_CONTACT/CONTACT",
                 order="-customers reason")(source)  # fmt: skip
    if source.choice((False, False, True)):
        return [{**cells, "recommended_action": "CONTACT"} for cells in made]
    return made


def _left(rows: Any) -> Any:
    return [row for row in rows if row["recommended_action"] == "NO_CONTACT"]


def _positive(column: str) -> Any:
    return lambda rows: max(map(num(column), rows)) > 0


_PLAN = {
    "contacts": things(total("contacts"), "contact"),
    "value": money(total("expected_value")),
}
_BUDGET = {
    "planned": money(total("planned_amount")),
    "budget": money(total("budget_amount")),
    "top": largest("planned_amount", "objective"),
    "most": money(at("top", "planned_amount")),
}
_OFFER = {
    "top": largest("expected_value", "product_name"),
    "value": money(at("top", "expected_value")),
    "contacts": things(at("top", "contacts"), "contact"),
}
_EVERY = total("customers")

CHARTS: Charts = {
    (PAGE, "Next best offer matrix"): Judged(
        grid("customer_tier:code", "objective:code", "contacts:count1 expected_value:money",
             is_whole=False),
        says("The plan holds {contacts} worth {value}; none of them is expected to bring anything.",
             lambda rows: not _positive("expected_value")(rows), **_PLAN),
        says("The plan holds {contacts} worth {value}; the most comes from {top} ({most}).",
             **_PLAN,
             top=largest("expected_value",
                         lambda row: f"{row['objective']} for {row['customer_tier']} customers"),
             most=money(at("top", "expected_value"))),
    ),
    (PAGE, "Retention waterfall"): Judged(
        _steps,
        says("No value is at risk with {customers}.", lambda rows: not num("value_amount")(rows[0]),
             customers=things(first("customers"), "customer")),
        says("Of {risk} at risk with {customers}, {kept} is expected to be kept by contacts"
             " ({share}).",
             risk=money(first("value_amount")), customers=things(first("customers"), "customer"),
             kept=money(last("value_amount")),
             share=percent(ratio(last("value_amount"), first("value_amount")))),
    ),
    (PAGE, "Budget allocation"): Judged(
        frame("objective:code budget_amount:money0 planned_amount:money0",
              order="-planned_amount objective"),
        says("Nothing of a month's budget of {budget} is planned.", nothing("planned_amount"),
             budget=_BUDGET["budget"]),
        says("{planned} of a month's budget of {budget} is planned; the largest part goes to {top}"
             " ({most}).", nothing("budget_amount"), **_BUDGET),
        says("{planned} of a month's budget of {budget} is planned ({share}); the largest part goes"
             " to {top} ({most}).", **_BUDGET,
             share=percent(ratio(total("planned_amount"), total("budget_amount")))),
    ),
    (PAGE, "Expected return"): Judged(
        frame("product_name:name contacts:count1 cost:money0 expected_value:money",
              order="-expected_value product_name",
              roi=of_columns(lambda row: row["expected_value"] / row["cost"])),
        says("No product is expected to bring anything.",
             lambda rows: not _positive("expected_value")(rows)),
        says("{top} brings the most: {value} from {contacts}, which cost nothing.",
             lambda rows: any(not num("cost")(row) for row in rows), **_OFFER),
        says("{top} brings the most: {value} from {contacts}, {times} times their cost.", **_OFFER,
             times=number(ratio(at("top", "expected_value"), at("top", "cost")))),
    ),
    (PAGE, "Reasons of the plan"): Judged(
        _reasons,
        says("{customers} {verb} contacted, all of the plan.", lambda rows: not _left(rows),
             customers=things(_EVERY, "customer"), verb=verb(_EVERY, "is", "are")),
        says("{left} not contacted; the only reason is {top}.", lambda rows: len(_left(rows)) == 1,
             left=tally(over(_left, _EVERY), _EVERY, "customer", "is", "are"),
             top=largest("customers", "reason", among=_left, is_bare=True)),
        says("{left} not contacted; the most frequent reason is {top} ({count}).",
             lambda rows: len(_left(rows)) > 1,
             left=tally(over(_left, _EVERY), _EVERY, "customer", "is", "are"),
             top=largest("customers", "reason", among=_left), count=count(at("top", "customers"))),
    ),
}  # fmt: skip
