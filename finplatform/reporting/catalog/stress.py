"""Charts of the stress test: ratios and losses under scenarios, and the shock that breaks a minimum.

Belongs here: what `gold.stress_results` shows. Does not belong here: the page (`expected_loss`).
"""

import pandas as pd

from finplatform.reporting import extremes, figures, risk_charts, words
from finplatform.reporting.catalog.capital_tables import MINIMUM
from finplatform.reporting.catalog.reporting_dates import latest
from finplatform.reporting.page import Chart, Table

_LATEST = latest("stress_results")

_RATIOS = f"""
    with {_LATEST},

    results as (
        select
            stress.reporting_date, stress.scenario, stress.cet1_ratio, stress.stressed_cet1_ratio,
            stress.unemployment_rise
        from gold.stress_results as stress
        inner join latest on stress.reporting_date = latest.reporting_date
        where stress.scenario <> 'reverse'
    ),

    cases as (
        select reporting_date, 'before stress' as scenario, max(cet1_ratio) as cet1_ratio, -1 as rise
        from results
        group by reporting_date
        union all
        select reporting_date, scenario, stressed_cet1_ratio, unemployment_rise
        from results
    )

    select
        cases.reporting_date, cases.scenario, cases.cet1_ratio,
        {MINIMUM.format("cet1")} as minimum_ratio
    from cases
    left join gold.capital_adequacy as capital on cases.reporting_date = capital.reporting_date
    order by cases.rise, cases.scenario
"""

_LOSSES = f"""
    with {_LATEST}

    select reporting_date, scenario, expected_loss, stressed_loss, credit_loss
    from gold.stress_results
    inner join latest using (reporting_date)
    where scenario <> 'reverse'
    order by unemployment_rise, scenario
"""

_QUARTERS = """
    select
        stress.reporting_date,
        max(stress.cet1_ratio) as before_stress,
        max(stress.stressed_cet1_ratio) filter (where stress.scenario = 'mild') as mild,
        max(stress.stressed_cet1_ratio) filter (where stress.scenario = 'adverse') as adverse,
        max(stress.stressed_cet1_ratio) filter (where stress.scenario = 'severe') as severe
    from gold.stress_results as stress
    where stress.reporting_date <= %(as_of)s
    group by stress.reporting_date
    order by stress.reporting_date
"""

_REVERSE = f"""
    with {_LATEST},

    previous as (
        select max(reporting_date) as reporting_date
        from gold.stress_results
        where reporting_date < (select reporting_date from latest)
    ),

    shocks as (
        select reporting_date, severity, unemployment_rise, property_fall, stressed_cet1_ratio
        from gold.stress_results
        where scenario = 'reverse'
    ),

    both_quarters as (
        select
            new.reporting_date, new.severity,
            new.unemployment_rise, old.unemployment_rise as rise_before,
            new.property_fall, old.property_fall as fall_before,
            new.stressed_cet1_ratio, old.stressed_cet1_ratio as ratio_before,
            coalesce(new.severity, 4) as multiple, coalesce(old.severity, 4) as multiple_before,
            old.reporting_date is not null as has_before
        from shocks as new
        inner join latest on new.reporting_date = latest.reporting_date
        left join previous on previous.reporting_date < new.reporting_date
        left join shocks as old on old.reporting_date = previous.reporting_date
    )

    select figure.name, figure.value, figure.value_before, severity, reporting_date
    from both_quarters
    cross join lateral (
        values
        (
            1,
            case
                when severity is null then 'No breach up to this multiple'
                else 'Multiple of the severe scenario'
            end,
            multiple, case when has_before then multiple_before end
        ),
        (2, 'Points of unemployment', unemployment_rise, rise_before),
        (3, 'Fall of property values', property_fall, fall_before),
        (4, 'CET1 ratio then', stressed_cet1_ratio::double precision, ratio_before)
    ) as figure (position, name, value, value_before)
    order by figure.position
"""

_TABLE = f"""
    with {_LATEST}

    select
        scenario as "scenario",
        severity as "multiple",
        unemployment_rise as "points of unemployment",
        property_fall as "property fall rate",
        expected_loss as "expected loss",
        stressed_loss as "under stress",
        stressed_risk_weighted_assets as "RWA under stress",
        stressed_cet1_ratio as "CET1 ratio",
        stressed_tier1_ratio as "Tier 1 ratio",
        stressed_total_ratio as "total ratio",
        is_minimum_met as "minimums hold",
        broken_minimums as "broken"
    from gold.stress_results
    inner join latest using (reporting_date)
    order by scenario = 'reverse', unemployment_rise, scenario
"""


def _draw_ratios(frame: pd.DataFrame) -> object:
    figure = figures.bar(frame, "scenario", {"cet1_ratio": "CET1 ratio"}, is_share=True)
    least = words.known(frame, "minimum_ratio")["minimum_ratio"]
    return risk_charts.mark(figure, least.iloc[0] if len(least) else None, "minimum")


def _say_ratios(frame: pd.DataFrame, currency: str) -> str:
    known = words.known(frame, "cet1_ratio")
    if known.empty:
        return "No CET1 ratio under stress is known."
    worst = extremes.smallest(known, "cet1_ratio", lambda row: _case(row["scenario"]))
    sentence = (
        f"For the book of {words.day(worst['reporting_date'])}, CET1 is lowest {worst.name},"
        f" {words.share(worst['cet1_ratio'], 2)}"
    )
    limited = words.known(known, "minimum_ratio")
    if limited.empty:
        return f"{sentence}; its minimum is not known."
    broken = [
        row["scenario"]
        for row in limited.to_dict("records")
        if row["cet1_ratio"] < row["minimum_ratio"]
    ]
    return f"{sentence}; {_broken(broken)}."


