"""What the sentences of the page of market trends may claim."""

from typing import Any

from finplatform_tests.oracle.sentences.claims import (
    Claim,
    count,
    day,
    largest,
    month,
    number,
    percent,
    signed,
    smallest,
    tally,
    text,
    things,
)
from finplatform_tests.oracle.sentences.forms import Case, Charts, Judged, part, says
from finplatform_tests.oracle.sentences.made import Cells, Source, frame, grid
from finplatform_tests.oracle.sentences.market_risk import lasts, volatility_forms
from finplatform_tests.oracle.sentences.payments import flat
from finplatform_tests.oracle.sentences.values import (
    Row,
    Rows,
    at,
    first,
    known,
    last,
    num,
    over,
    size,
    when,
)

PAGE = "market_trends"
_CLASSES = {"FX": "currencies", "FUND": "funds", "INDEX": "indices", "EQUITY": "equities",
            "FIXED_INCOME": "fixed income"}  # fmt: skip
_RATES = (("policy_rate_pct", "policy rate"), ("inflation_pct", "inflation"),
          ("unemployment_pct", "unemployment"), ("gdp_growth_pct",
                                                 "growth of the economy"))  # fmt: skip


def _class(row: Row) -> str:
    code = str(row["asset_class"])
    return _CLASSES.get(code.upper(), code)


def _by_class(column: str, kind: str) -> Any:
    def make(source: Source) -> list[Cells]:
        made = grid("asset_class:number", "month_end:month_end", f"{column}:{kind}",
                    is_whole=False)(source)  # fmt: skip
        codes = tuple(_CLASSES)
        return [
            {**cells, "asset_class": codes[cells["asset_class"] % len(codes)]} for cells in made
        ]

    return make


def _economy(source: Source) -> list[Cells]:
    made = frame("month_end:month_end " + " ".join(f"{column}:float?" for column, _ in _RATES))(
        source
    )
    return [cells for cells in made if any(cells[column] is not None for column, _ in _RATES)]


def _known_rates(rows: Rows) -> list[tuple[str, str]]:
    return [(column, name) for column, name in _RATES
            if rows[0][column] is not None and rows[-1][column] is not None]  # fmt: skip


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _rates_from_to() -> list[Any]:
    forms = []
    for bits in range(1, 16):
        chosen = [pair for place, pair in enumerate(_RATES) if bits & 1 << place]
        keys = [(column, name, f"a{place}", f"b{place}") for place, (column, name)
                in enumerate(chosen)]  # fmt: skip
        exact: Case = lambda rows, chosen=chosen: _known_rates(rows) == chosen  # noqa: E731
        ends: dict[str, Claim] = {}
        for column, _, a, b in keys:
            ends |= {a: number(first(column)), b: number(last(column))}
        forms += [
            says("From {then} to {now}: "
                 + _listed([f"{name} from {{{a}}}% to {{{b}}}%" for _, name, a, b in keys]) + ".",
                 lambda rows, exact=exact: len(rows) > 1 and exact(rows),
                 then=month(first(when("month_end"))), now=month(last(when("month_end"))), **ends),
            says("In {then}, " + _listed([f"{name} is {{{a}}}%" for _, name, a, _ in keys]) + ".",
                 lambda rows, exact=exact: len(rows) == 1 and exact(rows),
                 then=month(first(when("month_end"))),
                 **{a: ends[a] for _, _, a, _ in keys}),
        ]  # fmt: skip
    return forms


def _offers(columns: str) -> Any:
    return frame(f"product_type:code {columns}")


def _points(column: str, place: str) -> Claim:
    return signed(lambda rows, found: 100 * num(column)(found[place]))


def _newest(rows: Rows) -> Rows:
    found = known("rate_advantage", "market_position")(rows)
    end = max(when("offer_date")(row) for row in found)
    return [row for row in found if when("offer_date")(row) == end]


