"""The default model: what it promises against what happened, its rivals, its drift, its fairness.

Belongs here: the charts of the page, their figures and sentences. Does not belong here: chart
types (`finplatform.reporting.figures`) and the HTML of pages.
"""

import pandas as pd

from finplatform.reporting import extremes, figures, risk_charts, words
from finplatform.reporting.catalog.pd_population import POPULATION_CHARTS
from finplatform.reporting.page import Chart, Page, Table

_WILSON = """
    cross join lateral (
        select
            tested_defaults::double precision / tested_exposures as rate,
            3.8415 / tested_exposures as spread
    ) as share
"""
"""Default rate of a grade, and the squared 97.5% quantile of a normal deviate over its exposures."""

_GRADES = f"""
    select
        grade,
        grade_pd,
        share.rate as default_rate,
        greatest(
            (share.rate + share.spread / 2
            - sqrt(share.spread * share.rate * (1 - share.rate) + share.spread ^ 2 / 4))
            / (1 + share.spread), 0
        ) as lower,
        (share.rate + share.spread / 2
        + sqrt(share.spread * share.rate * (1 - share.rate) + share.spread ^ 2 / 4))
        / (1 + share.spread) as upper,
        tested_exposures,
        tested_defaults
    from gold.rating_scale
    {_WILSON}
    where tested_exposures > 0
    order by grade
"""

_CANDIDATES = """
    select
        candidate.family,
        sample.name as sample,
        candidate.family || ', ' || sample.name as candidate,
        candidate.role,
        sample.auc,
        sample.lower,
        sample.upper
    from gold.pd_candidates as candidate
    cross join lateral (
        values
        (1, 'out of time', out_of_time_auc, out_of_time_auc_lower, out_of_time_auc_upper),
        (2, 'borrowers not seen', unseen_auc, unseen_auc_lower, unseen_auc_upper)
    ) as sample (position, name, auc, lower, upper)
    where sample.auc is not null
    order by candidate.family_rank, sample.position
"""

_OBSERVED = """
    latest as (
        select max(reporting_date) as reporting_date
        from gold.model_calibration
        where observed > 0 and reporting_date <= %(as_of)s
    ),

    grades as (
        select reporting_date, grade, defaults, observed - defaults as others
        from gold.model_calibration
        inner join latest using (reporting_date)
    )
"""

_ROC = f"""
    with {_OBSERVED},

    points as (
        select
            reporting_date,
            grade,
            sum(defaults) over worst_first / nullif(sum(defaults) over (), 0) as caught_share,
            sum(others) over worst_first / nullif(sum(others) over (), 0) as refused_share
        from grades
        window worst_first as (order by grade desc)
        union all
        select max(reporting_date), null, 0, 0
        from grades
        having count(*) > 0
    )

    select reporting_date, grade, caught_share, refused_share
    from points
    where caught_share is not null and refused_share is not null
        and (select sum(defaults) > 0 and sum(others) > 0 from grades)
    order by grade desc nulls first
"""

_CALIBRATION = """
    select reporting_date, mean_pd, default_rate, observed, defaults
    from gold.model_monitoring
    where reporting_date <= %(as_of)s
    order by reporting_date
"""

_POWER = """
    select reporting_date, auc, ks
    from gold.model_monitoring
    where auc is not null and reporting_date <= %(as_of)s
    order by reporting_date
"""

_CONTEST = """
    select
        family as "family",
        lower(role) as "role",
        model_version as "version",
        held_out_log_loss as "held-out log loss",
        loss_excess as "above the best",
        standard_error as "standard error",
        out_of_time_auc as "AUC out of time",
        unseen_auc as "AUC, borrowers not seen",
        out_of_time_brier as "Brier out of time"
    from gold.pd_candidates
    order by family_rank
"""

_SCALE = """
    select
        grade as "grade",
        pd_from as "PD above rate",
        pd_to as "PD up to rate",
        exposures as "exposures",
        long_run_default_rate as "long-run default rate",
        margin_of_conservatism as "margin rate",
        grade_pd as "PD in use rate",
        tested_exposures as "tested",
        tested_defaults as "defaults",
        binomial_p_value as "binomial p",
        jeffreys_p_value as "Jeffreys p"
    from gold.rating_scale
    order by grade
"""


def _draw_grades(frame: pd.DataFrame) -> object:
    return risk_charts.reliability(frame, "grade", "grade_pd", "default_rate", "lower", "upper")


def _say_grades(frame: pd.DataFrame, currency: str) -> str:
    known = words.known(frame, "grade_pd", "default_rate", "lower", "upper")
    if known.empty:
        return "No grade has been tested."
    inside = known[(known["grade_pd"] >= known["lower"]) & (known["grade_pd"] <= known["upper"])]
    counted = words.capitalized(words.tally(len(inside), len(known), "grade", "has"))
    sentence = f"{counted} a PD within the 95% interval of its default rate"
    worst = extremes.furthest(
        known, "grade_pd", lambda row: f"grade {row['grade']}", reference="default_rate"
    )
    if worst["grade_pd"] == worst["default_rate"]:
        return f"{sentence}; none is off."
    return (
        f"{sentence}; {worst.name} is furthest off, with {words.share(worst['grade_pd'])} predicted and"
        f" {words.share(worst['default_rate'])} observed."
    )


def _draw_candidates(frame: pd.DataFrame) -> object:
    return risk_charts.intervals_at(
        frame.assign(candidate=words.labels(frame["candidate"])),
        "candidate",
        "auc",
        "lower",
        "upper",
        reference=0.5,
        label="chance",
    )


