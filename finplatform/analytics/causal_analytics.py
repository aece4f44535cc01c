"""Causal analyses of the bank, and their results with the assumptions of each design.

Each answer names its design, what must hold for it to be an effect, the checks that could have
shown that it does not, and what may not be concluded. Belongs here: assembling answers. Does not
belong here: estimators (`finplatform.ml.causal`, `campaign_effects`, `event_study`).
"""

from collections.abc import Iterator, Mapping
from datetime import date

import numpy as np
import polars as pl

from finplatform.analytics.causal_answers import (
    NOT_CONCLUDED,
    RESTS_ON,
    SCHEMA,
    Answer,
    effect_columns,
    negative_control,
)
from finplatform.analytics.economic_impact import INDICATORS, economic_impacts
from finplatform.analytics.multiplicity import holm
from finplatform.analytics.product_impact import PLACEBO_DRAWS, product_impacts
from finplatform.analytics.retention import RETENTION
from finplatform.ml.campaign_effects import (
    COVARIATES,
    adjusted_effect,
    campaign_effects,
)
from finplatform.ml.causal import (
    LEAST_PER_ARM,
    Effect,
    difference_in_means,
    effect_of,
    placebo_rejection_rate,
    pooled,
)
from finplatform.ml.event_study import EventStudy, event_study
from finplatform.ml.threads import one_thread

LEVEL = 0.05
NEGATIVE_CONTROL = "transactions in the month before"
_PLACEBO_DRAWS = 100
_DESIGNS = {"DIFFERENCE_IN_MEANS": "RANDOMISED", "DOUBLY_ROBUST": "ADJUSTED"}

Panels = Mapping[tuple[str, str], tuple[np.ndarray, np.ndarray]]
"""By event and outcome: the outcome by customer and month, and the month of each one's event."""


def causal_analytics(
    as_of: date,
    *,
    responses: pl.DataFrame,
    events: Panels,
    economy: pl.DataFrame,
    customers: pl.DataFrame,
    holdings: pl.DataFrame,
) -> pl.DataFrame:
    """Answers to all causal questions.

    Args:
        as_of: Day up to which everything is known.
        responses: One row per campaign and customer, as `campaign_effects` takes them, and
            `campaign_name`, `objective`, `earlier`, the customer's transactions in the month
            before, and `has_left`, null while it is not known.
        events: Inputs of `event_study`, by event and outcome.
        economy: Rows of `economic_months`.
        customers: Inputs of `product_impacts`.
        holdings: The same.

    Returns:
        The columns of `gold.causal_analytics`.
    """
    # Many small fits: threads would cost more than they bring, and sums differ with their number.
    with one_thread():
        answers = [
            *_campaigns(responses),
            *_leaving(responses),
            *_events(events),
            *_economy(economy),
            *_products(customers, holdings),
        ]
    answers += list(_pooled(answers))
    frame = pl.DataFrame([{"as_of_date": as_of, **answer} for answer in answers], schema=SCHEMA)
    family = pl.Series("p_value_holm", holm(frame["p_value"].to_numpy()), dtype=pl.Float64)
    return _ranked(_judged(frame.with_columns(family)))


def _campaigns(responses: pl.DataFrame) -> Iterator[Answer]:
    checks: dict[str, Answer] = {}
    units_of = {
        str(campaign): units
        for (campaign,), units in responses.group_by("campaign_id", maintain_order=True)
    }
    for row in campaign_effects(responses).iter_rows(named=True):
        campaign, design = row["campaign_id"], _DESIGNS[row["method"]]
        if campaign not in checks:
            checks[campaign] = _checks(units_of[campaign], design)
        yield {
            "effect_id": f"{campaign}_{row['outcome'].upper()}",
            "design": design,
            "campaign_id": campaign,
            "estimate": row["effect"],
            "unadjusted_estimate": row["unadjusted_effect"],
            "rests_on": RESTS_ON[design],
            "not_concluded": NOT_CONCLUDED[design],
            **{
                name: row[name]
                for name in (
                    "outcome", "method", "standard_error", "lower", "upper", "p_value", "treated",
                    "control", "has_overlap",
                )
            },
            **checks[campaign],
        }  # fmt: skip


