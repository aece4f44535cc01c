"""Prescriptive analytics: whom to contact with what, at which cost, and what it brings.

Belongs here: the charts of the page, their figures and sentences. Does not belong here: chart
types (`finplatform.reporting.figures`) and the HTML of pages.
"""

import pandas as pd

from finplatform.reporting import extremes, figures, words
from finplatform.reporting.page import Chart, Page

_MATRIX = """
    select
        customer_tier,
        objective,
        count(*) as contacts,
        sum(expected_value) as expected_value
    from gold.prescriptive_analytics
    where recommended_action = 'CONTACT' and observation_date <= %(as_of)s
    group by customer_tier, objective
    order by customer_tier, objective
"""

_STEPS = """
    select step_name, value_amount, change_amount, customers, step_number
    from gold.retention_steps
    where observation_date <= %(as_of)s
    order by step_number
"""

_BUDGETS = """
    select objective, budget_amount, planned_amount, planned_share, contacts, expected_value
    from gold.intervention_budgets
    where objective <> 'ALL' and observation_date <= %(as_of)s
    order by planned_amount desc, objective
"""

_OFFERS = """
    select
        product_name,
        count(*) as contacts,
        sum(contact_cost) as cost,
        sum(expected_value) as expected_value,
        sum(expected_value) / nullif(sum(contact_cost), 0) as roi
    from gold.prescriptive_analytics
    where recommended_action = 'CONTACT' and observation_date <= %(as_of)s
    group by product_name
    order by expected_value desc, product_name
    limit 12
"""

_REASONS = """
    select recommended_action, reason, count(*) as customers
    from gold.prescriptive_analytics
    where observation_date <= %(as_of)s
    group by recommended_action, reason
    order by customers desc, reason
"""


def _say_matrix(frame: pd.DataFrame, currency: str) -> str:
    first = extremes.largest(
        frame,
        "expected_value",
        lambda row: (
            f"{words.label(row['objective'])} for {words.label(row['customer_tier'])} customers"
        ),
    )
    sentence = (
        f"The plan holds {words.plural(words.total(frame['contacts']), 'contact')} worth"
        f" {words.amount(words.total(frame['expected_value']), currency)}"
    )
    if first["expected_value"] <= 0:
        return f"{sentence}; none of them is expected to bring anything."
    return (
        f"{sentence}; the most comes from {first.name}"
        f" ({words.amount(first['expected_value'], currency)})."
    )


def _draw_steps(frame: pd.DataFrame) -> object:
    last = len(frame) - 1
    amounts = [
        row["value_amount"] if place in (0, last) else row["change_amount"]
        for place, row in enumerate(frame.to_dict("records"))
    ]
    measures = [
        "absolute" if place == 0 else "total" if place == last else "relative"
        for place in range(len(frame))
    ]
    # The last step is what is left; its own change leads there.
    rows = frame.assign(amount=amounts, measure=measures)
    if last > 0:
        lost = frame.iloc[[last]].assign(
            step_name="not expected to stay",
            amount=frame["change_amount"].iloc[last],
            measure="relative",
        )
        rows = pd.concat([rows.iloc[:last], lost, rows.iloc[[last]]], ignore_index=True)
    return figures.waterfall(rows, "step_name", "amount", "measure")


def _say_steps(frame: pd.DataFrame, currency: str) -> str:
    first, last = frame.iloc[0], frame.iloc[-1]
    customers = words.plural(first["customers"], "customer")
    if not first["value_amount"]:
        return f"No value is at risk with {customers}."
    kept = words.part(last["value_amount"], first["value_amount"])
    return (
        f"Of {words.amount(first['value_amount'], currency)} at risk with {customers},"
        f" {words.amount(last['value_amount'], currency)} is expected to be kept by contacts"
        f" ({words.share(kept, 2)})."
    )


