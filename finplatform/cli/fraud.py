"""`finplatform fraud`: printing the rules, and what they did on the history.

Belongs here: printing. Rules and backtest are `finplatform.streaming.fraud`.
"""

from datetime import date, timedelta
from typing import Any

from finplatform.bench.labels import true_frauds
from finplatform.cli.output import ERR, OUT, print_json, print_table
from finplatform.errors import FinplatformError
from finplatform.ml import store
from finplatform.ml.event_model import EventModel
from finplatform.ml.fraud import EMBARGO_DAYS, learned_to
from finplatform.settings import Settings, get_settings
from finplatform.streaming.fraud.backtest import score_figures
from finplatform.streaming.fraud.batch import replay
from finplatform.streaming.fraud.features import FEATURES
from finplatform.streaming.fraud.rules import LEAST_PRECISION, Action, Kind, load_rules
from finplatform.streaming.fraud.warehouse import confirmed_frauds, held_days
from finplatform.warehouse.bank_days import bank_timezone
from finplatform.warehouse.database import open_warehouse
from finplatform.windows import Window

_SCORES = {
    "fraud_probability": "model",
    "rule_points": "rules",
    "combined_score": "model and rules",
    "most": "the most that any score could find",
}


def rules(*, features: bool, as_json: bool) -> None:
    """Prints the rules.

    Args:
        features: Whether to list the features too.
        as_json: Whether to print JSON.
    """
    listed = load_rules(get_settings().fraud_rules_file)
    types = {name: str(dtype) for name, dtype in FEATURES.items()}
    if as_json:
        shown: dict[str, Any] = {"rules": [rule.model_dump(mode="json") for rule in listed]}
        print_json(shown | ({"features": types} if features else {}))
        return
    print_table(
        "Fraud rules",
        ("rule", "mode", "severity", "weight", "condition"),
        [
            (
                rule.rule,
                rule.mode,
                rule.severity,
                str(rule.weight),
                " ".join(rule.condition.split()),
            )
            for rule in listed
        ],
        (3,),
    )
    blocking = [rule.rule for rule in listed if rule.action is Action.BLOCK]
    laundering = [rule.rule for rule in listed if rule.kind is Kind.LAUNDERING]
    OUT.print(f"Rules that decline the payment: {', '.join(blocking) or 'none'}.")
    OUT.print(f"Look for laundering, and only alert: {', '.join(laundering) or 'none'}.")
    if features:
        print_table("Features", ("feature", "type"), list(types.items()))


def backtest(
    first: date | None, last: date | None, scale: float, *, truth: bool, as_json: bool
) -> None:
    """Runs rules and model over the history and prints what they found.

    Args:
        first: First day; None is that of the history.
        last: Last day; None is a week before the history's end, as most later investigations are
            still going on.
        scale: Honest payments that one stands for.
        truth: Whether the simulator's labels count.
        as_json: Whether to print JSON.

    Raises:
        FinplatformError: The days hold nothing, or a live rule is right too seldom.
    """
    if scale > 1 and not truth:
        raise FinplatformError(
            "Payments without an investigation may be frauds, which must not be counted as many"
            " honest payments.",
            "Give --truth with --scale.",
        )
    settings = get_settings()
    listed = load_rules(settings.fraud_rules_file)
    url = open_warehouse(settings).url
    held = held_days(url)
    window = Window.through(
        first or held.start, last or max(held.last - timedelta(days=EMBARGO_DAYS), held.start)
    )
    model = _model(settings)
    with ERR.status("Running the rules over the history"):
        replayed = replay(
            url, window, listed, bank_timezone(settings),
            frauds=true_frauds(url) if truth else confirmed_frauds(url), model=model,
        )  # fmt: skip
    result = {
        "first": window.start,
        "last": window.last,
        "labels": "simulator" if truth else "investigations",
        "rules": [figures.as_dict() for figures in replayed.rules],
        "score": {
            "first": max(window.start, learned_to(model) + timedelta(days=1))
            if model
            else window.start,
            "last": window.last,
            "scale": scale,
            **score_figures(replayed.cards, scale),
        },
    }
    if as_json:
        print_json(result)
    else:
        _print(result)
    if failing := [figures.rule for figures in replayed.rules if figures.is_too_imprecise]:
        raise FinplatformError(
            f"Of the alerts of {', '.join(failing)}, fewer than {LEAST_PRECISION:.0%} are fraud.",
            "Put the rule into shadow mode, or make its condition narrower.",
        )


def _model(settings: Settings) -> EventModel | None:
    """The model in use, if one was trained."""
    root = settings.models / "fraud_model"
    return store.load(root) if store.latest_version(root) else None


def _print(result: dict[str, Any]) -> None:
    print_table(
        f"Rules on {result['first']} to {result['last']}, fraud by {result['labels']}",
        ("rule", "mode", "alerts", "fraud", "precision", "recall", "value"),
        [
            (
                row["rule"], row["mode"], f"{row['alerts']:,}", f"{row['frauds']:,}",
                _share(row["precision"]), _share(row["recall"]), _share(row["recall_of_value"]),
            )
            for row in result["rules"]
        ],
        range(2, 7),
    )  # fmt: skip
    score = result["score"]
    if not score["by"]:
        OUT.print("The score is not judged: the model has learned from all these payments.")
        return
    print_table(
        f"At one alert per 1,000 card payments, {score['first']} to {score['last']}:"
        f" {score['alerts']:,.0f} alerts, {score['frauds']:,.0f} frauds",
        ("score", "precision", "recall", "value"),
        [
            (name, *(_share(score["by"][key][part]) for part in _PARTS))
            for key, name in _SCORES.items()
            if key in score["by"]
        ],
        range(1, 4),
    )


_PARTS = ("precision", "recall", "recall_of_value")


def _share(value: float | None) -> str | None:
    return None if value is None else f"{value:.1%}"