def _leaving(responses: pl.DataFrame) -> Iterator[Answer]:
    """Pooled effect on churn of all retention campaigns with a random control."""
    units = responses.filter(
        pl.col("objective") == RETENTION, "has_random_control", pl.col("has_left").is_not_null()
    )
    treated = units["is_treated"].to_numpy()
    if min(treated.sum(), (~treated).sum()) < LEAST_PER_ARM:
        return
    left = units["has_left"].cast(pl.Float64).to_numpy()
    before = _before(units, "RANDOMISED")
    rate = placebo_rejection_rate(left, treated, draws=_PLACEBO_DRAWS, level=LEVEL)
    effect = difference_in_means(left, treated)
    yield {
        "effect_id": "RETENTION_HAS_LEFT",
        "design": "RANDOMISED",
        "cause": "contact by retention campaigns",
        "outcome": "has_left",
        "method": "DIFFERENCE_IN_MEANS",
        "unadjusted_estimate": effect.estimate,
        "has_overlap": True,
        **negative_control(NEGATIVE_CONTROL, before),
        "placebo_rejection_rate": rate,
        "is_placebo_passed": _is_about(rate, _PLACEBO_DRAWS, LEVEL),
        "rests_on": RESTS_ON["RANDOMISED"],
        "not_concluded": NOT_CONCLUDED["RETENTION"],
        **effect_columns(effect),
    }


def _economy(months: pl.DataFrame) -> Iterator[Answer]:
    for impact in economic_impacts(months):
        yield {
            "effect_id": f"{impact.design}_{impact.indicator}_LOG_SPENDING",
            "design": impact.design,
            "cause": f"one percentage point of {INDICATORS[impact.indicator][1]}",
            "indicator_code": impact.indicator,
            "outcome": "log_spending",
            "method": "FIRST_DIFFERENCES",
            "treated": impact.observations,
            "control": 0,
            "negative_control": "change of the month to come",
            "negative_control_estimate": impact.lead_estimate,
            "negative_control_p_value": impact.lead_p_value,
            "rests_on": RESTS_ON[impact.design],
            "not_concluded": NOT_CONCLUDED[impact.design],
            **{
                name: getattr(impact, name)
                for name in ("estimate", "standard_error", "lower", "upper", "p_value")
            },
        }


def _products(customers: pl.DataFrame, holdings: pl.DataFrame) -> Iterator[Answer]:
    for impact in product_impacts(customers, holdings):
        kind = impact.product_type
        yield {
            "effect_id": f"PRODUCT_{kind}_LIFETIME_VALUE",
            "design": "ADJUSTED",
            "cause": f"taking up a product of the kind {kind.lower().replace('_', ' ')}",
            "product_type": kind,
            "outcome": "lifetime_value",
            "method": "MATCHED_REGRESSION",
            "unadjusted_estimate": impact.unadjusted,
            "has_overlap": impact.is_balanced,
            **negative_control(
                "change of value in the half year before",
                impact.before,
            ),
            "placebo_rejection_rate": impact.placebo_rejection_rate,
            "is_placebo_passed": _is_about(impact.placebo_rejection_rate, PLACEBO_DRAWS, LEVEL),
            "rests_on": RESTS_ON["PRODUCT"],
            "not_concluded": NOT_CONCLUDED["PRODUCT"],
            **effect_columns(impact.effect),
        }


def _checks(units: pl.DataFrame, design: str) -> Answer:
    """Diagnostics of a campaign's comparison, and the effect on its best half."""
    converted = units["is_converted"].cast(pl.Float64).to_numpy()
    treated = units["is_treated"].to_numpy()
    rate = placebo_rejection_rate(converted, treated, draws=_PLACEBO_DRAWS, level=LEVEL)
    before = _before(units, design)
    return {
        "cause": f"contact by {units['campaign_name'][0]}",
        **negative_control(NEGATIVE_CONTROL, before),
        "placebo_rejection_rate": rate,
        "is_placebo_passed": _is_about(rate, _PLACEBO_DRAWS, LEVEL),
        **(_halves(units) if design == "RANDOMISED" else {}),
    }


def _before(units: pl.DataFrame, design: str) -> Effect | None:
    """The "effect" on what happened before the contact; it must be about nothing."""
    known = units.drop_nulls(["earlier", *(COVARIATES if design == "ADJUSTED" else ())])
    treated = known["is_treated"]
    if min(treated.sum(), (~treated).sum()) < LEAST_PER_ARM:
        return None
    known = known.with_columns(pl.col("earlier").cast(pl.Float64).log1p())
    if design == "ADJUSTED":
        return adjusted_effect(known, "earlier").effect
    return difference_in_means(known["earlier"].to_numpy(), treated.to_numpy())


