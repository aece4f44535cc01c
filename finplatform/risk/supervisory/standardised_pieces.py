"""The standardised book cut into pieces for C 07.00: by sheet, protection, weight and conversion.

The template substitutes the guarantor for the debtor before conversion, the Basel measure cuts an
exposure after it: so each part covers drawn and undrawn amounts in proportion. Belongs here: the
sheet of an exposure, and the cut, to the cent. Does not belong here: rows and columns (see
`standardised_cells`), weights (`finplatform.risk.standardised_book`).
"""

from collections.abc import Mapping

import polars as pl

from finplatform.risk.asset_classes import AssetClass
from finplatform.risk.protection import COLLATERAL_PART, DERIVATIVE, GUARANTEE_PART

DEFAULT, EQUITY, OTHER_ITEMS = "eba_qEC:qx12", "eba_qEC:qx1", "eba_qEC:qx25"
CLASS_SHEETS: Mapping[str, str] = {
    AssetClass.SOVEREIGN.value: "eba_qEC:qx16",
    AssetClass.REGIONAL_GOVERNMENT.value: "eba_qEC:qx23",
    AssetClass.PUBLIC_SECTOR.value: "eba_qEC:qx22",
    AssetClass.MULTILATERAL_BANK.value: "eba_qEC:qx21",
    AssetClass.INTERNATIONAL_ORGANISATION.value: "eba_qEC:qx20",
    AssetClass.BANK.value: "eba_qEC:qx19",
    AssetClass.CORPORATE.value: "eba_qEC:qx2036",
    AssetClass.SPECIALISED_LENDING.value: "eba_qEC:qx2037",
    AssetClass.QRRE.value: "eba_qEC:qx26",
    AssetClass.OTHER_RETAIL.value: "eba_qEC:qx26",
    AssetClass.SUBORDINATED_DEBT.value: "eba_qEC:qx2050",
    AssetClass.COVERED_BOND.value: "eba_qEC:qx13",
    AssetClass.EQUITY.value: EQUITY,
    AssetClass.CASH.value: OTHER_ITEMS,
    AssetClass.COLLECTION_ITEM.value: OTHER_ITEMS,
    AssetClass.OTHER_ASSET.value: OTHER_ITEMS,
    AssetClass.LAND_DEVELOPMENT.value: "eba_qEC:qx2049",
}
"""Sheet of each class; those secured by property depend on the loan (see `_property_sheet`)."""

RESIDENTIAL, RESIDENTIAL_RENT = "eba_qEC:qx2039", "eba_qEC:qx2042"
COMMERCIAL, COMMERCIAL_RENT = "eba_qEC:qx2060", "eba_qEC:qx2058"
OTHER_RESIDENTIAL, OTHER_RESIDENTIAL_RENT = "eba_qEC:qx2041", "eba_qEC:qx2043"
OTHER_COMMERCIAL, OTHER_COMMERCIAL_RENT = "eba_qEC:qx2063", "eba_qEC:qx2062"
RESIDENTIAL_SHEETS = (RESIDENTIAL, RESIDENTIAL_RENT, OTHER_RESIDENTIAL, OTHER_RESIDENTIAL_RENT)
COMMERCIAL_SHEETS = (COMMERCIAL, COMMERCIAL_RENT, OTHER_COMMERCIAL, OTHER_COMMERCIAL_RENT)
LAND = CLASS_SHEETS[AssetClass.LAND_DEVELOPMENT.value]
PROPERTY = "eba_qEC:qx2038"
"""The sheet that all sheets of loans secured by property, and land development, are part of."""

SME_TURNOVER = 50.0
"""Highest yearly sales of a small or medium-sized firm, in millions of euro (CRE20.47)."""
MISMATCH = "CRE20.92:currency_mismatch"
MISMATCH_MULTIPLIER = 1.5

_CENTS = pl.Decimal(18, 2)
_DESCRIBED = ("sheet", "property_sheet", "is_sme", "is_internal_equity", "is_defaulted_equity")
_OUTFLOWS = {"guarantee": "0050", "credit_derivative": "0060", "collateral": "0070"}


