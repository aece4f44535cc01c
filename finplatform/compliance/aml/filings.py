"""Content of currency and suspicious activity reports: the bank, the persons, the amounts.

Does not belong here: the format of their files (`fincen`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class Institution:
    """The bank that files.

    Attributes:
        name: Legal name.
        tin: Employer identification number; empty where it is to be put in.
        control_code: Transmitter control code; empty likewise.
        regulator: Code of the primary federal regulator; 14 is unknown.
        street: Street address.
        city: City.
        state: Two-letter code.
        postcode: ZIP code.
        phone: Digits of the contact's number.
    """

    name: str
    tin: str = ""
    control_code: str = ""
    regulator: str = "14"
    street: str = ""
    city: str = ""
    state: str = ""
    postcode: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Subject:
    """A person of a report.

    Attributes:
        customer_id: Identifier in the bank, kept out of the file.
        last_name: Clear last name, if it was revealed.
        first_name: Clear first name.
        birth_date: Clear date of birth as YYYY-MM-DD.
        street: Clear street.
        city: City.
        state: State.
        postcode: Postcode.
        country: ISO 3166-1 alpha-2 country.
        accounts: Accounts that the report is about.
    """

    customer_id: str
    last_name: str | None = None
    first_name: str | None = None
    birth_date: str | None = None
    street: str | None = None
    city: str | None = None
    state: str | None = None
    postcode: str | None = None
    country: str | None = None
    accounts: Sequence[str] = ()


@dataclass(frozen=True)
class CurrencyFiling:
    """Cash of one business day and direction, and the persons by whom and for whom it moved.

    Attributes:
        filing_id: The filing.
        business_date: Business day.
        direction: 1 in, -1 out.
        amount_usd: Cash together.
        transaction_count: Transactions.
        subjects: The persons.
        has_night_deposit: Whether cash came in at night.
        has_machine: Whether cash moved at a machine.
    """

    filing_id: str
    business_date: date
    direction: int
    amount_usd: Decimal
    transaction_count: int
    subjects: Sequence[Subject]
    has_night_deposit: bool = False
    has_machine: bool = False


@dataclass(frozen=True)
class SuspiciousFiling:
    """A report of suspicious activity.

    Attributes:
        report_id: The report.
        typologies: What it looks like.
        activity_from: First day.
        activity_to: Last day.
        amount_usd: Funds involved.
        cumulative_usd: Funds of this and of earlier reports, of a continuing one.
        prior_bsa_id: Identifier of the earlier report, of a continuing one; zeros if unknown.
        subject: Subject of the report; None without a suspect.
        narrative: The narrative.
    """

    report_id: str
    typologies: Sequence[str]
    activity_from: date
    activity_to: date
    amount_usd: Decimal
    subject: Subject | None
    narrative: str
    cumulative_usd: Decimal | None = None
    prior_bsa_id: str | None = None
