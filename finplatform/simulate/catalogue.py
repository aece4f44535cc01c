"""Products, branches and merchants.

Belongs here: reference tables of the operational schema and their static attributes. Does not:
customers, accounts or purchases.
"""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl

from finplatform.simulate.clock import day_of
from finplatform.simulate.config import SimulationConfig
from finplatform.simulate.frames import dates, money, rate, text
from finplatform.simulate.places import PLACES
from finplatform.simulate.rng import Floats, Ints, pick, stream
from finplatform.simulate.words import SHOP_FIRST


class ProductRow(NamedTuple):
    """A product: yearly rate in millionths, monthly fee and minimum balance in cents."""

    name: str
    kind: str
    category: str
    rate: int
    fee: int
    minimum: int
    risk: str
    about: str


PRODUCTS = (
    ProductRow("Basic Checking", "CHECKING", "DEPOSIT", 0, 0, 0, "LOW", "No-fee current account"),
    ProductRow(
        "Plus Checking",
        "CHECKING",
        "DEPOSIT",
        500,
        600,
        150_000,
        "LOW",
        "Fee waived with pay or the minimum",
    ),
    ProductRow(
        "Premier Checking",
        "CHECKING",
        "DEPOSIT",
        2_500,
        2_500,
        1_500_000,
        "LOW",
        "Relationship account",
    ),
    ProductRow("Student Checking", "CHECKING", "DEPOSIT", 0, 0, 0, "LOW", "For customers below 26"),
    ProductRow("Everyday Savings", "SAVINGS", "DEPOSIT", 12_000, 0, 0, "LOW", "Instant access"),
    ProductRow(
        "High Yield Savings", "SAVINGS", "DEPOSIT", 38_000, 0, 500_000, "LOW", "Online savings"
    ),
    ProductRow("Classic Card", "CREDIT_CARD", "CREDIT", 219_900, 0, 0, "MEDIUM", "Revolving card"),
    ProductRow(
        "Rewards Card", "CREDIT_CARD", "CREDIT", 239_900, 0, 0, "MEDIUM", "Card with points"
    ),
    ProductRow(
        "Platinum Card",
        "CREDIT_CARD",
        "CREDIT",
        199_900,
        0,
        0,
        "MEDIUM",
        "High limit, no foreign fee",
    ),
    ProductRow(
        "Fixed 30 Mortgage", "MORTGAGE", "LENDING", 62_500, 0, 0, "LOW", "Home loan over 30 years"
    ),
    ProductRow(
        "Fixed 15 Mortgage",
        "MORTGAGE",
        "LENDING",
        56_500,
        0,
        0,
        "LOW",
        "Home loan over 15 to 20 years",
    ),
    ProductRow(
        "Personal Loan",
        "PERSONAL_LOAN",
        "LENDING",
        109_000,
        0,
        0,
        "HIGH",
        "Unsecured instalment loan",
    ),
    ProductRow(
        "Debt Consolidation Loan",
        "PERSONAL_LOAN",
        "LENDING",
        124_000,
        0,
        0,
        "HIGH",
        "Unsecured, pays other debt",
    ),
    ProductRow(
        "New Auto Loan", "AUTO_LOAN", "LENDING", 66_000, 0, 0, "MEDIUM", "Secured by a new vehicle"
    ),
    ProductRow(
        "Used Auto Loan",
        "AUTO_LOAN",
        "LENDING",
        91_000,
        0,
        0,
        "MEDIUM",
        "Secured by a used vehicle",
    ),
    ProductRow(
        "Business Term Loan",
        "BUSINESS_LOAN",
        "LENDING",
        84_000,
        0,
        0,
        "MEDIUM",
        "For plant and growth",
    ),
    ProductRow(
        "Small Business Loan",
        "BUSINESS_LOAN",
        "LENDING",
        101_000,
        0,
        0,
        "HIGH",
        "For the self-employed",
    ),
    ProductRow(
        "Passbook Savings", "SAVINGS", "DEPOSIT", 5_000, 0, 0, "LOW", "Closed to new customers"
    ),
)


class CategoryRow(NamedTuple):
    """A merchant category: how often it is visited, a typical ticket in cents and its spread."""

    name: str
    mcc: str
    business: str
    noun: str
    visits: float
    ticket: int
    spread: float
    online: float
    december: float


