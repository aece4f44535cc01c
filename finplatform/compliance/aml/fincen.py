"""Report files in the shape of FinCEN's XML 2.0 batches: currency and suspicious activity reports.

Every file is a draft: a comment and the note to FinCEN mark it as such, and its filing date is
empty until it is filed. Belongs here: the elements, in the order and with the codes of the batch
schemas. Does not belong here: the validation of a file (`fincen_rules`) and its content
(`filings`).
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from xml.etree import ElementTree as ET

from finplatform.compliance.aml.filings import (
    CurrencyFiling,
    Institution,
    Subject,
    SuspiciousFiling,
)

NAMESPACE = "www.fincen.gov/base"
_SCHEMAS = {
    "CTRX": f"{NAMESPACE} https://www.fincen.gov/base/EFL_CTRXBatchSchema.xsd",
    "SARX": f"{NAMESPACE} https://www.fincen.gov/base/EFL_SARXBatchSchema.xsd",
}
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
DRAFT_COMMENT = " DRAFT: not filed. A compliance officer reads, completes and files it. "

TRANSMITTER, TRANSMITTER_CONTACT, FILING, CONTACT = "35", "37", "30", "8"
LOCATION, SUBJECT = "34", "33"
ON_OWN_BEHALF, FOR_WHOM = "50", "23"
_DEPOSITS, _WITHDRAWALS = "55", "56"
_AFFECTED_IN, _AFFECTED_OUT = "8", "9"
_SUBJECTS_ACCOUNT = "7"
_HELD_AT = "41"
_DEPOSITORY = "2"
_PART = 4_000

CLASSIFICATIONS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "STRUCTURING": (("1", "114"),),
    "RAPID_MOVEMENT": (("8", "805"), ("8", "812")),
    "VELOCITY": (("8", "812"),),
    "ROUND_AMOUNTS": (("8", "821"),),
    "DORMANT_AWAKENED": (("8", "812"), ("8", "821")),
    "HIGH_RISK_GEOGRAPHY": (("9", "928"), ("8", "805")),
    "FAN_IN": (("8", "824"),),
    "FAN_OUT": (("8", "807"), ("8", "805")),
    "CYCLE": (("9", "925"), ("9", "911")),
    "SCATTER_GATHER": (("9", "911"), ("8", "807")),
    "LAYERING_CHAIN": (("8", "807"), ("9", "911")),
}
"""Type and subtype of suspicious activity of each typology."""


@dataclass
class _Numbers:
    """Sequence numbers, which run through a batch."""

    last: int = 0

    def next(self) -> str:
        self.last += 1
        return str(self.last)


@dataclass
class _Writer:
    numbers: _Numbers = field(default_factory=_Numbers)

    def part(self, parent: ET.Element, tag: str) -> ET.Element:
        """An element with a sequence number."""
        return ET.SubElement(parent, _name(tag), {"SeqNum": self.numbers.next()})


def currency_batch(filings: Sequence[CurrencyFiling], bank: Institution) -> bytes:
    """A batch of currency transaction reports.

    Args:
        filings: Reports, each an activity of the batch.
        bank: Who files.
    """
    writer, root = _Writer(), _root("CTRX")
    for filing in filings:
        activity = _activity(writer, root, prior=None)
        association = writer.part(activity, "ActivityAssociation")
        _text(association, "CorrectsAmendsPriorReportIndicator", "")
        _text(association, "FinCENDirectBackFileIndicator", "")
        _text(association, "InitialReportIndicator", "Y")
        _institutions(writer, activity, bank, filing)
        for position, subject in enumerate(filing.subjects):
            _person(writer, activity, subject, filing, position)
        _cash(writer, activity, filing)
    amounts = sum((whole_dollars(filing.amount_usd) for filing in filings), 0)
    return _bytes(root, amounts)


def suspicious_batch(filings: Sequence[SuspiciousFiling], bank: Institution) -> bytes:
    """A batch of suspicious activity reports.

    Args:
        filings: Reports, each an activity of the batch.
        bank: Who files.
    """
    writer, root = _Writer(), _root("SARX")
    for filing in filings:
        is_continuing = filing.prior_bsa_id is not None
        activity = _activity(writer, root, prior=filing.prior_bsa_id)
        _text(activity, "FilingInstitutionNotetoFinCEN", "DRAFT - NOT FILED")
        association = writer.part(activity, "ActivityAssociation")
        _text(association, "ContinuingActivityReportIndicator", "Y" if is_continuing else "")
        _text(association, "InitialReportIndicator", "" if is_continuing else "Y")
        _institutions(writer, activity, bank, None)
        _suspect(writer, activity, filing, bank)
        _activity_of(writer, activity, filing)
        for number, text in enumerate(_pieces(filing.narrative), start=1):
            information = writer.part(activity, "ActivityNarrativeInformation")
            _text(information, "ActivityNarrativeSequenceNumber", str(number))
            _text(information, "ActivityNarrativeText", text)
    amounts = sum((whole_dollars(filing.amount_usd) for filing in filings), 0)
    return _bytes(root, amounts)


def whole_dollars(amount: Decimal) -> int:
    """An amount as reports have it: rounded up to the dollar."""
    return math.ceil(amount)


def _root(form: str) -> ET.Element:
    root = ET.Element(_name("EFilingBatchXML"))
    root.set(f"{{{_INSTANCE}}}schemaLocation", _SCHEMAS[form])
    root.append(ET.Comment(DRAFT_COMMENT))
    _text(root, "FormTypeCode", form)
    return root


def _activity(writer: _Writer, root: ET.Element, *, prior: str | None) -> ET.Element:
    activity = writer.part(root, "Activity")
    if prior is not None:
        _text(activity, "EFilingPriorDocumentNumber", prior)
    _text(activity, "FilingDateText", "")
    return activity


def _institutions(
    writer: _Writer, activity: ET.Element, bank: Institution, filing: CurrencyFiling | None
) -> None:
    """The transmitter and its contact, the bank that files, whom to call, and where it happened."""
    transmitter = _party(writer, activity, TRANSMITTER, bank.name)
    _address(writer, transmitter, bank)
    _phone(writer, transmitter, bank)
    _identification(writer, transmitter, bank.tin, "4")
    _identification(writer, transmitter, bank.control_code, "28")
    _party(writer, activity, TRANSMITTER_CONTACT, bank.name)
    for code in (FILING, LOCATION):
        party = writer.part(activity, "Party")
        _text(party, "ActivityPartyTypeCode", code)
        if code == LOCATION and filing is not None:
            _text(party, _cash_tag(filing), str(whole_dollars(filing.amount_usd)))
        _text(party, "PrimaryRegulatorTypeCode", bank.regulator)
        _legal_name(writer, party, bank.name)
        _address(writer, party, bank)
        _identification(writer, party, bank.tin, "2")
        kind = writer.part(party, "OrganizationClassificationTypeSubtype")
        _text(kind, "OrganizationTypeID", _DEPOSITORY)
        if code == FILING:
            contact = _party(writer, activity, CONTACT, bank.name)
            _phone(writer, contact, bank)


def _person(
    writer: _Writer, activity: ET.Element, subject: Subject, filing: CurrencyFiling, position: int
) -> None:
    """A person of a currency report: the first as who conducts it, others as for whom it was."""
    party = writer.part(activity, "Party")
    _text(party, "ActivityPartyTypeCode", ON_OWN_BEHALF if position == 0 else FOR_WHOM)
    if subject.birth_date is None:
        _text(party, "BirthDateUnknownIndicator", "Y")
    else:
        _text(party, "IndividualBirthDateText", subject.birth_date.replace("-", ""))
    _text(party, _cash_tag(filing), str(whole_dollars(filing.amount_usd)))
    _personal(writer, party, subject)
    for number in subject.accounts:
        account = writer.part(party, "Account")
        _text(account, "AccountNumberText", number)
        association = writer.part(account, "PartyAccountAssociation")
        code = _AFFECTED_IN if filing.direction > 0 else _AFFECTED_OUT
        _text(association, "PartyAccountAssociationTypeCode", code)


def _cash(writer: _Writer, activity: ET.Element, filing: CurrencyFiling) -> None:
    cash = writer.part(activity, "CurrencyTransactionActivity")
    _text(cash, "AggregateTransactionIndicator", "Y" if filing.transaction_count > 1 else "")
    _text(cash, "ArmoredCarServiceIndicator", "")
    _text(cash, "ATMIndicator", "Y" if filing.has_machine else "")
    _text(cash, "MailDepositShipmentIndicator", "")
    _text(cash, "NightDepositIndicator", "Y" if filing.has_night_deposit else "")
    _text(cash, "SharedBranchingIndicator", "")
    amount = str(whole_dollars(filing.amount_usd))
    is_in = filing.direction > 0
    _text(cash, "TotalCashInReceiveAmountText", amount if is_in else "")
    _text(cash, "TotalCashOutAmountText", "" if is_in else amount)
    _text(cash, "TransactionDateText", _day(filing.business_date))
    detail = writer.part(cash, "CurrencyTransactionActivityDetail")
    _text(
        detail,
        "CurrencyTransactionActivityDetailTypeCode",
        _DEPOSITS if is_in else _WITHDRAWALS,
    )
    _text(detail, "DetailTransactionAmountText", amount)
    _text(detail, "OtherCurrencyTransactionActivityDetailText", "")
    _text(detail, "OtherForeignCurrencyCountryText", "")


def _suspect(
    writer: _Writer, activity: ET.Element, filing: SuspiciousFiling, bank: Institution
) -> None:
    party = writer.part(activity, "Party")
    _text(party, "ActivityPartyTypeCode", SUBJECT)
    subject = filing.subject
    if subject is None:
        _text(party, "AllCriticalSubjectInformationUnavailableIndicator", "Y")
        return
    if subject.birth_date is None:
        _text(party, "BirthDateUnknownIndicator", "Y")
    else:
        _text(party, "IndividualBirthDateText", subject.birth_date.replace("-", ""))
    _personal(writer, party, subject)
    relation = writer.part(party, "PartyAssociation")
    _text(relation, "CustomerIndicator", "Y")
    if subject.accounts:
        association = writer.part(party, "PartyAccountAssociation")
        _text(association, "PartyAccountAssociationTypeCode", _SUBJECTS_ACCOUNT)
        held = writer.part(association, "Party")
        _text(held, "ActivityPartyTypeCode", _HELD_AT)
        _identification(writer, held, bank.tin, "2")
        for number in subject.accounts:
            account = writer.part(held, "Account")
            _text(account, "AccountNumberText", number)
            at = writer.part(account, "PartyAccountAssociation")
            _text(at, "PartyAccountAssociationTypeCode", "5")


def _activity_of(writer: _Writer, activity: ET.Element, filing: SuspiciousFiling) -> None:
    part = writer.part(activity, "SuspiciousActivity")
    if filing.cumulative_usd is not None:
        _text(part, "CumulativeTotalViolationAmountText", str(whole_dollars(filing.cumulative_usd)))
    _text(part, "SuspiciousActivityFromDateText", _day(filing.activity_from))
    _text(part, "SuspiciousActivityToDateText", _day(filing.activity_to))
    _text(part, "TotalSuspiciousAmountText", str(whole_dollars(filing.amount_usd)))
    pairs = dict.fromkeys(
        pair for typology in filing.typologies for pair in CLASSIFICATIONS[typology]
    )
    for kind, subtype in pairs:
        classification = writer.part(part, "SuspiciousActivityClassification")
        _text(classification, "SuspiciousActivitySubtypeID", subtype)
        _text(classification, "SuspiciousActivityTypeID", kind)


def _personal(writer: _Writer, party: ET.Element, subject: Subject) -> None:
    """Name, address and identification; what is not known is marked so."""
    name = writer.part(party, "PartyName")
    if subject.last_name is None:
        _text(name, "EntityLastNameUnknownIndicator", "Y")
    if subject.first_name is None:
        _text(name, "FirstNameUnknownIndicator", "Y")
    _text(name, "PartyNameTypeCode", "L")
    if subject.last_name is not None:
        _text(name, "RawEntityIndividualLastName", subject.last_name[:150])
    if subject.first_name is not None:
        _text(name, "RawIndividualFirstName", subject.first_name[:35])
    address = writer.part(party, "Address")
    known = {
        "City": (subject.city, "RawCityText", 50),
        "CountryCode": (subject.country, "RawCountryCodeText", 2),
        "StateCode": (subject.state, "RawStateCodeText", 3),
        "StreetAddress": (subject.street, "RawStreetAddress1Text", 100),
        "ZIPCode": (subject.postcode, "RawZIPCode", 9),
    }
    for what, (value, _, _) in known.items():
        if not value:
            _text(address, f"{what}UnknownIndicator", "Y")
    for value, tag, longest in known.values():
        if value:
            _text(address, tag, value[:longest])
    identification = writer.part(party, "PartyIdentification")
    _text(identification, "TINUnknownIndicator", "Y")


def _party(writer: _Writer, activity: ET.Element, code: str, name: str) -> ET.Element:
    party = writer.part(activity, "Party")
    _text(party, "ActivityPartyTypeCode", code)
    _legal_name(writer, party, name)
    return party


def _legal_name(writer: _Writer, party: ET.Element, name: str) -> None:
    part = writer.part(party, "PartyName")
    _text(part, "PartyNameTypeCode", "L")
    _text(part, "RawPartyFullName", name[:150])


def _address(writer: _Writer, party: ET.Element, bank: Institution) -> None:
    address = writer.part(party, "Address")
    _text(address, "RawCityText", bank.city)
    _text(address, "RawCountryCodeText", "US")
    _text(address, "RawStateCodeText", bank.state)
    _text(address, "RawStreetAddress1Text", bank.street)
    _text(address, "RawZIPCode", bank.postcode)


def _phone(writer: _Writer, party: ET.Element, bank: Institution) -> None:
    phone = writer.part(party, "PhoneNumber")
    _text(phone, "PhoneNumberText", bank.phone)


def _identification(writer: _Writer, party: ET.Element, number: str, code: str) -> None:
    part = writer.part(party, "PartyIdentification")
    _text(part, "PartyIdentificationNumberText", number)
    _text(part, "PartyIdentificationTypeCode", code)


def _pieces(text: str) -> Iterator[str]:
    """A narrative in pieces that the schema takes, cut between words."""
    rest = text.strip()
    while len(rest) > _PART:
        cut = rest.rfind(" ", 1, _PART + 1)
        cut = _PART if cut <= 0 else cut
        yield rest[:cut].strip()
        rest = rest[cut:].strip()
    yield rest


def _cash_tag(filing: CurrencyFiling) -> str:
    return f"IndividualEntityCash{'In' if filing.direction > 0 else 'Out'}AmountText"


def _day(day: date) -> str:
    return f"{day:%Y%m%d}"


def _name(tag: str) -> str:
    return f"{{{NAMESPACE}}}{tag}"


def _text(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, _name(tag)).text = text


def _bytes(root: ET.Element, amounts: int) -> bytes:
    """The batch with its counts."""
    counts = {
        "TotalAmount": amounts,
        "PartyCount": len(root.findall(f"{_name('Activity')}/{_name('Party')}")),
        "ActivityCount": len(root.findall(_name("Activity"))),
    }
    if root.findtext(_name("FormTypeCode")) == "SARX":
        counts |= {
            "AccountCount": len(root.findall(f".//{_name('Account')}")),
            "ActivityAttachmentCount": 0,
            "AttachmentCount": 0,
        }
    for attribute, count in counts.items():
        root.set(attribute, str(count))
    ET.register_namespace("fc2", NAMESPACE)
    ET.register_namespace("xsi", _INSTANCE)
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))
