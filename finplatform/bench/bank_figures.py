"""Figures of the built bank against ranges of published aggregates of real banks.

The ranges, with source and date, are `finplatform/simulate/benchmarks.csv`. All figures are those
of the last month end with capital figures, flows those of the twelve months up to it.

Reads each figure from gold; the ranges are data.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

import psycopg

BENCHMARKS = resources.files("finplatform") / "simulate" / "benchmarks.csv"
TABLES = (
    "capital_adequacy", "credit_exposures", "expected_credit_loss", "fact_ledger",
    "fact_risk_metrics", "fact_transactions", "leverage", "loan_ledger_reconciliation",
    "market_risk",
)  # fmt: skip
"""Tables of gold that the figures are read from."""

_BASE = """
    last_month as (
        select max(reporting_date) as month_end from gold.capital_adequacy
    ),

    adequacy as (
        select capital_adequacy.*
        from gold.capital_adequacy
        inner join last_month on capital_adequacy.reporting_date = last_month.month_end
    ),

    book as (
        select metrics.*
        from gold.fact_risk_metrics as metrics
        inner join last_month on metrics.reporting_date = last_month.month_end
    ),

    followed as (
        select
            exposures.product_type,
            exists (
                select from gold.credit_exposures as later
                where
                    later.exposure_id = exposures.exposure_id
                    and later.is_defaulted
                    and later.reporting_date > exposures.reporting_date
                    and later.reporting_date <= last_month.month_end
            ) as has_fallen
        from gold.credit_exposures as exposures
        inner join last_month
            on
                exposures.reporting_date
                = (last_month.month_end + 1 - interval '12 months')::date - 1
        where not exposures.is_defaulted
    ),

    balances as (
        select
            coalesce(sum(natural_balance) filter (where account_type = 'ASSET'), 0) as assets,
            coalesce(sum(natural_balance) filter (where account_group = 'LOANS'), 0) as loans,
            sum(natural_balance) filter (where account_group = 'DEPOSITS') as deposits,
            sum(natural_balance) filter (
                where account_group in ('CASH', 'SECURITIES', 'TRADING_ASSETS')
            ) as liquid
        from gold.fact_ledger
        inner join last_month on fact_ledger.report_date = last_month.month_end
    ),

    entries as (
        select
            max(posted_allowance) filter (where reporting_date = last_month.month_end)
                as allowance,
            coalesce(
                sum(proposed_posting) filter (where reporting_date = last_month.month_end), 0
            )
            - coalesce(
                sum(proposed_posting) filter (where reporting_date < last_month.month_end), 0
            ) as charge
        from gold.loan_ledger_reconciliation
        cross join last_month
        where
            reporting_date in (
                last_month.month_end,
                (last_month.month_end + 1 - interval '12 months')::date - 1
            )
    ),

    year as (
        select fact_ledger.*
        from gold.fact_ledger
        inner join last_month
            on
                fact_ledger.report_date
                > (last_month.month_end + 1 - interval '12 months')::date - 1
                and fact_ledger.report_date <= last_month.month_end
    ),

    flows as (
        select
            sum(natural_movement) filter (where account_group = 'CREDIT_LOSS') as credit_losses,
            sum(natural_movement) filter (where account_group = 'OPERATING_EXPENSE') as cost,
            sum(natural_movement) filter (where account_group = 'TRADING_RESULT') as trading,
            sum(case when account_group = 'INTEREST_EXPENSE' then -1 else 1 end * natural_movement)
                filter (
                    where account_group in (
                        'INTEREST_INCOME', 'INTEREST_EXPENSE', 'FEE_INCOME', 'TRADING_RESULT'
                    )
                ) as income,
            sum(natural_balance) filter (where account_group = 'LOANS')
            / count(distinct report_date) as average_loans
        from year
    ),

    payments as (
        select
            transaction_type = 'CARD_PAYMENT' as is_card,
            sum(transaction_amount_abs) as amount,
            count(*) as number,
            coalesce(sum(transaction_amount_abs) filter (where is_fraud), 0) as fraud_amount,
            count(*) filter (where is_fraud) as fraud_number
        from gold.fact_transactions
        where transaction_type in ('CARD_PAYMENT', 'TRANSFER_OUT') and is_completed
        group by is_card
    )