def _case(scenario: str) -> str:
    return scenario if scenario == "before stress" else f"under the {scenario} scenario"


def _broken(scenarios: list[str]) -> str:
    if not scenarios:
        return "its minimum holds throughout"
    return f"its minimum is not kept {words.listed([_case(name) for name in scenarios])}"


def _draw_losses(frame: pd.DataFrame) -> object:
    return figures.bar(
        frame,
        "scenario",
        {"expected_loss": "before stress", "stressed_loss": "under stress"},
    )


def _say_losses(frame: pd.DataFrame, currency: str) -> str:
    known = words.known(frame, "expected_loss", "stressed_loss")
    if known.empty:
        return "No loss under stress is known."
    worst = extremes.largest(known, "stressed_loss", extremes.text_of("scenario"))
    cost = worst["stressed_loss"]
    if not cost:
        return "No scenario costs anything."
    sentence = f"The costliest scenario is {worst.name}: {words.amount(cost, currency)}"
    times = words.part(cost, worst["expected_loss"])
    if times is None:
        return f"{sentence}, with nothing expected before stress."
    return (
        f"{sentence}, {words.number(times)} times the"
        f" {words.amount(worst['expected_loss'], currency)} expected before stress."
    )


_SCENARIOS = {
    "before_stress": "before stress",
    "mild": "mild",
    "adverse": "adverse",
    "severe": "severe",
}


def _draw_quarters(frame: pd.DataFrame) -> object:
    return figures.line(frame, "reporting_date", _SCENARIOS, is_share=True)


def _say_quarters(frame: pd.DataFrame, currency: str) -> str:
    known = words.known(frame, "before_stress", "severe")
    if known.empty:
        return "No quarter end has a severe scenario."
    costs = [
        extremes.exact(before) - extremes.exact(after)
        for before, after in zip(known["before_stress"], known["severe"], strict=True)
    ]
    worst = extremes.largest(
        known.assign(cost=extremes.exact_column(known, costs)),
        "cost",
        extremes.day_of("reporting_date"),
    )
    ends = words.plural(len(known), "quarter end")
    if worst["cost"] <= 0:
        return f"The severe scenario would have cost no CET1 on {ends}."
    lost = f"{words.number(worst['cost'] * 100)} points, down to {words.share(worst['severe'], 2)}"
    if worst.is_only:
        return f"On {worst.bare} the severe scenario would have cost CET1 {lost}."
    return f"Of {ends}, {worst.name} would have lost most CET1 in the severe scenario: {lost}."


def _draw_reverse(frame: pd.DataFrame) -> object:
    return figures.indicators(
        frame,
        "name",
        "value",
        "value_before",
        formats={
            "No breach up to this multiple": ".2f",
            "Multiple of the severe scenario": ".2f",
            "Points of unemployment": ".2f",
            "Fall of property values": ".1%",
            "CET1 ratio then": ".2%",
        },
    )


def _say_reverse(frame: pd.DataFrame, currency: str) -> str:
    rows = {row["name"]: row["value"] for row in frame.to_dict("records")}
    severity = frame["severity"].iloc[0]
    day = words.day(frame["reporting_date"].iloc[0])
    rise, fall = rows.get("Points of unemployment"), rows.get("Fall of property values")
    shock = ""
    if not words.is_missing(rise) and not words.is_missing(fall):
        shock = (
            f": {words.number(rise, 1)} points of unemployment and a fall of property values by"
            f" {words.share(fall)}"
        )
    if words.is_missing(severity):
        return f"On {day} no minimum breaks even at four times the severe scenario{shock}."
    return (
        f"On {day} the first minimum breaks at {words.number(severity)} times the severe scenario"
        f"{shock}."
    )


STRESS_CHARTS = (
    Chart(
        name="CET1 under stress",
        title="CET1 ratio before stress and under each scenario, with its minimum",
        kind="bar",
        unit="share of RWA",
        source="gold.stress_results",
        as_of="reporting_date",
        query=_RATIOS,
        draw=_draw_ratios,
        describe=_say_ratios,
        also=("gold.capital_adequacy",),
    ),
    Chart(
        name="Losses under stress",
        title="Expected loss of twelve months before stress and under each scenario",
        kind="bar",
        unit="{currency}",
        source="gold.stress_results",
        as_of="reporting_date",
        query=_LOSSES,
        draw=_draw_losses,
        describe=_say_losses,
    ),
    Chart(
        name="Stress by quarter",
        title="CET1 ratio under each scenario, by quarter end",
        kind="line",
        unit="share of RWA",
        source="gold.stress_results",
        as_of="reporting_date",
        query=_QUARTERS,
        draw=_draw_quarters,
        describe=_say_quarters,
    ),
    Chart(
        name="Reverse stress",
        title="The shock at which a capital minimum breaks, and its change on the quarter before",
        kind="indicator",
        unit="multiple, points and shares",
        source="gold.stress_results",
        as_of="reporting_date",
        query=_REVERSE,
        draw=_draw_reverse,
        describe=_say_reverse,
    ),
)
"""Charts in their order."""

STRESS_TABLES = (Table("Stress scenarios", "gold.stress_results", _TABLE),)
"""Tables in their order."""
