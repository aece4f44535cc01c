"""What the sentences of the page of the default model may claim."""

from typing import Any

from finplatform_tests.oracle.sentences.capital_adequacy import by_date
from finplatform_tests.oracle.sentences.claims import (
    Claim,
    count,
    day,
    either,
    largest,
    number,
    percent,
    smallest,
    tally,
    text,
    things,
)
from finplatform_tests.oracle.sentences.descriptive import band, nothing
from finplatform_tests.oracle.sentences.forms import Charts, Judged, part, says
from finplatform_tests.oracle.sentences.made import (
    Cells,
    Source,
    frame,
    month_end,
    of_columns,
)  # fmt: skip
from finplatform_tests.oracle.sentences.values import (
    Row,
    Rows,
    Value,
    at,
    first,
    gap,
    known,
    last,
    num,
    over,
    size,
    total,
    when,
)

PAGE = "pd_model"


def _rates(source: Source) -> list[Cells]:
    made = frame("grade:number default_rate:share grade_pd:share")(source)
    if source.bank == "equal":
        made = [{**cells, "grade_pd": cells["default_rate"]} for cells in made]
    return [
        {**cells, "grade": str(cells["grade"]), "lower": cells["default_rate"] * 0.8,
         "upper": cells["default_rate"] * 1.2 + 0.01}
        for cells in made
    ]  # fmt: skip


def _inside(row: Row) -> bool:
    return num("lower")(row) <= num("grade_pd")(row) <= num("upper")(row)


def _candidates(source: Source) -> list[Cells]:
    made = []
    in_use = source.choice((True, False))
    for place, family in enumerate(source.sample(("LOGISTIC", "BOOSTING", "RANDOM_FOREST"))):
        for sample in source.sample(("out of time", "borrowers not seen")):
            source.at(len(made))
            made.append({"family": family, "sample": sample, "auc": source.value("share"),
                         "role": "CHAMPION" if in_use and not place else "CHALLENGER"})  # fmt: skip
    return made


def _sample(row: Row) -> str:
    return str(row["sample"]) if row["sample"] == "out of time" else f"for {row['sample']}"


def _champion(rows: Rows) -> Rows:
    return [row for row in rows if row["role"] == "CHAMPION"]


def _curve(source: Source) -> list[Cells]:
    made: list[Cells] = [{"grade": None, "caught_share": 0.0, "refused_share": 0.0}]
    for grade in source.sample(("8", "7", "6", "5"), 2):
        source.at(len(made) - 1)
        made.append({"grade": grade, "caught_share": source.value("share"),
                     "refused_share": source.value("share")})  # fmt: skip
    return [{**cells, "reporting_date": month_end(0)} for cells in made]


def _above(row: Row) -> Any:
    if row["grade"] is None:
        return None
    return num("caught_share")(row) - num("refused_share")(row)


def _graded(rows: Rows) -> Rows:
    return [row for row in rows if row["grade"] is not None]


def _calibrations(source: Source) -> list[Cells]:
    made = frame("reporting_date:month_end mean_pd:share default_rate:share?")(source)
    if source.bank == "equal":
        made = [{**cells, "default_rate": cells["mean_pd"]} for cells in made]
    return made


def _scores(source: Source) -> list[Cells]:
    made = []
    for outcome in source.sample(("did not default", "defaulted")):
        for place in range(source.size):
            source.at(place)
            made.append({"outcome": outcome, "observation_date": month_end(0),
                         "score_from": 500 + 25 * place,
                         "exposures": source.value("count1")})  # fmt: skip
    return made


