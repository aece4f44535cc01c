"""Contracts of the standardised book: exposures and their protection, as delivered and measured.

Belongs here: what a source states of an exposure that is no loan of the core system, and what
`finplatform.risk.reports.standardised` makes of it. The weights are `finplatform.risk`'s.
"""

from collections.abc import Mapping
from datetime import date

import pandera.polars as pa
import polars as pl

from finplatform.contracts.codes import ISO_4217_CURRENCIES
from finplatform.contracts.columns import Money, Turnover, column
from finplatform.contracts.contract import Contract
from finplatform.contracts.entities import KEY
from finplatform.contracts.python_made import gold_contract
from finplatform.contracts.report_columns import DatedReport, currency_column
from finplatform.risk.asset_classes import QUALITY_STEPS, AssetClass
from finplatform.risk.institutions import BankGrade
from finplatform.risk.mitigation import TRANSACTIONS
from finplatform.risk.protection import PARTS, PROTECTION_KINDS
from finplatform.risk.specialised import LendingKind, SlottingCategory
from finplatform.risk.standardised_book import APPROACHES
from finplatform.risk.standardised_checks import OFF_BALANCE_KINDS

_CLASSES = [member.value for member in AssetClass]
_GRADES = [grade.value for grade in BankGrade]
_RATINGS = list(QUALITY_STEPS)


def _choice(description: str, values: list[str]) -> str:
    """A code that may be missing."""
    found: str = column(description, isin=values, nullable=True)
    return found


class StandardisedExposures(pa.DataFrameModel):
    """One row per exposure outside of the loan book and month end."""

    report_date: date = column("Last day of the month.")
    exposure_id: str = column("Exposure.", **KEY)
    counterparty_id: str = column("Debtor, issuer or company held; a group shares one.", **KEY)
    counterparty_name: str = column("Its name.")
    country: str = column("Its ISO 3166-1 alpha-2 country.", str_matches=r"^[A-Z]{2}$")
    exposure_class: str = column("Class of the standardised approach (CRE20).", isin=_CLASSES)
    currency: str = column("Currency of the contract.", isin=ISO_4217_CURRENCIES)
    drawn_amount: Money = column("Book value before provisions, in the bank's currency.", ge=0)
    undrawn_amount: Money = column("Committed, not drawn, in the bank's currency.", ge=0)
    specific_provision: Money = column("Specific provision held against it.", ge=0)
    off_balance_kind: str = _choice("What the undrawn part is (CRE20.94).", list(OFF_BALANCE_KINDS))
    start_date: date = column("First day of the contract.")
    maturity_date: date = column("Last day of the contract; null without one.", nullable=True)
    is_defaulted: bool = column("Whether it is in default (CRE20.104).")
    rating: str = _choice("External rating of the debtor, or of the issue of a bond.", _RATINGS)
    sovereign_rating: str = _choice(
        "External rating of a public body's or a bank's sovereign.", _RATINGS
    )
    issuer_rating: str = _choice("External rating of a covered bond's issuing bank.", _RATINGS)
    bank_grade: str = _choice("The bank's own grade of a bank without a rating.", _GRADES)
    turnover_eur_m: Turnover = column("Yearly sales of the group.", ge=0, nullable=True)
    property_value: Money = column("Value of the property at origination.", gt=0, nullable=True)
    lending_kind: str = _choice(
        "Kind of specialised lending (CRE20.49).", [kind.value for kind in LendingKind]
    )
    slotting_category: str = _choice(
        "Supervisory category; null where the loan is not slotted (CRE33.2).",
        [category.value for category in SlottingCategory],
    )
    is_own_currency: bool = column("Sovereign debt in its own currency (CRE20.8).")
    is_foreign_currency: bool = column(
        "Claim on a bank in another currency than its country's (CRE20.31)."
    )
    is_treated_as_sovereign: bool = column("Public body that stands for its sovereign (CRE20.12).")
    is_by_sovereign: bool = column("Public body weighed by its sovereign's rating (CRE20.11).")
    is_listed_multilateral: bool = column("Development bank on the Committee's list (CRE20.14).")
    is_high_quality: bool = column("High-quality project in operation (CRE20.52).")
    is_speculative: bool = column("Speculative unlisted equity (CRE20.58).")
    is_listed: bool = column("Equity traded on an exchange.")
    is_legislated: bool = column("Equity of a legislated programme (CRE20.59).")
    is_cash_flow_dependent: bool = column("Property whose rent repays the loan (CRE20.79).")
    is_split: bool = column("Loan split at 55% of the property's value (CRE20.86).")
    is_individual: bool = column("The debtor is a person.")
    is_presold: bool = column("Residential development sold before (CRE20.91).")
    is_transactor: bool = column("Card repaid in full each month (CRE20.66).")
    has_currency_mismatch: bool = column("Person who earns in another currency (CRE20.92).")


