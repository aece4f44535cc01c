"""The query of `finplatform sql`, before it reaches a server."""

import io
import sys

import pytest

from finplatform.cli import sql
from finplatform.errors import FinplatformError


@pytest.mark.parametrize("query", ["select '\udcff'", "select 1\0; delete from t"])
def test_a_query_that_is_no_text_is_refused_before_anything_is_opened(query: str) -> None:
    with pytest.raises(FinplatformError, match="The query"):
        sql.run(query, 10, as_json=False)


def test_standard_input_that_is_no_text_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"select '\xff'"), "utf-8"))
    with pytest.raises(FinplatformError, match="UTF-8"):
        sql.run("-", 10, as_json=False)