def _say_candidates(frame: pd.DataFrame, currency: str) -> str:
    best = extremes.largest(
        frame, "auc", lambda row: f"{words.label(row['family'])} {_of(row['sample'])}"
    )
    sentence = f"The largest AUC, {words.number(best['auc'], 3)}, is that of {best.name}"
    champion = frame[frame["role"] == "CHAMPION"]
    if champion.empty:
        return f"{sentence}; no candidate is in use."
    quoted = champion.iloc[-1]
    return (
        f"{sentence}; the model in use, {words.label(quoted['family'])}, has"
        f" {words.number(quoted['auc'], 3)} {_of(quoted['sample'])}."
    )


def _of(sample: str) -> str:
    return "out of time" if sample == "out of time" else f"for {sample}"


def _draw_roc(frame: pd.DataFrame) -> object:
    figure = figures.line(frame, "refused_share", {"caught_share": "model in use"}, is_share=True)
    return risk_charts.diagonal(
        figure, ("share of the others in these grades", "share of defaults in these grades")
    )


def _say_roc(frame: pd.DataFrame, currency: str) -> str:
    known = words.known(frame, "grade", "caught_share", "refused_share")
    if known.empty:
        return "No grade has both defaults and others."
    apart = [
        extremes.exact(caught) - extremes.exact(refused)
        for caught, refused in zip(known["caught_share"], known["refused_share"], strict=True)
    ]
    best = extremes.largest(
        known.assign(apart=extremes.exact_column(known, apart)), "apart", extremes.text_of("grade")
    )
    day = words.day(best["reporting_date"])
    if best["apart"] <= 0:
        return f"On {day}, the curve is above chance from no grade on."
    return (
        f"On {day}, the curve is highest above chance from grade {best.name} on, with"
        f" {words.share(best['caught_share'])} of the exposures that defaulted and"
        f" {words.share(best['refused_share'])} of the others."
    )


def _draw_calibration(frame: pd.DataFrame) -> object:
    return figures.line(
        frame,
        "reporting_date",
        {"mean_pd": "mean PD", "default_rate": "default rate of the next 12 months"},
        is_share=True,
    )


def _say_calibration(frame: pd.DataFrame, currency: str) -> str:
    known = words.known(frame, "mean_pd", "default_rate")
    if known.empty:
        last = frame.iloc[-1]
        if words.is_missing(last["mean_pd"]):
            return "No mean PD is known."
        return (
            f"The mean PD is {words.share(last['mean_pd'], 2)} on"
            f" {words.day(last['reporting_date'])}; no outcome is known yet."
        )
    worst = extremes.furthest(
        known, "mean_pd", extremes.day_of("reporting_date"), reference="default_rate"
    )
    if worst["mean_pd"] == worst["default_rate"]:
        ends = words.plural(len(known), "month-end")
        return f"The mean PD is not off on {ends} whose outcome is known."
    too = "high" if worst["mean_pd"] > worst["default_rate"] else "low"
    return (
        f"The mean PD was furthest off on {worst.name}: {words.share(worst['mean_pd'], 2)} is too"
        f" {too} against {words.share(worst['default_rate'], 2)}."
    )


def _draw_power(frame: pd.DataFrame) -> object:
    figure = figures.line(frame, "reporting_date", {"auc": "AUC", "ks": "KS"})
    figure.update_yaxes(tickformat=".2f")
    return figure


def _say_power(frame: pd.DataFrame, currency: str) -> str:
    last = frame.iloc[-1]
    sentence = f"AUC is {words.number(last['auc'], 3)} on {words.day(last['reporting_date'])}"
    if len(frame) == 1:
        return f"{sentence}, the only month-end whose outcome is known."
    lowest = extremes.smallest(frame, "auc", extremes.day_of("reporting_date"))
    return (
        f"{sentence}, the last month-end whose outcome is known; it was lowest on {lowest.name} with"
        f" {words.number(lowest['auc'], 3)}."
    )


PAGE = Page(
    name="pd_model",
    title="Default model",
    question="Can the probabilities of default be relied on, and for whom?",
    section="Risk and capital",
    charts=(
        Chart(
            name="Reliability of grades",
            title="Default rate of yearly cohorts against the PD of their grade, with 95% intervals",
            kind="scatter",
            unit="share of exposures",
            source="gold.rating_scale",
            as_of="",
            query=_GRADES,
            draw=_draw_grades,
            describe=_say_grades,
        ),
        Chart(
            name="AUC of candidates",
            title="Area under the ROC curve of each candidate, with 95% intervals",
            kind="scatter",
            unit="AUC",
            source="gold.pd_candidates",
            as_of="",
            query=_CANDIDATES,
            draw=_draw_candidates,
            describe=_say_candidates,
        ),
        Chart(
            name="ROC curve",
            title="Defaults and others met from the worst grade on, the last month-end with outcomes",
            kind="line",
            unit="share of exposures",
            source="gold.model_calibration",
            as_of="reporting_date",
            query=_ROC,
            draw=_draw_roc,
            describe=_say_roc,
        ),
        Chart(
            name="Calibration by month",
            title="Mean PD, and the default rate that followed",
            kind="line",
            unit="share of exposures",
            source="gold.model_monitoring",
            as_of="reporting_date",
            query=_CALIBRATION,
            draw=_draw_calibration,
            describe=_say_calibration,
        ),
        Chart(
            name="Discrimination by month",
            title="AUC and Kolmogorov-Smirnov distance by month-end",
            kind="line",
            unit="AUC and KS",
            source="gold.model_monitoring",
            as_of="reporting_date",
            query=_POWER,
            draw=_draw_power,
            describe=_say_power,
        ),
        *POPULATION_CHARTS,
    ),
    tables=(
        Table("Candidates", "gold.pd_candidates", _CONTEST),
        Table("Rating scale", "gold.rating_scale", _SCALE),
    ),
)
