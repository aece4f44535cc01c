"""Contracts of the standardised book: exposures, protection and their results.

Received exposures outside of the loans of the core system, and their results in
`finplatform.risk.reports.standardised`. Risk weights are in `finplatform.risk`.
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
    counterparty_id: str = column(
        "Debtor, issuer or investee; connected companies share one id.", **KEY
    )
    counterparty_name: str = column("Name of the counterparty.")
    country: str = column(
        "ISO 3166-1 alpha-2 country of the counterparty.", str_matches=r"^[A-Z]{2}$"
    )
    exposure_class: str = column("Class of the standardised approach (CRE20).", isin=_CLASSES)
    currency: str = column("Currency of the contract.", isin=ISO_4217_CURRENCIES)
    drawn_amount: Money = column("Book value before provisions, in the bank's currency.", ge=0)
    undrawn_amount: Money = column("Undrawn commitment, in the bank's currency.", ge=0)
    specific_provision: Money = column("Specific provision for the exposure.", ge=0)
    off_balance_kind: str = _choice(
        "Type of the off-balance-sheet item (CRE20.94).", list(OFF_BALANCE_KINDS)
    )
    start_date: date = column("First day of the contract.")
    maturity_date: date = column("Last day of the contract; null without one.", nullable=True)
    is_defaulted: bool = column("Whether it is in default (CRE20.104).")
    rating: str = _choice("External rating of the debtor, or of the issue of a bond.", _RATINGS)
    sovereign_rating: str = _choice(
        "External rating of the sovereign of a public body or bank.", _RATINGS
    )
    issuer_rating: str = _choice("External rating of a covered bond's issuing bank.", _RATINGS)
    bank_grade: str = _choice("Internal grade of a bank without an external rating.", _GRADES)
    turnover_eur_m: Turnover = column("Yearly sales of the group.", ge=0, nullable=True)
    property_value: Money = column("Value of the property at origination.", gt=0, nullable=True)
    lending_kind: str = _choice(
        "Kind of specialised lending (CRE20.49).", [kind.value for kind in LendingKind]
    )
    slotting_category: str = _choice(
        "Supervisory category; null where the loan is not slotted (CRE33.2).",
        [category.value for category in SlottingCategory],
    )
    is_own_currency: bool = column("Whether it is sovereign debt in its own currency (CRE20.8).")
    is_foreign_currency: bool = column(
        "Whether it is a claim on a bank in a foreign currency (CRE20.31)."
    )
    is_treated_as_sovereign: bool = column(
        "Whether the public body is treated as its sovereign (CRE20.12)."
    )
    is_by_sovereign: bool = column(
        "Whether the public body is weighted by the rating of its sovereign (CRE20.11)."
    )
    is_listed_multilateral: bool = column(
        "Whether the development bank is on the Committee's list (CRE20.14)."
    )
    is_high_quality: bool = column("Whether it is a high-quality project in operation (CRE20.52).")
    is_speculative: bool = column("Whether it is speculative unlisted equity (CRE20.58).")
    is_listed: bool = column("Whether the equity is traded on an exchange.")
    is_legislated: bool = column("Whether the equity belongs to a legislated programme (CRE20.59).")
    is_cash_flow_dependent: bool = column(
        "Whether repayment depends on cash flows of the property (CRE20.79)."
    )
    is_split: bool = column("Whether the loan is split at 55% of the property value (CRE20.86).")
    is_individual: bool = column("Whether the debtor is an individual.")
    is_presold: bool = column("Whether the residential development is pre-sold (CRE20.91).")
    is_transactor: bool = column(
        "Whether the cardholder is a transactor who repays in full each month (CRE20.66)."
    )
    has_currency_mismatch: bool = column(
        "Whether the borrower's income is in another currency (CRE20.92)."
    )


class CreditProtection(pa.DataFrameModel):
    """One row per protection of an exposure and month end."""

    report_date: date = column("Last day of the month.")
    protection_id: str = column("Protection.", **KEY)
    exposure_id: str = column("Exposure that it protects.", **KEY)
    protection_kind: str = column("Type of the protection (CRE22).", isin=list(PROTECTION_KINDS))
    currency: str = column("Currency of the protection.", isin=ISO_4217_CURRENCIES)
    amount: Money = column("Current value, in the bank's currency.", ge=0)
    transaction_kind: str = column(
        "Type of the secured transaction (CRE22.57).", isin=list(TRANSACTIONS)
    )
    revaluation_days: float = column("Business days between revaluations.", ge=1)
    start_date: date = column("First day of the protection.")
    end_date: date = column(
        "Last day of the protection; null if it lasts as long as the exposure.", nullable=True
    )
    instrument_maturity_date: date = column("Maturity of a pledged security.", nullable=True)
    provider_class: str = _choice("Class of the guarantor or issuer (CRE20).", _CLASSES)
    provider_rating: str = _choice("External rating of the guarantor or issuer.", _RATINGS)
    provider_grade: str = _choice("Internal grade of a bank without an external rating.", _GRADES)
    is_own_currency: bool = column(
        "Whether it is a sovereign's protection in its own currency (CRE20.8)."
    )
    covers_restructuring: bool = column("Whether restructuring is a credit event (CRE22.74).")
    first_loss_amount: Money = column("First-loss amount borne by the bank (CRE22.78).", ge=0)


class FactStandardisedMetrics(DatedReport):
    """One row per exposure of the standardised book and reporting date."""

    exposure_id: str = column("Exposure.", **KEY)
    counterparty_id: str = column("Debtor, issuer or investee.", **KEY)
    country: str = column("Country of the counterparty.")
    exposure_class: str = column("Class of the standardised approach (CRE20).", isin=_CLASSES)
    is_defaulted: bool = column("Whether it is in default (CRE20.104).")
    approach: str = column(
        "Approach in use: IRB for slotted loans (CRE33) and equity (CRE90.2).",
        isin=list(APPROACHES),
    )
    currency: str = currency_column()
    drawn_amount: Money = column("Book value before provisions.", ge=0)
    undrawn_amount: Money = column("Undrawn commitment.", ge=0)
    specific_provision: Money = column("Specific provision for the exposure.", ge=0)
    off_balance_amount: Money = column("Undrawn part after conversion (CRE20.94).", ge=0)
    exposure_amount: Money = column("Exposure at default by the approach in use.", ge=0)
    sa_exposure_amount: Money = column("Exposure net of provisions (CRE20.1).", ge=0)
    protected_amount: Money = column("Part of the exposure covered by protection (CRE22).", ge=0)
    debtor_weight: float = column("Weight without protection, as a fraction.", ge=0)
    sa_risk_weight: float = column("Standardised weight after protection.", ge=0)
    sa_risk_weighted_assets: Money = column("RWA, standardised approach.", ge=0)
    risk_weight: float = column("Weight by the approach in use.", ge=0)
    risk_weighted_assets: Money = column("RWA by the approach in use, before the floor.", ge=0)
    expected_loss: Money = column("Expected loss of a slotted loan (CRE33.8).", ge=0)
    capital_requirement: Money = column(
        "Capital requirement: 8% of the RWA by the approach in use (RBC20.1).", ge=0
    )
    sa_rules: str = column("Ids of the rules of the standardised approach.")
    rules: str = column("Ids of the rules of the approach in use.")


class StandardisedParts(DatedReport):
    """One row per reporting date, exposure of the standardised book and part of it."""

    exposure_id: str = column("Exposure.", **KEY)
    part: pl.Int16 = column("Sequence number of the part.", ge=1)
    exposure_class: str = column("Class of the exposure.", isin=_CLASSES)
    is_defaulted: bool = column("Whether the exposure is in default.")
    approach: str = column("Approach in use for the exposure.", isin=list(APPROACHES))
    part_kind: str = column("Type of the protection.", isin=list(PARTS))
    protection_id: str = column("Protection of the part; null if unprotected.", nullable=True)
    currency: str = currency_column()
    amount: Money = column("Amount of the part; parts add up to the exposure.", ge=0)
    risk_weight: float = column("Weight of the part, as a fraction.", ge=0)
    risk_weighted_assets: Money = column("Amount times weight.", ge=0)
    rules: str = column("Ids of the rules of the part.")


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
