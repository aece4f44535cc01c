"""CSV in batches whose memory is bounded by their values, and whose rejects are counted."""

import io

import pytest

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors import csv_rows
from finplatform.ingest.connectors.csv_rows import CsvFormat, read_rows
from finplatform.ingest.connectors.limits import Limits


def _rows(data: bytes, limits: Limits | None = None) -> tuple[list[tuple], int]:
    batches = list(read_rows(io.BytesIO(data), CsvFormat(), "o", None, limits or Limits()))
    return [row for batch in batches for row in batch.frame.rows()], len(batches)


def test_batches_are_cut_by_their_values_and_no_row_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = b"a,b\n" + b"".join(b"%d,x\n" % number for number in range(2_000))
    whole, one = _rows(data)
    monkeypatch.setattr(csv_rows, "_PARSED_CELLS", 500)
    parts, many = _rows(data)
    assert parts == whole
    assert (one, many > 4) == (1, True)


@pytest.mark.parametrize("line", [b"1\n", b"1,2,3\n", b'1,"x\n'])
def test_more_rejects_than_the_limit_refuse_the_file(line: bytes) -> None:
    data = b"a,b\n" + line * 20 + b"1,2\n"
    assert _rows(data)[0] == [("1", "2")]
    with pytest.raises(FinplatformError, match="FINPLATFORM_MAX_REJECTED_ROWS") as reported:
        _rows(data, Limits(rejected_rows=10))
    assert "1,2,3" not in str(reported.value)


def test_rejects_up_to_the_limit_are_all_reported() -> None:
    data = b"a,b\n" + b"1\n" * 10 + b"1,2\n"
    batches = list(read_rows(io.BytesIO(data), CsvFormat(), "o", None, Limits(rejected_rows=10)))
    assert sum(len(batch.malformed) for batch in batches) == 10
