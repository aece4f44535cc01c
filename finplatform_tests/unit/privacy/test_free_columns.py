"""Where a person's name may have been written: free text, and no column that is meant for names."""

from finplatform.privacy.relations import Stored, StoredTable
from finplatform.privacy.table_search import free_columns, spellings

TEXT, NUMBER = Stored("text", is_nullable=True), Stored("numeric(18,2)", is_nullable=True)


def _table(
    schema: str, table: str, *, subject: str | None = None, **columns: Stored
) -> StoredTable:
    marks = {"description": "free_text"} if "description" in columns else {}
    return StoredTable(schema, table, columns, marks, subject)


def test_of_the_layers_it_is_what_is_marked_as_free_text() -> None:
    table = _table("bronze", "transactions", description=TEXT, merchant_name=TEXT, amount=NUMBER)
    assert free_columns(table) == ["description"]


def test_of_the_source_it_is_what_the_contract_declares_as_free_text() -> None:
    table = _table("oltp", "transactions", description=TEXT, counterparty_account=TEXT)
    assert free_columns(table) == ["description"]
    assert free_columns(_table("oltp", "customers", first_name=TEXT, city=TEXT)) == []
    assert free_columns(_table("oltp", "merchants", merchant_name=TEXT)) == []


def test_of_lists_of_sanctions_and_of_evidence_it_is_nothing() -> None:
    assert free_columns(_table("compliance", "listed_names", subject="due_diligence",
                               listed_name=TEXT)) == []  # fmt: skip
    assert free_columns(_table("audit", "event_log", object=TEXT)) == []


def test_of_cases_and_of_operations_it_is_all_words() -> None:
    case = _table("compliance", "aml_case_events", subject="laundering", reason=TEXT, n=NUMBER)
    assert free_columns(case) == ["reason"]
    assert free_columns(_table("ops", "incidents", subject="operations", title=TEXT)) == ["title"]


def test_a_text_is_looked_for_as_json_and_as_bytes_are_printed() -> None:
    found = spellings(['Zdeňka "Z" Ptáková'])
    assert 'Zde\\u0148ka \\"Z\\" Pt\\u00e1kov\\u00e1' in found
    assert "Zdeňka".encode().hex() in spellings(["Zdeňka"])
