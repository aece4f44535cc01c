"""Columns of causal results that all designs share: effect, assumptions and limits.

The analyses are in `causal_analytics`.
"""

import polars as pl

from finplatform.ml.causal import Effect

RESTS_ON = {
    "RANDOMISED": "Contact was decided by lot; customers do not influence each other.",
    "ADJUSTED": "Age, income, credit score and tenure hold every reason for contact that also "
    "moves the outcome.",
    "EVENT_STUDY": "Without the event both groups would have moved alike.",
    "TIME_SERIES": "No season, trend or other change of the same months moves both.",
    "PANEL": "Nothing else that sets a country apart in a month moves with its indicator; what all "
    "countries share is taken out.",
    "PRODUCT": "Age, income, score, tenure, contracts, balance, activity and value hold every "
    "reason for taking the product up that also moves the value.",
}
"""Assumptions under which a comparison estimates an effect, by design."""

NOT_CONCLUDED = {
    "RANDOMISED": "Says nothing of customers outside the campaign's segment, nor of what happens "
    "after its 45 days.",
    "RETENTION": "Says nothing of leaving later than 90 days, nor of other ways to keep them.",
    "ADJUSTED": "A reason for contact that is not among the covariates would bias it, and no check "
    "can see that.",
    "POOLED_RANDOMISED": "A mean over the campaigns that were run, not a forecast of another kind.",
    "POOLED_ADJUSTED": "Shares the unseen bias of the campaigns in it.",
    "EVENT_STUDY": "The bank dates the event when it learns of it; an effect that began before "
    "counts as none. Says nothing of later than three months.",
    "TIME_SERIES": "A bank has one history of few months: an interval that holds 0 does not say "
    "that there is no effect, and one that does not may owe it to something else of these months.",
    "PANEL": "Customers of one bank are not the economy of a country, and what moves all countries "
    "at once is not in it.",
    "PRODUCT": "Who takes a product up wants it; a wish that shows in no covariate biases it. Part "
    "of the effect is the product's own margin.",
}
"""Conclusions that a design does not support."""

SCHEMA = {
    "effect_id": pl.String,
    "as_of_date": pl.Date,
    "design": pl.String,
    "cause": pl.String,
    "campaign_id": pl.String,
    "indicator_code": pl.String,
    "product_type": pl.String,
    "outcome": pl.String,
    "method": pl.String,
    "estimate": pl.Float64,
    "standard_error": pl.Float64,
    "lower": pl.Float64,
    "upper": pl.Float64,
    "p_value": pl.Float64,
    "unadjusted_estimate": pl.Float64,
    "treated": pl.Int64,
    "control": pl.Int64,
    "studies": pl.Int32,
    "between_studies": pl.Float64,
    "has_overlap": pl.Boolean,
    "negative_control": pl.String,
    "negative_control_estimate": pl.Float64,
    "negative_control_p_value": pl.Float64,
    "placebo_rejection_rate": pl.Float64,
    "is_placebo_passed": pl.Boolean,
    "effect_on_best_half": pl.Float64,
    "effect_on_other_half": pl.Float64,
    "ranking_p_value": pl.Float64,
    "rests_on": pl.String,
    "not_concluded": pl.String,
}
"""Columns that answers have before they are judged together."""

Answer = dict[str, object]
"""One row of the table, by column."""


def effect_columns(effect: Effect) -> Answer:
    """Columns of an effect."""
    names = ("estimate", "standard_error", "lower", "upper", "p_value", "treated", "control")
    return {name: getattr(effect, name) for name in names}


def negative_control(name: str, effect: Effect | None) -> Answer:
    """Columns of a negative control; its effect is None where none could be estimated."""
    return {
        "negative_control": name,
        "negative_control_estimate": None if effect is None else effect.estimate,
        "negative_control_p_value": None if effect is None else effect.p_value,
    }
