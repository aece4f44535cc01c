"""Contracts of consolidated subsidiaries: their capital, and what of it counts in the group.

Belongs here: the statement of each subsidiary, and the minority interests that
`finplatform.risk.reports.minority_interests` makes of it.
"""

from datetime import date

import pandera.polars as pa

from finplatform.contracts.codes import ISO_4217_CURRENCIES
from finplatform.contracts.columns import Money, column
from finplatform.contracts.entities import KEY
from finplatform.contracts.python_made import gold_contract
from finplatform.contracts.report_columns import DatedReport, currency_column
from finplatform.risk.reports.own_funds import TIERS


class SubsidiaryCapital(pa.DataFrameModel):
    """One row per consolidated subsidiary with third-party holders and month end."""

    report_date: date = column("Day that the statement describes.")
    subsidiary_id: str = column("Subsidiary.", **KEY)
    subsidiary_name: str = column("Its name.")
    cet1_amount: Money = column("Its CET1.", ge=0)
    tier1_amount: Money = column("Its Tier 1, CET1 included.", ge=0)
    total_amount: Money = column("Its total capital, Tier 1 included.", ge=0)
    third_party_cet1_amount: Money = column("CET1 that third parties hold.", ge=0)
    third_party_tier1_amount: Money = column("Tier 1 that third parties hold.", ge=0)
    third_party_total_amount: Money = column("Total capital that third parties hold.", ge=0)
    risk_weighted_assets: Money = column("Its risk-weighted assets.", ge=0)
    consolidated_risk_weighted_assets: Money = column(
        "Risk-weighted assets of the group that relate to it.", ge=0
    )
    currency: str = column("Currency of the amounts.", isin=ISO_4217_CURRENCIES)


class MinorityInterests(DatedReport):
    """One row per reporting date, subsidiary and tier."""

    subsidiary_id: str = column("Subsidiary.", **KEY)
    tier: str = column("Tier that the capital counts in.", isin=list(TIERS))
    currency: str = currency_column()
    third_party_amount: Money = column("Capital of the tier that third parties hold.")
    recognised_amount: Money = column("What of it counts in the group.", ge=0)
    rules: str = column("Rule of the requirement that the surplus is above.")
    statement_date: date = column("Statement that it is from.")


MINORITY_INTERESTS = gold_contract(
    "minority_interests",
    MinorityInterests,
    ("reporting_date", "subsidiary_id", "tier"),
    "reporting_date",
)
"""What of subsidiaries' capital counts in the group."""