def _position(source: Source) -> list[Cells]:
    made = _offers("rate_advantage:rate?")(source)
    for cells in made:
        others = source.value("count1") % 9 + 1
        cells["offers_compared"] = None if cells["rate_advantage"] is None else others
        cells["own_rate_rank"] = (None if cells["rate_advantage"] is None
                                  else source.value("count1") % others + 1)  # fmt: skip
    return made


def _advantages(source: Source) -> list[Cells]:
    made = grid("product_type:code", "offer_date:day", "rate_advantage:rate?", is_whole=False)(
        source
    )
    return [{**cells, "market_position": None if cells["rate_advantage"] is None else
             "WORSE" if cells["rate_advantage"] < 0 else "BETTER"} for cells in made]  # fmt: skip


_CLASS_ENDS, _GAPS = lasts("asset_class"), known("fee_gap")
_ADVANTAGES = known("rate_advantage")
_START = {"start": month(lambda rows, _: min(when("month_end")(row) for row in rows))}
_BEST_CLASS = {
    "top": largest("price_index", _class, among=_CLASS_ENDS, signed=True),
    "high": number(at("top", "price_index")),
    "end": smallest("price_index", _class, among=_CLASS_ENDS),
    "low": number(at("end", "price_index")),
}
_RETURNS = {
    "top": largest("return_rate", "security_name", signed=True),
    "best": percent(at("top", "return_rate")),
    "end": smallest("return_rate", "security_name"),
    "worst": percent(at("end", "return_rate")),
}


def _sector(row: Row) -> str:
    return f"{row['month']} for {row['sector']}"


_BEST_MONTH = {
    "top": largest("return_rate", _sector, signed=True),
    "best": percent(at("top", "return_rate")),
}
_AHEAD = {
    "count": count(size(lambda row: (num("rate_advantage")(row) or 0) > 0)),
    "types": things(over(_ADVANTAGES, size()), "type"),
    "place": count(at("end", "own_rate_rank")),
    "of": count(at("end", "offers_compared")),
    "end": smallest("own_rate_rank", "product_type", among=_ADVANTAGES),
}
_WORSE = tally(over(_newest, size(lambda row: row["market_position"] == "WORSE")),
               over(_newest, size()), "type", "stands", "stand")  # fmt: skip

