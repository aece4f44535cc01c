"""What the sentences of the page of real-time analytics may claim."""

from datetime import UTC, datetime
from typing import Any

from finplatform_tests.oracle.sentences.claims import (
    count,
    either,
    largest,
    moment,
    number,
    tally,
    text,
    things,
)
from finplatform_tests.oracle.sentences.forms import Charts, Judged, part, says
from finplatform_tests.oracle.sentences.made import Cells, Source, frame
from finplatform_tests.oracle.sentences.values import at, first, num, over, size, total, when

PAGE = "realtime_analytics"
_OUTSIDE = ("WARNING", "ALERT")
_STATUSES = ("NORMAL", "WARNING", "ALERT", "NOT_JUDGED", "NO_DATA")


def _now(source: Source) -> list[Cells]:
    made = []
    for place in range(source.size):
        source.at(place)
        status = source.choice(_STATUSES[:4])
        expected = None if status == "NOT_JUDGED" else source.value("money0")
        made.append(
            {"name": f"Figure {place}", "observed": source.value("money0"), "expected": expected,
             "status": status, "present_at": datetime(2025, 3, 31, 9, 5, tzinfo=UTC)}
        )  # fmt: skip
    return made


def _statuses(source: Source) -> list[Cells]:
    made = []
    for place, status in enumerate(source.sample(_STATUSES)):
        source.at(place)
        made.append({"status": status, "figures": source.value("count1")})
    return made


def _judged(rows: Any) -> Any:
    return [row for row in rows if row["status"] in ("NORMAL", *_OUTSIDE)]


def _odd(rows: Any) -> Any:
    return [row for row in rows if row["status"] in _OUTSIDE]


def _of(*statuses: str) -> Any:
    return total("figures", lambda row: row["status"] in statuses)


_UNJUDGED = size(lambda row: row["status"] not in ("NORMAL", *_OUTSIDE))
_AT = moment(first(when("present_at")), "%Y-%m-%d %H:%M")
_BUSIEST = {
    "top": largest("observed", lambda row: f"{row['hour']}:00"),
    "count": things(at("top", "observed"), "transaction"),
}

CHARTS: Charts = {
    (PAGE, "Real-time dashboard"): Judged(
        _now,
        says("At {at} no figure can be compared with what is usual.",
             lambda rows: not _judged(rows), at=_AT),
        says("At {at} {outside} outside the usual band{unjudged}{example}.", at=_AT,
             outside=tally(over(_odd, size()), over(_judged, size()), "figure", "is", "are"),
             unjudged=part(
                 says("", lambda rows: not _UNJUDGED(rows, {})),
                 says(", and {count} cannot be judged", lambda rows: _UNJUDGED(rows, {}) > 0,
                      count=count(_UNJUDGED)),
             ),
             example=part(
                 says("", lambda rows: not _odd(rows)),
                 says("; {which} is {name}: {observed} where {expected} is usual",
                      which=either({"one": lambda rows, _: len(_odd(rows)) > 1,
                                    "it": lambda rows, _: len(_odd(rows)) == 1}),
                      name=text(over(_odd, first(lambda row: row["name"]))),
                      observed=number(over(_odd, first("observed"))),
                      expected=number(over(_odd, first("expected")))),
             )),
    ),
    (PAGE, "Transactions by hour"): Judged(
        frame("hour:hour observed:count? expected:float0? lower_bound:float0 upper_bound:float0"
              " status:NORMAL/ALERT"),
        says("The day has no transaction yet.", lambda rows: not any(map(num("observed"), rows))),
        says("The busiest hour of the day begins at {top}, with {count}.",
             lambda rows: any(row["expected"] is None for row in rows), **_BUSIEST),
        says("The busiest hour of the day begins at {top}, with {count} where {usual} are usual.",
             **_BUSIEST, usual=number(at("top", "expected"))),
    ),
    (PAGE, "Status of figures"): Judged(
        _statuses,
        says("{alerts} an alert and {warnings} a warning{unjudged}.",
             alerts=tally(_of("ALERT"), total("figures"), "figure", "raises", "raise"),
             warnings=count(_of("WARNING")),
             unjudged=part(
                 says("", lambda rows: not _of("NOT_JUDGED", "NO_DATA")(rows, {})),
                 says("; {count} cannot be judged", count=count(_of("NOT_JUDGED", "NO_DATA"))),
             )),
    ),
}  # fmt: skip
