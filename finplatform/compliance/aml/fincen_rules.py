"""Whether a report file keeps the authority's rules: shape, codes, lengths, sums.

The rules are those of the batch schemas and of the electronic filing requirements that a file can
break; whether an account number or a name is right is not among them. A draft may lack what only
the filer can put in: `open_items` lists it. Belongs here: checking a file. Does not belong here:
making one (`fincen`).
"""

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from finplatform.compliance.aml.fincen import (
    CONTACT,
    FILING,
    FOR_WHOM,
    LOCATION,
    NAMESPACE,
    ON_OWN_BEHALF,
    SUBJECT,
    TRANSMITTER,
    TRANSMITTER_CONTACT,
)

_DATE = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
_AMOUNT = re.compile(r"\d{1,15}")
_ORDERS = {
    "Activity": (
        "EFilingPriorDocumentNumber", "FilingDateText", "FilingInstitutionNotetoFinCEN",
        "ActivityAssociation", "Party", "CurrencyTransactionActivity", "SuspiciousActivity",
        "ActivityNarrativeInformation",
    ),
    "Party": (
        "ActivityPartyTypeCode", "AllCriticalSubjectInformationUnavailableIndicator",
        "BirthDateUnknownIndicator", "IndividualBirthDateText",
        "IndividualEntityCashInAmountText", "IndividualEntityCashOutAmountText",
        "PrimaryRegulatorTypeCode", "PartyName", "Address", "PhoneNumber", "PartyIdentification",
        "OrganizationClassificationTypeSubtype", "PartyAssociation", "PartyAccountAssociation",
        "Account",
    ),
    "PartyName": (
        "EntityLastNameUnknownIndicator", "FirstNameUnknownIndicator", "PartyNameTypeCode",
        "RawEntityIndividualLastName", "RawIndividualFirstName", "RawPartyFullName",
    ),
    "Address": (
        "CityUnknownIndicator", "CountryCodeUnknownIndicator", "StateCodeUnknownIndicator",
        "StreetAddressUnknownIndicator", "ZIPCodeUnknownIndicator", "RawCityText",
        "RawCountryCodeText", "RawStateCodeText", "RawStreetAddress1Text", "RawZIPCode",
    ),
    "CurrencyTransactionActivity": (
        "AggregateTransactionIndicator", "ArmoredCarServiceIndicator", "ATMIndicator",
        "MailDepositShipmentIndicator", "NightDepositIndicator", "SharedBranchingIndicator",
        "TotalCashInReceiveAmountText", "TotalCashOutAmountText", "TransactionDateText",
        "CurrencyTransactionActivityDetail",
    ),
    "SuspiciousActivity": (
        "CumulativeTotalViolationAmountText", "SuspiciousActivityFromDateText",
        "SuspiciousActivityToDateText", "TotalSuspiciousAmountText",
        "SuspiciousActivityClassification",
    ),
}  # fmt: skip
_LONGEST = {
    "RawPartyFullName": 150,
    "RawEntityIndividualLastName": 150,
    "RawIndividualFirstName": 35,
    "RawStreetAddress1Text": 100,
    "RawCityText": 50,
    "RawStateCodeText": 3,
    "RawZIPCode": 9,
    "RawCountryCodeText": 2,
    "PhoneNumberText": 16,
    "AccountNumberText": 40,
    "PartyIdentificationNumberText": 25,
    "FilingInstitutionNotetoFinCEN": 50,
    "ActivityNarrativeText": 4_000,
}
_PARTIES = {
    "CTRX": {TRANSMITTER, TRANSMITTER_CONTACT, FILING, LOCATION, CONTACT, ON_OWN_BEHALF, "17",
             FOR_WHOM, "58"},
    "SARX": {TRANSMITTER, TRANSMITTER_CONTACT, FILING, LOCATION, CONTACT, SUBJECT, "46", "18",
             "19", "41"},
}  # fmt: skip
_ONCE = (TRANSMITTER, TRANSMITTER_CONTACT, FILING, CONTACT)
_DETAILS = {
    *("55", "46", "23", "12", "14", "49", "18", "21", "25", "997", "56", "30", "32", "13", "15"),
    *("48", "28", "31", "33", "34", "998", "53", "54"),
}
_SUBTYPES = {
    "1": {"106", "111", "112", "113", "114", "1999"},
    "8": {"801", "804", "805", "806", "807", "808", "809", "812", "820", "821", "822", "823",
          "824", "8999"},
    "9": {"901", "903", "904", "910", "911", "925", "928", "9999"},
}  # fmt: skip
_MOST_NARRATIVES = 5
_CTR_LIMIT = 10_000
_OPEN = (
    "RawPartyFullName", "PartyIdentificationNumberText", "RawCityText", "RawStateCodeText",
    "RawStreetAddress1Text", "RawZIPCode", "PhoneNumberText", "FilingDateText",
)  # fmt: skip
"""Elements that a draft may leave empty for the filer."""


