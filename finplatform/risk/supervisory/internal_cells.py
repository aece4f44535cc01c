"""C 08.01, credit risk by internal ratings: the loan book and slotted loans by class and approach.

Belongs here: sheets, rows and columns of the template. Does not belong here: weights
(`finplatform.risk.irb`, `finplatform.risk.specialised`).
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

import polars as pl

from finplatform.risk.asset_classes import AssetClass
from finplatform.risk.exposure_class import ExposureClass
from finplatform.risk.money import ZERO, to_quotient, to_ratio
from finplatform.risk.supervisory.cells import Cells
from finplatform.risk.supervisory.model_files import tables
from finplatform.risk.supervisory.standardised_pieces import SME_TURNOVER

TABLE, OFF_TABLE = "C_08.01.a", "C_08.01.b"
TOTAL = tables()[TABLE].total
FOUNDATION, OWN = "eba_qAE:qx2022", "eba_qAE:qx2023"
SLOTTED = "eba_qAE:qx2014"
MORTGAGES, REVOLVING, OTHER_RETAIL = "eba_qAE:qx2068", "eba_qAE:qx2009", "eba_qAE:qx2081"
CORPORATES = {False: "eba_qAE:qx2012", True: "eba_qAE:qx2013"}
LARGE_CORPORATES = {False: "eba_qAE:qx2078", True: "eba_qAE:qx2077"}
SME_CORPORATES = {False: "eba_qAE:qx2080", True: "eba_qAE:qx2079"}
"""Sheets of corporates by whether their LGD is the bank's own."""

CLASS_SHEETS: Final[Mapping[str, str]] = {
    ExposureClass.RESIDENTIAL_MORTGAGE.value: MORTGAGES,
    ExposureClass.QRRE.value: REVOLVING,
    ExposureClass.OTHER_RETAIL.value: OTHER_RETAIL,
}
LARGE_TURNOVER = 500.0
"""Yearly sales in millions of euro above which a corporate is large (CRE30.33)."""

PROPERTY_ROWS: Final[Mapping[str, str]] = {
    ExposureClass.RESIDENTIAL_MORTGAGE.value: "0017",
    AssetClass.COMMERCIAL_PROPERTY.value: "0900",
    AssetClass.LAND_DEVELOPMENT.value: "0910",
}
"""Rows of exposures secured by property; slotted loans on commercial property depend on rent."""

ALL, DRAWN, UNDRAWN, GRADED, SLOTS = "0010", "0020", "0030", "0070", "0080"
_CONVERSION_COLUMNS: Final[Mapping[float, str]] = {
    0.0: "0102",
    0.1: "0103",
    0.2: "0104",
    0.4: "0105",
    0.5: "0106",
    1.0: "0107",
}
_MODELLED = "0101"
_FILLED_COLUMNS: Final = (
    *("0020", "0090", _MODELLED, *_CONVERSION_COLUMNS.values(), "0110", "0255", "0260"),
    *("0280", "0290", "0300"),
)
LOANS_SOURCE: Final = "gold.fact_risk_metrics, gold.credit_exposures"
SLOTTED_SOURCE: Final = "gold.fact_standardised_metrics"
_CENTS = pl.Decimal(18, 2)


def internal_cells(cells: Cells, loans: pl.DataFrame, slotted: pl.DataFrame) -> None:
    """Fills C 08.01.

    Args:
        cells: The cells to fill.
        loans: Exposures of the loan book of a date: the measured columns, with provision and
            turnover.
        slotted: Rows of `gold.fact_standardised_metrics` of the date.
    """
    _zeros(cells)
    if loans.height:
        _loans(cells, _described(loans))
    is_slotted = (pl.col("approach") == "IRB") & (
        pl.col("exposure_class") != AssetClass.EQUITY.value
    )
    if slotted.height:
        for row in _slotted(slotted.filter(is_slotted)).iter_rows(named=True):
            _slots(cells, row)
    _obligors(cells, loans, slotted.filter(is_slotted) if slotted.height else slotted)


def _zeros(cells: Cells) -> None:
    for table, columns in ((TABLE, _FILLED_COLUMNS), (OFF_TABLE, ("0100", "0120"))):
        for row in (ALL, *PROPERTY_ROWS.values(), DRAWN, UNDRAWN, GRADED, SLOTS):
            for column in columns:
                cells.add(table, row, column, ZERO, LOANS_SOURCE, TOTAL)


