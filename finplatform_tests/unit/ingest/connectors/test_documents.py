"""Documents as rows: paths, lists, and values that drift."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.documents import as_text, frame_of, is_deeper, records_at
from finplatform.ingest.connectors.limits import Limits


def test_nested_fields_come_under_dotted_paths() -> None:
    documents = [
        {"id": 1, "address": {"city": "Brno", "geo": {"lat": 49.2}}, "plans": [{"rate": 0.01}]},
        {"id": 2, "address": {"city": None}, "plans": [{"rate": 0.02}, {"rate": 0.03}]},
        {"id": 3},
    ]
    frame, malformed = frame_of(documents, ("id", "address.city", "plans.0.rate", "plans.rate"))
    assert not malformed
    assert frame.rows() == [
        ("1", "Brno", "0.01", "0.01"),
        ("2", None, "0.02", "0.02; 0.03"),
        ("3", None, None, None),
    ]


def test_without_wanted_paths_all_that_occur_are_columns() -> None:
    frame, _ = frame_of([{"a": {"b": 1}}, {"c": [True, False]}], ())
    assert frame.to_dict(as_series=False) == {"a.b": ["1", None], "c": [None, "true; false"]}


@pytest.mark.parametrize(
    ("document", "rule"),
    [
        ({"a": {"b": 1}}, "field(a)"),
        ({"a": [{"b": 1}]}, "field(a)"),
        (7, "record"),
    ],
)
def test_a_malformed_row_is_reported_and_the_others_are_read(document: object, rule: str) -> None:
    frame, malformed = frame_of([{"a": 1}, document, {"a": 2}], ("a",))
    assert frame.rows() == [("1",), ("2",)]
    assert [(piece.rule, piece.place) for piece in malformed] == [(rule, "record 2")]


def test_a_value_where_a_document_was_is_reported() -> None:
    _, malformed = frame_of([{"a": "Main Street 1"}], ("a.city",))
    assert [piece.rule for piece in malformed] == ["field(a.city)"]
    assert "Main Street 1" in malformed[0].text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (5411.0, "5411"),
        (0.025, "0.025"),
        (1e-05, "0.00001"),
        (float("nan"), "NaN"),
        (Decimal("1E+2"), "100"),
        (10**25, "1" + "0" * 25),
        (datetime(2024, 5, 1, tzinfo=UTC), "2024-05-01T00:00:00+00:00"),
        (datetime(2024, 5, 1, 8, 30, tzinfo=UTC), "2024-05-01T08:30:00+00:00"),
        (date(2024, 5, 1), "2024-05-01"),
        (b"\x01\xff", "01ff"),
        ("half \ud83d", "half \ufffd"),
    ],
)
def test_a_value_is_the_text_that_it_stands_for(value: object, text: str) -> None:
    assert as_text(value) == text


def test_an_answer_without_its_list_is_reported() -> None:
    assert records_at({"data": {"items": [1]}}, "data.items") == [1]
    with pytest.raises(FinplatformError, match=r"no list of records at data\.items"):
        records_at({"error": "late"}, "data.items")
    with pytest.raises(FinplatformError, match="no list of records in the answer"):
        records_at({"error": "late"}, None)


@pytest.mark.parametrize("text", ["1e999999", "-1E+5000", "1e-99999"])
def test_a_number_with_a_large_exponent_is_not_written_out(text: str) -> None:
    assert len(as_text(Decimal(text))) < 20


@pytest.mark.parametrize(("levels", "is_too_deep"), [(3, False), (4, False), (5, True)])
def test_depth_is_counted_through_lists_and_mappings(levels: int, is_too_deep: bool) -> None:
    document: object = 1
    for level in range(levels):
        document = [document] if level % 2 else {"a": document, "b": 1}
    assert is_deeper(document, 4) == is_too_deep


def test_documents_with_ever_new_fields_are_refused() -> None:
    documents = [{f"f{number}": 1} for number in range(30)]
    with pytest.raises(FinplatformError, match="FINPLATFORM_MAX_COLUMNS"):
        frame_of(documents, (), limits=Limits(columns=20))