class CreditProtection(pa.DataFrameModel):
    """One row per protection of an exposure and month end."""

    report_date: date = column("Last day of the month.")
    protection_id: str = column("Protection.", **KEY)
    exposure_id: str = column("Exposure that it protects.", **KEY)
    protection_kind: str = column("What it is (CRE22).", isin=list(PROTECTION_KINDS))
    currency: str = column("Currency of the protection.", isin=ISO_4217_CURRENCIES)
    amount: Money = column("Current value, in the bank's currency.", ge=0)
    transaction_kind: str = column(
        "Kind of transaction that it secures (CRE22.57).", isin=list(TRANSACTIONS)
    )
    revaluation_days: float = column("Business days between revaluations.", ge=1)
    start_date: date = column("First day of the protection.")
    end_date: date = column("Its last day; null: as long as the exposure.", nullable=True)
    instrument_maturity_date: date = column("Maturity of a pledged security.", nullable=True)
    provider_class: str = _choice("Class of the guarantor or issuer (CRE20).", _CLASSES)
    provider_rating: str = _choice("Its external rating.", _RATINGS)
    provider_grade: str = _choice("The bank's own grade of a bank without one.", _GRADES)
    is_own_currency: bool = column("A sovereign's in its own currency (CRE20.8).")
    covers_restructuring: bool = column("Whether restructuring is a credit event (CRE22.74).")
    first_loss_amount: Money = column("Loss that the bank bears first (CRE22.78).", ge=0)


class FactStandardisedMetrics(DatedReport):
    """One row per exposure of the standardised book and reporting date."""

    exposure_id: str = column("Exposure.", **KEY)
    counterparty_id: str = column("Debtor, issuer or company held.", **KEY)
    country: str = column("Its country.")
    exposure_class: str = column("Class of the standardised approach (CRE20).", isin=_CLASSES)
    is_defaulted: bool = column("Whether it is in default (CRE20.104).")
    approach: str = column(
        "Approach in use: IRB for slotted loans (CRE33) and equity (CRE90.2).",
        isin=list(APPROACHES),
    )
    currency: str = currency_column()
    drawn_amount: Money = column("Book value before provisions.", ge=0)
    undrawn_amount: Money = column("Committed, not drawn.", ge=0)
    specific_provision: Money = column("Specific provision held against it.", ge=0)
    off_balance_amount: Money = column("Undrawn part after conversion (CRE20.94).", ge=0)
    exposure_amount: Money = column("Exposure by the approach in use.", ge=0)
    sa_exposure_amount: Money = column("Exposure net of provisions (CRE20.1).", ge=0)
    protected_amount: Money = column("Part of it that protection covers (CRE22).", ge=0)
    debtor_weight: float = column("Weight without protection, as a fraction.", ge=0)
    sa_risk_weight: float = column("Standardised weight after protection.", ge=0)
    sa_risk_weighted_assets: Money = column("RWA, standardised approach.", ge=0)
    risk_weight: float = column("Weight by the approach in use.", ge=0)
    risk_weighted_assets: Money = column("RWA by the approach in use, before the floor.", ge=0)
    expected_loss: Money = column("Expected loss of a slotted loan (CRE33.8).", ge=0)
    capital_requirement: Money = column("8% of the RWA in use (RBC20.1).", ge=0)
    sa_rules: str = column("Rules of the standardised figures, by id.")
    rules: str = column("Rules of the approach in use, by id.")


class StandardisedParts(DatedReport):
    """One row per reporting date, exposure of the standardised book and part of it."""

    exposure_id: str = column("Exposure.", **KEY)
    part: pl.Int16 = column("Number of the part.", ge=1)
    exposure_class: str = column("Class of the exposure.", isin=_CLASSES)
    is_defaulted: bool = column("Whether the exposure is in default.")
    approach: str = column("Approach in use for the exposure.", isin=list(APPROACHES))
    part_kind: str = column("What covers the part.", isin=list(PARTS))
    protection_id: str = column("Protection of the part; null where none.", nullable=True)
    currency: str = currency_column()
    amount: Money = column("Part of the exposure; parts add up to it.", ge=0)
    risk_weight: float = column("Weight of the part, as a fraction.", ge=0)
    risk_weighted_assets: Money = column("Amount times weight.", ge=0)
    rules: str = column("Rules of the part, by id.")


STANDARDISED: Mapping[str, Contract] = {
    contract.table: contract
    for contract in (
        gold_contract(
            "fact_standardised_metrics",
            FactStandardisedMetrics,
            ("reporting_date", "exposure_id"),
            "reporting_date",
        ),
        gold_contract(
            "standardised_parts",
            StandardisedParts,
            ("reporting_date", "exposure_id", "part"),
            "reporting_date",
        ),
    )
}
"""Tables of the measured book by name."""
