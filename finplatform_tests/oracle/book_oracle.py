"""The standardised book, one exposure at a time, with the standard library alone.

A second opinion for the tests, written from CRE20.65, CRE22, CRE33 and CRE90 and importing nothing
of the package. What a debtor weighs comes from `classes_oracle`, which the test hands in.
"""

from collections.abc import Callable
from fractions import Fraction
from math import sqrt
from typing import Any

Row = dict[str, Any]
Weigh = Callable[[Row], float]

STEPS = {"AAA": 1, "AA": 1, "A": 2, "BBB": 3, "BB": 4, "B": 5, "CCC": 6, "": 0, None: 0}
CONVERSION = {
    "direct_credit_substitute": 1.0,
    "note_issuance_facility": 0.5,
    "performance_contingency": 0.5,
    "other_commitment": 0.4,
    "short_term_trade_letter": 0.2,
    "unconditionally_cancellable": 0.1,
    None: 1.0,
}
GRADES = {"a": 0, "a_very_strong": 1, "b": 2, "c": 3, "": 3, None: 3}
KINDS = ["object_finance", "commodities_finance", "project_pre_operational", "project_operational"]
NEUTRAL = {"deposit": "cash", "credit_linked_note": "cash"}
SLOTS = {"strong": 0.7, "good": 0.9, "satisfactory": 1.15, "weak": 2.5, "default": 0.0}
VOLATILE = {"strong": 0.95, "good": 1.2, "satisfactory": 1.4, "weak": 2.5, "default": 0.0}
LOSSES = {"strong": 0.004, "good": 0.008, "satisfactory": 0.028, "weak": 0.08, "default": 0.5}
VOLATILE_LOSSES = LOSSES | {"good": 0.004}
PUBLIC = (
    *("sovereign", "international_organisation", "public_sector", "regional_government"),
    *("multilateral_bank", "bank"),
)
FOREIGN = 0.08
HOLDING = {"repo": 5, "capital_market": 10, "secured_lending": 20}


def exact(figure: Any) -> Fraction:
    """The number that the shortest text of a float writes."""
    return Fraction(str(figure))


def regulatory(rows: list[Row]) -> dict[str, bool]:
    """CRE20.65: up to EUR 1 million and 0.2% of the portfolio, by counterparty."""
    retail = [
        row
        for row in rows
        if row["exposure_class"] in ("qrre", "other_retail") and not row["is_defaulted"]
    ]
    owed: dict[str, Fraction] = {}
    for row in retail:
        amount = exact(row["drawn_amount"]) + exact(row["undrawn_amount"])
        owed[row["counterparty_id"]] = owed.get(row["counterparty_id"], Fraction(0)) + amount
    whole = sum(owed.values(), Fraction(0))
    return {name: amount <= 10**6 and amount * 500 <= whole for name, amount in owed.items()}


def facts(row: Row, weigh: Weigh, is_small_enough: bool) -> Row:
    """What the weight of an exposure depends on."""
    loan = row["drawn_amount"] if row["drawn_amount"] > 0 else row["undrawn_amount"]
    found = row | {
        "asset_class": row["exposure_class"],
        "quality_step": STEPS[row["rating"]],
        "sovereign_step": STEPS[row["sovereign_rating"]],
        "bank_grade": GRADES[row["bank_grade"]],
        "lending_kind": KINDS.index(row["lending_kind"]) if row["lending_kind"] else 2,
        "ltv": float("nan") if row["ltv"] is None else row["ltv"],
        "turnover_eur_m": float("nan") if row["turnover_eur_m"] is None else row["turnover_eur_m"],
        "is_regulatory_retail": is_small_enough,
        "outstanding": loan,
    }
    return found | {"counterparty_weight": unsecured(found, weigh)}


def unsecured(row: Row, weigh: Weigh) -> float:
    """CRE20.83, CRE20.85: the debtor without property; CRE20.38: the issuer of a covered bond."""
    names = ("is_defaulted", "has_currency_mismatch", "is_short_term", "is_foreign_currency")
    plain = row | dict.fromkeys(names, False)
    if row["asset_class"] == "covered_bond":
        return weigh(plain | {"asset_class": "bank", "quality_step": STEPS[row["issuer_rating"]]})
    if row["is_individual"]:
        return 0.75
    return weigh(plain | {"asset_class": "corporate"})


def measured(row: Row, held: list[Row], weigh: Weigh, is_simple: bool, haircuts: Row) -> Row:
    """Net exposure, standardised RWA, and the figures of the approach in use."""
    gross = row["drawn_amount"] + CONVERSION[row["off_balance_kind"]] * row["undrawn_amount"]
    net = max(gross - row["specific_provision"], 0.0)
    debtor = weigh(row)
    covers = []
    for one in held:
        amount, weight = counted(one, row, net, debtor, weigh, is_simple, haircuts)
        if amount > 0:
            is_promise = one["protection_kind"] in ("guarantee", "credit_derivative")
            borne = one["first_loss_amount"] if is_promise else 0.0
            covers.append((is_promise, weight, one["protection_id"], amount, borne))
    left, total = net, 0.0
    for _, weight, _, amount, first in sorted(covers):
        part = min(amount, left)
        borne = min(first, part)
        total += 12.5 * borne + weight * (part - borne)
        left -= part
    total = min(total + left * debtor, net * debtor)
    return {"sa_ead": net, "sa_rwa": total} | in_use(row, gross, net, total)


