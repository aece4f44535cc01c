"""Contracts of the source entities: customers, accounts, loans, products, branches, merchants.

Each model has the received columns with clear identifiers; the columns stored in bronze follow from
their treatment. Events are in `events`.
"""

from datetime import date
from typing import Any

import pandera.polars as pa
import polars as pl

from finplatform.contracts.codes import ISO_4217_CURRENCIES
from finplatform.contracts.columns import Identifier, Money, Share, Turnover, column
from finplatform.oltp import codes as oltp

KEY: dict[str, Any] = {"str_matches": r"^[A-Za-z0-9_.:-]{1,40}$"}
COUNTRY: dict[str, Any] = {"str_matches": r"^[A-Z]{2}$"}


class Branches(pa.DataFrameModel):
    """One row per change of a branch."""

    branch_id: str = column("Branch.", **KEY)
    branch_name: str = column("Name of the branch.")
    city: str = column("City of the branch.")
    state: str = column("State or region inside the country.", nullable=True)
    country: str = column("ISO 3166-1 alpha-2 country.", **COUNTRY)
    region: str = column("Sales region of the bank.")
    timezone: str = column("IANA time zone.")
    opened_date: date = column("Day on which the branch opened.")


class Products(pa.DataFrameModel):
    """One row per change of a product."""

    product_id: str = column("Product.", **KEY)
    product_name: str = column("Name in the product catalogue.")
    product_type: str = column("Kind of account or loan.", isin=oltp.PRODUCT_TYPES)
    category: str = column("Product category: deposits, cards or lending.")
    description: str = column("Description in the product catalogue.")
    interest_rate: Share = column("Yearly interest rate as a fraction.")
    fees: Money = column("Monthly fee in the bank's currency.", ge=0)
    terms_conditions: str = column("Terms and conditions.")
    risk_level: str = column("Risk of the product to the bank.", isin=oltp.RISK_LEVELS)
    minimum_balance: Money = column("Minimum balance in the bank's currency.")
    is_active: bool = column("Whether it is offered to new customers.")


class Merchants(pa.DataFrameModel):
    """One row per change of a merchant."""

    merchant_id: str = column("Merchant.", **KEY)
    merchant_name: str = column("Trading name.")
    category: str = column("Category of goods or services.")
    mcc: str = column("Merchant category code, ISO 18245.", str_matches=r"^\d{4}$")
    business_type: str = column("Form of business: retail, e-commerce, ...")
    city: str = column("City of the merchant.")
    country: str = column("ISO 3166-1 alpha-2 country.", **COUNTRY)
    commission_rate: Share = column(
        "Commission rate of the bank, as a fraction of the payment.", ge=0, le=1
    )
    risk_level: str = column("Risk class of the merchant.", isin=oltp.RISK_LEVELS)
    onboarded_date: date = column("Day of onboarding.")
    is_active: bool = column("Whether payments are accepted.")


class Customers(pa.DataFrameModel):
    """One row per change of a customer."""

    customer_id: str = column("Customer.", **KEY)
    first_name: str = column("Given name.", identifier=Identifier.NAME, nullable=True)
    last_name: str = column("Family name.", identifier=Identifier.NAME, nullable=True)
    email: str = column("E-mail address.", identifier=Identifier.EMAIL, nullable=True)
    phone: str = column("Telephone number.", identifier=Identifier.PHONE, nullable=True)
    address: str = column("Street and number.", identifier=Identifier.ADDRESS, nullable=True)
    city: str = column("City of residence.")
    state: str = column("State or region inside the country.", nullable=True)
    country: str = column("ISO 3166-1 alpha-2 country of residence.", **COUNTRY)
    date_of_birth: date = column("Date of birth.", identifier=Identifier.BIRTH_DATE)
    sex: str = column("Sex as recorded: F or M.", isin=["F", "M"], nullable=True)
    customer_since: date = column("Day on which the person became a customer.")
    risk_profile: str = column("The bank's risk class of the customer.", isin=oltp.RISK_LEVELS)
    credit_score: pl.Int16 = column("Bureau score, 300 to 850.", ge=300, le=850, nullable=True)
    annual_income: Money = column("Yearly income before tax, home currency.", ge=0, nullable=True)
    employment_status: str = column("Employment.", isin=oltp.EMPLOYMENT_STATUSES, nullable=True)


class Accounts(pa.DataFrameModel):
    """One row per change of an account."""

    account_id: str = column("Account.", **KEY)
    customer_id: str = column("Owner.", **KEY)
    product_id: str = column("Product of the account.", **KEY)
    account_type: str = column("Current, savings or card account.", isin=oltp.ACCOUNT_TYPES)
    account_number: str = column("Number of the account.", identifier=Identifier.ACCOUNT_NUMBER)
    opening_date: date = column("Day of opening.")
    closing_date: date = column("Day of closing, once closed.", nullable=True)
    status: str = column("State of the account.", isin=oltp.ACCOUNT_STATUSES)
    balance: Money = column("Balance at the end of the day of the change.", nullable=True)
    currency: str = column("Currency of the account.", isin=ISO_4217_CURRENCIES)
    interest_rate: Share = column("Yearly rate on the balance as a fraction.")
    credit_limit: Money = column("Credit limit.", ge=0)
    branch_id: str = column("Branch of the account.", **KEY)


class Loans(pa.DataFrameModel):
    """One row per change of a loan."""

    loan_id: str = column("Loan.", **KEY)
    customer_id: str = column("Borrower.", **KEY)
    account_id: str = column("Account from which instalments are debited.", **KEY)
    product_id: str = column("Product of the account.", **KEY)
    loan_type: str = column("Kind of loan.", isin=oltp.LOAN_TYPES)
    purpose: str = column("Purpose of the loan.", nullable=True)
    principal_amount: Money = column("Amount lent.", gt=0)
    outstanding_principal: Money = column("Outstanding principal at the change.", ge=0)
    currency: str = column("Currency of the loan.", isin=ISO_4217_CURRENCIES)
    interest_rate: Share = column("Yearly contract rate as a fraction.", ge=0, le=1)
    term_months: pl.Int16 = column("Agreed months to repay.", gt=0)
    origination_date: date = column("Day of the disbursement.")
    maturity_date: date = column("Due date of the last instalment.")
    collateral_type: str = column("Type of collateral.", nullable=True)
    collateral_value: Money = column("Value of the collateral.", ge=0, nullable=True)
    turnover_eur_m: Turnover = column(
        "Borrowing firm's yearly sales, millions of euro.", ge=0, nullable=True
    )
    specific_provision: Money = column("Specific provision for the loan.", ge=0)
    status: str = column("State of the loan.", isin=oltp.LOAN_STATUSES)
