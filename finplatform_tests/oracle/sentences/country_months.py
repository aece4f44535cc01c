"""What the sentences of the page of development operations may claim."""

from typing import Any

from finplatform_tests.oracle.sentences.claims import (
    Claim,
    count,
    largest,
    money,
    month,
    month_text,
    number,
    percent,
    smallest,
    tally,
    things,
    verb,
)
from finplatform_tests.oracle.sentences.descriptive import nothing
from finplatform_tests.oracle.sentences.exploratory import sums
from finplatform_tests.oracle.sentences.forms import Charts, Form, Judged, part, says
from finplatform_tests.oracle.sentences.made import (
    Cells,
    Source,
    frame,
    grid,
    of_columns,
    part_of,
    sum_of,
)  # fmt: skip
from finplatform_tests.oracle.sentences.values import (
    Rows,
    at,
    first,
    fixed,
    known,
    last,
    num,
    over,
    part_of_all,
    ratio,
    size,
    total,
    when,
)

PAGE = "country_months"
_TYPES = ("loan", "disbursement", "repayment", "grant", "guarantee")
_INDICATORS = (("known_inflation_pct", "inflation"), ("known_unemployment_pct", "unemployment"),
               ("known_gdp_growth_pct", "growth"))  # fmt: skip


def _distinct(column: str) -> Any:
    return lambda rows: len({row[column] for row in rows if row[column] is not None})


def _ended(source: Source) -> list[Cells]:
    made = frame("month_end_date:month_end successful_count:count failed_count:count")(source)
    for cells in made:
        ended = cells["successful_count"] + cells["failed_count"]
        cells["success_rate"] = cells["successful_count"] / ended if ended else None
    return made


def _failures(source: Source) -> list[Cells]:
    made = frame("country_name:name failed_count:count done:count1")(source)
    more = source.choice((0, 4))
    for cells in made:
        cells["ended_count"] = cells["failed_count"] + cells["done"]
        cells["failed_rate"] = cells["failed_count"] / cells["ended_count"]
        cells["country_count"] = len(made) + more
    return made


def _types_of(rows: Rows) -> Rows:
    return [{"type": f"{name}s", "amount": str(total(f"{name}_amount_usd")(rows, {}))}
            for name in _TYPES]  # fmt: skip


def _completeness(source: Source) -> list[Cells]:
    months = 120
    share = source.choice((None, None, 0.0, 1.0)) if source.bank == "plain" else None
    made = frame("indicator:name published:share")(source)
    for cells in made:
        cells["month_count"] = months
        part_published = cells.pop("published") if share is None else share
        cells["published_count"] = round(part_published * months)
        cells["published_share"] = cells["published_count"] / months
    return made


def _missing(rows: Rows, found: Any) -> Any:
    return 1 - num("published_share")(found["end"])


def _per_capita(column: str, name: str) -> tuple[Form, ...]:
    facts: dict[str, Claim] = {
        "top": largest("amount_usd_per_capita", "country_name"),
        "amount": number(at("top", "amount_usd_per_capita")),
        "rate": number(at("top", column)),
    }
    start = f"{{top}} received the most a head (USD {{amount}}) at {name} of {{rate}}%"
    return (
        says(f"{start}.", lambda rows: len(rows) == 1, **facts),
        says(f"{start}; {name} is highest in {{extreme}} ({{highest}}%).",
             lambda rows: len(rows) > 1, **facts,
             extreme=largest(column, "country_name", signed=True),
             highest=number(at("extreme", column))),
    )  # fmt: skip


def _highest() -> dict[str, Claim]:
    return {
        name: part(
            says("", lambda rows, column=column: not known(column)(rows)),
            says(f"{name} in {{top}}, {{rate}}%",
                 top=largest(column, "country_name", signed=True),
                 rate=number(at("top", column))),
        )
        for column, name in _INDICATORS
    }  # fmt: skip


_LEADS = {
    "top": largest("amount_usd", "country_name"),
    "amount": money(at("top", "amount_usd")),
    "part": percent(part_of_all("top", "amount_usd", "amount_share")),
    "operations": things(at("top", "operation_count"), "operation"),
}
_DONE, _FAILED = total("successful_count"), total("failed_count")


def _all_ended(rows: Rows, _: Any) -> Any:
    return _DONE(rows, _) + _FAILED(rows, _)