def in_use(row: Row, gross: float, net: float, standard: float) -> Row:
    """CRE33.2-33.11 and CRE90.2, on a date of 2026."""
    if row["slotting_category"]:
        is_volatile = row["exposure_class"] == "land_development"
        weights, losses = (VOLATILE, VOLATILE_LOSSES) if is_volatile else (SLOTS, LOSSES)
        category = row["slotting_category"]
        return {
            "ead": gross,
            "rwa": weights[category] * gross,
            "expected_loss": losses[category] * gross,
        }
    if row["exposure_class"] == "equity" and not row["is_legislated"]:
        weight = max(3.0 if row["is_listed"] else 4.0, 4.0 if row["is_speculative"] else 2.5)
        return {"ead": net, "rwa": weight * net, "expected_loss": 0.0}
    return {"ead": net, "rwa": standard, "expected_loss": 0.0}


def counted(
    one: Row, row: Row, net: float, debtor: float, weigh: Weigh, is_simple: bool, haircuts: Row
) -> tuple[float, float]:
    """What counts of a protection, and what it weighs."""
    provider = weigh(
        row
        | {
            "asset_class": one["provider_class"],
            "quality_step": STEPS[one["provider_rating"]],
            "sovereign_step": STEPS[one["provider_rating"]],
            "bank_grade": GRADES[one["provider_grade"]],
            "is_own_currency": one["is_own_currency"],
            "turnover_eur_m": float("nan"),
            "is_defaulted": False,
            "is_short_term": False,
            "is_treated_as_sovereign": False,
            "is_foreign_currency": False,
            "is_by_sovereign": False,
            "is_listed_multilateral": False,
            "is_speculative": False,
            "is_legislated": False,
            "counterparty_weight": 1.0,
        }
    )
    kind = one["protection_kind"]
    if kind in ("guarantee", "credit_derivative"):
        return promised(one, row, net, debtor, provider), provider
    if is_simple:
        return simple(one, row, debtor, provider)
    column = sum(one["instrument_years"] > bound for bound in (1, 3, 5, 10))
    cut = haircuts[NEUTRAL.get(kind, kind).upper()][column]
    cut += FOREIGN if one["has_currency_mismatch"] else 0.0
    cut = min(cut * lengthened(one, HOLDING[one["transaction_kind"]]), 1.0)
    return matured(one["amount"] * (1 - cut), one, row), 0.0


def lengthened(one: Row, holding: int) -> float:
    """CRE22.57-22.59: what a haircut of ten days grows by."""
    return sqrt((one["revaluation_days"] + holding - 1) / 10)


def promised(one: Row, row: Row, net: float, debtor: float, provider: float) -> float:
    """CRE22.74, CRE22.76, CRE22.81."""
    is_rated_firm = one["provider_class"] == "corporate" and STEPS[one["provider_rating"]] > 0
    if provider >= debtor or not (one["provider_class"] in PUBLIC or is_rated_firm):
        return 0.0
    amount = one["amount"]
    if one["protection_kind"] == "credit_derivative" and not one["covers_restructuring"]:
        amount = 0.6 * min(amount, net)
    mismatch = min(FOREIGN * lengthened(one, 10), 1.0)
    amount *= 1 - mismatch if one["has_currency_mismatch"] else 1
    return matured(amount, one, row)


def simple(one: Row, row: Row, debtor: float, provider: float) -> tuple[float, float]:
    """CRE22.32-22.36."""
    years = row["years"]
    if one["protection_years"] is not None and (years is None or one["protection_years"] < years):
        return 0.0, 0.0
    kind = NEUTRAL.get(one["protection_kind"], one["protection_kind"])
    if kind == "other_equity":
        return 0.0, 0.0
    same = not one["has_currency_mismatch"]
    amount, weight = one["amount"], max(0.0 if kind == "cash" else provider, 0.2)
    if same and kind == "cash":
        weight = 0.0
    elif same and one["provider_class"] == "sovereign" and provider == 0:
        amount, weight = 0.8 * amount, 0.0
    return (amount, weight) if weight < debtor else (0.0, 0.0)


def matured(amount: float, one: Row, row: Row) -> float:
    """CRE22.12-22.14."""
    left = one["protection_years"]
    if left is None:
        return amount
    term = 5.0 if row["years"] is None else min(row["years"], 5.0)
    original = left if one["original_years"] is None else max(one["original_years"], left)
    if left >= term:
        return amount
    if left <= 0.25 or original < 1.0:
        return 0.0
    return amount * (left - 0.25) / (term - 0.25)