def broken_rules(content: bytes) -> list[str]:
    """Rules that a file breaks, each in words; none if it keeps all of them.

    Args:
        content: The file.
    """
    try:
        root = ET.fromstring(content)  # noqa: S314 - a file of our own making
    except ET.ParseError as error:
        return [f"it is no XML: {error}"]
    if root.tag != _tag("EFilingBatchXML"):
        return [f"it begins with {_local(root)}, not with EFilingBatchXML"]
    form = root.findtext(_tag("FormTypeCode")) or ""
    if form not in _PARTIES:
        return [f"{form!r} is no form"]
    activities = root.findall(_tag("Activity"))
    found = [*_counts(root, activities), *_sequence(root), *_elements(root)]
    for number, activity in enumerate(activities, start=1):
        rules = _currency(activity) if form == "CTRX" else _suspicious(activity)
        found += [f"activity {number}: {rule}" for rule in (*_parties(activity, form), *rules)]
    return found


def open_items(content: bytes) -> list[str]:
    """What the filer is to put in: elements that are empty, or marked as unknown."""
    root = ET.fromstring(content)  # noqa: S314 - a file of our own making
    empty = {_local(e) for e in root.iter() if _local(e) in _OPEN and not (e.text or "")}
    unknown = {_local(e) for e in root.iter() if _local(e).endswith("UnknownIndicator")}
    return sorted(empty | unknown)


def _counts(root: ET.Element, activities: list[ET.Element]) -> Iterator[str]:
    parties = sum(len(activity.findall(_tag("Party"))) for activity in activities)
    for attribute, count in (("ActivityCount", len(activities)), ("PartyCount", parties)):
        if root.get(attribute) != str(count):
            yield f"{attribute} is {root.get(attribute)}, and there are {count}"
    if not activities:
        yield "it holds no activity"


def _sequence(root: ET.Element) -> Iterator[str]:
    numbers = [element.get("SeqNum") for element in root.iter() if element.get("SeqNum")]
    if numbers != [str(place) for place in range(1, len(numbers) + 1)]:
        yield "sequence numbers do not run from 1 without a gap"


def _elements(root: ET.Element) -> Iterator[str]:
    """Order of elements, lengths of texts, and their forms."""
    for element in root.iter():
        name, text = _local(element), element.text or ""
        if order := _ORDERS.get(name):
            places = [order.index(_local(c)) if _local(c) in order else -1 for c in element]
            if -1 in places:
                yield f"{name} holds {_local(element[places.index(-1)])}, which is not of it"
            elif places != sorted(places):
                yield f"elements of {name} are not in their order"
        if len(text) > _LONGEST.get(name, 1_000_000):
            yield f"{name} has {len(text)} characters, and {_LONGEST[name]} at most"
        if name.endswith("DateText") and text and not _DATE.fullmatch(text):
            yield f"{name} is {text!r}, not a day as YYYYMMDD"
        if name.endswith("AmountText") and text and not _AMOUNT.fullmatch(text):
            yield f"{name} is {text!r}, not whole dollars"
        if name.endswith("Indicator") and text not in ("", "Y"):
            yield f"{name} is {text!r}, neither Y nor empty"
        if text != text.strip() and not len(element):
            yield f"{name} has spaces around its text"