CATEGORIES = (
    CategoryRow("GROCERY", "5411", "Retail", "Market", 24.0, 4_800, 0.62, 0.08, 1.15),
    CategoryRow("RESTAURANT", "5812", "Hospitality", "Kitchen", 17.0, 3_100, 0.60, 0.15, 1.10),
    CategoryRow("COFFEE", "5814", "Hospitality", "Coffee", 12.0, 780, 0.42, 0.10, 1.00),
    CategoryRow("FUEL", "5541", "Retail", "Fuel", 9.0, 4_300, 0.40, 0.00, 0.98),
    CategoryRow("ONLINE_RETAIL", "5969", "E-commerce", "Online", 11.0, 4_900, 0.85, 1.00, 1.70),
    CategoryRow("CLOTHING", "5651", "Retail", "Apparel", 5.0, 6_200, 0.70, 0.35, 1.60),
    CategoryRow("ELECTRONICS", "5732", "Retail", "Electronics", 2.2, 16_500, 0.95, 0.45, 1.90),
    CategoryRow("PHARMACY", "5912", "Retail", "Pharmacy", 5.0, 2_100, 0.65, 0.10, 1.00),
    CategoryRow("HOME", "5200", "Retail", "Home", 3.2, 8_800, 0.90, 0.25, 1.10),
    CategoryRow("TRAVEL", "4722", "Travel", "Travel", 1.3, 31_000, 0.90, 0.80, 1.05),
    CategoryRow("HOTEL", "7011", "Hospitality", "Hotel", 1.0, 22_500, 0.70, 0.40, 0.95),
    CategoryRow("TRANSPORT", "4121", "Travel", "Rides", 6.0, 1_650, 0.60, 0.85, 1.05),
    CategoryRow("SUBSCRIPTION", "4899", "E-commerce", "Media", 4.5, 1_450, 0.45, 1.00, 1.00),
    CategoryRow("HEALTH", "8099", "Services", "Clinic", 1.6, 9_500, 0.90, 0.10, 0.95),
    CategoryRow("ENTERTAINMENT", "7832", "Services", "Theater", 2.6, 3_400, 0.60, 0.45, 1.15),
    CategoryRow("JEWELRY", "5944", "Retail", "Jewelers", 0.35, 24_000, 1.00, 0.20, 2.60),
    CategoryRow("GAMBLING", "7995", "Services", "Gaming", 0.7, 5_200, 0.95, 0.90, 1.00),
    CategoryRow("EDUCATION", "8299", "Services", "Academy", 0.7, 21_000, 0.80, 0.50, 0.60),
)
HIGH_RISK_CATEGORIES = ("GAMBLING", "JEWELRY")
FAR_COUNTRIES = ("CY", "HK", "MT", "PA")


@dataclass(frozen=True, slots=True)
class Merchants:
    """Merchant attributes as arrays, and the table `oltp.merchants`.

    Attributes:
        frame: The table.
        category: Index into `CATEGORIES`.
        place: Index into `PLACES`; -1 for merchants in a far country.
        popularity: Weight among the merchants of a category.
        onboarded: First day on which the merchant takes payments.
    """

    frame: pl.DataFrame
    category: Ints
    place: Ints
    popularity: Floats
    onboarded: Ints


def branches() -> pl.DataFrame:
    """`oltp.branches`: one branch per place, in the order of `PLACES`."""
    count = len(PLACES)
    opened = day_of(date(1978, 3, 1)) + np.arange(count) * 307 % 14_000
    return pl.DataFrame(
        {
            "branch_id": [f"BR{i + 1:03d}" for i in range(count)],
            "branch_name": [f"{place.city} Main" for place in PLACES],
            "city": [place.city for place in PLACES],
            "state": [place.state for place in PLACES],
            "country": [place.country for place in PLACES],
            "region": [place.region for place in PLACES],
            "timezone": [place.timezone for place in PLACES],
            "opened_date": dates(opened),
        }
    )


