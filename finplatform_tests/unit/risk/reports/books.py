"""A small bank's books, for tests of the figures that are made of them."""

from datetime import date
from decimal import Decimal

import polars as pl

from finplatform.risk.reports.ledger import Ledger

JANUARY = date(2026, 1, 31)
MONEY = pl.Decimal(18, 2)
CLASSES = ("residential_mortgage", "corporate", "qrre", "other_retail")


def metrics(*days: date, per_class: int = 3) -> pl.DataFrame:
    """Measured exposures; the last of each class is in default."""
    rows = []
    for day in days:
        for number, name in enumerate(CLASSES):
            for position in range(per_class):
                amount = Decimal(1000 * (number + 1) + 10 * position)
                bad = position == per_class - 1
                rows.append(
                    {
                        "risk_key": len(rows),
                        "reporting_date": day,
                        "date_key": day.year * 10_000 + day.month * 100 + day.day,
                        "exposure_id": f"L-{number}{position}",
                        "customer_key": number * 10 + position,
                        "customer_id": f"C{number}{position}",
                        "account_key": number * 10 + position,
                        "product_key": number,
                        "exposure_class": name,
                        "product_type": name.upper(),
                        "currency": "USD",
                        "is_defaulted": bad,
                        "drawn_amount": amount,
                        "undrawn_amount": Decimal(100),
                        "exposure_amount": amount + 40,
                        "sa_exposure_amount": amount + 10,
                        "probability_default": 1.0 if bad else 0.02 * (position + 1),
                        "loss_given_default": 0.4,
                        "average_lgd": 0.35,
                        "expected_loss": amount * (Decimal("0.4") if bad else Decimal("0.01")),
                        "sa_risk_weight": 0.75,
                        "irb_risk_weight": 0.5,
                        "sa_risk_weighted_assets": amount * Decimal("0.75"),
                        "irb_risk_weighted_assets": amount * Decimal("0.5"),
                        "risk_weighted_assets": amount * Decimal("0.5"),
                        "days_past_due": 120 if bad else 0,
                        "interest_rate": 0.06,
                        "remaining_months": None if name == "qrre" else 36,
                    }
                )
    money = [name for name in rows[0] if name.endswith(("_amount", "_assets", "_loss"))]
    return pl.DataFrame(
        rows,
        schema_overrides=dict.fromkeys(money, MONEY)
        | {"date_key": pl.Int32, "remaining_months": pl.Int32, "days_past_due": pl.Int32},
    )