def described_exposures(metrics: pl.DataFrame, exposures: pl.DataFrame) -> pl.DataFrame:
    """Exposures under the standardised approach, and equity, with their sheet and amounts.

    Args:
        metrics: Rows of `gold.fact_standardised_metrics` of a date.
        exposures: Rows of `gold.standardised_exposures` of the date.

    Returns:
        One row for each exposure: its sheet, what it is, drawn and undrawn amounts gross and net
        of provisions, and its conversion factor.
    """
    facts = exposures.select(
        "exposure_id", "is_individual", "is_cash_flow_dependent", "turnover_eur_m", "rating"
    )
    is_internal = pl.col("approach") == "IRB"
    is_equity = pl.col("exposure_class") == AssetClass.EQUITY.value
    used = metrics.filter(~is_internal | is_equity).join(facts, on="exposure_id", how="left")
    money = ("drawn_amount", "undrawn_amount", "off_balance_amount", "exposure")
    exposure = pl.when(is_internal).then("exposure_amount").otherwise("sa_exposure_amount")
    property_sheet = _property_sheet()
    return (
        used.with_columns(exposure=exposure)
        .with_columns(pl.col(name).cast(pl.Float64) for name in money)
        .with_columns(
            sheet=pl.when(pl.col("is_defaulted") & ~is_equity)
            .then(pl.lit(DEFAULT))
            .otherwise(property_sheet),
            property_sheet=property_sheet,
            is_sme=(pl.col("turnover_eur_m").cast(pl.Float64) <= SME_TURNOVER).fill_null(False),
            is_internal_equity=is_internal & is_equity,
            is_defaulted_equity=pl.col("is_defaulted") & is_equity,
            is_rated=pl.col("rating").is_not_null(),
            weight=pl.when(is_internal).then("risk_weight").otherwise("debtor_weight"),
            # Provisions come off what is drawn, and off the undrawn part only beyond it.
            net_drawn=pl.max_horizontal(pl.col("exposure") - pl.col("off_balance_amount"), 0.0),
            conversion=_share("off_balance_amount", "undrawn_amount").round(2),
        )
        .with_columns(converted=pl.col("exposure") - pl.col("net_drawn"))
        .with_columns(
            net_undrawn=pl.when(pl.col("off_balance_amount") > 0.0)
            .then(pl.col("undrawn_amount") * pl.col("converted") / pl.col("off_balance_amount"))
            .otherwise("undrawn_amount")
            .round(2)
        )
    )


def pieces(
    described: pl.DataFrame, parts: pl.DataFrame, protection: pl.DataFrame, *, is_simple: bool
) -> pl.DataFrame:
    """Parts of the exposures by the cells that they go to, added up.

    Args:
        described: Exposures, as `described_exposures` returns them.
        parts: Rows of `gold.standardised_parts` of the date.
        protection: Rows of `gold.credit_protection` of the date.
        is_simple: Whether collateral follows the simple approach, which substitutes as well.

    Returns:
        Sums of `drawn`, `undrawn`, `converted`, `drawn_rwa` and `undrawn_rwa` by sheet, `outflow`
        (column of the substitution, null for none), `inflow` (sheet that it goes to),
        `is_collateral` (of the comprehensive approach), `weight`, `conversion`, `multiplier` of
        currency mismatch, and what the exposure is.
    """
    cut = _cut(_parts(described, parts)).join(
        protection.select(
            "protection_id",
            "exposure_id",
            "protection_kind",
            "provider_class",
            "provider_rating",
        ),
        on=("exposure_id", "protection_id"),
        how="left",
    )
    is_guarantee = pl.col("part_kind") == GUARANTEE_PART
    is_collateral = pl.col("part_kind") == COLLATERAL_PART
    kind = (
        pl.when(is_guarantee & (pl.col("protection_kind") == DERIVATIVE))
        .then(pl.lit("credit_derivative"))
        .when(is_guarantee)
        .then(pl.lit("guarantee"))
        .when(is_collateral & pl.lit(is_simple))
        .then(pl.lit("collateral"))
    )
    is_multiplied = pl.col("rules").str.contains(MISMATCH, literal=True)
    provider = pl.col("provider_class").replace_strict(CLASS_SHEETS, default=OTHER_ITEMS)
    marked = cut.with_columns(
        outflow=kind.replace_strict(_OUTFLOWS, default=None, return_dtype=pl.String),
        inflow=pl.when(kind.is_not_null()).then(provider),
        is_collateral=is_collateral & pl.lit(not is_simple),
        is_rated=pl.when(kind.is_not_null())
        .then(pl.col("provider_rating").is_not_null())
        .otherwise("is_rated"),
        multiplier=pl.when(is_multiplied).then(MISMATCH_MULTIPLIER).otherwise(1.0),
    )
    keys = (
        *_DESCRIBED,
        *("outflow", "inflow", "is_collateral", "is_rated", "weight", "conversion", "multiplier"),
    )
    amounts = ("drawn", "undrawn", "converted", "drawn_rwa", "undrawn_rwa")
    return marked.group_by(keys).agg(pl.col(amounts).sum()).sort(keys)