def products() -> pl.DataFrame:
    """`oltp.products`: the catalogue, in the order of `PRODUCTS`."""
    return pl.DataFrame(
        {
            "product_id": [f"P{i + 1:03d}" for i in range(len(PRODUCTS))],
            "product_name": [row.name for row in PRODUCTS],
            "product_type": [row.kind for row in PRODUCTS],
            "category": [row.category for row in PRODUCTS],
            "description": [row.about for row in PRODUCTS],
            "interest_rate": rate(np.array([row.rate for row in PRODUCTS])),
            "fees": money(np.array([row.fee for row in PRODUCTS])),
            "terms_conditions": [f"General terms for {row.name.lower()}." for row in PRODUCTS],
            "risk_level": [row.risk for row in PRODUCTS],
            "minimum_balance": money(np.array([row.minimum for row in PRODUCTS])),
            "is_active": [not row.about.startswith("Closed") for row in PRODUCTS],
        }
    )


def product_index(name: str) -> int:
    """Position of a product in the catalogue."""
    return next(i for i, row in enumerate(PRODUCTS) if row.name == name)


def merchants(config: SimulationConfig) -> Merchants:
    """Merchants in number with the square root of the customers, at least 900."""
    rng = stream(config.seed, "merchants")
    count = max(900, min(20_000, int(20 * config.customers**0.5)))
    # One merchant of each category comes first, so that every category can be paid.
    drawn = pick(rng, [row.visits**0.6 for row in CATEGORIES], count - len(CATEGORIES))
    category = np.concatenate([np.arange(len(CATEGORIES)), drawn])
    place = pick(rng, [p.weight for p in PLACES], count)
    place[: len(CATEGORIES)] = 0
    far = (rng.random(count) < 0.02) & (np.arange(count) >= len(CATEGORIES))
    place[far] = -1
    popularity = rng.pareto(1.3, count) + 0.2
    start = day_of(config.start)
    onboarded = start - rng.integers(30, 4_000, count)
    late = (rng.random(count) < 0.08) & (np.arange(count) >= len(CATEGORIES))
    onboarded[late] = start + rng.integers(1, config.days, int(late.sum()))
    far_country = np.array(FAR_COUNTRIES)[rng.integers(0, len(FAR_COUNTRIES), count)]
    rate_millionths = rng.integers(1_500, 5_001, count) // 25 * 250
    return Merchants(
        frame=_merchant_frame(rng, category, place, far_country, rate_millionths, onboarded),
        category=category,
        place=place,
        popularity=popularity,
        onboarded=onboarded,
    )


def _merchant_frame(
    rng: np.random.Generator,
    category: Ints,
    place: Ints,
    far_country: "np.ndarray[tuple[int], np.dtype[np.str_]]",
    rate_millionths: Ints,
    onboarded: Ints,
) -> pl.DataFrame:
    count = len(category)
    first = text(SHOP_FIRST, rng.integers(0, len(SHOP_FIRST), count))
    noun = text([row.noun for row in CATEGORIES], category)
    branch = rng.integers(1, 99, count)
    city = text([p.city for p in PLACES], np.maximum(place, 0))
    country = text([p.country for p in PLACES], np.maximum(place, 0))
    high = np.isin(
        category, [i for i, c in enumerate(CATEGORIES) if c.name in HIGH_RISK_CATEGORIES]
    )
    risk = np.where(high | (place < 0), 2, np.where(rng.random(count) < 0.25, 1, 0))
    return pl.DataFrame(
        {
            "merchant_id": [f"M{i + 1:05d}" for i in range(count)],
            "merchant_name": pl.select(
                pl.format("{} {} {}", first, noun, pl.Series(branch))
            ).to_series(),
            "category": text([row.name for row in CATEGORIES], category),
            "mcc": text([row.mcc for row in CATEGORIES], category),
            "business_type": text([row.business for row in CATEGORIES], category),
            "city": pl.select(
                pl.when(pl.Series(place >= 0)).then(city).otherwise(pl.lit("Online"))
            ).to_series(),
            "country": pl.select(
                pl.when(pl.Series(place >= 0)).then(country).otherwise(pl.Series(far_country))
            ).to_series(),
            "commission_rate": rate(rate_millionths),
            "risk_level": text(["LOW", "MEDIUM", "HIGH"], risk),
            "onboarded_date": dates(onboarded),
            "is_active": rng.random(count) >= 0.03,
        }
    )
