"""The reconciliations of the bank: totals across layers, or against the source.

Does not belong here: the factory of checks (see `reconciliation`).
"""

from finplatform.orchestration.checks.reconciliation import ROWS, Reconciliation, same_totals, total

_LOSS_OF_LOANS = total("""
    expected_loss - coalesce(
        (
            select sum(slotted.expected_loss)
            from gold.fact_standardised_metrics as slotted
            where slotted.reporting_date = capital_adequacy.reporting_date
        ),
        0
    )
""")
"""Expected loss of `gold.capital_adequacy` without that of slotted loans (CRE33.8)."""

RECONCILIATIONS: tuple[Reconciliation, ...] = (
    Reconciliation(
        "gold",
        "fact_balances",
        "balances_equal_source",
        "Closing balances equal those that the core system reports with an account's changes, up to"
        " the first day that is not loaded.",
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
        "Every performing exposure has a score on its date.",
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
    same_totals(
        "gold.credit_exposures",
        "gold.fact_risk_metrics",
        {"rows": ROWS, "drawn": total("drawn_amount"), "undrawn": total("undrawn_amount")},
        name="metrics_equal_exposures",
        description=(
            "Exposures and amounts drawn and undrawn are those that the metrics were computed from."
        ),
        date_column="reporting_date",
    ),
    same_totals(
        "gold.fact_risk_metrics",
        "gold.capital_adequacy",
        {
            "exposures": (ROWS, total("exposures")),
            "expected loss": (total("expected_loss"), _LOSS_OF_LOANS),
            "standardised": total("sa_risk_weighted_assets"),
            "IRB": total("irb_risk_weighted_assets"),
        },
        name="capital_equals_exposures",
        description=(
            "Exposures, expected loss and weighted assets of a date are the sums of its exposures;"
            " slotted loans of the standardised book add their expected loss."
        ),
        date_column="reporting_date",
    ),
    Reconciliation(
        "gold",
        "pd_challenger_scores",
        "challenger_scores_cover_scores",
        "On dates with scores of the challenger, it has scored every exposure of the model in use.",
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
        "Every overridden grade is that of a decision valid on its date.",
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
        "fact_standardised_metrics",
        "wholesale_assets_equal_ledger",
        "On each month end of the ledger, its wholesale assets equal the drawn amount of the"
        " standardised book, less its provisions.",
        """
        with ledger as (
            select report_date, sum(natural_balance) as amount
            from gold.fact_ledger
            where account_group = 'WHOLESALE'
            group by report_date
        ),

        drawn as (
            select reporting_date, sum(drawn_amount - specific_provision) as amount
            from gold.fact_standardised_metrics where {window}
            group by reporting_date
        )

        select 'wholesale assets of ' || drawn.reporting_date as what,
            ledger.amount,
            drawn.amount
        from drawn
        inner join ledger on drawn.reporting_date = ledger.report_date
        order by drawn.reporting_date
        """,
        "reporting_date",
    ),
    Reconciliation(
        "gold",
        "standardised_parts",
        "parts_equal_their_exposures",
        "The parts of the standardised book add up to its exposures and to their standardised RWA.",
        """
        with parts as (
            select reporting_date, sum(amount) as amount, sum(risk_weighted_assets) as assets
            from gold.standardised_parts where {window}
            group by reporting_date
        ),

        measured as (
            select reporting_date, sum(sa_exposure_amount) as amount,
                sum(sa_risk_weighted_assets) as assets
            from gold.fact_standardised_metrics where {window}
            group by reporting_date
        )

        select 'exposures of ' || measured.reporting_date as what, measured.amount, parts.amount
        from measured
        inner join parts on measured.reporting_date = parts.reporting_date
        union all
        select 'RWA of ' || measured.reporting_date, measured.assets, parts.assets
        from measured
        inner join parts on measured.reporting_date = parts.reporting_date
        """,
        "reporting_date",
    ),
    Reconciliation(
        "gold",
        "loan_ledger_reconciliation",
        "loans_equal_ledger",
        "On each month end of the ledger, its loans equal the drawn exposures and overdrafts.",
        """
        with ledger as (
            select report_date, sum(natural_balance) as amount
            from gold.fact_ledger
            where account_group = 'LOANS'
            group by report_date
        ),

        drawn as (
            select reporting_date, sum(drawn_amount) as amount
            from gold.fact_risk_metrics where {window}
            group by reporting_date
        ),

        overdrawn as (
            select balances.balance_date, sum(greatest(-balances.closing_balance, 0)) as amount
            from gold.fact_balances as balances
            inner join gold.dim_account as accounts
                on balances.account_key = accounts.account_key
            where accounts.account_type <> 'CREDIT_CARD'
                and balances.balance_date in (select reporting_date from drawn)
            group by balances.balance_date
        )

        select 'loans of ' || drawn.reporting_date as what,
            ledger.amount,
            drawn.amount + coalesce(overdrawn.amount, 0)
        from drawn
        inner join ledger on drawn.reporting_date = ledger.report_date
        left join overdrawn on drawn.reporting_date = overdrawn.balance_date
        order by drawn.reporting_date
        """,
        "reporting_date",
    ),
    Reconciliation(
        "gold",
        "loan_ledger_reconciliation",
        "allowances_equal_ledger",
        "On each month end of the ledger, its allowance is the sum of specific provisions, and with"
        " the proposed entry it is the sum of expected credit losses.",
        """
        with ledger as (
            select report_date, -sum(natural_balance) as amount
            from gold.fact_ledger
            where account_group = 'ALLOWANCE'
            group by report_date
        ),

        proposed as (
            select reporting_date, proposed_posting
            from gold.loan_ledger_reconciliation where {window}
        ),

        provisions as (
            select reporting_date, sum(specific_provision) as amount
            from gold.credit_exposures where {window}
            group by reporting_date
        ),

        losses as (
            select reporting_date, sum(allowance) as amount
            from gold.expected_credit_loss where {window}
            group by reporting_date
        )

        select 'provisions of ' || provisions.reporting_date as what,
            ledger.amount,
            provisions.amount
        from provisions
        inner join ledger on provisions.reporting_date = ledger.report_date
        union all
        select 'expected losses of ' || losses.reporting_date,
            ledger.amount + proposed.proposed_posting,
            losses.amount
        from losses
        inner join ledger on losses.reporting_date = ledger.report_date
        inner join proposed on losses.reporting_date = proposed.reporting_date
        order by 1
        """,
        "reporting_date",
    ),
)
"""All reconciliations."""
