"""Answers to people: the day, the law and the remedies, and no word that they are watched."""

from datetime import date

import pytest

from finplatform.privacy.erasure import Erased
from finplatform.privacy.holds import Hold
from finplatform.privacy.reply import done_text, held_text
from finplatform.privacy.stored_rows import Change

ON = date(2026, 11, 30)
RELATIONSHIP = Hold(date(2030, 2, 28), "business_relationship", "Five years (a paragraph).")
WATCHED = [
    Hold(date(2031, 1, 1), "legal_duty", "A duty."),
    Hold(date(2031, 1, 1), "manual", "Police inquiry 77."),
]


def test_a_refusal_says_why_until_when_and_where_to_complain() -> None:
    text = held_text("PR-1", ON, [RELATIONSHIP])
    for part in (
        "PR-1",
        "2026-11-30",
        "28 February 2030",
        "Five years",
        "article 77",
        "article 79",
    ):
        assert part in text


@pytest.mark.parametrize("hold", WATCHED)
def test_a_refusal_tells_nothing_of_what_watches_the_person(hold: Hold) -> None:
    text = held_text("PR-1", ON, [RELATIONSHIP, hold])
    assert "01 January 2031" in text
    for word in ("case", "report", "suspicious", "Police", "duty"):
        assert word not in text


def test_a_day_that_may_move_is_no_promise() -> None:
    moving = Hold(date(2031, 11, 30), "business_relationship", "Five years.", is_final=False)
    assert "Not before 30 November 2031" in held_text("PR-1", ON, [moving])


def test_an_answer_says_what_was_erased_and_what_is_kept() -> None:
    changes = (Change("bronze.customers", "emptied", 3), Change("gold.dim_customer", "emptied", 3))
    text = done_text("PR-1", ON, Erased(1, changes))
    for part in ("PR-1", "2 tables", "0 pages", "What is kept, and why", "article 77"):
        assert part in text
