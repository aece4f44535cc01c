"""Currency transaction reports: written cases at the edges of 31 CFR 1010.311 to 1010.313.

The week runs from Monday 2025-06-30; Friday 2025-07-04 is a holiday. Account J is held by ANN and
BOB, J3 by all three, A by ANN, B by BOB, C and C2 by CAL.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from finplatform.compliance.aml.currency_reports import (
    CASH,
    EXEMPTIONS,
    HOLDERS,
    LONGEST_SHIFT,
    currency_reports,
)
from finplatform.compliance.aml.rules import standard_rules
from finplatform.errors import FinplatformError
from finplatform.windows import Window

MON, TUE, WED, THU, FRI, SAT, SUN = (date(2025, 6, 30) + timedelta(days=n) for n in range(7))
NEXT_MON = SUN + timedelta(days=1)
NEXT_TUE = NEXT_MON + timedelta(days=1)
HOLIDAY = FRI
WINDOW = Window.through(MON, NEXT_MON + timedelta(days=6))

Held = tuple[str, str, int, date, date | None]
LONG_AGO = date(2020, 1, 1)
HOLDINGS: tuple[Held, ...] = (
    ("A", "ANN", 1, LONG_AGO, None),
    ("B", "BOB", 1, LONG_AGO, None),
    ("C", "CAL", 1, LONG_AGO, None),
    ("C2", "CAL", 1, LONG_AGO, None),
    ("J", "ANN", 1, LONG_AGO, None),
    ("J", "BOB", 2, LONG_AGO, None),
    ("J3", "ANN", 1, LONG_AGO, None),
    ("J3", "BOB", 2, LONG_AGO, None),
    ("J3", "CAL", 3, LONG_AGO, None),
    # BOB leaves this account on Tuesday, and CAL takes his place.
    ("L", "BOB", 1, LONG_AGO, TUE),
    ("L", "CAL", 1, WED, None),
)


@dataclass(frozen=True)
class Case:
    """Cash that moved, as (account, day, hour, amount[, conductor]), and the reports due."""

    says: str
    cash: tuple[tuple[Any, ...], ...]
    due: frozenset[tuple[str, date, int, str]] = frozenset()
    exempt: tuple[tuple[str, date, date | None], ...] = ()
    marked: frozenset[str] = frozenset()


CASES = (
    Case("ten thousand is not more than ten thousand", (("A", MON, 10, "10000.00"),)),
    Case("a cent more is", (("A", MON, 10, "10000.01"),), frozenset({("ANN", MON, 1, "10000.01")})),
    Case(
        "two deposits of a day add up",
        (("A", MON, 9, "6000"), ("A", MON, 16, "4000.01")),
        frozenset({("ANN", MON, 1, "10000.01")}),
    ),
    Case("two deposits that come to the limit", (("A", MON, 9, "6000"), ("A", MON, 16, "4000"))),
    Case("two days are two sums", (("A", MON, 9, "6000"), ("A", TUE, 9, "6000"))),
    Case("in and out are not added", (("A", MON, 9, "6000"), ("A", MON, 10, "-6000"))),
    Case("out is not set off against in", (("A", MON, 9, "10500"), ("A", MON, 10, "-9000")),
         frozenset({("ANN", MON, 1, "10500.00")})),
    Case("a withdrawal over the limit", (("A", MON, 9, "-10000.01"),),
         frozenset({("ANN", MON, -1, "10000.01")})),
    Case("withdrawals add up", (("A", MON, 9, "-7000"), ("A", MON, 11, "-3500")),
         frozenset({("ANN", MON, -1, "10500.00")})),
    Case(
        "both ways over the limit are two reports",
        (("A", MON, 9, "12000"), ("A", MON, 11, "-11000")),
        frozenset({("ANN", MON, 1, "12000.00"), ("ANN", MON, -1, "11000.00")}),
    ),
    Case("accounts of one person add up", (("C", MON, 9, "5500"), ("C2", MON, 9, "5500")),
         frozenset({("CAL", MON, 1, "11000.00")})),
    Case("accounts of two persons do not", (("A", MON, 9, "5500"), ("B", MON, 9, "5500"))),
    Case(
        "a joint deposit counts in full for each holder",
        (("J", MON, 9, "10001"),),
        frozenset({("ANN", MON, 1, "10001.00"), ("BOB", MON, 1, "10001.00")}),
    ),
    Case(
        "a joint deposit and an own one add up for that holder alone",
        (("J", MON, 9, "6000"), ("A", MON, 9, "5000")),
        frozenset({("ANN", MON, 1, "11000.00")}),
    ),
    Case("joint and own deposits of two holders", (("J", MON, 9, "6000"), ("A", MON, 9, "4000"),
                                                   ("B", MON, 9, "4000"))),
    Case(
        "two holders' deposits to their joint account add up for both",
        (("J", MON, 9, "5000", "ANN"), ("J", MON, 12, "7000", "BOB")),
        frozenset({("ANN", MON, 1, "12000.00"), ("BOB", MON, 1, "12000.00")}),
    ),
    Case(
        "three holders",
        (("J3", MON, 9, "10000.01"),),
        frozenset((name, MON, 1, "10000.01") for name in ("ANN", "BOB", "CAL")),
    ),
    Case("a joint withdrawal is of the holder who makes it", (("J", MON, 9, "-11000", "BOB"),),
         frozenset({("BOB", MON, -1, "11000.00")})),
    Case("without a name it is of the first holder", (("J", MON, 9, "-11000"),),
         frozenset({("ANN", MON, -1, "11000.00")})),
    Case("two holders' withdrawals are not added", (("J", MON, 9, "-6000", "ANN"),
                                                    ("J", MON, 12, "-6000", "BOB"))),
    Case(
        "a third person's deposits to several accounts add up for that person",
        (("A", MON, 9, "6000", "DAN"), ("B", MON, 9, "6000", "DAN")),
        frozenset({("DAN", MON, 1, "12000.00")}),
    ),
    Case(
        "a third person's deposit is for the holder, too",
        (("A", MON, 9, "11000", "DAN"),),
        frozenset({("ANN", MON, 1, "11000.00"), ("DAN", MON, 1, "11000.00")}),
    ),
    Case("who deposits to the own account is counted once", (("A", MON, 9, "6000", "ANN"),)),
    Case(
        "a third person's withdrawal is not the holder's",
        (("A", MON, 9, "-11000", "DAN"),),
        frozenset({("DAN", MON, -1, "11000.00")}),
    ),
    Case("a weekend counts on Monday", (("A", SAT, 11, "6000"), ("A", NEXT_MON, 11, "5000")),
         frozenset({("ANN", NEXT_MON, 1, "11000.00")})),
    Case("a holiday counts on the next business day",
         (("A", HOLIDAY, 11, "6000"), ("A", SUN, 11, "4500")),
         frozenset({("ANN", NEXT_MON, 1, "10500.00")})),
    Case("the day before the holiday is its own", (("A", THU, 11, "6000"),
                                                   ("A", HOLIDAY, 11, "6000"))),
    Case("a night deposit counts on the next day", (("A", MON, 18, "6000"), ("A", TUE, 9, "5000")),
         frozenset({("ANN", TUE, 1, "11000.00")})),
    Case("a night deposit is not of its own day", (("A", MON, 9, "6000"), ("A", MON, 19, "5000"))),
    Case("the hour before is", (("A", MON, 9, "6000"), ("A", MON, 17, "5000")),
         frozenset({("ANN", MON, 1, "11000.00")})),
    Case("after midnight is the day that begins", (("A", TUE, 2, "6000"), ("A", TUE, 9, "5000")),
         frozenset({("ANN", TUE, 1, "11000.00")})),
    Case("the night before a holiday counts after it", (("A", THU, 20, "6000"),
                                                        ("A", NEXT_MON, 9, "5000")),
         frozenset({("ANN", NEXT_MON, 1, "11000.00")})),
    Case("a night withdrawal is of its own day", (("A", MON, 9, "-6000"), ("A", MON, 20, "-5000")),
         frozenset({("ANN", MON, -1, "11000.00")})),
    Case("so do a weekend's withdrawals", (("A", SAT, 9, "-6000"), ("A", SUN, 9, "-5000")),
         frozenset({("ANN", NEXT_MON, -1, "11000.00")})),
    Case("a holder of yesterday has no part", (("L", WED, 9, "11000"),),
         frozenset({("CAL", WED, 1, "11000.00")})),
    Case("a holder until today has", (("L", TUE, 9, "11000"),),
         frozenset({("BOB", TUE, 1, "11000.00")})),
    Case(
        "an exempt person's report is marked",
        (("A", MON, 9, "11000"),),
        frozenset({("ANN", MON, 1, "11000.00")}),
        exempt=(("ANN", date(2025, 1, 1), None),),
        marked=frozenset({"ANN"}),
    ),
    Case(
        "not before the exemption begins",
        (("A", MON, 9, "11000"),),
        frozenset({("ANN", MON, 1, "11000.00")}),
        exempt=(("ANN", TUE, None),),
    ),
    Case(
        "and not after it ends",
        (("A", WED, 9, "11000"),),
        frozenset({("ANN", WED, 1, "11000.00")}),
        exempt=(("ANN", date(2025, 1, 1), TUE),),
    ),
    Case("many small sums", tuple(("A", MON, 9, "500.01") for _ in range(20)),
         frozenset({("ANN", MON, 1, "10000.20")})),
    Case("sums without a cent too many", tuple(("A", MON, 9, "500") for _ in range(20))),
)  # fmt: skip


def frames(case: Case) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    cash = [
        {
            "transaction_id": str(number),
            "account_id": row[0],
            "transaction_date": row[1],
            "bank_hour": row[2],
            "direction": 1 if Decimal(row[3]) > 0 else -1,
            "amount_usd": abs(Decimal(row[3])),
            "conductor_id": row[4] if len(row) > 4 else None,
        }
        for number, row in enumerate(case.cash)
    ]
    return (
        pl.DataFrame(cash, schema=CASH, orient="row"),
        pl.DataFrame(HOLDINGS, schema=HOLDERS, orient="row"),
        pl.DataFrame(case.exempt, schema=EXEMPTIONS, orient="row"),
    )


def business_days(last: date = WINDOW.end + timedelta(days=LONGEST_SHIFT)) -> pl.Series:
    first = MON - timedelta(days=LONGEST_SHIFT)
    days = [first + timedelta(days=n) for n in range((last - first).days)]
    return pl.Series([day for day in days if day.weekday() < 5 and day != HOLIDAY])


def test_there_are_thirty_cases_at_least() -> None:
    assert len(CASES) >= 30
    assert len({case.says for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.says)
def test_the_reports_due_are_exactly_those_written(case: Case) -> None:
    reports, parts = currency_reports(*frames(case), business_days(), WINDOW, standard_rules())
    found = {
        (row["customer_id"], row["business_date"], row["direction"], str(row["amount_usd"]))
        for row in reports.iter_rows(named=True)
    }
    assert found == case.due
    assert len(found) == reports.height
    assert set(reports.filter("is_exempt")["customer_id"]) == case.marked
    # The transactions of a report are what it comes to.
    sums = parts.group_by("report_id").agg(pl.col("amount_usd").sum(), pl.len())
    joined = reports.join(sums, on="report_id")
    assert joined.height == reports.height
    assert (joined["amount_usd"] == joined["amount_usd_right"]).all()
    assert (joined["transaction_count"] == joined["len"]).all()


def test_a_report_is_due_fifteen_days_after_its_business_day() -> None:
    case = Case("", (("A", MON, 9, "11000"),))
    reports, _ = currency_reports(*frames(case), business_days(), WINDOW, standard_rules())
    assert reports["due_date"].to_list() == [MON + timedelta(days=15)]


def test_holders_of_one_deposit_are_in_one_filing_and_others_in_their_own() -> None:
    case = Case("", (("J", MON, 9, "11000"), ("C", MON, 9, "12000")))
    reports, _ = currency_reports(*frames(case), business_days(), WINDOW, standard_rules())
    filings = reports.group_by("filing_id").agg(pl.col("customer_id").sort())
    assert sorted(filings["customer_id"].to_list()) == [["ANN", "BOB"], ["CAL"]]


def test_a_limit_holds_from_its_day_on() -> None:
    case = Case("", (("A", MON, 9, "20000"), ("A", TUE, 9, "20000"), ("A", WED, 9, "40000")))
    raised = standard_rules().changed("CURRENCY_REPORT.limit_usd", Decimal(30_000), TUE)
    reports, _ = currency_reports(*frames(case), business_days(), WINDOW, raised)
    assert reports["business_date"].to_list() == [MON, WED]


def test_days_judged_one_by_one_give_the_same_reports() -> None:
    case = Case("", tuple(row for one in CASES for row in one.cash))
    cash, holders, exempt = frames(case)
    whole, _ = currency_reports(cash, holders, exempt, business_days(), WINDOW, standard_rules())
    single = [
        currency_reports(cash, holders, exempt, business_days(), Window.day(day), standard_rules())
        for day in WINDOW.dates()
    ]
    assert (
        pl.concat([reports for reports, _ in single])
        .sort("report_id")
        .equals(whole.sort("report_id"))
    )


def test_a_calendar_that_ends_too_early_is_refused() -> None:
    case = Case("", (("A", SAT, 9, "11000"),))
    with pytest.raises(FinplatformError, match="calendar of business days ends"):
        currency_reports(*frames(case), business_days(last=SAT), WINDOW, standard_rules())
