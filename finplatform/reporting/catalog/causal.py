"""Causal analytics: what brings about what, with the interval of every effect.

Belongs here: the charts of the page, their figures and sentences. Does not belong here: chart
types (`finplatform.reporting.figures`) and the HTML of pages.
"""

from typing import Any

import pandas as pd

from finplatform.reporting import extremes, figures, words
from finplatform.reporting.page import Chart, Page

_CAMPAIGNS = """
    select effects.cause, effects.estimate, effects.lower, effects.upper, effects.p_value_holm, effects.design
    from gold.causal_analytics as effects
    where effects.outcome = 'revenue'
        and effects.campaign_id is not null
        and effects.as_of_date <= %(as_of)s
    order by effects.estimate desc, effects.effect_id
    limit 15
"""

_ECONOMY = """
    select
        month_end, spending_index, unemployment_pct, policy_rate_pct
    from gold.economic_months
    where country = 'ALL' and is_whole_month and month_end <= %(as_of)s and spending_index > 0
    order by month_end
"""

_PRODUCTS = """
    select cause, estimate, lower, upper, p_value_holm
    from gold.causal_analytics
    where outcome = 'lifetime_value' and as_of_date <= %(as_of)s
    order by estimate desc, effect_id
"""

_EVENTS = """
    with largest as (
        select
            cause || ', ' || replace(outcome, '_', ' ')
            || ' (' || lower(replace(design, '_', ' ')) || ')' as effect,
            estimate, lower, upper, p_value_holm, effect_id
        from gold.causal_analytics
        where outcome in ('log_inflow', 'log_spending') and as_of_date <= %(as_of)s
        order by abs(estimate) desc, effect_id
        limit 15
    )

    select effect, estimate, lower, upper, p_value_holm
    from largest
    order by estimate desc, effect_id
"""


def _proven(frame: pd.DataFrame) -> int:
    known = words.known(frame, "p_value_holm")
    return sum(float(value) <= 0.05 for value in known["p_value_holm"])


def _interval(effect: Any, currency: str) -> str:
    return (
        f"95% interval {words.amount(effect['lower'], currency)} to"
        f" {words.amount(effect['upper'], currency)}"
    )


def _say_campaigns(frame: pd.DataFrame, currency: str) -> str:
    first = extremes.largest(frame, "estimate", extremes.text_of("cause"))
    brought = f"{words.amount(first['estimate'], currency)} ({_interval(first, currency)})"
    if first["estimate"] > 0:
        sentence = f"{first.heading} brings the most revenue a contact: {brought}"
    else:
        sentence = (
            f"No campaign shown brings revenue; the best is {first.name} with {brought} a contact"
        )
    proven = words.tally(_proven(frame), len(frame), "campaign shown", "differs", "campaigns shown")
    return f"{sentence}; {proven} from 0 by more than chance."


def _say_economy(frame: pd.DataFrame, currency: str) -> str:
    first, last = frame.iloc[0], frame.iloc[-1]
    if len(frame) == 1:
        return f"{words.month(first['month_end'])} is the only whole month of spending."
    sentence = (
        f"From {words.month(first['month_end'])} to {words.month(last['month_end'])} spending a"
        f" customer {_went(last['spending_index'], first['spending_index'])}"
    )
    old, new = first["unemployment_pct"], last["unemployment_pct"]
    if words.is_missing(old) or words.is_missing(new):
        return f"{sentence}; the unemployment of both months is not known."
    if old == new:
        return f"{sentence}, while unemployment stayed at {words.number(old, 1)}%."
    return f"{sentence}, while unemployment went from {words.number(old, 1)}% to {words.number(new, 1)}%."


def _went(new: Any, old: Any) -> str:
    moved = words.change(new, old)
    return f"was {moved}" if moved.endswith("unchanged") else f"went {moved}"


def _say_products(frame: pd.DataFrame, currency: str) -> str:
    first = extremes.largest(frame, "estimate", extremes.text_of("cause"))
    added = f"{words.amount(first['estimate'], currency)} ({_interval(first, currency)})"
    if first["estimate"] > 0:
        return f"{first.heading} adds the most to a customer's lifetime value: {added}."
    return f"No product adds to a customer's lifetime value; the best is {first.name} with {added}."


def _say_events(frame: pd.DataFrame, currency: str) -> str:
    first = extremes.furthest(frame, "estimate", extremes.text_of("effect"))
    if not first["estimate"]:
        return "No event has an effect."
    return (
        f"The largest effect is that of {first.name}: {words.number(first['estimate'])} (95%"
        f" interval {words.number(first['lower'])} to {words.number(first['upper'])})."
    )


PAGE = Page(
    name="causal_analytics",
    title="Causal analytics",
    question="What brings about what?",
    section="Analytics",
    charts=(
        Chart(
            name="Campaign attribution",
            title="Revenue that a contact of each campaign brought about",
            kind="bar",
            unit="{currency} a contact",
            source="gold.causal_analytics",
            as_of="as_of_date",
            query=_CAMPAIGNS,
            draw=lambda frame: figures.bar(
                frame, "cause", {"estimate": "revenue a contact"}, is_horizontal=True
            ),
            describe=_say_campaigns,
        ),
        Chart(
            name="Economic impact trends",
            title="Spending a customer against unemployment and the policy rate",
            kind="line",
            unit="index, first whole month = 100; rates in per cent",
            source="gold.economic_months",
            as_of="month_end",
            query=_ECONOMY,
            draw=lambda frame: figures.line(
                frame,
                "month_end",
                {
                    "spending_index": "spending a customer (index)",
                    "unemployment_pct": "unemployment (%)",
                    "policy_rate_pct": "policy rate (%)",
                },
            ),
            describe=_say_economy,
        ),
        Chart(
            name="Product impact on lifetime value",
            title="What holding a product adds to lifetime value, at equal customers",
            kind="scatter",
            unit="{currency}, with 95% intervals",
            source="gold.causal_analytics",
            as_of="as_of_date",
            query=_PRODUCTS,
            draw=lambda frame: figures.intervals(frame, "cause", "estimate", "lower", "upper"),
            describe=_say_products,
        ),
        Chart(
            name="Effects of events",
            title="What events and the economy change in money flows, with 95% intervals",
            kind="scatter",
            unit="logarithm: 0.1 is about 10%",
            source="gold.causal_analytics",
            as_of="as_of_date",
            query=_EVENTS,
            draw=lambda frame: figures.intervals(frame, "effect", "estimate", "lower", "upper"),
            describe=_say_events,
        ),
    ),
)