def _middle(outcome: str) -> Value:
    def value(rows: Rows, _: Any) -> str:
        scores = [int(num("score_from")(row)) for row in rows if row["outcome"] == outcome
                  for _ in range(int(num("exposures")(row)))]  # fmt: skip
        middle = sorted(scores)[(len(scores) - 1) // 2]
        return f"{middle} to {middle + 24}"

    return value


def _outcomes(rows: Rows) -> set[Any]:
    return {row["outcome"] for row in rows}


def _light(row: Row) -> str:
    index = num("stability_index")(row)
    return "red" if index * 4 > 1 else "amber" if index * 10 > 1 else "green"


def _features(source: Source) -> list[Cells]:
    made = frame("feature:code stability_index:share traffic_light:GREEN/AMBER/RED",
                 order="-stability_index feature")(source)  # fmt: skip
    red = sum(cells["traffic_light"] == "RED" for cells in made)
    return [{**cells, "features": len(made), "red_features": red} for cells in made]


def _groups(source: Source) -> list[Cells]:
    made = []
    pairs = (("AGE_GROUP", "18_24"), ("AGE_GROUP", "65_PLUS"), ("SEX", "F"), ("SEX", "M"))
    for attribute, group in source.sample(pairs, 2):
        source.at(len(made))
        rate = 1.0 if source.bank == "equal" else source.value("share")
        made.append({"attribute": attribute, "group_name": group, "adverse_impact_ratio": rate,
                     "calibration_ratio": rate * 2 if rate != 1 else rate,
                     "is_below_four_fifths": rate < 0.8})  # fmt: skip
    return made


def _group(row: Row) -> str:
    return f"{row['attribute']} {band(row['group_name'])}"


def _overrides(source: Source) -> list[Cells]:
    made = frame("reason_code:code in_use:count pending:count ended:count refused:count1",
                 decisions=of_columns(lambda row: row["in_use"] + row["pending"] + row["ended"]
                                      + row["refused"]))  # fmt: skip
    return made(source)


_OFF = largest(gap("grade_pd", "default_rate"), lambda row: f"grade {row['grade']}")
_INSIDE = tally(size(_inside), size(), "grade", "has", "have")
_BEST = {
    "top": largest("auc", lambda row: f"{row['family']} {_sample(row)}", signed=True),
    "auc": number(at("top", "auc")),
}
_BOTH = known("mean_pd", "default_rate")
_FAR = gap("mean_pd", "default_rate")
_FURTHEST = {
    "top": largest(_FAR, by_date(), among=_BOTH),
    "predicted": percent(at("top", "mean_pd")),
    "observed": percent(at("top", "default_rate")),
}
_RED = tally(first("red_features"), first("features"), "feature", "is", "are")
_BELOW = tally(
    size(lambda row: num("adverse_impact_ratio")(row) * 5 < 4), size(), "group", "is", "are"
)


def _scored(outcome: str) -> Claim:
    return text(_middle(outcome))


CHARTS: Charts = {
    (PAGE, "Reliability of grades"): Judged(
        _rates,
        says("{inside} a PD within the 95% interval of its default rate; none is off.",
             lambda rows: not any(gap("grade_pd", "default_rate")(row) for row in rows),
             inside=_INSIDE),
        says("{inside} a PD within the 95% interval of its default rate; {top} is furthest off,"
             " with {predicted} predicted and {observed} observed.", inside=_INSIDE, top=_OFF,
             predicted=percent(at("top", "grade_pd")), observed=percent(at("top", "default_rate"))),
    ),
    (PAGE, "AUC of candidates"): Judged(
        _candidates,
        says("The largest AUC, {auc}, is that of {top}; no candidate is in use.",
             lambda rows: not _champion(rows), **_BEST),
        says("The largest AUC, {auc}, is that of {top}; the model in use, {family}, has {used}"
             " {sample}.", **_BEST,
             family=text(over(_champion, last(lambda row: row["family"]))),
             used=number(over(_champion, last("auc"))),
             sample=either({
                 name: lambda rows, _, name=name: _sample(_champion(rows)[-1]) == name
                 for name in ("out of time", "for borrowers not seen")
             })),
    ),
    (PAGE, "ROC curve"): Judged(
        _curve,
        says("On {day}, the curve is above chance from no grade on.",
             lambda rows: max(map(_above, _graded(rows))) <= 0,
             day=day(first(when("reporting_date")))),
        says("On {day}, the curve is highest above chance from grade {top} on, with {caught} of the"
             " exposures that defaulted and {refused} of the others.",
             day=day(first(when("reporting_date"))),
             top=largest(_above, "grade", among=_graded),
             caught=percent(at("top", "caught_share")), refused=percent(at("top",
                                                                           "refused_share"))),
    ),
    (PAGE, "Calibration by month"): Judged(
        _calibrations,
        says("The mean PD is {pd} on {day}; no outcome is known yet.", lambda rows: not _BOTH(rows),
             pd=percent(last("mean_pd")), day=day(last(when("reporting_date")))),
        says("The mean PD is not off on {ends} whose outcome is known.",
             lambda rows: _BOTH(rows) != [] and not any(map(_FAR, _BOTH(rows))),
             ends=things(over(_BOTH, size()), "month-end")),
        says("The mean PD was furthest off on {top}: {predicted} is too {way} against {observed}.",
             **_FURTHEST, way=either({
                 "high": lambda _, found: num("mean_pd")(found["top"]) > num("default_rate")(
                     found["top"]),
                 "low": lambda _, found: num("mean_pd")(found["top"]) < num("default_rate")(
                     found["top"]),
             })),
    ),
    (PAGE, "Discrimination by month"): Judged(
        frame("reporting_date:month_end auc:share ks:share"),
        says("AUC is {auc} on {day}, the only month-end whose outcome is known.",
             lambda rows: len(rows) == 1, auc=number(last("auc")),
             day=day(last(when("reporting_date")))),
        says("AUC is {auc} on {day}, the last month-end whose outcome is known; it was lowest on"
             " {end} with {least}.", lambda rows: len(rows) > 1,
             auc=number(last("auc")), day=day(last(when("reporting_date"))),
             end=smallest("auc", by_date()), least=number(at("end", "auc"))),
    ),
    (PAGE, "Score distribution"): Judged(
        _scores,
        *(says(f"Of the exposures scored on {{day}}, the middle exposure that {outcome} scored"
               " {middle}.",
               lambda rows, outcome=outcome: _outcomes(rows) == {outcome},
               day=day(first(when("observation_date"))), middle=_scored(outcome))
          for outcome in ("did not default", "defaulted")),
        says("Of the exposures scored on {day}, the middle exposure that did not default scored"
             " {good}, the middle exposure that defaulted scored {bad}.",
             day=day(first(when("observation_date"))), good=_scored("did not default"),
             bad=_scored("defaulted")),
    ),
    (PAGE, "Drift of features"): Judged(
        _features,
        says("No feature has moved; {red} red.", nothing("stability_index"), red=_RED),
        says("{top} has moved most, with a PSI of {index} ({light}); {red} red.",
             top=largest("stability_index", "feature"), index=number(at("top", "stability_index")),
             light=text(at("top", lambda row: row["traffic_light"])), red=_RED),
    ),
    (PAGE, "Drift of grades"): Judged(
        frame("reporting_date:month_end stability_index:share"),
        says("The grades have {far} since the first month ({light}){most}.",
             far=part(says("not drifted", lambda rows: not num("stability_index")(rows[-1])),
                      says("drifted by {index}", index=number(last("stability_index")))),
             light=text(lambda rows, _: _light(rows[-1])),
             most=part(
                 says("", lambda rows: len(rows) == 1 or nothing("stability_index")(rows)),
                 says("; the most was {index} on {top}", lambda rows: len(rows) > 1,
                      top=largest("stability_index", by_date()),
                      index=number(at("top", "stability_index"))),
             )),
    ),
    (PAGE, "Selection of groups"): Judged(
        _groups,
        says("No group is selected less often than another; {below} below four fifths.",
             lambda rows: min(map(num("adverse_impact_ratio"), rows)) == 1, below=_BELOW),
        says("The least often selected is {end}, at {rate} of the rate of the group selected most;"
             " {below} below four fifths.",
             end=smallest("adverse_impact_ratio", _group),
             rate=number(at("end", "adverse_impact_ratio")), below=_BELOW),
    ),
    (PAGE, "Calibration of groups"): Judged(
        _groups,
        says("Observed defaults are those expected in every group.",
             lambda rows: all(num("calibration_ratio")(row) == 1 for row in rows)),
        says("Observed over expected defaults are furthest from 1 for {top}: {ratio}.",
             top=largest(lambda row: abs(num("calibration_ratio")(row) - 1), _group),
             ratio=number(at("top", "calibration_ratio"))),
    ),
    (PAGE, "Overrides"): Judged(
        _overrides,
        says("Analysts made {decisions}, most often for {top} ({count}); {used} in use.",
             decisions=things(total("decisions"), "decision"),
             top=largest("decisions", "reason_code"), count=count(at("top", "decisions")),
             used=part(says("none of them is", nothing("in_use")),
                       says("{count} of them {verb}", lambda rows: not nothing("in_use")(rows),
                            count=count(total("in_use")),
                            verb=either({"is": lambda rows, _: total("in_use")(rows, _) == 1,
                                         "are": lambda rows, _: total("in_use")(rows, _) > 1})))),
    ),
}  # fmt: skip
