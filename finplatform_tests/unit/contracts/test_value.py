"""Contracts of value: one figure has the name of lifetime value."""

from finplatform.contracts.inferential import INFERENCE
from finplatform.contracts.value import VALUE


def test_one_definition_has_the_name_of_lifetime_value() -> None:
    """Other figures are named, and described, for what they are."""
    tables = {**INFERENCE, **VALUE}
    named = {
        (name, column)
        for name, contract in tables.items()
        for column in contract.columns
        if "lifetime_value" in column
    }
    assert named == {
        ("customer_lifetime_value", "customer_lifetime_value"),
        ("customer_predictions", "customer_lifetime_value"),
    }
    beside = tables["customer_lifetime_value"].fields
    for column in ("card_payment_value", "revenue_times_tenure"):
        assert "not the lifetime value" in beside[column].description