def _described(loans: pl.DataFrame) -> pl.DataFrame:
    """Loans with their drawn and undrawn part and the sheet that they are on."""
    corporate = pl.col("exposure_class") == ExposureClass.CORPORATE.value
    # Retail has no foundation approach (CRE30.33), whatever stands behind its LGD.
    is_own = ~corporate | pl.col("lgd_source").str.contains("own_", literal=True)
    turnover = pl.col("turnover_eur_m").cast(pl.Float64)
    drawn = pl.min_horizontal("drawn_amount", "exposure_amount").cast(_CENTS)
    described = loans.with_columns(
        is_own=is_own,
        sheet=pl.when(corporate & is_own)
        .then(pl.lit(CORPORATES[True]))
        .when(corporate)
        .then(pl.lit(CORPORATES[False]))
        .otherwise(pl.col("exposure_class").replace_strict(CLASS_SHEETS, default=None)),
        size=pl.when(corporate & (turnover <= SME_TURNOVER))
        .then(pl.lit("small"))
        .when(corporate & (turnover > LARGE_TURNOVER))
        .then(pl.lit("large"))
        .otherwise(pl.lit("other")),
        drawn_exposure=drawn,
        undrawn_exposure=(pl.col("exposure_amount") - drawn).cast(_CENTS),
        is_modelled=pl.col("ccf_source").is_not_null(),
    )
    undrawn = pl.col("undrawn_amount").cast(pl.Float64)
    factor = pl.col("undrawn_exposure").cast(pl.Float64) / undrawn
    share = pl.col("drawn_exposure").cast(pl.Float64) / pl.col("exposure_amount").cast(pl.Float64)
    exposure = pl.col("exposure_amount").cast(pl.Float64)
    return described.with_columns(
        conversion=pl.when(undrawn > 0.0).then(factor.round(1)).otherwise(1.0),
        drawn_rwa=(pl.col("risk_weighted_assets").cast(pl.Float64) * share.fill_nan(1.0))
        .round(2)
        .cast(_CENTS),
        drawn_loss=(pl.col("expected_loss").cast(pl.Float64) * share.fill_nan(1.0))
        .round(2)
        .cast(_CENTS),
        pd_exposure=pl.col("capital_pd") * exposure,
        lgd_exposure=pl.col("loss_given_default") * exposure,
    )


def _loans(cells: Cells, loans: pl.DataFrame) -> None:
    keys = ("sheet", "is_own", "size", "exposure_class", "is_modelled", "conversion")
    sums = loans.group_by(keys).agg(
        pl.col(
            "drawn_amount",
            "undrawn_amount",
            "drawn_exposure",
            "undrawn_exposure",
            "exposure_amount",
            "risk_weighted_assets",
            "drawn_rwa",
            "expected_loss",
            "drawn_loss",
            "specific_provision",
        ).sum()
    )
    for row in sums.sort(keys).iter_rows(named=True):
        _graded(cells, row)
    for sheets, members in _averaged(loans):
        _averages(cells, sheets, members)


def _graded(cells: Cells, row: Mapping[str, Any]) -> None:
    """Adds loans of one kind to all rows and sheets that they are on."""
    drawn = {
        **_both(row["drawn_amount"]),
        "0110": row["drawn_exposure"],
        **_assets(row["drawn_rwa"]),
        "0280": row["drawn_loss"],
        "0290": -row["specific_provision"],
    }
    undrawn = {
        **_both(row["undrawn_amount"]),
        "0110": row["undrawn_exposure"],
        **_assets(row["risk_weighted_assets"] - row["drawn_rwa"]),
        "0280": row["expected_loss"] - row["drawn_loss"],
        _conversion_column(row): row["undrawn_amount"],
    }
    off = {"0100": row["undrawn_amount"], "0120": row["undrawn_exposure"]}
    sheets = _sheets(row)
    rows = [ALL, GRADED]
    if secured := PROPERTY_ROWS.get(row["exposure_class"]):
        rows.append(secured)
    _fill(cells, TABLE, sheets, [*rows, DRAWN], drawn, LOANS_SOURCE)
    _fill(cells, TABLE, sheets, [*rows, UNDRAWN], undrawn, LOANS_SOURCE)
    _fill(cells, OFF_TABLE, sheets, rows, off, LOANS_SOURCE)


def _slotted(metrics: pl.DataFrame) -> pl.DataFrame:
    money = ("drawn_amount", "undrawn_amount", "off_balance_amount", "exposure_amount")
    return (
        metrics.with_columns(
            drawn_exposure=(pl.col("exposure_amount") - pl.col("off_balance_amount")).cast(_CENTS)
        )
        .group_by("exposure_class")
        .agg(
            pl.col(
                *money,
                "drawn_exposure",
                "risk_weighted_assets",
                "expected_loss",
                "specific_provision",
            ).sum()
        )
        .sort("exposure_class")
    )


def _slots(cells: Cells, row: Mapping[str, Any]) -> None:
    """Adds slotted loans; the undrawn part has the weight of the drawn part."""
    share = to_quotient(row["drawn_exposure"], row["exposure_amount"] or Decimal(1))
    drawn_rwa = (row["risk_weighted_assets"] * share).quantize(Decimal("0.01"))
    drawn_loss = (row["expected_loss"] * share).quantize(Decimal("0.01"))
    drawn = {
        **_both(row["drawn_amount"]),
        "0110": row["drawn_exposure"],
        **_assets(drawn_rwa),
        "0280": drawn_loss,
        "0290": -row["specific_provision"],
    }
    undrawn = {
        **_both(row["undrawn_amount"]),
        "0110": row["off_balance_amount"],
        **_assets(row["risk_weighted_assets"] - drawn_rwa),
        "0280": row["expected_loss"] - drawn_loss,
    }
    off = {"0100": row["undrawn_amount"], "0120": row["off_balance_amount"]}
    sheets = (SLOTTED, FOUNDATION, TOTAL)
    rows = [ALL, SLOTS]
    if secured := PROPERTY_ROWS.get(row["exposure_class"]):
        rows.append(secured)
    _fill(cells, TABLE, sheets, [*rows, DRAWN], drawn, SLOTTED_SOURCE)
    _fill(cells, TABLE, sheets, [*rows, UNDRAWN], undrawn, SLOTTED_SOURCE)
    _fill(cells, OFF_TABLE, sheets, rows, off, SLOTTED_SOURCE)


