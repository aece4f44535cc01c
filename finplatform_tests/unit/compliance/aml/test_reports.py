"""Drafts of reports: the narrative from facts, and files that keep the authority's rules."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest

from finplatform.compliance.aml.filings import (
    CurrencyFiling,
    Institution,
    Subject,
    SuspiciousFiling,
)
from finplatform.compliance.aml.fincen import (
    CLASSIFICATIONS,
    DRAFT_COMMENT,
    NAMESPACE,
    currency_batch,
    suspicious_batch,
    whole_dollars,
)
from finplatform.compliance.aml.fincen_rules import broken_rules, open_items
from finplatform.compliance.aml.narrative import (
    DRAFT,
    LONGEST,
    AlertFacts,
    CaseFacts,
    MovementFacts,
    draft,
)
from finplatform.compliance.aml.typologies import KEY_SIGNALS

BANK = Institution("Bank & Sons", "123456789", "12345678", "1", "1 Main St", "Salem", "OR", "97301",
                   "5035550100")  # fmt: skip
ANN = Subject("C1", "Novak", "Ann", "1980-02-29", "2 Elm St", "Salem", "OR", "97302", "US", ["A1"])
NOBODY = Subject("C2", accounts=["A2", "A3"])


def moved(number: int, kind: str, amount: str, *, is_subject: bool = True) -> MovementFacts:
    return MovementFacts(
        f"T{number}", "C1" if is_subject else "C9", "A1" if is_subject else "A9",
        datetime(2025, 3, number, 12, tzinfo=UTC), Decimal(amount), kind, is_subject,
    )  # fmt: skip


FACTS = CaseFacts(
    bank="Bank & Sons",
    case_id="CASE-1",
    customer_id="C1",
    alerts=[AlertFacts("STRUCTURING", date(2025, 3, 9), 90, "3 cash deposits below the limit")],
    movements=[
        moved(3, "CASH_IN", "9400.50"),
        moved(5, "CASH_IN", "9300.00"),
        moved(8, "FROM_CUSTOMER", "500.00"),
        moved(9, "TO_CUSTOMER", "700.00", is_subject=False),
        moved(14, "TO_OUTSIDE", "18000.00"),
    ],
    has_suspect=True,
    reason="No business explains the cash.",
)


def sar(**other: object) -> SuspiciousFiling:
    filing = SuspiciousFiling(
        "SAR-1", ["STRUCTURING"], date(2025, 3, 3), date(2025, 3, 14), Decimal("19200.50"), ANN,
        draft(FACTS),
    )  # fmt: skip
    return replace(filing, **other)


def ctr(**other: object) -> CurrencyFiling:
    filing = CurrencyFiling("CTF-1", date(2025, 3, 3), 1, Decimal("10000.01"), 2, [ANN])
    return replace(filing, **other)


def parsed(content: bytes) -> ET.Element:
    return ET.fromstring(content)  # noqa: S314 - a file of our own making


def texts(content: bytes, tag: str) -> list[str]:
    return [e.text or "" for e in parsed(content).iter(f"{{{NAMESPACE}}}{tag}")]


def test_a_narrative_says_who_what_when_and_why_from_the_facts() -> None:
    text = draft(FACTS)
    assert text.startswith(DRAFT)
    for part in (
        "Bank & Sons reports suspicious activity of customer C1",
        "structuring of cash deposits below the currency reporting limit",
        "from March 03, 2025 to March 14, 2025",
        "comes to $19,200.50",
        "2 cash deposits of $18,700.50 together, from 03/03/2025 to 03/05/2025",
        "the largest of $9,400.50 on 03/03/2025 (transaction T3)",
        "Accounts of the subject: A1. Other customers whose accounts took part: C9.",
        "On 03/09/2025 the bank's monitoring found",
        "score 90 of 100): 3 cash deposits below the limit",
        "No business explains the cash.",
        "CASE-1",
    ):
        assert part in text, part


def test_a_sum_counts_on_the_side_of_the_subject_and_once() -> None:
    assert FACTS.amount_usd == Decimal("19200.50")
    only_others = replace(FACTS, movements=[moved(9, "TO_CUSTOMER", "700.00", is_subject=False)])
    assert only_others.amount_usd == Decimal("700.00")


def test_every_amount_and_day_of_a_narrative_is_one_of_the_facts() -> None:
    amounts = {"19,200.50", "18,700.50", "9,400.50", "500.00", "18,000.00"}
    assert set(re.findall(r"\$([\d,.]+\d)", draft(FACTS))) == amounts


def test_continuing_activity_names_the_reports_before() -> None:
    text = draft(replace(FACTS, prior_reports=["SAR-0"], has_suspect=False))
    assert "continuing activity of an unidentified subject" in text
    assert "Earlier reports on the subject: SAR-0." in text


def test_a_narrative_is_never_longer_than_the_authority_takes() -> None:
    many = [replace(FACTS.alerts[0], reason="word " * 200)] * 40
    text = draft(replace(FACTS, alerts=many))
    assert len(text) == LONGEST
    content = suspicious_batch([sar(narrative=text)], BANK)
    assert broken_rules(content) == []
    assert len(texts(content, "ActivityNarrativeText")) == 5


@pytest.mark.parametrize("typology", KEY_SIGNALS)
def test_a_file_of_each_typology_keeps_the_rules(typology: str) -> None:
    content = suspicious_batch([sar(typologies=[typology])], BANK)
    assert broken_rules(content) == []
    pairs = zip(
        texts(content, "SuspiciousActivityTypeID"), texts(content, "SuspiciousActivitySubtypeID"),
        strict=True,
    )  # fmt: skip
    assert tuple(pairs) == CLASSIFICATIONS[typology]


@pytest.mark.parametrize(
    "filing",
    [
        sar(),
        sar(subject=None),
        sar(subject=NOBODY),
        sar(typologies=["FAN_IN", "CYCLE", "RAPID_MOVEMENT"]),
        sar(prior_bsa_id="3" * 14, cumulative_usd=Decimal(50_000)),
        sar(narrative="One line with <brackets> & signs: ÅÉ 日本."),
    ],
)
def test_suspicious_activity_reports_keep_the_rules(filing: SuspiciousFiling) -> None:
    content = suspicious_batch([filing, filing], BANK)
    assert broken_rules(content) == []
    assert parsed(content).get("ActivityCount") == "2"


@pytest.mark.parametrize(
    "filing",
    [
        ctr(),
        ctr(direction=-1, amount_usd=Decimal(30_000)),
        ctr(subjects=[ANN, NOBODY]),
        ctr(has_machine=True, has_night_deposit=True, transaction_count=1),
    ],
)
def test_currency_transaction_reports_keep_the_rules(filing: CurrencyFiling) -> None:
    assert broken_rules(currency_batch([filing], BANK)) == []


def test_a_file_says_that_it_is_a_draft_and_is_not_dated() -> None:
    for content in (suspicious_batch([sar()], BANK), currency_batch([ctr()], BANK)):
        assert DRAFT_COMMENT.encode() in content
        assert texts(content, "FilingDateText") == [""]
        assert "FilingDateText" in open_items(content)
    assert texts(suspicious_batch([sar()], BANK), "FilingInstitutionNotetoFinCEN") == [
        "DRAFT - NOT FILED"
    ]


def test_what_nobody_revealed_is_marked_as_unknown() -> None:
    content = suspicious_batch([sar(subject=NOBODY)], BANK)
    assert {"EntityLastNameUnknownIndicator", "BirthDateUnknownIndicator"} <= set(
        open_items(content)
    )
    assert b"Novak" not in content
    assert b"Novak" in suspicious_batch([sar()], BANK)


def test_amounts_are_rounded_up_to_the_dollar() -> None:
    assert [whole_dollars(Decimal(text)) for text in ("10000.01", "10000.00", "9.99")] == [
        10_001, 10_000, 10,
    ]  # fmt: skip
    assert texts(currency_batch([ctr()], BANK), "TotalCashInReceiveAmountText") == ["10001"]


@pytest.mark.parametrize(
    ("kind", "old", "new", "rule"),
    [
        ("SAR", b"<fc2:FormTypeCode>SARX", b"<fc2:FormTypeCode>SARY", "is no form"),
        ("SAR", b'PartyCount="6"', b'PartyCount="7"', "PartyCount is 7"),
        ("SAR", b'SeqNum="5"', b'SeqNum="500"', "do not run from 1"),
        ("SAR", b">114<", b">115<", "115 is no subtype of 1"),
        ("SAR", b">20250303<", b">20251399<", "not a day as YYYYMMDD"),
        ("SAR", b">20250303<", b">20250401<", "the activity lasts from"),
        ("SAR", b">19201<", b">19200.50<", "not whole dollars"),
        ("SAR", b">33</fc2:ActivityPartyTypeCode", b">50</fc2:ActivityPartyTypeCode", "code '50'"),
        ("SAR", b">35</fc2:ActivityPartyTypeCode", b">37</fc2:ActivityPartyTypeCode", "0 parties"),
        ("SAR", b"NarrativeSequenceNumber>1<", b"NarrativeSequenceNumber>2<",
         "not numbered from 1"),
        ("SAR", b"InitialReportIndicator>Y", b"InitialReportIndicator>N", "neither Y nor empty"),
        ("SAR", b"InitialReportIndicator", b"SomethingElse", ""),
        ("CTR", b"In>10001<", b"In>10001<", ""),
        ("CTR", b"ReceiveAmountText>10001<", b"ReceiveAmountText>10000<", "nor cash out"),
        ("CTR", b"DetailTransactionAmountText>10001<", b"DetailTransactionAmountText>9<",
         "details come to 9"),
        ("CTR", b"DetailTypeCode>55<", b"DetailTypeCode>99<", "a detail has the code 99"),
        ("CTR", b"<fc2:RawCityText>", b"<fc2:RawZIPCode>x</fc2:RawZIPCode><fc2:RawCityText>",
         "not in their order"),
        ("CTR", b">Salem<", b"> Salem<", "spaces around"),
        ("CTR", b">97302<", b">9730200000<", "9 at most"),
        ("CTR", b">50</fc2:ActivityPartyTypeCode", b">58</fc2:ActivityPartyTypeCode",
         "no conductor and no beneficiary is named"),
        ("CTR", b"</fc2:EFilingBatchXML>", b"", "it is no XML"),
        ("CTR", b"EFilingBatchXML", b"Batch", "begins with Batch"),
    ],
)  # fmt: skip
def test_a_broken_rule_is_found(kind: str, old: bytes, new: bytes, rule: str) -> None:
    content = suspicious_batch([sar()], BANK) if kind == "SAR" else currency_batch([ctr()], BANK)
    found = "; ".join(broken_rules(content.replace(old, new)))
    assert rule in found
    assert bool(found) == bool(rule)
