"""`docs/add_a_source.md`: every example on the page is a configuration that the platform takes."""

import re
from pathlib import Path
from typing import get_args

import pytest

from finplatform.contracts.bronze import SOURCES
from finplatform.ingest.conform import check_mapping
from finplatform.ingest.connectors.config import Source, SourcesConfig, TableConfig, load_sources
from finplatform.ingest.entity_log import INPUT_DTYPES
from finplatform.settings import PROJECT_ROOT

PAGE = (PROJECT_ROOT / "docs" / "add_a_source.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def _load(tmp_path: Path, text: str) -> SourcesConfig:
    path = tmp_path / "sources.yaml"
    path.write_text(text)
    return load_sources(path, frozenset(SOURCES))


@pytest.mark.parametrize("text", EXAMPLES)
def test_an_example_is_valid_and_names_columns_that_exist(tmp_path: Path, text: str) -> None:
    for table, config in _load(tmp_path, text).tables.items():
        for place in config.entries:
            check_mapping(SOURCES[table], place, INPUT_DTYPES)


def test_every_connector_and_every_option_of_a_table_is_on_the_page(tmp_path: Path) -> None:
    kinds = {get_args(kind.model_fields["connector"].annotation)[0]
             for kind in get_args(get_args(Source)[0])}  # fmt: skip
    assert {f"### {kind}" for kind in kinds} <= set(PAGE.splitlines())
    used = {
        source.connector for text in EXAMPLES for source in _load(tmp_path, text).sources.values()
    }
    assert used == kinds
    options = set(TableConfig.model_fields) - {"source"}
    assert all(f"`{option}`" in PAGE for option in options)
