"""Expected credit losses of the book under IFRS 9: stages, scenarios, allowances, movements.

Inputs of the stages and scenarios of a reporting date; staging, losses and movements are in
`finplatform.risk.ecl`.

PD at origination is the first that the bank's model gave the exposure; a loan older than the
model's history is compared with the start of that history. Scenarios move the yearly change of
unemployment by multiples of how much it has varied, as far as it was known on the date. Beyond
their horizon PD reverts to the average of the exposure's class (B5.5.50).
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl

from finplatform.risk.ecl.allowance import MacroScenario, expected_credit_losses
from finplatform.risk.ecl.roll_forward import MOVEMENTS, roll_forward
from finplatform.risk.ecl.staging import REASONS, stages
from finplatform.risk.rules import rule
from finplatform.sums import ordered_mean
from finplatform.windows import date_key

SCENARIOS = ("baseline", "adverse", "upside")
_MONTHS_A_YEAR = 12
_LEAST_MONTHS = 24


def macro_scenarios(unemployment: pl.DataFrame, as_of: date) -> tuple[MacroScenario, ...]:
    """Paths of the economy of a date, from the history of unemployment up to it.

    An adverse year adds so many standard deviations of its yearly change as
    `BANK.ECL:deviations` sets; later years of the horizon see the deviation fade evenly. Without
    two years of history only the baseline is left of them, all with no shift.

    Args:
        unemployment: indicator_date, value in per cent, of the bank's country.
        as_of: Date of the rules; only what was observed by then counts.
    """
    known = unemployment.filter(pl.col("indicator_date") <= as_of).sort("indicator_date")
    change = known["value"].cast(pl.Float64).diff(_MONTHS_A_YEAR).drop_nulls()
    spread = float(change.std() or 0.0) if len(change) >= _LEAST_MONTHS else 0.0  # type: ignore[arg-type]
    weights = rule("BANK.ECL:scenario_weight", as_of)
    deviations = rule("BANK.ECL:deviations", as_of)
    factors = rule("BANK.ECL:lgd_factor", as_of)
    slope = rule("BANK.ECL:log_odds_per_point", as_of).value
    years = int(rule("BANK.ECL:horizon_years", as_of).value)
    return tuple(
        MacroScenario(
            name,
            weights.part(name),
            tuple(
                slope * deviations.part(name) * spread * (years - year) / years
                for year in range(years)
            ),
            (factors.part(name),) * years if spread else (),
        )
        for name in SCENARIOS
    )


def credit_loss_figures(
    book: pl.DataFrame,
    origination: pl.DataFrame,
    class_pds: pl.DataFrame,
    unemployment: pl.DataFrame,
    currency: str,
    *,
    rules_as_of: date | None = None,
) -> pl.DataFrame:
    """Stage and allowance of each exposure on each reporting date.

    Args:
        book: Measured exposures with their terms: reporting_date, exposure_id, exposure_class,
            product_type, is_defaulted, days_past_due, probability_default, loss_given_default,
            drawn_amount, undrawn_amount, interest_rate, remaining_months.
        origination: First PD of each exposure: exposure_id, pd_at_origination.
        class_pds: Average PD of what performs in each class: observation_date, exposure_class,
            average_pd. Their mean up to a reporting date is the long-run average of the class; the
            PD of an exposure whose class has none stays as it is.
        unemployment: As in `macro_scenarios`.
        currency: Currency of the reports.
        rules_as_of: Date of the rules to use throughout; default: each reporting date's own. What
            was known of the economy is always that of the reporting date.

    Returns:
        Columns of `gold.expected_credit_loss`.
    """
    parts = []
    joined = book.join(origination, on="exposure_id", how="left")
    for part in joined.sort("reporting_date", "exposure_id").partition_by("reporting_date"):
        day = part["reporting_date"][0]
        averages = _long_run(class_pds, day)
        rows = part.join(averages, on="exposure_class", how="left", maintain_order="left")
        parts.append(_on_date(rows, unemployment, currency, day, rules_as_of or day))
    return pl.concat(parts) if parts else pl.DataFrame()


def _long_run(class_pds: pl.DataFrame, day: date) -> pl.DataFrame:
    """Mean of the averages of all month ends up to a date, by class."""
    return (
        class_pds.filter(pl.col("observation_date") <= day)
        .group_by("exposure_class")
        .agg(ordered_mean(pl.col("average_pd")).alias("long_run_pd"))
    )


def _on_date(
    part: pl.DataFrame, unemployment: pl.DataFrame, currency: str, day: date, as_of: date
) -> pl.DataFrame:
    known = unemployment.filter(pl.col("indicator_date") <= day)
    scenarios = macro_scenarios(known, as_of)
    pd = part["probability_default"].cast(pl.Float64)
    first = part["pd_at_origination"].cast(pl.Float64).fill_null(pd)
    average = part["long_run_pd"].cast(pl.Float64).fill_null(pd)
    staged = stages(
        part["days_past_due"].to_numpy(),
        pd.to_numpy(),
        first.to_numpy(),
        is_impaired=part["is_defaulted"].to_numpy(),
        as_of=as_of,
    )
    drawn_part = rule("BANK.ECL:drawn_before_default", as_of).value
    card_life = rule("BANK.ECL:card_life_years", as_of).value
    least = rule("BANK.ECL:least_life_years", as_of).value
    loans = part.select(
        "exposure_id",
        stage=pl.Series(staged.stage.astype("int64")),
        exposure_amount=pl.col("drawn_amount").cast(pl.Float64)
        + drawn_part * pl.col("undrawn_amount").cast(pl.Float64),
        pd=pd,
        long_run_pd=average,
        lgd=pl.col("average_lgd"),
        effective_rate=pl.col("interest_rate").cast(pl.Float64).fill_null(0.0),
        remaining_years=(pl.col("remaining_months").cast(pl.Float64) / _MONTHS_A_YEAR)
        .fill_null(card_life)
        .clip(lower_bound=least),
        is_amortising=pl.col("remaining_months").is_not_null(),
    )
    losses = expected_credit_losses(
        loans, scenarios, reversion_years=rule("BANK.ECL:reversion_years", as_of).value
    )
    reasons = pl.Series([REASONS[code] for code in staged.reason.tolist()], dtype=pl.String)
    return part.select(
        "reporting_date",
        pl.lit(date_key(day)).cast(pl.Int32).alias("date_key"),
        "exposure_id",
        "exposure_class",
        pl.lit(currency).alias("currency"),
        pl.Series("stage", staged.stage.astype("int16")),
        reasons.alias("stage_reason"),
        "days_past_due",
        pd.alias("probability_default"),
        first.alias("pd_at_origination"),
        average.alias("long_run_pd"),
        pl.col("average_lgd").alias("loss_given_default"),
        loans["exposure_amount"].round(2).cast(pl.Decimal(18, 2)).alias("exposure_amount"),
        loans["remaining_years"].alias("remaining_years"),
        loans["effective_rate"].alias("effective_rate"),
    ).with_columns(losses["ecl_12_months"], losses["ecl_lifetime"], losses["allowance"])


def movement_figures(
    losses: pl.DataFrame, dates: Sequence[date], write_offs: pl.DataFrame, currency: str
) -> pl.DataFrame:
    """Movements of allowances by stage, from each month end to the next.

    Args:
        losses: Rows of `gold.expected_credit_loss`, of the dates and of the month end before each.
        dates: Dates to report; one without a month end before it in `losses` opens with nothing.
        write_offs: Allowances used by loans charged off: reporting_date (month end of the charge),
            exposure_id, amount.
        currency: Currency of the reports.

    Returns:
        Columns of `gold.ecl_roll_forward`.
    """
    known = losses["reporting_date"].unique().sort().to_list()
    rows: list[dict[str, Any]] = []
    for day in dates:
        earlier = [other for other in known if other < day]
        columns = ("exposure_id", "stage", "allowance")
        closing = losses.filter(pl.col("reporting_date") == day).select(columns)
        before = max(earlier, default=None)
        opening = (
            losses.filter(pl.col("reporting_date") == before).select(columns)
            if before
            else closing.clear()
        )
        gone = write_offs.filter(pl.col("reporting_date") == day).join(
            pl.concat([opening, closing]).select("exposure_id").unique(),
            on="exposure_id",
            how="semi",
        )
        rows.extend(
            {
                "reporting_date": day,
                "date_key": date_key(day),
                "opened_on": before,
                "currency": currency,
                "stage": row["stage"],
                **{name: row[name] for name in MOVEMENTS},
            }
            for row in roll_forward(opening, closing, gone).iter_rows(named=True)
        )
    return pl.DataFrame(rows, infer_schema_length=None)
