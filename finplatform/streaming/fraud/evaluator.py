"""The evaluator of payments: rules and the optional model on a sequence of events.

An evaluator is made from the warehouse's data up to an instant (`warehouse.history_at`) and then
takes events in batches of any size: a day, or a tenth of a second. The verdict on a payment does
not depend on the split. Events of one customer must reach the same evaluator in order; a late event
is evaluated by the events before it.
"""

from collections.abc import Sequence

import polars as pl

from finplatform.ml.event_model import EventModel
from finplatform.ml.fraud import chances
from finplatform.streaming.fraud.features import PaymentHistory
from finplatform.streaming.fraud.rules import SEVERITIES, Action, Kind, Mode, Rule, in_production

MOST_POINTS = 100

VERDICT_SCHEMA = pl.Schema(
    {
        "transaction_id": pl.String(),
        "account_id": pl.String(),
        "customer_id": pl.String(),
        "merchant_id": pl.String(),
        "transaction_at": pl.Datetime("us", "UTC"),
        "transaction_date": pl.Date(),
        "account_currency": pl.String(),
        "amount_usd": pl.Float64(),
        "rules": pl.List(pl.String()),
        "shadow_rules": pl.List(pl.String()),
        "rule_code": pl.String(),
        "rule_points": pl.Int16(),
        "severity": pl.String(),
        "is_alert": pl.Boolean(),
        "is_blocked": pl.Boolean(),
        "fraud_probability": pl.Float64(),
        "combined_score": pl.Float64(),
        "is_model_alert": pl.Boolean(),
    }
)
"""Verdict on an event.

| column | meaning |
|---|---|
| `rules` | live rules that it meets |
| `shadow_rules` | shadow rules that it meets; recorded, of no effect |
| `rule_code` | the one of `rules` to name: of the highest severity and weight; null without any |
| `rule_points` | weights of the live fraud rules, at most 100 |
| `severity` | the highest of `rules`; null without any |
| `is_alert` | whether a live rule is met |
| `is_blocked` | whether a live fraud rule requires the payment to be declined |
| `fraud_probability` | chance by the model; null without one, and of what is no payment |
| `combined_score` | that chance with the rules' points, 0 to 1 |
| `is_model_alert` | whether the model's chance reaches its threshold |
"""


class PaymentEvaluator:
    """Evaluates payments by rules and model.

    Args:
        history: What is known of earlier payments and of those who pay.
        rules: The rules; drafts have no effect.
        model: Model of fraud; None evaluates by rules alone.
    """

    def __init__(
        self,
        history: PaymentHistory,
        rules: Sequence[Rule],
        *,
        model: EventModel | None = None,
    ) -> None:
        self._history = history
        self._rules = in_production(rules)
        self._model = model

    def confirm(self, frauds: pl.DataFrame) -> None:
        """Adds payments that an investigation has found to be fraud since the evaluator was made.

        Args:
            frauds: `account_id`, `merchant_id` (null for none) and `confirmed_at`, of frauds that
                were not added before.
        """
        self._history.confirm(frauds)

    def forget(self, before: int) -> None:
        """Drops what no later payment looks back on; to be called now and then.

        Args:
            before: Second of the earliest payment that is still to come.
        """
        self._history.forget(before)

    def evaluate(self, events: pl.DataFrame) -> pl.DataFrame:
        """The verdict on each event, in the order given.

        A repeated event, such as a message delivered twice, has the same verdict and is not counted
        again.

        Args:
            events: Columns of `EVENT_SCHEMA`; others are ignored.

        Returns:
            Rows of `VERDICT_SCHEMA`.
        """
        evaluated = by_rules(self._history.add(events), self._rules)
        return _by_model(evaluated, self._model).select(VERDICT_SCHEMA.names()).cast(VERDICT_SCHEMA)


def by_rules(features: pl.DataFrame, rules: Sequence[Rule]) -> pl.DataFrame:
    """Features with the verdict of the rules.

    Args:
        features: From `PaymentHistory.add`.
        rules: Rules without drafts.

    Returns:
        The rows in their order, with the columns of `VERDICT_SCHEMA` that rules decide on.
    """
    met = features.select(rule.meets.alias(str(place)) for place, rule in enumerate(rules))
    rows = features.with_row_index("row")
    # Most transactions meet no rule.
    some = met.with_row_index("row").filter(pl.any_horizontal(pl.lit(False), *met.columns))
    verdicts = some.select("row", **_verdict(rules))
    empty = pl.lit([], dtype=pl.List(pl.String))
    return (
        rows.join(verdicts, on="row", how="left", maintain_order="left")
        .with_columns(
            pl.col("rules", "shadow_rules").fill_null(empty),
            pl.col("rule_points").fill_null(0),
            pl.col("is_alert", "is_blocked").fill_null(False),
        )
        .drop("row")
    )


def _verdict(rules: Sequence[Rule]) -> dict[str, pl.Expr]:
    """The verdict over boolean columns, one for each rule."""
    met = {id(rule): pl.col(str(place)) for place, rule in enumerate(rules)}
    live = [rule for rule in rules if rule.mode is Mode.LIVE]
    shadow = [rule for rule in rules if rule.mode is Mode.SHADOW]
    first_named = sorted(
        live, key=lambda rule: (SEVERITIES.index(rule.severity), rule.weight), reverse=True
    )
    scored = [rule for rule in live if rule.kind is Kind.FRAUD]
    # The line between fraud and laundering is held here, and not by the file alone.
    blocking = [rule for rule in scored if rule.action is Action.BLOCK]

    def first(values: Sequence[tuple[Rule, str]]) -> pl.Expr:
        chosen = (pl.when(met[id(rule)]).then(pl.lit(value)) for rule, value in values)
        return pl.coalesce(*chosen, pl.lit(None, dtype=pl.String))

    def listed(some: Sequence[Rule]) -> pl.Expr:
        names = [pl.when(met[id(rule)]).then(pl.lit(rule.rule)) for rule in some]
        nothing = pl.lit([], dtype=pl.List(pl.String))
        return pl.concat_list(names).list.drop_nulls() if names else nothing

    def any_of(some: Sequence[Rule]) -> pl.Expr:
        return pl.any_horizontal(pl.lit(False), *(met[id(rule)] for rule in some))

    points = pl.sum_horizontal(
        pl.lit(0), *(met[id(rule)].cast(pl.Int32) * rule.weight for rule in scored)
    )
    return {
        "rules": listed(live),
        "shadow_rules": listed(shadow),
        "rule_code": first([(rule, rule.rule) for rule in first_named]),
        "severity": first([(rule, rule.severity) for rule in first_named]),
        "rule_points": pl.min_horizontal(points, pl.lit(MOST_POINTS)).cast(pl.Int16),
        "is_alert": any_of(live),
        "is_blocked": any_of(blocking),
    }


def _by_model(evaluated: pl.DataFrame, model: EventModel | None) -> pl.DataFrame:
    """Adds the model's chance and the combined score; nulls for what the model does not score."""
    missing = pl.lit(None, dtype=pl.Float64)
    if model is None:
        return evaluated.with_columns(
            fraud_probability=missing,
            combined_score=missing,
            is_model_alert=pl.lit(None, dtype=pl.Boolean),
        )
    rows = evaluated.with_row_index("row")
    payments = rows.filter("is_payment")
    found = chances(model, payments).rename({"is_alert": "is_model_alert"})
    found = payments.select("row").hstack(found)
    return rows.join(found, on="row", how="left", maintain_order="left")
