"""Contracts of consolidated subsidiaries: their capital, and the part eligible in the group.

Statements of subsidiaries, and the minority interests of
`finplatform.risk.reports.minority_interests`.
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

    report_date: date = column("Reference date of the statement.")
    subsidiary_id: str = column("Subsidiary.", **KEY)
    subsidiary_name: str = column("Name of the subsidiary.")
    cet1_amount: Money = column("CET1 of the subsidiary.", ge=0)
    tier1_amount: Money = column("Tier 1 of the subsidiary, CET1 included.", ge=0)
    total_amount: Money = column("Total capital of the subsidiary, Tier 1 included.", ge=0)
    third_party_cet1_amount: Money = column("CET1 held by third parties.", ge=0)
    third_party_tier1_amount: Money = column("Tier 1 held by third parties.", ge=0)
    third_party_total_amount: Money = column("Total capital held by third parties.", ge=0)
    risk_weighted_assets: Money = column("Risk-weighted assets of the subsidiary.", ge=0)
    consolidated_risk_weighted_assets: Money = column(
        "Risk-weighted assets of the group that relate to the subsidiary.", ge=0
    )
    currency: str = column("Currency of the amounts.", isin=ISO_4217_CURRENCIES)


class MinorityInterests(DatedReport):
    """One row per reporting date, subsidiary and tier."""

    subsidiary_id: str = column("Subsidiary.", **KEY)
    tier: str = column("Capital tier.", isin=list(TIERS))
    currency: str = currency_column()
    third_party_amount: Money = column("Capital of the tier held by third parties.")
    recognised_amount: Money = column("Eligible amount in the group's own funds.", ge=0)
    rules: str = column("Rule of the requirement that determines the surplus.")
    statement_date: date = column("Source statement.")


MINORITY_INTERESTS = gold_contract(
    "minority_interests",
    MinorityInterests,
    ("reporting_date", "subsidiary_id", "tier"),
    "reporting_date",
)
"""What of subsidiaries' capital counts in the group."""
