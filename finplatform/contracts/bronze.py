"""The bronze layer's contracts: every source table by name, received and stored.

Assembles the received models into `SourceContract`s and adds the columns written by the platform.
The columns of each source are in the modules of the domains.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime

import pandera.polars as pa
import polars as pl

from finplatform.contracts import (
    development,
    due_diligence,
    entities,
    events,
    market,
    oversight,
    payments,
    rating,
    relations,
    standardised,
    subsidiaries,
)
from finplatform.contracts.columns import Identifier
from finplatform.contracts.contract import (
    Contract,
    Kind,
    Shrinkage,
    SourceContract,
    column_metadata,
    dtype_of,
)
from finplatform.contracts.treatment import BIRTH_YEARS, stored_columns

SCHEMA = "bronze"

_UTC = pl.Datetime("us", "UTC")

_PLAUSIBLE_YEARS = (1800, 2199)
"""First and last year of dates in a bank's data."""

LOG_COLUMNS: Mapping[str, pa.Column] = {
    "_op": pa.Column(
        pl.String,
        checks=[pa.Check.isin(["r", "c", "u", "d"])],
        description="Debezium operation: r snapshot, c create, u update, d delete.",
    ),
    "_changed_at": pa.Column(_UTC, description="Instant of the change in the source."),
    "_lsn": pa.Column(pl.Int64, description="Position of the change in the source's log."),
    "_loaded_at": pa.Column(
        _UTC, description="Instant at which the row was stored in the warehouse."
    ),
    "_batch_id": pa.Column(pl.String, description="Load of the row, in `ops.loads`."),
}
"""What the platform adds to each row of an entity log."""


def _identity_column() -> pa.Column:
    return pa.Column(
        pl.String,
        nullable=True,
        description="Sealed identifiers of this version, in `vault.customer_identity`.",
    )


def _stored_fields(received: pa.DataFrameSchema, kind: Kind) -> dict[str, pa.Column]:
    identifiers: dict[str, Identifier] = column_metadata(received, "identifier")
    columns: dict[str, pa.Column] = {}
    for name, column in received.columns.items():
        for stored in stored_columns(name, column, identifiers.get(name)):
            columns[stored.name or name] = stored
    if any(kind_.is_sealed for kind_ in identifiers.values()):
        columns["identity_id"] = _identity_column()
    if kind is Kind.ENTITY:
        columns |= LOG_COLUMNS
    return columns


def _with_date_ranges(received: pa.DataFrameSchema) -> pa.DataFrameSchema:
    """The schema with a plausible range for each date and instant that has no narrower one."""
    identifiers: dict[str, Identifier] = column_metadata(received, "identifier")
    for name, column in received.columns.items():
        dtype = dtype_of(column)
        if not dtype.is_temporal():
            continue
        is_birth = identifiers.get(name) is Identifier.BIRTH_DATE
        first, last = BIRTH_YEARS if is_birth else _PLAUSIBLE_YEARS
        bounds: tuple[date, date] = (date(first, 1, 1), date(last, 12, 31))
        if isinstance(dtype, pl.Datetime):
            bounds = (datetime(first, 1, 1, tzinfo=UTC), datetime(last, 12, 31, tzinfo=UTC))
        range_ = pa.Check.in_range(*bounds)
        received = received.update_column(name, checks=[*column.checks, range_])
    return received


def _contract(
    table: str,
    model: type[pa.DataFrameModel],
    kind: Kind,
    key: tuple[str, ...],
    *,
    date_column: str | None = None,
    subject: str | None = None,
    reject_limit: float | None = None,
    products: tuple[tuple[str, str], ...] = (),
    shrinkage: Shrinkage | None = None,
    is_large: bool = False,
) -> SourceContract:
    received = _with_date_ranges(model.to_schema())
    stored_key = (*key, "_lsn") if kind is Kind.ENTITY else key
    stored = Contract(
        schema_name=SCHEMA,
        table=table,
        grain=(model.__doc__ or "").strip().rstrip(".").lower(),
        kind=kind,
        fields=_stored_fields(received, kind),
        key=stored_key,
        date_column=date_column,
    )
    return SourceContract(
        received=received,
        stored=stored,
        subject=subject,
        identifiers=column_metadata(received, "identifier"),
        references=column_metadata(received, "references"),
        reject_limit=reject_limit,
        products=products,
        shrinkage=shrinkage,
        is_large=is_large,
    )


def _entity(
    table: str, model: type[pa.DataFrameModel], key: str, subject: str | None = None
) -> SourceContract:
    return _contract(table, model, Kind.ENTITY, (key,), subject=subject)