_SUCCEEDED = {
    "part": percent(ratio(_DONE, _all_ended)),
    "ended": things(_all_ended, "ended operation"),
    "verb": verb(_all_ended, "was", "were"),
}
_MOST_FAILED = {
    "top": largest("failed_rate", "country_name"),
    "most": percent(at("top", "failed_rate")),
    "of": count(at("top", "ended_count")),
}
_LEAST_FAILED = {
    "end": smallest("failed_rate", "country_name"),
    "least": percent(at("end", "failed_rate")),
    "all": count(at("end", "ended_count")),
}
_REPAID = known("repaid_share")
_SECTORS = sums("sector", "amount_usd")

CHARTS: Charts = {
    (PAGE, "Transaction volumes"): Judged(
        frame("country_name:name operation_count:count1 amount_usd:money0",
              order="-amount_usd country_name", amount_share=part_of("amount_usd")),
        says("No operation of the year was carried out in any country.", nothing("amount_usd")),
        says("{top} leads with {amount} ({part} of all) from {operations}.",
             lambda rows: _distinct("amount_usd")(rows) == 1, **_LEADS),
        says("{top} leads with {amount} ({part} of all) from {operations}; the least of those shown"
             " went to {end} ({least}).", **_LEADS,
             end=smallest("amount_usd", "country_name"), least=money(at("end", "amount_usd"))),
    ),
    (PAGE, "Transaction success rate"): Judged(
        _ended,
        says("No operation of these months has ended yet.", lambda rows: not _all_ended(rows, {})),
        says("{none} failed.", lambda rows: not _FAILED(rows, {}),
             none=tally(fixed(0), _all_ended, "ended operation", "has", "have")),
        says("{part} of {ended} {verb} carried out.",
             lambda rows: len(known("success_rate")(rows)) == 1 and _FAILED(rows, {}) > 0,
             **_SUCCEEDED),
        says("{part} of {ended} {verb} carried out; the lowest share was {share} in {end}.",
             **_SUCCEEDED,
             end=smallest("success_rate", lambda row: month_text(when("month_end_date")(row))),
             share=percent(at("end", "success_rate"))),
    ),
    (PAGE, "Failures by country"): Judged(
        _failures,
        says("No operation that ended failed in {countries}.", nothing("failed_count"),
             countries=things(first("country_count"), "country", "countries")),
        says("Operations fail most often in {top}, {most} of {of}.",
             lambda rows: _distinct("failed_rate")(rows) == 1, **_MOST_FAILED),
        says("Operations fail most often in {top}, {most} of {of}, and least in {end}, {least} of"
             " {all}.", lambda rows: num("country_count")(rows[0]) == len(rows), **_MOST_FAILED,
             **_LEAST_FAILED),
        says("Operations fail most often in {top}, {most} of {of}, and least, of those shown, in"
             " {end}, {least} of {all}.", lambda rows: num("country_count")(rows[0]) > len(rows),
             **_MOST_FAILED, **_LEAST_FAILED),
    ),
    (PAGE, "Sector analysis"): Judged(
        grid("sector:code_text", "country_name:name", "amount_usd:money0", is_whole=False),
        says("No operation of the year was carried out in any sector.", nothing("amount_usd")),
        says("{top} is the largest sector with {part} of {every}; the largest cell is {cell}"
             " ({amount}).",
             top=largest("amount_usd", "sector", among=_SECTORS),
             part=percent(ratio(at("top", "amount_usd"), total("amount_usd"))),
             every=money(total("amount_usd")),
             cell=largest("amount_usd", lambda row: f"{row['sector']} in {row['country_name']}"),
             amount=money(at("cell", "amount_usd"))),
    ),
    (PAGE, "Operation types"): Judged(
        frame("month:month " + " ".join(f"{name}_amount_usd:money0" for name in _TYPES)),
        says("No operation was carried out over {months}.",
             lambda rows: not any(num("amount")(row) for row in _types_of(rows)),
             months=things(size(), "month")),
        says("Over {months}, {top} were the most by amount: {amount} ({part} of all).",
             months=things(size(), "month"), top=largest("amount", "type", among=_types_of),
             amount=money(at("top", "amount")),
             part=percent(ratio(at("top", "amount"), over(_types_of, total("amount"))))),
    ),
    (PAGE, "Net flow"): Judged(
        frame("month_end_date:month_end paid_out_usd:money0 repayment_amount_usd:money0"
              " net_flow_usd:money"),
        says("In {month} the net flow to the countries was {amount}.", lambda rows: len(rows) == 1,
             month=month(last(when("month_end_date"))), amount=money(last("net_flow_usd"))),
        says("In {month} the net flow to the countries was {amount}; it was above zero in {count}"
             " of {months} and adds up to {sum}.", lambda rows: len(rows) > 1,
             month=month(last(when("month_end_date"))), amount=money(last("net_flow_usd")),
             count=count(size(lambda row: num("net_flow_usd")(row) > 0)),
             months=things(size(), "month"), sum=money(total("net_flow_usd"))),
    ),
    (PAGE, "Loan performance"): Judged(
        frame("country_name:name disbursement_amount_usd:money0 repayment_amount_usd:money0",
              repaid_share=of_columns(lambda row: float(row["repayment_amount_usd"]
                                                        / row["disbursement_amount_usd"])),
              repaid_in_all=sum_of("repayment_amount_usd")),
        says("Nothing was disbursed in the year; {every} came back.",
             lambda rows: not _REPAID(rows), every=money(total("repayment_amount_usd"))),
        says("{every} came back; of what was disbursed, the most returned from {top} ({most}).",
             lambda rows: _distinct("repaid_share")(rows) == 1,
             every=money(total("repayment_amount_usd")),
             top=largest("repaid_share", "country_name", among=_REPAID, signed=True),
             most=percent(at("top", "repaid_share"))),
        says("{every} came back; of what was disbursed to those shown, the most returned from {top}"
             " ({most}), the least from {end} ({least}).",
             lambda rows: _distinct("repaid_share")(rows) > 1,
             every=money(total("repayment_amount_usd")),
             top=largest("repaid_share", "country_name", among=_REPAID),
             most=percent(at("top", "repaid_share")),
             end=smallest("repaid_share", "country_name", among=_REPAID),
             least=percent(at("end", "repaid_share"))),
    ),
    (PAGE, "Amounts per capita and growth"): Judged(
        frame("country_name:name income_group:HIGH/LOW amount_usd_per_capita:float1"
              " gdp_growth_pct:float"),
        *_per_capita("gdp_growth_pct", "growth"),
    ),
    (PAGE, "Amounts per capita and inflation"): Judged(
        frame("country_name:name income_group:HIGH/LOW amount_usd_per_capita:float1"
              " inflation_pct:float"),
        *_per_capita("inflation_pct", "inflation"),
    ),
    (PAGE, "Economic indicators"): Judged(
        frame("country_name:name " + " ".join(f"{column}:float?" for column, _ in _INDICATORS)),
        says("No indicator of these countries has been published for two years.",
             lambda rows: not any(known(column)(rows) for column, _ in _INDICATORS)),
        *(says(f"Of {{countries}} shown, the highest figures are {'; '.join(shown)}.",
               lambda rows, shown=shown: all(
                   bool(known(column)(rows)) == (f"{{{name}}}" in shown)
                   for column, name in _INDICATORS),
               countries=things(size(), "country", "countries"),
               **{name: claim for name, claim in _highest().items() if f"{{{name}}}" in shown})
          for shown in (
              ("{inflation}", "{unemployment}", "{growth}"), ("{inflation}", "{unemployment}"),
              ("{inflation}", "{growth}"), ("{unemployment}", "{growth}"), ("{inflation}",),
              ("{unemployment}",), ("{growth}",),
          )),
    ),
    (PAGE, "Data completeness"): Judged(
        _completeness,
        says("All {count} figures of the year's country-months are published.",
             lambda rows: all(num("published_share")(row) == 1 for row in rows),
             count=count(total("month_count"))),
        says("None of {count} figures of the year's country-months is published.",
             nothing("published_count"), count=count(total("month_count"))),
        says("{part} of {count} figures are published; {end} is missing most often ({missing} of"
             " its country-months).",
             part=percent(ratio(total("published_count"), total("month_count"))),
             count=count(total("month_count")), end=smallest("published_share", "indicator"),
             missing=percent(_missing)),
    ),
}  # fmt: skip
