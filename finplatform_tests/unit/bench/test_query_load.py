"""Figures of answers, and the sample queries of a document."""

from pathlib import Path

import pytest

from finplatform.bench.query import Kind, Query
from finplatform.bench.query_catalog import samples
from finplatform.bench.query_load import Answer, figures
from finplatform.errors import FinplatformError

FAST, SLOW = Query(Kind.VIEW, "fast", "select 1"), Query(Kind.PAGE, "slow", "select 2")

PAGE = """# Queries

## Sales (document 4)

As printed:

```sql
SELECT 1;
```

Corrected. With a remark:

```sql
SELECT 2
FROM sales;
```

## Other things
"""


def test_errors_are_counted_by_what_went_wrong_and_rows_of_failures_are_none() -> None:
    every, (only,) = figures(
        [Answer(FAST, 0.1, 3, 10), Answer(FAST, 0.3, 0, 0, "57014"), Answer(FAST, 0.2, 3, 12)]
    )
    assert every.answers == only.answers == 3
    assert only.errors == {"57014": 1}
    assert only.rows == [3]
    assert only.size == 12
    assert only.p50_s == 0.2


def test_queries_come_slowest_first() -> None:
    _, each = figures([Answer(FAST, 0.1, 1, 1), Answer(SLOW, 0.9, 1, 1)])
    assert [one.name for one in each] == ["slow", "fast"]


def test_the_queries_of_a_document_are_found_by_title_and_form(tmp_path: Path) -> None:
    page = tmp_path / "queries.md"
    page.write_text(PAGE)
    assert [(one.name, one.text) for one in samples(page, Kind.PRINTED)] == [
        ("Sales (document 4): as printed", "SELECT 1"),
        ("Sales (document 4): corrected", "SELECT 2\nFROM sales"),
    ]


def test_a_missing_document_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FinplatformError, match="not there"):
        samples(tmp_path / "none.md", Kind.READY)