def _parties(activity: ET.Element, form: str) -> Iterator[str]:
    codes = [
        p.findtext(_tag("ActivityPartyTypeCode")) or "" for p in activity.findall(_tag("Party"))
    ]
    for code in codes:
        if code not in _PARTIES[form]:
            yield f"a party has the code {code!r}"
    for code in _ONCE:
        if codes.count(code) != 1:
            yield f"there are {codes.count(code)} parties with the code {code}, not one"
    if LOCATION not in codes:
        yield "no party has the place of the transaction"
    wanted = {SUBJECT} if form == "SARX" else {ON_OWN_BEHALF, "17", FOR_WHOM}
    if not wanted & set(codes):
        yield "no conductor and no beneficiary is named"


def _currency(activity: ET.Element) -> Iterator[str]:
    cash = activity.find(_tag("CurrencyTransactionActivity"))
    if cash is None:
        yield "it holds no currency transaction"
        return
    came = int(cash.findtext(_tag("TotalCashInReceiveAmountText")) or 0)
    left = int(cash.findtext(_tag("TotalCashOutAmountText")) or 0)
    if max(came, left) <= _CTR_LIMIT:
        yield f"neither cash in ({came}) nor cash out ({left}) is over {_CTR_LIMIT}"
    details = cash.findall(_tag("CurrencyTransactionActivityDetail"))
    codes = [d.findtext(_tag("CurrencyTransactionActivityDetailTypeCode")) or "" for d in details]
    if unknown := sorted(set(codes) - _DETAILS):
        yield f"a detail has the code {', '.join(unknown)}"
    total = sum(int(d.findtext(_tag("DetailTransactionAmountText")) or 0) for d in details)
    if total != came + left:
        yield f"details come to {total}, cash in and out to {came + left}"


def _suspicious(activity: ET.Element) -> Iterator[str]:
    part = activity.find(_tag("SuspiciousActivity"))
    if part is None:
        yield "it holds no suspicious activity"
        return
    first = part.findtext(_tag("SuspiciousActivityFromDateText")) or ""
    last = part.findtext(_tag("SuspiciousActivityToDateText")) or first
    if not first or last < first:
        yield f"the activity lasts from {first or 'no day'} to {last or 'no day'}"
    if not part.findtext(_tag("TotalSuspiciousAmountText")):
        yield "no amount is given"
    kinds = part.findall(_tag("SuspiciousActivityClassification"))
    if not kinds:
        yield "no kind of suspicious activity is given"
    for kind in kinds:
        number = kind.findtext(_tag("SuspiciousActivityTypeID")) or ""
        subtype = kind.findtext(_tag("SuspiciousActivitySubtypeID")) or ""
        if subtype not in _SUBTYPES.get(number, set()):
            yield f"{subtype} is no subtype of {number}"
    yield from _narrative(activity)
    is_continuing = activity.findtext(
        f"{_tag('ActivityAssociation')}/{_tag('ContinuingActivityReportIndicator')}"
    )
    if is_continuing and not activity.findtext(_tag("EFilingPriorDocumentNumber")):
        yield "a continuing report does not reference the prior one"


def _narrative(activity: ET.Element) -> Iterator[str]:
    narratives = activity.findall(_tag("ActivityNarrativeInformation"))
    numbers = [n.findtext(_tag("ActivityNarrativeSequenceNumber")) for n in narratives]
    if numbers != [str(place) for place in range(1, len(numbers) + 1)] or not numbers:
        yield "parts of the narrative are not numbered from 1"
    if len(narratives) > _MOST_NARRATIVES:
        yield f"the narrative has {len(narratives)} parts, and {_MOST_NARRATIVES} at most"
    if any(not (n.findtext(_tag("ActivityNarrativeText")) or "").strip() for n in narratives):
        yield "a part of the narrative is empty"


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _local(element: ET.Element) -> str:
    return str(element.tag).rpartition("}")[2]
