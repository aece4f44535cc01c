"""Charts of the default model's population: scores, drift, groups of borrowers, overrides.

Belongs here: whom the model scores, and how that changed. Does not belong here: how well it
predicts, and the page itself (`pd_model`).
"""

from typing import Any

import pandas as pd

from finplatform.reporting import extremes, figures, risk_charts, words
from finplatform.reporting.catalog.reporting_dates import latest
from finplatform.reporting.page import Chart

_SCORE_WIDTH = 25
_AMBER, _RED = 0.10, 0.25
"""Population stability index above which drift is amber and red (Siddiqi 2006)."""
_FOUR_FIFTHS = 0.8
"""Lowest ratio of selection rates that calls for no look (29 CFR 1607.4 D)."""

_SCORES = f"""
    with latest as (
        select max(reporting_date) as observation_date
        from gold.model_monitoring
        where observed > 0 and reporting_date <= %(as_of)s
    ),

    scored as (
        select
            (floor(scores.score / {_SCORE_WIDTH}.0) * {_SCORE_WIDTH})::integer as score_from,
            scores.observation_date,
            outcomes.is_default_12m
        from gold.pd_scores as scores
        inner join latest on scores.observation_date = latest.observation_date
        inner join gold.credit_outcomes as outcomes
            on scores.exposure_id = outcomes.exposure_id
            and scores.observation_date = outcomes.observation_date
        where outcomes.is_default_12m is not null
    )

    select
        case when is_default_12m then 'defaulted' else 'did not default' end as outcome,
        observation_date,
        score_from,
        count(*) as exposures,
        count(*) / sum(count(*)) over (partition by is_default_12m) as outcome_share
    from scored
    group by is_default_12m, observation_date, score_from
    order by is_default_12m, score_from
"""

_FEATURES = f"""
    with {latest("pd_feature_drift", "observation_date")},

    drifted as (
        select
            feature, kind, stability_index, traffic_light,
            count(*) over () as features,
            count(*) filter (where traffic_light = 'RED') over () as red_features
        from gold.pd_feature_drift
        inner join latest using (observation_date)
        where kind <> 'ECONOMY'
    )

    select feature, stability_index, traffic_light, features, red_features
    from drifted
    order by stability_index desc, feature
    limit 15
"""

_DRIFT = """
    select reporting_date, stability_index
    from gold.model_monitoring
    where stability_index is not null and reporting_date <= %(as_of)s
    order by reporting_date
"""

_IMPACT = """
    select
        attribute, group_name, lower(attribute) || ', ' || lower(group_name) as group_label,
        adverse_impact_ratio, adverse_impact_lower, adverse_impact_upper,
        selection_rate, is_below_four_fifths
    from gold.pd_fairness
    where adverse_impact_ratio is not null and as_of_date <= %(as_of)s
    order by attribute, group_name
"""

_GROUP_CALIBRATION = """
    select
        attribute, group_name, lower(attribute) || ', ' || lower(group_name) as group_label,
        calibration_ratio, calibration_lower, calibration_upper
    from gold.pd_fairness
    where calibration_ratio is not null and as_of_date <= %(as_of)s
    order by attribute, group_name
"""

_OVERRIDES = """
    select
        reason_code,
        count(*) filter (where status = 'IN_USE') as in_use,
        count(*) filter (where status = 'PENDING') as pending,
        count(*) filter (where status = 'ENDED') as ended,
        count(*) filter (where status = 'REFUSED') as refused,
        count(*) as decisions
    from gold.grade_overrides
    where decided_date <= %(as_of)s
    group by reason_code
    order by decisions desc, reason_code
"""


def _draw_scores(frame: pd.DataFrame) -> object:
    return risk_charts.histograms(
        frame, "score_from", "outcome_share", "outcome", width=_SCORE_WIDTH, title="score"
    )


def _say_scores(frame: pd.DataFrame, currency: str) -> str:
    middles = {str(name): _middle(rows) for name, rows in frame.groupby("outcome", sort=False)}
    sentence = [
        f"the middle exposure that {name} scored {middle}" for name, middle in middles.items()
    ]
    day = words.day(frame["observation_date"].iloc[0])
    return f"Of the exposures scored on {day}, {', '.join(sentence)}."


def _middle(rows: pd.DataFrame) -> str:
    """Bin of the exposure in the middle of a group."""
    half, cumulative = float(words.total(rows["exposures"])) / 2, 0.0
    for row in words.known(rows, "exposures").to_dict("records"):
        cumulative += float(row["exposures"])
        if cumulative >= half:
            return f"{int(row['score_from'])} to {int(row['score_from']) + _SCORE_WIDTH - 1}"
    return "\N{EN DASH}"


def _draw_features(frame: pd.DataFrame) -> object:
    figure = figures.bar(
        frame.assign(feature=words.labels(frame["feature"])),
        "feature",
        {"stability_index": "PSI"},
        is_horizontal=True,
    )
    figure.update_layout(margin={"t": 28}, showlegend=False)
    figure.update_xaxes(tickformat=".2f")
    for limit, light in ((_AMBER, "amber"), (_RED, "red")):
        risk_charts.mark(figure, limit, light, axis="x")
    return figure


def _say_features(frame: pd.DataFrame, currency: str) -> str:
    first = extremes.largest(frame, "stability_index", extremes.label_of("feature"))
    red = words.tally(first["red_features"], first["features"], "feature", "is")
    if not first["stability_index"]:
        return f"No feature has moved; {red} red."
    return (
        f"{first.heading} has moved most, with a PSI of {words.number(first['stability_index'])}"
        f" ({words.label(first['traffic_light'])}); {red} red."
    )


