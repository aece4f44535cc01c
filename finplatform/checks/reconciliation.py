"""Reconciliations: two independent roads to the same total.

Each is a query that returns `what`, `left_total`, `right_total` and passes when the totals are
equal to the last cent. Belongs here: totals that span layers or come from the source itself. What
one dbt model promises about another is a dbt test.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import dagster as dg

from finplatform.partitions import window_of_tags
from finplatform.resources.warehouse import WarehouseResource
from finplatform.taxonomy import key
from finplatform.windows import Window


@dataclass(frozen=True)
class Reconciliation:
    """One reconciliation.

    Attributes:
        schema: Schema of the asset that it judges.
        table: Table of the asset.
        name: Name of the check.
        description: What must be equal, in words.
        query: SQL with `{window}` where a condition on `date_column` goes.
        date_column: Column that the window is cut by.
    """

    schema: str
    table: str
    name: str
    description: str
    query: str
    date_column: str

    def sql(self, window: Window | None) -> str:
        """The query for a window, or for all days."""
        condition = window.predicate(self.date_column) if window else "true"
        return self.query.format(window=condition)


RECONCILIATIONS: tuple[Reconciliation, ...] = (
    Reconciliation(
        "silver",
        "stg_transactions",
        "bronze_equals_silver",
        "Rows and amounts of the window are the same in bronze and silver.",
        """
        select 'rows' as what,
            (select count(*) from bronze.transactions where {window}),
            (select count(*) from silver.stg_transactions where {window})
        union all
        select 'amount',
            (select coalesce(sum(amount), 0) from bronze.transactions where {window}),
            (select coalesce(sum(amount), 0) from silver.stg_transactions where {window})
        """,
        "transaction_date",
    ),
    Reconciliation(
        "gold",
        "fact_transactions",
        "silver_equals_fact",
        "Rows, amounts and fees of the window are the same in silver and the fact.",
        """
        select 'rows' as what,
            (select count(*) from silver.stg_transactions where {window}),
            (select count(*) from gold.fact_transactions where {window})
        union all
        select 'amount',
            (select coalesce(sum(amount), 0) from silver.stg_transactions where {window}),
            (select coalesce(sum(amount), 0) from gold.fact_transactions where {window})
        union all
        select 'fees',
            (select coalesce(sum(fees), 0) from silver.stg_transactions where {window}),
            (select coalesce(sum(fees), 0) from gold.fact_transactions where {window})
        """,
        "transaction_date",
    ),
    Reconciliation(
        "gold",
        "fact_balances",
        "balances_equal_source",
        "Closing balances are those that the core system reports with an account's changes, up to"
        " the first day that has not been loaded.",
        """
        with loaded_until as (
            select coalesce(min(days.day), 'infinity'::timestamp) as first_gap
            from generate_series(
                (select min(_changed_at)::date from bronze.accounts),
                (select max(balance_date) from gold.fact_balances),
                interval '1 day'
            ) as days (day)
            where not exists (
                select from ops.loads
                where
                    loads.table_name = 'transactions'
                    and days.day >= loads.window_start
                    and days.day < loads.window_end
            )
        ),

        reported as (
            select distinct on (account_id, _changed_at::date)
                account_id,
                _changed_at::date as balance_date,
                balance
            from bronze.accounts
            where _op in ('c', 'u') and balance is not null
            order by account_id, _changed_at::date, _changed_at desc, _lsn desc
        ),

        compared as (
            select reported.balance, balances.closing_balance
            from reported
            inner join gold.fact_balances as balances using (account_id, balance_date)
            where {window} and balance_date < (select first_gap from loaded_until)
        )

        select 'accounts that differ' as what,
            count(*) filter (where balance <> closing_balance), 0
        from compared
        """,
        "balance_date",
    ),
    Reconciliation(
        "gold",
        "fact_settlements",
        "settlements_equal_payments",
        "Settlements count and sum the payments that name them, where all days of their period have"
        " been loaded.",
        """
        with loaded as (
            select range_agg(daterange(window_start, window_end)) as days
            from ops.loads
            where table_name = 'payments'
        ),

        settlements as (
            select
                settlement_id, payment_count, gross_amount, commission_amount
            from gold.fact_settlements
            where
                {window}
                and daterange(period_start_date, period_end_date, '[]')
                <@ (select days from loaded)
        ),

        paid as (
            select
                settlement_id,
                count(*) as payment_count,
                sum(amount) as gross_amount,
                sum(commission_amount) as commission_amount
            from bronze.payments
            where status = 'SUCCESS' and settlement_id in (select settlement_id from settlements)
            group by settlement_id
        )

        select 'settlements that differ' as what, count(*), 0
        from settlements
        left join paid using (settlement_id)
        where
            (settlements.payment_count, settlements.gross_amount, settlements.commission_amount)
            is distinct from
            (paid.payment_count, paid.gross_amount, paid.commission_amount)
        """,
        "cutoff_date",
    ),
    Reconciliation(
        "gold",
        "pd_scores",
        "scores_cover_performing_exposures",
        "Every exposure that is not in default has a score on its date.",
        """
        select 'exposures without score' as what,
            (
                select count(*)
                from gold.credit_exposures as exposures
                where {window} and not is_defaulted and not exists (
                    select from gold.pd_scores as scores
                    where
                        scores.exposure_id = exposures.exposure_id
                        and scores.observation_date = exposures.reporting_date
                )
            ),
            0
        """,
        "reporting_date",
    ),
    Reconciliation(
        "gold",
        "pd_challenger_scores",
        "challenger_scores_cover_scores",
        "Where a challenger has scored, it has scored all that the model in use has.",
        """
        select 'scores without the challenger' as what,
            (
                select count(*)
                from gold.pd_scores as scores
                where {window} and exists (
                    select from gold.pd_challenger_scores as others where {window}
                ) and not exists (
                    select from gold.pd_challenger_scores as others
                    where
                        others.exposure_id = scores.exposure_id
                        and others.observation_date = scores.observation_date
                )
            ),
            0
        """,
        "observation_date",
    ),
    Reconciliation(
        "gold",
        "pd_grades",
        "overridden_grades_follow_a_decision",
        "Every grade that is not the model's is that of a decision which held on its date.",
        """
        select 'grades without a decision' as what,
            (
                select count(*)
                from gold.pd_grades as grades
                where {window}
                    and (grades.override_id is not null or grades.grade <> grades.model_grade)
                    and not exists (
                        select from silver.stg_grade_overrides as decisions
                        where
                            decisions.override_id = grades.override_id
                            and decisions.exposure_id = grades.exposure_id
                            and decisions.to_grade = grades.grade
                            and grades.observation_date
                            between decisions.decided_date and decisions.valid_until
                    )
            ),
            0
        """,
        "observation_date",
    ),
    Reconciliation(
        "gold",
        "fact_risk_metrics",
        "metrics_equal_exposures",
        "Exposures and amounts drawn and undrawn are those that the metrics were computed from.",
        """
        select 'rows' as what,
            (select count(*) from gold.credit_exposures where {window}),
            (select count(*) from gold.fact_risk_metrics where {window})
        union all
        select 'drawn',
            (select coalesce(sum(drawn_amount), 0) from gold.credit_exposures where {window}),
            (select coalesce(sum(drawn_amount), 0) from gold.fact_risk_metrics where {window})
        union all
        select 'undrawn',
            (select coalesce(sum(undrawn_amount), 0) from gold.credit_exposures where {window}),
            (select coalesce(sum(undrawn_amount), 0) from gold.fact_risk_metrics where {window})
        """,
        "reporting_date",
    ),
    Reconciliation(
        "gold",
        "capital_adequacy",
        "capital_equals_exposures",
        "Exposures, expected loss and weighted assets of a date are the sums of its exposures.",
        """
        select 'exposures' as what,
            (select count(*) from gold.fact_risk_metrics where {window}),
            (select coalesce(sum(exposures), 0) from gold.capital_adequacy where {window})
        union all
        select 'expected loss',
            (select coalesce(sum(expected_loss), 0) from gold.fact_risk_metrics where {window}),
            (select coalesce(sum(expected_loss), 0) from gold.capital_adequacy where {window})
        union all
        select 'standardised',
            (
                select coalesce(sum(sa_risk_weighted_assets), 0)
                from gold.fact_risk_metrics where {window}
            ),
            (
                select coalesce(sum(sa_risk_weighted_assets), 0)
                from gold.capital_adequacy where {window}
            )
        union all
        select 'IRB',
            (
                select coalesce(sum(irb_risk_weighted_assets), 0)
                from gold.fact_risk_metrics where {window}
            ),
            (
                select coalesce(sum(irb_risk_weighted_assets), 0)
                from gold.capital_adequacy where {window}
            )
        """,
        "reporting_date",
    ),
)
"""All reconciliations."""


def build_reconciliation_checks(
    reconciliations: Sequence[Reconciliation] = RECONCILIATIONS,
) -> list[dg.AssetChecksDefinition]:
    """One blocking check per reconciliation."""
    return [_check(reconciliation) for reconciliation in reconciliations]


def totals(
    warehouse: WarehouseResource, query: str
) -> list[tuple[str, Decimal | int, Decimal | int]]:
    """Rows of a reconciliation query: what, left total, right total."""
    with warehouse.warehouse.connect() as connection:
        return connection.execute(query.encode()).fetchall()


def _check(reconciliation: Reconciliation) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=key(reconciliation.schema, reconciliation.table),
        name=reconciliation.name,
        blocking=True,
        description=reconciliation.description,
    )
    def check(
        context: dg.AssetCheckExecutionContext, warehouse: WarehouseResource
    ) -> dg.AssetCheckResult:
        found = totals(warehouse, reconciliation.sql(window_of_tags(context.run.tags)))
        different = [row for row in found if row[1] != row[2]]
        return dg.AssetCheckResult(
            passed=not different,
            metadata={
                what: dg.MetadataValue.text(f"{left} / {right}") for what, left, right in found
            },
            description=(
                "; ".join(f"{what}: {left} is not {right}" for what, left, right in different)
                or "All totals agree."
            ),
        )

    return check