def _averaged(loans: pl.DataFrame) -> list[tuple[str, pl.DataFrame]]:
    """Loans of each sheet, for averages that do not add up."""
    found = [(TOTAL, loans)]
    found += [(sheet, loans.filter(sheet=sheet)) for sheet in loans["sheet"].unique().sort()]
    for is_own, sheet in ((False, FOUNDATION), (True, OWN)):
        found.append((sheet, loans.filter(is_own=is_own)))
        for size, sheets in (("small", SME_CORPORATES), ("large", LARGE_CORPORATES)):
            found.append((sheets[is_own], loans.filter(is_own=is_own, size=size)))
    return [(sheet, members) for sheet, members in found if members.height]


def _averages(cells: Cells, sheet: str, members: pl.DataFrame) -> None:
    """Exposure-weighted averages of PD and LGD, and the number of obligors."""
    rows: list[tuple[str, pl.DataFrame]] = [(ALL, members), (GRADED, members)]
    mortgages = members.filter(exposure_class=ExposureClass.RESIDENTIAL_MORTGAGE.value)
    rows += [("0017", mortgages)] if mortgages.height else []
    for row, part in rows:
        exposure = float(part["exposure_amount"].sum())
        if exposure > 0.0:
            for column, weighted in (("0010", "pd_exposure"), ("0230", "lgd_exposure")):
                average = to_ratio(Decimal(str(float(part[weighted].sum()) / exposure)))
                cells.put(TABLE, row, column, average, LOANS_SOURCE, sheet)
        count = Decimal(part["customer_key"].n_unique())
        cells.put(TABLE, row, "0300", count, LOANS_SOURCE, sheet)


def _obligors(cells: Cells, loans: pl.DataFrame, slotted: pl.DataFrame) -> None:
    """Counts debtors of slotted loans, and all debtors of both books."""
    names = slotted["counterparty_id"].n_unique() if slotted.height else 0
    graded = loans["customer_key"].n_unique() if loans.height else 0
    foundation = int(cells.of(TABLE, GRADED, "0300", FOUNDATION))
    cells.put(TABLE, SLOTS, "0300", Decimal(names), SLOTTED_SOURCE, TOTAL)
    cells.put(TABLE, ALL, "0300", Decimal(graded + names), LOANS_SOURCE, TOTAL)
    if names:
        for row in (ALL, SLOTS):
            cells.put(TABLE, row, "0300", Decimal(names), SLOTTED_SOURCE, SLOTTED)
        cells.put(TABLE, ALL, "0300", Decimal(foundation + names), LOANS_SOURCE, FOUNDATION)
        cells.put(TABLE, SLOTS, "0300", Decimal(names), SLOTTED_SOURCE, FOUNDATION)
        for name, row in PROPERTY_ROWS.items():
            count = slotted.filter(exposure_class=name)["counterparty_id"].n_unique()
            if count:
                for sheet in (SLOTTED, FOUNDATION, TOTAL):
                    cells.put(TABLE, row, "0300", Decimal(count), SLOTTED_SOURCE, sheet)


def _sheets(row: Mapping[str, Any]) -> list[str]:
    """The sheets of a loan: its class, its approach, all, and memorandum items of corporates."""
    is_own = row["is_own"]
    found = [row["sheet"], OWN if is_own else FOUNDATION, TOTAL]
    found += [SME_CORPORATES[is_own]] if row["size"] == "small" else []
    found += [LARGE_CORPORATES[is_own]] if row["size"] == "large" else []
    return found


def _conversion_column(row: Mapping[str, Any]) -> str:
    if row["is_modelled"]:
        return _MODELLED
    nearest = min(_CONVERSION_COLUMNS, key=lambda known: abs(known - row["conversion"]))
    return _CONVERSION_COLUMNS[nearest]


def _both(amount: Decimal) -> dict[str, Decimal]:
    """Original exposure, and the same after substitution: the book has no substitution."""
    return {"0020": amount, "0090": amount}


def _assets(amount: Decimal) -> dict[str, Decimal]:
    """RWA before and after the factors, which the Basel Framework does not have."""
    return {"0255": amount, "0260": amount}


def _fill(
    cells: Cells,
    table: str,
    sheets: Iterable[str],
    rows: Iterable[str],
    columns: Mapping[str, Decimal],
    source: str,
) -> None:
    for sheet in sheets:
        for row in rows:
            for column, amount in columns.items():
                cells.add(table, row, column, amount, source, sheet)