"""

_FIGURES: Mapping[str, str] = {
    "default_rate": "select avg(has_fallen::int) from followed",
    "default_rate_mortgages": """
        select avg(has_fallen::int) from followed where product_type = 'MORTGAGE'
    """,
    "default_rate_consumer": """
        select avg(has_fallen::int) from followed
        where product_type in ('PERSONAL_LOAN', 'AUTO_LOAN', 'CREDIT_CARD')
    """,
    "defaulted_share": """
        select sum(drawn_amount) filter (where is_defaulted) / sum(drawn_amount) from book
    """,
    "months_without_default": """
        select avg((not has_default)::int)
        from (
            select bool_or(is_defaulted) as has_default
            from gold.credit_exposures group by reporting_date
        ) as months
    """,
    "mortgage_irb_weight": """
        select sum(irb_risk_weighted_assets) / sum(exposure_amount) from book
        where exposure_class = 'residential_mortgage' and not is_defaulted
    """,
    "irb_to_standardised": """
        select sum(irb_risk_weighted_assets) / sum(sa_risk_weighted_assets) from book
    """,
    "rwa_density": """
        select adequacy.risk_weighted_assets / balances.assets from adequacy cross join balances
    """,
    "cet1_ratio": "select cet1_ratio from adequacy",
    "leverage_ratio": """
        select leverage.leverage_ratio
        from gold.leverage
        inner join last_month on leverage.reporting_date = last_month.month_end
    """,
    "allowance_to_expected_loss": """
        select max(entries.allowance) / sum(losses.allowance)
        from gold.expected_credit_loss as losses
        inner join last_month on losses.reporting_date = last_month.month_end
        cross join entries
    """,
    "coverage": """
        select sum(losses.allowance) / sum(book.drawn_amount)
        from book
        inner join gold.expected_credit_loss as losses
            on
                book.exposure_id = losses.exposure_id
                and book.reporting_date = losses.reporting_date
        where book.is_defaulted
    """,
    "cost_of_risk": """
        select (flows.credit_losses + entries.charge) / flows.average_loans
        from flows cross join entries
    """,
    "shortfall_to_cet1": "select provision_shortfall / cet1_capital from adequacy",
    "loans_to_deposits": "select loans / deposits from balances",
    "liquid_share": "select liquid / assets from balances",
    "cost_to_income": "select cost / income from flows",
    "trading_to_var": """
        select abs(flows.trading) / (max(market_risk.value_at_risk) * sqrt(250))
        from gold.market_risk
        inner join last_month on market_risk.reporting_date = last_month.month_end
        cross join flows
        where market_risk.portfolio = 'TRADING_BOOK'
        group by flows.trading
    """,
    "operational_share": """
        select operational_risk_weighted_assets / risk_weighted_assets from adequacy
    """,
    "card_fraud_value": "select fraud_amount / amount from payments where is_card",
    "card_fraud_number": "select fraud_number::numeric / number from payments where is_card",
    "transfer_fraud_value": "select fraud_amount / amount from payments where not is_card",
    "card_exposure_to_limit": """
        select sum(exposure_amount) / sum(drawn_amount + undrawn_amount) from book
        where product_type = 'CREDIT_CARD' and not is_defaulted
    """,
}


@dataclass(frozen=True)
class BankFigure:
    """A figure of the bank and the range of real banks.

    Attributes:
        figure: Its name.
        description: Numerator and denominator.
        low: Lower end of the range, times `scale`.
        high: Upper end, times `scale`.
        source: Source of the range.
        published: Year and month of the source.
        scale: How many times as often as with real banks it is meant to happen: a small bank would
            have no fraud to learn from.
        value: Of this bank; None where it has no such figure.
    """

    figure: str
    description: str
    low: float
    high: float
    source: str
    published: str
    scale: float
    value: float | None

    @property
    def is_in_range(self) -> bool:
        """Whether the bank's figure lies between both ends, both included."""
        return self.value is not None and self.low <= self.value <= self.high


def benchmarks() -> list[dict[str, str]]:
    """Rows of the table of ranges."""
    return list(csv.DictReader(BENCHMARKS.read_text(encoding="utf-8").splitlines()))


def bank_figures(connection: psycopg.Connection[Any]) -> list[BankFigure]:
    """Figures of the bank in a database, in the order of the table of ranges.

    Args:
        connection: To the warehouse; rows are read as tuples.
    """
    columns = ", ".join(f"({query}) as {name}" for name, query in _FIGURES.items())
    row = connection.execute(f"with {_BASE} select {columns}".encode()).fetchone()
    values = dict(zip(_FIGURES, row or (), strict=True))
    return [
        BankFigure(
            figure=known["figure"],
            description=known["description"],
            low=float(known["low"]) * float(known["scale"]),
            high=float(known["high"]) * float(known["scale"]),
            source=known["source"],
            published=known["published"],
            scale=float(known["scale"]),
            value=None if values[known["figure"]] is None else float(values[known["figure"]]),
        )
        for known in benchmarks()
    ]
