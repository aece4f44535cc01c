"""Sentences of the page of settlements are true of the rows they are computed from."""

from datetime import date
from decimal import Decimal

import pytest

from finplatform_tests.unit.reporting.catalog.charts import rows, sentence

PAGE = "settlements"


@pytest.mark.parametrize(
    ("late", "change", "worst"),
    [
        ((4, 1), "down 30.0 points", "May 2026 (40.0%)"),
        ((1, 4), "up 30.0 points", "June 2026 (40.0%)"),
        ((2, 2), "unchanged", "May 2026 (level with June 2026) (20.0%)"),
    ],
)
def test_breaches_of_the_last_month_are_compared(
    late: tuple[int, int], change: str, worst: str
) -> None:
    frame = rows(
        "month_end due_count breach_count breach_rate",
        *(
            (month, 10, count, count / 10)
            for month, count in zip((date(2026, 5, 31), date(2026, 6, 30)), late, strict=True)
        ),
    )
    assert sentence(PAGE, "SLA monitoring", frame) == (
        f"Of 10 settlements due in June 2026, {late[1]}0.0% were late, {change} on the month"
        f" before; the worst month was {worst}."
    )
    gap = frame.assign(month_end=[date(2026, 4, 30), date(2026, 6, 30)])
    assert "on the month before" not in sentence(PAGE, "SLA monitoring", gap)


def test_a_first_month_of_settlements_is_compared_with_nothing() -> None:
    frame = rows(
        "month_end due_count breach_count breach_rate",
        (date(2026, 5, 31), 1, 0, 0.0),
    )
    assert sentence(PAGE, "SLA monitoring", frame) == (
        "Of 1 settlement due in May 2026, none was late."
    )


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ((6, 2, 2), "60.0% of 10 late settlements paid out came 1 business day late"),
        ((2, 6, 2), "60.0% of 10 late settlements paid out came 2 business days late"),
        ((2, 2, 6), "60.0% of 10 late settlements paid out came 10 or more business days late"),
    ],
)
def test_the_usual_delay_is_named(counts: tuple[int, int, int], said: str) -> None:
    frame = rows(
        "days_late settlement_count net_amount",
        *(
            (days, count, Decimal(70))
            for days, count in zip(("1", "2", "10 or more"), counts, strict=True)
        ),
    )
    told = sentence(PAGE, "Days delayed", frame)
    assert told.startswith(said)
    assert told.endswith("the longest delays, 10 or more business days, held up EUR 70.")


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (
            (0, 3),
            "50.0% of 10 settlements were paid out within one business day; priority took 0.0"
            " days on average and standard 3.0.",
        ),
        (
            (4, 1),
            "50.0% of 10 settlements were paid out within one business day; standard took 1.0"
            " days on average and priority 4.0.",
        ),
        (
            (10, 2),
            "None of 10 settlements was paid out within one business day; standard took 2.0"
            " days on average and priority 14.0.",
        ),
    ],
)
def test_agreements_are_compared_by_their_mean_days(days: tuple[int, int], said: str) -> None:
    frame = rows(
        "sla_class days_to_settle settlement_count day_count",
        # The last bar holds all that took ten days or more.
        ("PRIORITY", days[0], 5, 5 * days[0] + 20 * (days[0] == 10)),
        ("STANDARD", days[1], 5, 5 * days[1]),
    )
    assert sentence(PAGE, "Days to settle", frame) == said


@pytest.mark.parametrize("first", ["BANK_HOLIDAY", "MANUAL_REVIEW", "NOT_GIVEN"])
def test_the_reason_of_most_breaches_is_named(first: str) -> None:
    frame = rows(
        "delay_reason breach_count mean_days_late net_amount breach_share",
        *(
            (reason, 6 if reason == first else 2, mean, Decimal(9), 0.6 if reason == first else 0.2)
            for reason, mean in (("BANK_HOLIDAY", 1.5), ("MANUAL_REVIEW", 4.0), ("NOT_GIVEN", None))
        ),
    )
    said = sentence(PAGE, "Delay reasons", frame)
    name = "a reason that is not given" if first == "NOT_GIVEN" else first.replace("_", " ").lower()
    assert said.lower().startswith(f"{name} is behind 60.0% of 10 breaches")
    assert "manual review takes longest, with 4.0" in said


def test_breaches_that_are_all_open_have_no_length() -> None:
    frame = rows(
        "delay_reason breach_count mean_days_late net_amount breach_share",
        ("NOT_GIVEN", 1, None, Decimal(9), 1.0),
    )
    assert sentence(PAGE, "Delay reasons", frame) == (
        "A reason that is not given (the only one) is behind 100.0% of 1 breach, of which none has"
        " been paid out."
    )


@pytest.mark.parametrize("worst", ["PRIORITY", "STANDARD", "EXTENDED"])
def test_the_agreement_breached_most_is_named(worst: str) -> None:
    frame = rows(
        "sla_class due_count breach_count breach_rate",
        *(
            (name, 10, 5 if name == worst else 1, 0.5 if name == worst else 0.1)
            for name in ("PRIORITY", "STANDARD", "EXTENDED")
        ),
    )
    said = sentence(PAGE, "Breaches by agreement", frame)
    assert said.startswith(f"{worst.capitalize()} settlements are late most often (50.0% of 10)")
    merchants = frame.rename(columns={"sla_class": "merchant_name"})
    assert sentence(PAGE, "Breaches by merchant", merchants) == (
        f"{worst} was paid late most often: 5 of 10 settlements (50.0%)."
    )


@pytest.mark.parametrize(
    ("ages", "said"),
    [
        ((False,), "EUR 10 is open in 1 settlement; none of it is past due."),
        ((False, True), "EUR 20 is open in 2 settlements; 1 settlement, worth EUR 10, is past"
                        " due."),
        ((True, True), "EUR 20 is open in 2 settlements; 2 settlements, worth EUR 20, are past"
                       " due."),
    ],
)  # fmt: skip
def test_what_is_open_is_split_by_the_due_day(ages: tuple[bool, ...], said: str) -> None:
    frame = rows(
        "age is_past_due settlement_count net_amount",
        *((f"age {n}", is_late, 1, Decimal(10)) for n, is_late in enumerate(ages)),
    )
    assert sentence(PAGE, "Open settlements", frame) == said


@pytest.mark.parametrize(
    ("amounts", "best"),
    [((9, 1), "2026-05"), ((1, 9), "2026-06"), ((4, 4), "2026-05 (level with 2026-06)")],
)
def test_the_month_of_most_commission_is_named(amounts: tuple[int, int], best: str) -> None:
    frame = rows(
        "month commission_amount gross_amount commission_rate",
        *(
            (month, Decimal(amount), Decimal(100), amount / 100)
            for month, amount in zip(("2026-05", "2026-06"), amounts, strict=True)
        ),
    )
    assert sentence(PAGE, "Commission", frame) == (
        f"Commission was highest in {best} (EUR {max(amounts)}); 2026-06 brought EUR {amounts[1]},"
        f" {amounts[1]}.00% of what was settled."
    )
