"""Sanctions lists of the configuration: a declared format becomes sources and places."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from finplatform.contracts.bronze import SOURCES
from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.config import FilesSource, SourcesConfig, load_sources
from finplatform.ingest.connectors.list_formats import with_lists

BANK: dict[str, Any] = {"bank": "B", "sources": {}, "tables": {}}


def _load(folder: Path, **written: Any) -> SourcesConfig:
    path = folder / "sources.yaml"
    path.write_text(yaml.safe_dump(BANK | written, sort_keys=False), encoding="utf-8")
    return load_sources(path, frozenset(SOURCES))


def test_a_list_becomes_a_source_and_places_that_bear_its_name(tmp_path: Path) -> None:
    config = _load(tmp_path, lists={"UN_SC": {"format": "un_consolidated", "root": "/lists/un"}})
    source = config.sources["list_UN_SC"]
    assert isinstance(source, FilesSource)
    assert source.root == "/lists/un"
    places = config.tables["sanctions_entities"].entries
    assert [place.records for place in places] == ["INDIVIDUALS/INDIVIDUAL", "ENTITIES/ENTITY"]
    assert {place.defaults["list_code"] for place in places} == {"UN_SC"}


def test_lists_add_to_each_other_and_to_a_table_that_is_written_out(tmp_path: Path) -> None:
    config = _load(
        tmp_path,
        sources={"feeds": {"connector": "files", "root": "/feeds"}},
        tables={"sanctions_entities": {"source": "feeds", "read": "own.csv"}},
        lists={
            "OFAC_SDN": {"format": "ofac_sdn", "root": "/lists/ofac"},
            "HOUSE": {"format": "names_csv", "root": "/lists/house"},
        },
    )
    places = config.tables["sanctions_entities"].entries
    assert [place.source for place in places] == ["feeds", "list_OFAC_SDN", "list_HOUSE"]


def test_a_configuration_without_lists_stays_as_it_is() -> None:
    assert with_lists(BANK) == BANK


@pytest.mark.parametrize(
    ("lists", "said"),
    [
        ({"X_LIST": {"format": "pdf_scan", "root": "/x"}}, "no list format 'pdf_scan'"),
        ({"X_LIST": {"format": "ofac_sdn"}}, "lists.X_LIST.root"),
        ({"X_LIST": {"format": "ofac_sdn", "root": "/x", "url": "u"}}, "lists.X_LIST.url"),
        ({"small": {"format": "ofac_sdn", "root": "/x"}}, "lists.small"),
        (["ofac_sdn"], "lists"),
    ],
)
def test_what_is_no_list_is_refused_with_its_place(
    tmp_path: Path, lists: object, said: str
) -> None:
    with pytest.raises(FinplatformError, match="lists") as raised:
        _load(tmp_path, lists=lists)
    assert said in str(raised.value)


def test_an_unknown_format_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(FinplatformError) as raised:
        _load(tmp_path, lists={"X_LIST": {"format": "eu", "root": "/x"}})
    assert "names_csv, ofac_sdn, un_consolidated" in raised.value.hint