def _halves(units: pl.DataFrame) -> Answer:
    """Effect on the half of customers ranked more promising, on the others, and their difference.

    Customers are ranked by a model that has not seen them; each half is an experiment of its own
    (sorted groups of Chernozhukov, Demirer, Duflo and Fernandez-Val, 2018).
    """
    known = units.drop_nulls(COVARIATES)
    treated = known["is_treated"].to_numpy()
    if min(treated.sum(), (~treated).sum()) < LEAST_PER_ARM:
        return {}
    converted = known["is_converted"].cast(pl.Float64).to_numpy()
    uplift = adjusted_effect(known, "is_converted").uplift
    best = np.argsort(np.argsort(-uplift, kind="stable")) < len(uplift) / 2
    arms = [(treated & half).sum() for half in (best, ~best)]
    arms += [(~treated & half).sum() for half in (best, ~best)]
    if min(arms) < LEAST_PER_ARM:
        return {}
    first, second = (difference_in_means(converted[h], treated[h]) for h in (best, ~best))
    gap = effect_of(
        first.estimate - second.estimate,
        float(np.hypot(first.standard_error, second.standard_error)),
        first.treated,
        first.control,
        1 - LEVEL,
    )
    return {
        "effect_on_best_half": first.estimate,
        "effect_on_other_half": second.estimate,
        "ranking_p_value": gap.p_value,
    }


def _is_about(rate: float, draws: int, level: float) -> bool:
    """Whether a share of draws agrees with the level (binomial test, 0.1% each side)."""
    from scipy.special import bdtr, bdtrc  # type: ignore[import-untyped]

    hits = round(rate * draws)
    return bool(min(bdtr(hits, draws, level), bdtrc(hits - 1, draws, level)) > 0.001)


def _pooled(answers: list[Answer]) -> Iterator[Answer]:
    for design in ("RANDOMISED", "ADJUSTED"):
        for outcome in ("is_converted", "revenue"):
            found = [
                answer
                for answer in answers
                if answer["design"] == design
                and answer["outcome"] == outcome
                and _number(answer["standard_error"]) > 0
            ]
            if len(found) < 2:
                continue
            estimates, errors, treated, control = (
                np.array([_number(answer[name]) for answer in found])
                for name in ("estimate", "standard_error", "treated", "control")
            )
            mean, error, between = pooled(estimates, errors)
            effect = effect_of(mean, error, int(treated.sum()), int(control.sum()), 1 - LEVEL)
            yield {
                "effect_id": f"POOLED_{design}_{outcome.upper()}",
                "design": f"POOLED_{design}",
                "cause": "contact by a campaign",
                "outcome": outcome,
                "method": "RANDOM_EFFECTS",
                "studies": len(found),
                "between_studies": between,
                "rests_on": RESTS_ON[design],
                "not_concluded": NOT_CONCLUDED[f"POOLED_{design}"],
                **effect_columns(effect),
            }


def _events(events: Panels) -> Iterator[Answer]:
    for (name, outcome), (values, month) in events.items():
        study: EventStudy | None = event_study(values, month)
        if study is not None:
            yield {
                "effect_id": f"{name}_{outcome.upper()}",
                "design": "EVENT_STUDY",
                "cause": name.lower().replace("_", " "),
                "outcome": outcome,
                "method": "GROUP_TIME_DIFFERENCES",
                "negative_control": "trend in the three months before",
                "negative_control_estimate": float(study.path[study.path.size // 2 - 1]),
                "negative_control_p_value": study.pre_trend_p_value,
                "rests_on": RESTS_ON["EVENT_STUDY"],
                "not_concluded": NOT_CONCLUDED["EVENT_STUDY"],
                **effect_columns(study.effect),
            }


def _judged(frame: pl.DataFrame) -> pl.DataFrame:
    """Verdicts: negative controls as one family, and whether every check that was made passed."""
    controls = (
        frame.with_columns(of=pl.coalesce("campaign_id", "effect_id"))
        .filter(pl.col("negative_control_p_value").is_not_null())
        .unique("of", keep="first", maintain_order=True)
        .select("of", p="negative_control_p_value")
    )
    passed = controls.select(
        "of",
        is_negative_control_passed=pl.Series(holm(controls["p"].to_numpy()) > LEVEL),
    )
    verdicts = ("has_overlap", "is_negative_control_passed", "is_placebo_passed")
    return (
        frame.with_columns(of=pl.coalesce("campaign_id", "effect_id"))
        .join(passed, on="of", how="left", maintain_order="left")
        .drop("of")
        .with_columns(
            are_checks_passed=pl.when(
                pl.any_horizontal(pl.col(name).is_not_null() for name in verdicts)
            ).then(pl.all_horizontal(pl.col(name).fill_null(value=True) for name in verdicts)),
        )
    )


def _ranked(frame: pl.DataFrame) -> pl.DataFrame:
    """Campaigns by the revenue that a contact surely brings: the lower end of its interval."""
    is_revenue = (pl.col("outcome") == "revenue") & pl.col("campaign_id").is_not_null()
    rank = pl.col("lower").filter(is_revenue).rank("ordinal", descending=True)
    ranks = frame.filter(is_revenue).select("effect_id", revenue_rank=rank.cast(pl.Int32))
    return frame.join(ranks, on="effect_id", how="left", maintain_order="left")


def _number(value: object) -> float:
    return float(str(value))
