"""The real sanctions lists through bronze, by `examples/sanctions/sources.yaml` alone.

What the files say is worked out here by the standard library, not by the platform. Skipped without
the data: `FINPLATFORM_TEST_DATA` names the folder that holds `sanctions/`.
"""

import csv
import gzip
import os
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from finplatform.contracts.bronze import SOURCES
from finplatform.ingest.connectors.config import load_sources
from finplatform.ingest.connectors.registry import table_sources_of
from finplatform.ingest.load import LoadResult, TableLoader
from finplatform.settings import PROJECT_ROOT, Settings, get_settings
from finplatform_tests.integration.ingest_cases import MASTER, SETTINGS, query


def _folder() -> Path | None:
    root = os.environ.get("FINPLATFORM_TEST_DATA")
    folder = Path(root) / "sanctions" if root else None
    return folder if folder and folder.is_dir() else None


FOLDER = _folder()

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(FOLDER is None, reason="FINPLATFORM_TEST_DATA holds no sanctions/"),
]


def _published(name: str) -> list[list[str]]:
    assert FOLDER is not None
    with (FOLDER / "ofac" / name).open(encoding="latin-1", newline="") as stream:
        return [row for row in csv.reader(stream) if len(row) > 1]


def _un(path: str) -> list[ET.Element]:
    assert FOLDER is not None
    with gzip.open(FOLDER / "un" / "UN_consolidated.xml.gz") as stream:
        return ET.parse(stream).getroot().findall(path)  # noqa: S314 - the list itself


def _loaded(url: str, settings: Settings) -> LoadResult:
    config = load_sources(PROJECT_ROOT / "examples/sanctions/sources.yaml", frozenset(SOURCES))
    table = config.tables["sanctions_entities"]
    places = table_sources_of(table, config, settings, url)
    loader = TableLoader(SOURCES["sanctions_entities"], places, MASTER, SETTINGS)
    return loader.load(url, None)


def test_every_party_of_both_lists_is_there_with_its_other_names(
    postgres_url: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FINPLATFORM_LANDING_DIR", str(FOLDER))
    get_settings.cache_clear()
    report = _loaded(postgres_url, get_settings())
    sdn, alt = _published("sdn.csv"), _published("alt.csv")
    people, bodies = _un("INDIVIDUALS/INDIVIDUAL"), _un("ENTITIES/ENTITY")
    assert report.rows_rejected == 0
    assert report.rows_loaded == len(sdn) + len(people) + len(bodies)
    kinds = [(row[2].strip().replace("-0-", "entity")).upper() for row in sdn]
    counted = dict.fromkeys((("OFAC_SDN", kind) for kind in kinds), 0)
    for kind in kinds:
        counted["OFAC_SDN", kind] += 1
    counted |= {("UN_SC", "INDIVIDUAL"): len(people), ("UN_SC", "ENTITY"): len(bodies)}
    found = query(
        postgres_url,
        "select list_code, entity_type, count(*) from bronze.sanctions_entities group by 1, 2",
    )
    assert {row[:2]: row[2] for row in found} == counted
    listed = {row[0] for row in sdn}
    names = {(row[0], row[3]) for row in alt if row[0] in listed}
    assert len(names) > 5_000
    stored = query(
        postgres_url,
        "select entity_id, unnest(string_to_array(aliases, '; ')) from bronze.sanctions_entities"
        " where list_code = 'OFAC_SDN' and aliases is not null",
    )
    assert set(stored) == names
    stored_names = query(
        postgres_url,
        "select entity_id, entity_name from bronze.sanctions_entities where list_code = 'OFAC_SDN'",
    )
    assert dict(stored_names) == {row[0]: row[1] for row in sdn}
    un = dict(
        query(
            postgres_url,
            "select entity_id, aliases from bronze.sanctions_entities where list_code = 'UN_SC'",
        )
    )
    for element in [*people, *bodies]:
        given = [
            (alias.text or "").strip()
            for alias in element.iter("ALIAS_NAME")
            if (alias.text or "").strip()
        ]
        assert un[element.findtext("DATAID", "")] == ("; ".join(given) or None)
    born = query(
        postgres_url,
        "select count(*) from bronze.sanctions_entities"
        " where list_code = 'UN_SC' and birth_dates ~ '[0-9]{4}'",
    )
    dated = [
        person
        for person in people
        if any(
            re.search(r"\d{4}", each.text or "")
            for name in ("DATE", "YEAR")
            for each in person.findall(f"INDIVIDUAL_DATE_OF_BIRTH/{name}")
        )
    ]
    assert born == [(len(dated),)]