CHARTS: Charts = {
    (PAGE, "Price trends"): Judged(
        _by_class("price_index", "money1"),
        says("Of 100 in {start}, {name} stand at {index}.",
             lambda rows: len(_CLASS_ENDS(rows)) == 1,
             **_START, name=text(lambda rows, _: _class(rows[0])),
             index=number(last("price_index"))),
        says("Of 100 in {start}, all {count} classes stand at {index}.",
             lambda rows: flat("price_index")(_CLASS_ENDS(rows)), **_START,
             count=count(over(_CLASS_ENDS, size())), index=number(last("price_index"))),
        says("Of 100 in {start}, {top} stand at {high}, the highest, and {end} at {low}, the"
             " lowest.",
             **_START, **_BEST_CLASS),
    ),
    (PAGE, "Returns"): Judged(
        frame("security_name:name asset_class:FX/FUND return_rate:rate", order="-return_rate"),
        says("{name} is the only security with a return, {rate}.", lambda rows: len(rows) == 1,
             name=text(first(lambda row: row["security_name"])),
             rate=percent(first("return_rate"))),
        says("Each of {securities} shown returned {rate}.", flat("return_rate"),
             securities=things(size(), "security", "securities"),
             rate=percent(first("return_rate"))),
        says("{top} returned the most ({best}) and {end} the least ({worst}); {count} of"
             " {securities} shown rose.",
             **_RETURNS, count=count(size(lambda row: num("return_rate")(row) > 0)),
             securities=things(size(), "security", "securities")),
    ),
    (PAGE, "Risk and return"): Judged(
        frame("symbol:symbol security_name:name asset_class:FX/FUND volatility_rate:share"
              " return_rate:rate"),
        says("{top} moves by {share} a year.",
             lambda rows: len({row["volatility_rate"] for row in rows}) == 1,
             top=largest("volatility_rate", "security_name", signed=True),
             share=percent(first("volatility_rate"))),
        says("{top} moves the most ({most} a year) for a return of {gain}; {end} moves the least"
             " ({least}) for {less}.",
             top=largest("volatility_rate", "security_name"), most=percent(at("top",
                                                                              "volatility_rate")),
             gain=percent(at("top", "return_rate")),
             end=smallest("volatility_rate", "security_name"),
             least=percent(at("end", "volatility_rate")), less=percent(at("end", "return_rate"))),
    ),
    (PAGE, "Sector returns"): Judged(
        grid("sector:code", "month:month", "return_rate:rate", is_whole=False),
        says("The best month of a sector was {top}, with {best}.",
             lambda rows: len({row["return_rate"] for row in rows}) == 1, **_BEST_MONTH),
        says("The best month of a sector was {top}, with {best}, the worst {end}, with {worst}.",
             **_BEST_MONTH, end=smallest("return_rate", _sector),
             worst=percent(at("end", "return_rate"))),
    ),
    (PAGE, "Volatility"): Judged(
        _by_class("volatility_rate", "share"), *volatility_forms(_class)
    ),
    (PAGE, "Rates and the economy"): Judged(
        _economy,
        says("No rate is known both in {then} and in {now}.",
             lambda rows: not _known_rates(rows), then=month(first(when("month_end"))),
             now=month(last(when("month_end")))),
        *_rates_from_to(),
    ),
    (PAGE, "Competitive position"): Judged(
        _position,
        says("No own rate can be compared with those of competitors.",
             lambda rows: not _ADVANTAGES(rows)),
        says("The own rate is better for customers than the median for {count} of {types}; the best"
             " place is {place} of {of} for {end}; none is behind.",
             lambda rows: min(map(num("rate_advantage"), _ADVANTAGES(rows))) >= 0, **_AHEAD),
        says("The own rate is better for customers than the median for {count} of {types}; the best"
             " place is {place} of {of} for {end}; furthest behind is {worst} ({gap} points).",
             lambda rows: min(map(num("rate_advantage"), _ADVANTAGES(rows))) < 0, **_AHEAD,
             worst=smallest("rate_advantage", "product_type", among=_ADVANTAGES),
             gap=_points("rate_advantage", "worst")),
    ),
    (PAGE, "Rate advantage"): Judged(
        _advantages,
        says("No own rate can be compared with those of competitors.",
             lambda rows: not _ADVANTAGES(rows)),
        says("On {day} {ahead}; {worse} worse than the market.",
             day=day(over(_newest, first(when("offer_date")))), worse=_WORSE,
             ahead=part(
                 says("no type is ahead of the median", lambda rows: max(
                     map(num("rate_advantage"), _newest(rows))) <= 0),
                 says("{top} is furthest ahead of the median ({gap} points)",
                      top=largest("rate_advantage", "product_type", among=_newest),
                      gap=_points("rate_advantage", "top")),
             )),
    ),
    (PAGE, "Fees and competitors"): Judged(
        _offers("own_monthly_fee:money0 competitor_median_fee:money0 fee_gap:money?"),
        says("No own fee can be compared with those of competitors.", lambda rows: not _GAPS(rows)),
        says("Against the median of competitors, the bank's fee {above} and {below}.",
             above=part(
                 says("is above for no type", lambda rows: max(map(num("fee_gap"),
                                                                   _GAPS(rows))) <= 0),
                 says("is furthest above for {top} ({gap} a month)",
                      top=largest("fee_gap", "product_type", among=_GAPS),
                      gap=signed(at("top", "fee_gap"))),
             ),
             below=part(
                 says("below for none", lambda rows: min(map(num("fee_gap"), _GAPS(rows))) >= 0),
                 says("furthest below for {end} ({gap} a month)",
                      lambda rows: min(map(num("fee_gap"), _GAPS(rows))) < 0,
                      end=smallest("fee_gap", "product_type", among=_GAPS),
                      gap=signed(at("end", "fee_gap"))),
             )),
    ),
}  # fmt: skip
