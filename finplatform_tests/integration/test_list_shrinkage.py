"""A list that lost half its names is refused with the reason, and the earlier one stays."""

from pathlib import Path

import psycopg
import pytest

from finplatform.contracts.bronze import SOURCES
from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.config import TableConfig
from finplatform.ingest.connectors.registry import TableSource
from finplatform.ingest.load import TableLoader
from finplatform_tests.integration.ingest_cases import MASTER, SETTINGS, files, query

pytestmark = pytest.mark.integration

STORED = "select list_code, count(*) from bronze.sanctions_entities group by 1 order by 1"


def _load(url: str, folder: Path, *, aliases: int = 0, **parties: int) -> None:
    """Loads lists by their number of parties; each party has as many other names."""
    other = "; ".join(f"Other {number}" for number in range(aliases))
    lines = ["list_code,entity_id,entity_type,entity_name,aliases"]
    lines += [
        f"{code},{number},ENTITY,Firm {number},{other}"
        for code, count in parties.items()
        for number in range(count)
    ]
    (folder / "lists.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    config = TableConfig(source="lists", read="lists.csv")
    place = TableSource(config, files(folder))
    TableLoader(SOURCES["sanctions_entities"], [place], MASTER, SETTINGS).load(url, None)


def _released(url: str, code: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(
            "insert into ops.shrinkage_releases (table_name, group_name, reason, released_by)"
            " values ('sanctions_entities', %s, 'A regime has ended.', 'anna')",
            (code,),
        )


def test_a_list_that_lost_more_than_half_is_refused_and_the_earlier_one_stays(
    postgres_url: str, tmp_path: Path
) -> None:
    _load(postgres_url, tmp_path, ONE=10, TWO=4)
    with pytest.raises(FinplatformError, match="ONE of sanctions_entities would have 4 names"):
        _load(postgres_url, tmp_path, ONE=4, TWO=40)
    assert query(postgres_url, STORED) == [("ONE", 10), ("TWO", 4)]


def test_half_of_a_list_is_enough_and_each_list_counts_alone(
    postgres_url: str, tmp_path: Path
) -> None:
    _load(postgres_url, tmp_path, ONE=10, TWO=4)
    _load(postgres_url, tmp_path, ONE=5, TWO=4)
    assert query(postgres_url, STORED) == [("ONE", 5), ("TWO", 4)]


def test_other_names_that_are_gone_count_as_well(postgres_url: str, tmp_path: Path) -> None:
    _load(postgres_url, tmp_path, ONE=10, aliases=3)
    with pytest.raises(FinplatformError, match="would have 10 names, and has 40"):
        _load(postgres_url, tmp_path, ONE=10)


def test_a_list_that_is_missing_whole_is_refused(postgres_url: str, tmp_path: Path) -> None:
    _load(postgres_url, tmp_path, ONE=10, TWO=4)
    with pytest.raises(FinplatformError, match="TWO of sanctions_entities would have 0 names"):
        _load(postgres_url, tmp_path, ONE=10)


def test_a_release_lets_one_load_through_and_no_other(postgres_url: str, tmp_path: Path) -> None:
    _load(postgres_url, tmp_path, ONE=10, TWO=4)
    _released(postgres_url, "ONE")
    _load(postgres_url, tmp_path, ONE=4, TWO=4)
    assert query(postgres_url, STORED) == [("ONE", 4), ("TWO", 4)]
    with pytest.raises(FinplatformError, match="would have 1 names"):
        _load(postgres_url, tmp_path, ONE=1, TWO=4)


def test_a_refused_load_does_not_use_a_release_up(postgres_url: str, tmp_path: Path) -> None:
    _load(postgres_url, tmp_path, ONE=10, TWO=10)
    _released(postgres_url, "ONE")
    with pytest.raises(FinplatformError, match="TWO of"):
        _load(postgres_url, tmp_path, ONE=4, TWO=4)
    assert query(postgres_url, "select group_name from ops.shrinkage_releases") == [("ONE",)]
