"""The check of the fraud rules: the precision of each live rule meets the minimum.

Does not belong here: the minimum, and the figures of other days, which are in
`finplatform.streaming.fraud.backtest`.
"""

from collections.abc import Sequence

import dagster as dg
import polars as pl

from finplatform.ml.fraud import EMBARGO_DAYS
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.resources.warehouse import WarehouseResource
from finplatform.settings import Settings
from finplatform.streaming.fraud.backtest import Figures
from finplatform.streaming.fraud.rules import LEAST_PRECISION, Kind, Mode, Rule, load_rules
from finplatform.warehouse import bulk

CHECK_NAME = "live_rules_are_precise"

# Most investigations of the last days are still open.
COUNTS = f"""
    with confirmed as (
        select distinct alerts.transaction_id
        from silver.stg_fraud_alerts as alerts
        where alerts.outcome = 'CONFIRMED_FRAUD'
    ),
    met as (
        select verdicts.rules, verdicts.amount_usd,
            confirmed.transaction_id is not null as is_fraud
        from gold.fraud_verdicts as verdicts
        left join confirmed on verdicts.transaction_id = confirmed.transaction_id
        where verdicts.is_alert
            and verdicts.transaction_date <= (
                select max(latest.transaction_date) - {EMBARGO_DAYS}
                from gold.fraud_verdicts as latest
            )
    )
    select rules.rule, count(*) as alerts, count(*) filter (where met.is_fraud) as frauds,
        coalesce(sum(met.amount_usd), 0)::double precision as value,
        coalesce(sum(met.amount_usd) filter (where met.is_fraud), 0)::double precision
            as fraud_value,
        (select count(*) from confirmed) as all_frauds
    from met
    cross join lateral string_to_table(met.rules, ',') as rules (rule)
    group by rules.rule
"""


def build_fraud_rules_check() -> dg.AssetChecksDefinition:
    """The check of the live rules, which is not blocking."""

    @dg.asset_check(
        asset=key("gold", "fraud_verdicts"),
        name=CHECK_NAME,
        description=(
            f"Of the alerts of each live fraud rule, at least {LEAST_PRECISION:.0%} were confirmed"
            " as fraud; rules with few alerts and exempt rules are not evaluated."
        ),
        additional_deps=[key("silver", "stg_fraud_alerts")],
    )
    def check(
        warehouse: WarehouseResource, settings: dg.ResourceParam[Settings]
    ) -> dg.AssetCheckResult:
        with bulk.connect(warehouse.url) as connection:
            counts = bulk.read_frame(connection, COUNTS)
        return rules_result(counts, load_rules(settings.fraud_rules_file))

    return check


def rules_result(counts: pl.DataFrame, rules: Sequence[Rule]) -> dg.AssetCheckResult:
    """Check result of the counts: the precision of each live rule; names those below the minimum.

    Args:
        counts: Result of `COUNTS`.
        rules: The rules.
    """
    bound = {
        rule.rule
        for rule in rules
        if rule.mode is Mode.LIVE and rule.kind is Kind.FRAUD and rule.exempt is None
    }
    found = [
        Figures(
            mode=Mode.LIVE,
            severity="",
            is_bound=row["rule"] in bound,
            all_fraud_value=row["fraud_value"],
            **row,
        )
        for row in counts.sort("rule").to_dicts()
    ]
    short = [one.rule for one in found if one.is_too_imprecise]
    lines = [f"| {one.rule} | {one.alerts} | {one.precision or 0:.1%} |" for one in found]
    table = "\n".join(["| rule | alerts | confirmed |", "|---|---|---|", *lines])
    return dg.AssetCheckResult(
        passed=not short,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={"rules": dg.MetadataValue.md(table)},
        description=(
            f"Fewer than {LEAST_PRECISION:.0%} of the alerts are fraud: {', '.join(short)}."
            " Put the rule into shadow mode, or make its condition narrower."
            if short
            else "Every evaluated live rule meets the minimum precision."
        ),
    )