def _say_budgets(frame: pd.DataFrame, currency: str) -> str:
    planned, budget = words.total(frame["planned_amount"]), words.total(frame["budget_amount"])
    if not planned:
        return f"Nothing of a month's budget of {words.amount(budget, currency)} is planned."
    first = extremes.largest(frame, "planned_amount", extremes.label_of("objective"))
    used = words.part(planned, budget)
    part = "" if used is None else f" ({words.share(used)})"
    return (
        f"{words.amount(planned, currency)} of a month's budget of"
        f" {words.amount(budget, currency)} is planned{part}; the largest part goes to"
        f" {first.name} ({words.amount(first['planned_amount'], currency)})."
    )


def _say_offers(frame: pd.DataFrame, currency: str) -> str:
    first = extremes.largest(frame, "expected_value", extremes.text_of("product_name"))
    if first["expected_value"] <= 0:
        return "No product is expected to bring anything."
    sentence = (
        f"{first.heading} brings the most: {words.amount(first['expected_value'], currency)} from"
        f" {words.plural(first['contacts'], 'contact')}"
    )
    if words.is_missing(first["roi"]):
        return f"{sentence}, which cost nothing."
    return f"{sentence}, {words.number(first['roi'], 1)} times their cost."


def _say_reasons(frame: pd.DataFrame, currency: str) -> str:
    every, kept = (
        words.total(frame["customers"]),
        frame[frame["recommended_action"] == "NO_CONTACT"],
    )
    if kept.empty:
        return f"{words.plural(every, 'customer')} {words.agree(every, 'is')} contacted, all of the plan."
    without = words.total(kept["customers"])
    first = extremes.largest(kept, "customers", extremes.label_of("reason"))
    sentence = f"{words.capitalized(words.tally(without, every, 'customer', 'is'))} not contacted"
    if first.is_only:
        return f"{sentence}; the only reason is {first.bare}."
    return (
        f"{sentence}; the most frequent reason is {first.name} ({words.count(first['customers'])})."
    )


PAGE = Page(
    name="prescriptive_analytics",
    title="Prescriptive analytics",
    question="What should we do?",
    section="Analytics",
    charts=(
        Chart(
            name="Next best offer matrix",
            title="Expected value of the planned contacts, by objective and service tier",
            kind="heatmap",
            unit="{currency}",
            source="gold.prescriptive_analytics",
            as_of="observation_date",
            query=_MATRIX,
            draw=lambda frame: figures.heatmap(
                frame.assign(
                    objective=words.labels(frame["objective"]),
                    customer_tier=words.labels(frame["customer_tier"]),
                ),
                "objective",
                "customer_tier",
                "expected_value",
            ),
            describe=_say_matrix,
        ),
        Chart(
            name="Retention waterfall",
            title="From the value at risk to the value that contacts are expected to keep",
            kind="waterfall",
            unit="{currency}",
            source="gold.retention_steps",
            as_of="observation_date",
            query=_STEPS,
            draw=_draw_steps,
            describe=_say_steps,
        ),
        Chart(
            name="Budget allocation",
            title="Planned cost of contacts by objective",
            kind="pie",
            unit="{currency}",
            source="gold.intervention_budgets",
            as_of="observation_date",
            query=_BUDGETS,
            draw=lambda frame: figures.pie(
                frame.assign(objective=words.labels(frame["objective"])),
                "objective",
                "planned_amount",
            ),
            describe=_say_budgets,
        ),
        Chart(
            name="Expected return",
            title="Expected value of the planned offers, by product",
            kind="bar",
            unit="{currency}",
            source="gold.prescriptive_analytics",
            as_of="observation_date",
            query=_OFFERS,
            draw=lambda frame: figures.bar(
                frame,
                "product_name",
                {"expected_value": "expected value", "cost": "cost of contacts"},
                is_horizontal=True,
            ),
            describe=_say_offers,
        ),
        Chart(
            name="Reasons of the plan",
            title="Customers by what the plan does and why",
            kind="bar",
            unit="customers",
            source="gold.prescriptive_analytics",
            as_of="observation_date",
            query=_REASONS,
            draw=lambda frame: figures.bar(
                frame.assign(reason=words.labels(frame["reason"])),
                "reason",
                {"customers": "customers"},
                is_horizontal=True,
            ),
            describe=_say_reasons,
        ),
    ),
)