def _event(
    table: str,
    model: type[pa.DataFrameModel],
    key: tuple[str, ...],
    date_column: str,
    *,
    products: tuple[tuple[str, str], ...] = (),
    is_large: bool = False,
) -> SourceContract:
    return _contract(
        table,
        model,
        Kind.EVENT,
        key,
        date_column=date_column,
        products=products,
        is_large=is_large,
    )


def _whole(table: str, model: type[pa.DataFrameModel], *key: str) -> SourceContract:
    return _contract(table, model, Kind.TABLE, key)


SOURCES: Mapping[str, SourceContract] = {
    contract.table: contract
    for contract in (
        _entity("customers", entities.Customers, "customer_id", subject="customer_id"),
        _entity("accounts", entities.Accounts, "account_id", subject="customer_id"),
        _entity("products", entities.Products, "product_id"),
        _entity("branches", entities.Branches, "branch_id"),
        _entity("merchants", entities.Merchants, "merchant_id"),
        _entity("loans", entities.Loans, "loan_id"),
        _event(
            "transactions",
            events.Transactions,
            ("transaction_id",),
            "transaction_date",
            products=(("amount", "exchange_rate"),),
            is_large=True,
        ),
        _event("loan_payments", events.LoanPayments, ("payment_id",), "due_date"),
        # Statistics are revised backwards, so every load reads the complete series.
        _whole(
            "economic_indicators",
            events.EconomicIndicators,
            "country",
            "indicator_code",
            "indicator_date",
        ),
        _event("market_data", events.MarketData, ("symbol", "data_date"), "data_date"),
        _event("own_funds", events.OwnFunds, ("report_date", "component"), "report_date"),
        _event("payments", payments.Payments, ("payment_id",), "payment_at"),
        _event("settlements", payments.Settlements, ("settlement_id",), "cutoff_date"),
        # A short list of current campaigns.
        _whole("marketing_campaigns", relations.MarketingCampaigns, "campaign_id"),
        _event(
            "campaign_responses",
            relations.CampaignResponses,
            ("campaign_id", "customer_id"),
            "measured_date",
        ),
        _event(
            "customer_interactions",
            relations.CustomerInteractions,
            ("interaction_id",),
            "interaction_at",
        ),
        _event(
            "credit_applications",
            relations.CreditApplications,
            ("application_id",),
            "decision_date",
        ),
        # A few manual rows a day: one invalid row must not reject the others.
        _contract(
            "grade_overrides",
            rating.ReceivedOverrides,
            Kind.EVENT,
            ("override_id",),
            date_column="decided_date",
            reject_limit=1.0,
        ),
        # A list is published in full, and reviews are older than the first partition.
        # A list cut by half is more likely truncated than real.
        _contract(
            "sanctions_entities",
            due_diligence.SanctionsEntities,
            Kind.TABLE,
            ("list_code", "entity_id"),
            shrinkage=Shrinkage("list_code", "aliases"),
        ),
        _whole("kyc_records", due_diligence.KycRecords, "review_id"),
        _contract(
            "ownership_links",
            due_diligence.OwnershipLinks,
            Kind.TABLE,
            ("owned_id", "holder_id"),
            subject="holder_id",
        ),
        _whole("risk_assessments", oversight.RiskAssessments, "assessment_id"),
        _whole("regulatory_reports", oversight.RegulatoryReports, "report_id"),
        _whole("fraud_alerts", oversight.FraudAlerts, "alert_id"),
        _whole("ledger_balances", oversight.LedgerBalances, "report_date", "account_code"),
        _whole("operational_losses", oversight.OperationalLosses, "loss_id"),
        _whole(
            "subsidiary_capital", subsidiaries.SubsidiaryCapital, "report_date", "subsidiary_id"
        ),
        _whole(
            "standardised_exposures",
            standardised.StandardisedExposures,
            "report_date",
            "exposure_id",
        ),
        _whole("credit_protection", standardised.CreditProtection, "report_date", "protection_id"),
        _whole("development_operations", development.DevelopmentOperations, "operation_id"),
        _whole("demographics", development.Demographics, "country", "year"),
        _whole(
            "country_indicators",
            development.CountryIndicators,
            "country",
            "indicator_code",
            "indicator_date",
        ),
        _whole(
            "competitor_offers",
            market.CompetitorOffers,
            "competitor",
            "product_type",
            "offer_date",
        ),
        _whole("price_adjustments", development.PriceAdjustments, "symbol", "last_date"),
    )
}
"""Source tables by name."""
