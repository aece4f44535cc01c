"""The rule between candidates, and what it may not look at."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from finplatform.contracts.default_model import DEFAULT_MODEL
from finplatform.ml import store
from finplatform.ml.champion_challenger import (
    CANDIDATE,
    CHALLENGER,
    CHAMPION,
    ChampionChallenger,
    candidate_rows,
    clustered_mean,
    compete,
    ranked,
)
from finplatform.ml.dataset import Dataset, build
from finplatform.ml.event_model import EventModel, TrainingSettings, score
from finplatform.ml.selection import HeldOut

QUICK = TrainingSettings(penalties=(100.0,), borrower_groups=2, bootstrap_replicates=20)
NOW = datetime(2026, 1, 31, tzinfo=UTC)


def _held(noise: float, seed: int = 0, rows: int = 4_000) -> HeldOut:
    """Predictions that are the truth with so much noise."""
    rng = np.random.default_rng(1)
    truth = rng.normal(-1, 1.2, rows)
    outcome = (rng.random(rows) < 1 / (1 + np.exp(-truth))).astype(float)
    seen = truth + noise * np.random.default_rng(seed).normal(size=rows)
    return HeldOut("only", {}, outcome, seen, np.arange(rows) // 2)


def _roles(**held: HeldOut) -> dict[str, str]:
    return {row["family"]: row["role"] for row in ranked(held)}


def _compete(dataset: Dataset) -> ChampionChallenger:
    return compete(dataset, seed=1, code_version="test", settings=QUICK)


@pytest.fixture(scope="module")
def result(small_dataset: Dataset) -> ChampionChallenger:
    return _compete(small_dataset)


@pytest.fixture(scope="module")
def entrants(result: ChampionChallenger) -> list[EventModel]:
    assert result.challenger is not None
    return [result.champion, result.challenger]


def test_the_plainest_candidate_wins_unless_it_is_worse_by_more_than_an_error() -> None:
    assert _roles(plain=_held(0.02, 11), other=_held(0.0)) == {
        "plain": CHAMPION,
        "other": CHALLENGER,
    }
    assert _roles(plain=_held(1.5, 11), other=_held(0.0)) == {
        "plain": CHALLENGER,
        "other": CHAMPION,
    }


def test_the_challenger_is_the_best_of_the_others() -> None:
    roles = _roles(a=_held(2.5, 11), b=_held(0.0), c=_held(1.0, 12))
    assert roles == {"a": CANDIDATE, "b": CHAMPION, "c": CHALLENGER}


def test_a_candidate_whose_log_odds_only_need_a_line_is_not_worse() -> None:
    plain, other = _held(0.0), _held(0.0)
    stretched = HeldOut("only", {}, plain.outcome, 3 * plain.log_odds + 2, plain.subject)
    rows = ranked({"stretched": stretched, "other": other})
    assert rows[0]["role"] == CHAMPION
    assert rows[0]["loss_excess"] == pytest.approx(0.0, abs=2e-3)


def test_without_held_out_rows_the_plainest_candidate_wins() -> None:
    empty = HeldOut("only", {}, np.array([]), np.array([]))
    assert _roles(a=empty, b=empty) == {"a": CHAMPION, "b": CHALLENGER}


def test_repeating_the_rows_of_a_cluster_leaves_the_error() -> None:
    values = np.random.default_rng(2).normal(size=300)
    once = clustered_mean(values, np.arange(300))
    often = clustered_mean(np.tile(values, 5), np.tile(np.arange(300), 5))
    assert often == pytest.approx(once)
    assert once[1] == pytest.approx(values.std(ddof=1) / np.sqrt(300))


def test_the_test_part_has_no_say_in_the_choice(
    result: ChampionChallenger, small_bank: Any
) -> None:
    start = pl.lit(result.champion.facts["data"]["test_from"]).str.to_date()
    is_test = pl.col("observation_date") >= start
    lucky = pl.Series(np.random.default_rng(0).random(small_bank.outcomes.height) < 0.1)
    outcomes = small_bank.outcomes.select(
        "exposure_id",
        "observation_date",
        is_default_12m=pl.when(is_test).then(lucky).otherwise("is_default_12m"),
    )
    other = _compete(build(small_bank.features, outcomes))
    columns = ("family", "role", "setting", "held_out_log_loss", "loss_excess", "standard_error")
    for before, after in zip(
        result.champion.facts["champion_challenger"]["candidates"],
        other.champion.facts["champion_challenger"]["candidates"],
        strict=True,
    ):
        assert [before[name] for name in columns] == [after[name] for name in columns]
        assert before["out_of_time_auc"] != after["out_of_time_auc"]


def test_champion_and_challenger_are_two_and_the_record_names_them(
    result: ChampionChallenger, entrants: list[EventModel]
) -> None:
    champion, challenger = entrants
    assert champion.model_version != challenger.model_version
    rows = {row["role"]: row for row in candidate_rows(champion)}
    assert rows[CHAMPION]["model_version"] == champion.model_version
    assert rows[CHALLENGER]["model_version"] == challenger.model_version
    assert len(candidate_rows(champion)) == 3
    assert set(candidate_rows(champion)[0]) == set(DEFAULT_MODEL["pd_candidates"].columns)


def test_the_same_rows_give_the_same_bytes_and_the_same_scores(
    entrants: list[EventModel], small_dataset: Dataset, small_bank: Any, tmp_path: Path
) -> None:
    again = _compete(small_dataset)
    assert again.challenger is not None
    for place, (one, two) in enumerate(
        zip(entrants, (again.champion, again.challenger), strict=True)
    ):
        folders = [
            store.save(model, tmp_path / f"{place}{side}", created_at=NOW)
            for side, model in (("a", one), ("b", two))
        ]
        for name in ("model.skops", "metadata.json", "manifest.json"):
            assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes()
        scores = score(one, small_bank.features)
        assert scores.equals(score(two, small_bank.features))
        assert scores.equals(score(store.load(tmp_path / f"{place}a"), small_bank.features))