def class_pds(pd: float, *days: date) -> pl.DataFrame:
    """The same average PD of every class at month ends."""
    rows = [(day, name, pd) for day in days for name in CLASSES]
    schema = {"observation_date": pl.Date, "exposure_class": pl.String, "average_pd": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def ledger(*months: date, first_trading: int = -30) -> Ledger:
    """The books of `ledger_rows`, added up."""
    return Ledger(ledger_rows(*months, first_trading=first_trading))


def ledger_rows(*months: date, first_trading: int = -30) -> pl.DataFrame:
    """Fourteen lines, the same each month; results are of the month.

    Args:
        *months: Month ends, oldest first.
        first_trading: Trading result of the first month.
    """
    lines = {
        "CASH": (4_000, 0), "SECURITIES": (2_000, 0), "TRADING_ASSETS": (500, 0),
        "LOANS": (20_000, 0), "ALLOWANCE": (-300, 0), "OTHER_ASSETS": (800, 0),
        "DEPOSITS": (15_000, 0), "BORROWINGS": (8_000, 0), "OTHER_LIABILITIES": (50, 0),
        "INTEREST_INCOME": (0, 120), "INTEREST_EXPENSE": (0, 50), "FEE_INCOME": (0, 20),
        "TRADING_RESULT": (0, -30), "CREDIT_LOSS": (0, 10),
    }  # fmt: skip
    rows = [(day, name, Decimal(b), Decimal(m)) for day in months for name, (b, m) in lines.items()]
    rows = [
        (day, name, held, Decimal(first_trading))
        if (day, name) == (months[0], "TRADING_RESULT")
        else (day, name, held, moved)
        for day, name, held, moved in rows
    ]
    return pl.DataFrame(
        rows,
        schema={
            "report_date": pl.Date,
            "account_group": pl.String,
            "natural_balance": MONEY,
            "natural_movement": MONEY,
        },
        orient="row",
    )


def month_ends(last: date, count: int) -> list[date]:
    """Month ends up to a date, oldest first."""
    first = pl.date_range(last, last, eager=True).dt.offset_by(f"-{count - 1}mo")[0]
    return pl.date_range(first.replace(day=1), last, "1mo", eager=True).dt.month_end().to_list()


def losses(*events: tuple[date, str]) -> pl.DataFrame:
    """Operational losses by booking date and net amount."""
    return pl.DataFrame(
        {
            "loss_id": [f"OL{number}" for number in range(len(events))],
            "accounting_date": [day for day, _ in events],
            "net_loss": [Decimal(amount) for _, amount in events],
            "event_type": ["EXECUTION_PROCESS"] * len(events),
            "is_credit_related": [False] * len(events),
        },
        schema={
            "loss_id": pl.String,
            "accounting_date": pl.Date,
            "net_loss": MONEY,
            "event_type": pl.String,
            "is_credit_related": pl.Boolean,
        },
    )


def statement(day: date, **amounts: str) -> pl.DataFrame:
    """A statement of own funds."""
    return pl.DataFrame(
        {
            "report_date": [day] * len(amounts),
            "component": [name.upper() for name in amounts],
            "amount": [Decimal(amount) for amount in amounts.values()],
        },
        schema={"report_date": pl.Date, "component": pl.String, "amount": MONEY},
    )


def standardised(*days: date) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A standardised book: a protected company, a slotted project, shares, a bank in default."""
    rows = [
        ("W1", "corporate", "1000.00", "500.00", "0.00", False, "BBB", None, False),
        ("W2", "specialised_lending", "800.00", "0.00", "40.00", False, None, "weak", False),
        ("W3", "equity", "100.00", "0.00", "0.00", False, None, None, True),
        ("W4", "bank", "333.33", "0.00", "100.01", True, None, None, False),
        ("W5", "sovereign", "50.00", "0.00", "0.00", False, "AAA", None, False),
    ]
    names = (
        *("exposure_id", "exposure_class", "drawn_amount", "undrawn_amount"),
        *("specific_provision", "is_defaulted", "rating", "slotting_category", "is_listed"),
    )
    money = ("drawn_amount", "undrawn_amount", "specific_provision")
    book = pl.DataFrame(rows, schema=list(names), orient="row").with_columns(
        pl.col(money).cast(MONEY),
        counterparty_id=pl.col("exposure_id"),
        country=pl.lit("DE"),
        off_balance_kind=pl.lit("other_commitment"),
        years=pl.lit(3.0),
    )
    held = pl.DataFrame(
        {
            "protection_id": ["P1", "P2"],
            "exposure_id": ["W1", "W1"],
            "protection_kind": ["cash", "guarantee"],
            "amount": [Decimal("100.00"), Decimal("333.33")],
            "provider_class": [None, "bank"],
            "provider_rating": [None, "A"],
        },
        schema_overrides={"amount": MONEY},
    )
    return (
        pl.concat(book.with_columns(reporting_date=pl.lit(day)) for day in days),
        pl.concat(held.with_columns(reporting_date=pl.lit(day)) for day in days),
    )


STATEMENT = statement(
    JANUARY,
    cet1_instruments="2000.00",
    retained_earnings="9000.00",
    cet1_deductions="200.00",
    at1_instruments="300.00",
    t2_instruments="400.00",
)


def provisions(amount: str, *days: date) -> pl.DataFrame:
    """Specific provisions of the book by date."""
    return pl.DataFrame(
        {"reporting_date": list(days), "specific_provision": [Decimal(amount)] * len(days)},
        schema={"reporting_date": pl.Date, "specific_provision": MONEY},
    )