def _draw_drift(frame: pd.DataFrame) -> object:
    figure = figures.line(frame, "reporting_date", {"stability_index": "PSI of grades"})
    figure.update_yaxes(tickformat=".2f")
    for limit, light in ((_AMBER, "amber"), (_RED, "red")):
        risk_charts.mark(figure, limit, light)
    return figure


def _say_drift(frame: pd.DataFrame, currency: str) -> str:
    known = words.known(frame, "stability_index")
    if known.empty:
        return "No drift of the grades is known."
    last = known.iloc[-1]
    index = float(last["stability_index"])
    light = "red" if index > _RED else "amber" if index > _AMBER else "green"
    far = f"drifted by {words.number(index)}" if index else "not drifted"
    sentence = f"The grades have {far} since the first month ({light})"
    peak = extremes.largest(known, "stability_index", extremes.day_of("reporting_date"))
    if peak.is_only or not peak["stability_index"]:
        return f"{sentence}."
    return f"{sentence}; the most was {words.number(peak['stability_index'])} on {peak.name}."


def _draw_impact(frame: pd.DataFrame) -> object:
    return risk_charts.intervals_at(
        frame.assign(group_label=[_group(row) for row in frame.to_dict("records")]),
        "group_label",
        "adverse_impact_ratio",
        "adverse_impact_lower",
        "adverse_impact_upper",
        reference=_FOUR_FIFTHS,
        label="four fifths",
    )


def _group(row: Any) -> str:
    return f"{words.label(row['attribute'])} {words.band(row['group_name'])}"


def _say_impact(frame: pd.DataFrame, currency: str) -> str:
    below = sum(
        bool(value) for value in frame["is_below_four_fifths"] if not words.is_missing(value)
    )
    counted = words.tally(below, len(frame), "group", "is")
    least = extremes.smallest(frame, "adverse_impact_ratio", _group)
    if least["adverse_impact_ratio"] == 1:
        return f"No group is selected less often than another; {counted} below four fifths."
    return (
        f"The least often selected is {least.name}, at"
        f" {words.number(least['adverse_impact_ratio'])} of the rate of the group selected most;"
        f" {counted} below four fifths."
    )


def _draw_group_calibration(frame: pd.DataFrame) -> object:
    return risk_charts.intervals_at(
        frame.assign(group_label=[_group(row) for row in frame.to_dict("records")]),
        "group_label",
        "calibration_ratio",
        "calibration_lower",
        "calibration_upper",
        reference=1.0,
        label="as predicted",
    )


def _say_group_calibration(frame: pd.DataFrame, currency: str) -> str:
    known = words.known(frame, "calibration_ratio")
    if known.empty:
        return "The calibration of no group is known."
    worst = extremes.furthest(known, "calibration_ratio", _group, reference=1)
    if worst["calibration_ratio"] == 1:
        return "Observed defaults are those expected in every group."
    return (
        f"Observed over expected defaults are furthest from 1 for {worst.name}:"
        f" {words.number(worst['calibration_ratio'])}."
    )


def _draw_overrides(frame: pd.DataFrame) -> object:
    return figures.bar(
        frame.assign(reason_code=words.labels(frame["reason_code"])),
        "reason_code",
        {"in_use": "in use", "pending": "pending", "ended": "ended", "refused": "refused"},
        is_stacked=True,
    )


def _say_overrides(frame: pd.DataFrame, currency: str) -> str:
    every = words.total(frame["decisions"])
    if not every:
        return "Analysts made no decision."
    first = extremes.largest(frame, "decisions", extremes.label_of("reason_code"))
    return (
        f"Analysts made {words.plural(every, 'decision')}, most often for {first.name}"
        f" ({words.count(first['decisions'])}); {words.some(words.total(frame['in_use']), 'is')} in"
        " use."
    )


POPULATION_CHARTS = (
    Chart(
        name="Score distribution",
        title="Scores of exposures that defaulted within 12 months, and of the others",
        kind="histogram",
        unit="share of each group",
        source="gold.pd_scores",
        as_of="observation_date",
        query=_SCORES,
        draw=_draw_scores,
        describe=_say_scores,
        also=("gold.credit_outcomes", "gold.model_monitoring"),
    ),
    Chart(
        name="Drift of features",
        title="The fifteen features that moved most since training",
        kind="bar",
        unit="population stability index",
        source="gold.pd_feature_drift",
        as_of="observation_date",
        query=_FEATURES,
        draw=_draw_features,
        describe=_say_features,
    ),
    Chart(
        name="Drift of grades",
        title="Drift of the distribution over grades since the first month",
        kind="line",
        unit="population stability index",
        source="gold.model_monitoring",
        as_of="reporting_date",
        query=_DRIFT,
        draw=_draw_drift,
        describe=_say_drift,
    ),
    Chart(
        name="Selection of groups",
        title="Share with a PD of at most 8%, relative to the group with the largest share",
        kind="scatter",
        unit="ratio of selection rates, 95% intervals",
        source="gold.pd_fairness",
        as_of="as_of_date",
        query=_IMPACT,
        draw=_draw_impact,
        describe=_say_impact,
    ),
    Chart(
        name="Calibration of groups",
        title="Observed over expected defaults of groups of borrowers after training",
        kind="scatter",
        unit="ratio, 95% intervals",
        source="gold.pd_fairness",
        as_of="as_of_date",
        query=_GROUP_CALIBRATION,
        draw=_draw_group_calibration,
        describe=_say_group_calibration,
    ),
    Chart(
        name="Overrides",
        title="Decisions of analysts to override a grade, by reason",
        kind="bar",
        unit="decisions",
        source="gold.grade_overrides",
        as_of="decided_date",
        query=_OVERRIDES,
        draw=_draw_overrides,
        describe=_say_overrides,
    ),
)
"""Charts in their order."""