def gross_amounts(described: pl.DataFrame) -> pl.DataFrame:
    """Amounts before protection by sheet and weight of the debtor, added up.

    Args:
        described: Exposures, as `described_exposures` returns them.
    """
    cents = {
        "drawn": pl.col("drawn_amount"),
        "undrawn": pl.col("undrawn_amount"),
        "net_drawn": pl.col("net_drawn"),
        "net_undrawn": pl.col("net_undrawn"),
    }
    keys = (*_DESCRIBED, "weight")
    return (
        described.with_columns(
            **{name: amount.round(2).cast(_CENTS) for name, amount in cents.items()}
        )
        .group_by(keys)
        .agg(pl.col(*cents).sum())
        .sort(keys)
    )


def _parts(described: pl.DataFrame, parts: pl.DataFrame) -> pl.DataFrame:
    """Parts with what their exposure is; equity by internal ratings has one of its own."""
    kept = described.select(
        "exposure_id",
        *_DESCRIBED,
        "is_rated",
        "exposure",
        "net_drawn",
        "net_undrawn",
        "converted",
        "conversion",
        own_weight="weight",
        own_rwa="risk_weighted_assets",
    )
    whole = pl.col("is_internal_equity")
    joined = parts.select(
        "exposure_id",
        "part",
        "part_kind",
        "protection_id",
        "amount",
        "risk_weight",
        "risk_weighted_assets",
        "rules",
    ).join(kept.rename({"converted": "all_converted"}), on="exposure_id")
    is_one = pl.col("part") == 1
    return joined.filter(~whole | is_one).with_columns(
        amount=pl.when(whole).then("exposure").otherwise(pl.col("amount").cast(pl.Float64)),
        weight=pl.when(whole).then("own_weight").otherwise("risk_weight"),
        rwa=pl.when(whole).then("own_rwa").otherwise("risk_weighted_assets").cast(_CENTS),
    )


def _cut(parts: pl.DataFrame) -> pl.DataFrame:
    """Each part's share of drawn, undrawn and converted amounts; the last takes the rounding."""
    share = _share("amount", "exposure")
    is_last = pl.col("part") == pl.col("part").max().over("exposure_id")
    wholes = {"drawn": "net_drawn", "undrawn": "net_undrawn", "converted": "all_converted"}
    found = parts.sort("exposure_id", "part").with_columns(
        **{name: (pl.col(whole) * share).round(2).cast(_CENTS) for name, whole in wholes.items()}
    )
    rests = {
        name: pl.col(whole).round(2).cast(_CENTS)
        - (pl.col(name).sum().over("exposure_id") - pl.col(name))
        for name, whole in wholes.items()
    }
    found = found.with_columns(
        **{
            name: pl.when(is_last).then(rest).otherwise(name).cast(_CENTS)
            for name, rest in rests.items()
        }
    )
    on_balance = pl.col("drawn").cast(pl.Float64) / (pl.col("drawn") + pl.col("converted")).cast(
        pl.Float64
    )
    drawn_rwa = (pl.col("rwa").cast(pl.Float64) * on_balance.fill_nan(1.0)).round(2).cast(_CENTS)
    return found.with_columns(drawn_rwa=drawn_rwa).with_columns(
        undrawn_rwa=(pl.col("rwa") - pl.col("drawn_rwa")).cast(_CENTS)
    )


def _share(part: str, whole: str) -> pl.Expr:
    """A quotient; 0 where the whole is."""
    return pl.when(pl.col(whole) > 0.0).then(pl.col(part) / pl.col(whole)).otherwise(0.0)


def _property_sheet() -> pl.Expr:
    """Sheet of an exposure that is not in default."""
    is_rented, name = pl.col("is_cash_flow_dependent"), pl.col("exposure_class")

    def either(rented: str, other: str) -> pl.Expr:
        return pl.when(is_rented).then(pl.lit(rented)).otherwise(pl.lit(other))

    return (
        pl.when(name == AssetClass.RESIDENTIAL_MORTGAGE.value)
        .then(either(RESIDENTIAL_RENT, RESIDENTIAL))
        .when(name == AssetClass.COMMERCIAL_PROPERTY.value)
        .then(either(COMMERCIAL_RENT, COMMERCIAL))
        .when((name == AssetClass.OTHER_PROPERTY.value) & pl.col("is_individual"))
        .then(either(OTHER_RESIDENTIAL_RENT, OTHER_RESIDENTIAL))
        .when(name == AssetClass.OTHER_PROPERTY.value)
        .then(either(OTHER_COMMERCIAL_RENT, OTHER_COMMERCIAL))
        .otherwise(name.replace_strict(CLASS_SHEETS, default=OTHER_ITEMS))
    )
