"""Roll-forward of allowances between two dates, by stage: IFRS 7 35H.

Belongs here: the table of movements, which adds up to the cent for every stage and in total. What
the allowances are is `allowance`.
"""

import polars as pl

from finplatform.risk.errors import RiskInputError

_MONEY = pl.Decimal(38, 2)

MOVEMENTS = (
    "opening",
    "originated",
    "derecognised",
    "transferred_in",
    "transferred_out",
    "remeasured_on_transfer",
    "remeasured",
    "written_off",
    "closing",
)
"""The columns of the table: closing is the sum of all the others."""


def roll_forward(
    opening: pl.DataFrame, closing: pl.DataFrame, write_offs: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Return the movements of allowances by stage.

    A loan that changes its stage leaves the old one with its opening allowance and is remeasured in
    the new one. A write-off uses the allowance; what it costs beyond is remeasured in the same
    period, so that written-off amounts appear in full.

    Args:
        opening: Allowances at the start: exposure_id, stage, allowance.
        closing: Allowances at the end, with the same columns.
        write_offs: Amounts written off in between: exposure_id, amount; None where there are none.

    Returns:
        One row for each stage, in order: stage and `MOVEMENTS`, amounts signed as they change the
        allowance. The charge to profit or loss is originated + derecognised +
        remeasured_on_transfer + remeasured.

    Raises:
        RiskInputError: If a column or value is missing, a loan stands twice, a stage is unknown, or
            a write-off concerns no loan of either date.
    """
    loans = _loans(opening, "opening").join(
        _loans(closing, "closing"), on="exposure_id", how="full", coalesce=True
    )
    loans = loans.join(_write_offs(write_offs, loans), on="exposure_id", how="left").with_columns(
        pl.col("written").fill_null(0)
    )
    start, end = pl.col("opening").fill_null(0), pl.col("closing").fill_null(0)
    stage = pl.coalesce("stage_closing", "stage_opening")
    is_new, is_gone = pl.col("opening").is_null(), pl.col("closing").is_null()
    moves = (pl.col("stage_opening") != pl.col("stage_closing")).fill_null(False)
    change = end - start + pl.col("written")
    parts = [
        _movement(loans, pl.col("stage_opening"), "opening", start, ~is_new),
        _movement(loans, stage, "originated", change, is_new),
        _movement(loans, stage, "derecognised", change, is_gone & (pl.col("written") == 0)),
        _movement(loans, pl.col("stage_opening"), "transferred_out", -start, moves),
        _movement(loans, stage, "transferred_in", start, moves),
        _movement(loans, stage, "remeasured_on_transfer", change, moves),
        _movement(
            loans,
            stage,
            "remeasured",
            change,
            ~is_new & ~moves & ~(is_gone & (pl.col("written") == 0)),
        ),
        _movement(loans, stage, "written_off", -pl.col("written"), pl.col("written") > 0),
        _movement(loans, pl.col("stage_closing"), "closing", end, ~is_gone),
    ]
    sums = pl.concat(parts).group_by("stage", "movement").agg(pl.col("amount").sum())
    grid = pl.DataFrame({"stage": [1, 2, 3]}, schema={"stage": pl.Int64})
    for name in MOVEMENTS:
        one = sums.filter(pl.col("movement") == name).select("stage", pl.col("amount").alias(name))
        grid = grid.join(one, on="stage", how="left", maintain_order="left")
    return grid.with_columns(pl.col(name).fill_null(0).cast(_MONEY) for name in MOVEMENTS)


def _movement(
    loans: pl.DataFrame, stage: pl.Expr, name: str, amount: pl.Expr, applies: pl.Expr
) -> pl.DataFrame:
    return loans.filter(applies).select(
        stage.alias("stage"), pl.lit(name).alias("movement"), amount.cast(_MONEY).alias("amount")
    )


def _loans(table: pl.DataFrame, when: str) -> pl.DataFrame:
    _complete(table, ("exposure_id", "stage", "allowance"), f"The {when} allowances")
    if table["exposure_id"].is_duplicated().any():
        raise RiskInputError(
            f"A loan stands twice in the {when} allowances.", "Give one row for each loan."
        )
    if not table["stage"].is_in([1, 2, 3]).all():
        raise RiskInputError(f"The {when} allowances have an unknown stage.", "It is 1, 2 or 3.")
    return table.select(
        "exposure_id",
        pl.col("stage").cast(pl.Int64).alias(f"stage_{when}"),
        pl.col("allowance").cast(_MONEY).alias(when),
    )


def _write_offs(table: pl.DataFrame | None, loans: pl.DataFrame) -> pl.DataFrame:
    if table is None:
        return loans.select("exposure_id", pl.lit(0).cast(_MONEY).alias("written")).head(0)
    _complete(table, ("exposure_id", "amount"), "The write-offs")
    if (table["amount"] < 0).any():
        raise RiskInputError("A write-off is negative.", "A recovery is no write-off.")
    unknown = table.join(loans, on="exposure_id", how="anti")
    if unknown.height:
        raise RiskInputError(
            f"{unknown.height} write-off(s) concern no loan of either date.",
            "Give opening and closing allowances of every loan.",
        )
    return table.group_by("exposure_id").agg(pl.col("amount").cast(_MONEY).sum().alias("written"))


def _complete(table: pl.DataFrame, columns: tuple[str, ...], what: str) -> None:
    missing = [name for name in columns if name not in table.columns or table[name].null_count()]
    if missing:
        raise RiskInputError(
            f"{what} lack values of {', '.join(missing)}.", f"Give {', '.join(columns)}."
        )
