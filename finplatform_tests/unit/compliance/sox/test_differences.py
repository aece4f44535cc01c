"""What lies between two versions adds up to the cent, or shows what is left over."""

from decimal import Decimal
from typing import Any

from finplatform.compliance.sox.differences import (
    LINEAGE,
    RowChange,
    explained_figures,
    moved_figures,
    table_differences,
)


def change(table: str, key: str, before: str | None, after: str | None, **rows: Any) -> RowChange:
    kind = "ADDED" if before is None else "REMOVED" if after is None else "CHANGED"
    return RowChange(
        table, key, kind, Decimal(before) if before else None, Decimal(after) if after else None,
        rows.get("old"), rows.get("new"),
    )  # fmt: skip


def table(total: str) -> dict[str, Any]:
    return {"part": "facts", "measure_column": "amount", "measure_total": Decimal(total)}


def test_a_table_moves_by_what_its_rows_do() -> None:
    rows = [
        change("gold.a", "1", None, "40.25"),
        change("gold.a", "2", "10.00", "9.99"),
        change("gold.a", "3", "0.24", None),
    ]
    (found,) = table_differences(
        {"gold.a": table("110.24"), "gold.b": table("5.00")},
        {"gold.a": table("150.24"), "gold.b": table("5.00")},
        rows,
    )
    assert found.difference == Decimal("40.00")
    assert found.unexplained == 0
    assert found.rows == {"ADDED": 1, "CHANGED": 1, "REMOVED": 1}


def test_what_no_row_accounts_for_is_shown() -> None:
    before, after = {"gold.a": table("100.00")}, {"gold.a": table("140.26")}
    (found,) = table_differences(before, after, [change("gold.a", "1", None, "40.25")])
    assert found.unexplained == Decimal("0.01")


def test_numbers_that_moved_are_named_and_others_are_not() -> None:
    old = {"ratio": Decimal("0.12"), "amount": Decimal("100.00"), "is_met": True, "rules": "a"}
    new = {"ratio": Decimal("0.11"), "amount": Decimal("100.00"), "is_met": False, "rules": "b"}
    found = moved_figures([change("gold.c", "x", "1", "1", old=old, new=new)])
    assert [(one.figure, one.difference) for one in found] == [("ratio", Decimal("-0.01"))]


def test_a_row_that_is_new_or_gone_has_figures_on_one_side() -> None:
    row = {"amount": Decimal("7.00")}
    (new,) = moved_figures([change("gold.c", "x", None, "7.00", new=row)])
    (gone,) = moved_figures([change("gold.c", "x", "7.00", None, old=row)])
    assert (new.before, new.difference) == (None, Decimal("7.00"))
    assert (gone.after, gone.difference) == (None, Decimal("-7.00"))


def part(component: str, before: str, after: str, total: tuple[str, str]) -> RowChange:
    old, new = (
        {
            "figure": "rwa", "component": component, "relation": "addend",
            "figure_amount": Decimal(amount), "contribution": Decimal(value),
        }
        for amount, value in zip(total, (before, after), strict=True)
    )  # fmt: skip
    return change(LINEAGE, component, before, after, old=old, new=new)


def test_a_figure_moves_by_what_its_addends_do() -> None:
    total = ("800.00", "830.19")
    rows = [part("cards", "300.00", "330.19", total), part("loans", "500.00", "500.00", total)]
    (found,) = explained_figures(rows)
    assert found.components == {"cards": Decimal("30.19")}
    assert (found.difference, found.unexplained) == (Decimal("30.19"), 0)
    assert not moved_figures(rows)
    (short,) = explained_figures(rows[1:])
    assert short.unexplained == Decimal("30.19")
