"""What the sentences of the page of products may claim."""

from datetime import timedelta
from fractions import Fraction
from typing import Any

from finplatform_tests.oracle.sentences.claims import (
    count,
    largest,
    money,
    month,
    moved,
    percent,
    signed,
    smallest,
    text,
    things,
    verb,
)
from finplatform_tests.oracle.sentences.descriptive import nothing
from finplatform_tests.oracle.sentences.forms import Case, Charts, Judged, part, says
from finplatform_tests.oracle.sentences.made import (
    Cells,
    Source,
    frame,
    grid,
    of_columns,
)  # fmt: skip
from finplatform_tests.oracle.sentences.payments import flat, newest
from finplatform_tests.oracle.sentences.values import (
    Rows,
    at,
    first,
    num,
    over,
    ratio,
    size,
    total,
    when,
)

PAGE = "products"


def _bridge(source: Source) -> list[Cells]:
    earned, fees, paid, loss = (source.value("money0") for _ in range(4))
    return [
        {"step": step, "amount": amount, "measure": "total" if step == "margin" else "relative"}
        for step, amount in (
            ("interest earned", earned), ("fees", fees), ("interest paid", -paid),
            ("expected loss", -loss), ("margin", earned + fees - paid - loss),
        )
    ]  # fmt: skip


def _step(*names: str) -> Any:
    return lambda rows, _: sum(
        (num("amount")(row) for row in rows if row["step"] in names), Fraction(0)
    )


def _minus(value: Any) -> Any:
    return lambda rows, found: -value(rows, found)


_INCOME, _MARGIN = _step("interest earned", "fees"), _step("margin")


def month_before(rows: Rows) -> Rows:
    """The rows of the month before the last."""
    end = max(when("month_end")(row) for row in rows).replace(day=1) - timedelta(days=1)
    return [row for row in rows if when("month_end")(row) == end]


def changes(member: str, column: str) -> Any:
    """How each member changed from the first to the last month, none counting as zero."""

    def changed(rows: Rows) -> Rows:
        ends = [when("month_end")(row) for row in rows]
        found: dict[str, Fraction] = {}
        for row in rows:
            sign = (when("month_end")(row) == max(ends)) - (when("month_end")(row) == min(ends))
            found[str(row[member])] = found.get(str(row[member]), Fraction(0)) + sign * num(column)(
                row
            )
        return [{member: name, "change": str(amount)} for name, amount in found.items()]

    return changed


def one_month(rows: Rows) -> bool:
    """Whether all rows are of one month."""
    return len({row["month_end"] for row in rows}) == 1


def _changes(rows: Rows) -> list[Fraction]:
    return [num("change")(row) for row in _MOVES(rows)]


def _arrears(source: Source) -> list[Cells]:
    made = frame("product_type:code owed_amount:money1 past:share lost:share")(source)
    for cells in made:
        for column, share in (("past_due", cells["past"]), ("defaulted", cells["lost"])):
            amount = round(cells["owed_amount"] * int(share * 1000) / 1000, 2)
            cells[f"{column}_amount"] = amount
            cells[f"{column}_share"] = float(amount / cells["owed_amount"])
    return made


def _opened(sign: int) -> Case:
    def case(rows: Rows) -> bool:
        net = total("opened_count")(rows, {}) - total("closed_count")(rows, {})
        return (net > 0) - (net < 0) == sign

    return case


def _net(rows: Rows, _: Any) -> Any:
    return abs(total("opened_count")(rows, {}) - total("closed_count")(rows, {}))


_MOVES = changes("product_type", "contract_count")
_OPEN = over(newest, total("contract_count"))
_OPENED = {
    "open": things(_OPEN, "contract"),
    "verb": verb(_OPEN, "is", "are"),
}
_GREW = {"up": largest("change", "product_type", among=_MOVES), "more": signed(at("up", "change"))}
_SHRANK = {"down": smallest("change", "product_type", among=_MOVES),
           "less": signed(at("down", "change"))}  # fmt: skip
_LEAVES = {
    "top": largest("margin_amount", "product_type", signed=True),
    "most": money(at("top", "margin_amount")),
    "end": smallest("margin_amount", "product_type"),
    "least": money(at("end", "margin_amount")),
}
_EARNS = {
    "income": money(_INCOME),
    "paid": money(_minus(_step("interest paid"))),
    "loss": money(_minus(_step("expected loss"))),
}
_RATE = {
    "top": largest("margin_rate", "product_name", signed=True),
    "most": percent(at("top", "margin_rate")),
}

CHARTS: Charts = {
    (PAGE, "Product profitability"): Judged(
        frame("product_type:code revenue_amount:money expected_loss:money0",
              margin_amount=of_columns(lambda row: row["revenue_amount"] - row["expected_loss"])),
        says("{name} is the only type of product; it leaves {most}.", lambda rows: len(rows) == 1,
             name=text(first(lambda row: row["product_type"])), most=money(first("margin_amount"))),
        says("Each of {count} types leaves {most}; together they leave {every}.",
             flat("margin_amount"), count=count(size()), most=money(first("margin_amount")),
             every=money(total("margin_amount"))),
        says("{top} leaves the most ({most}) and {end} the least ({least}); together the types"
             " leave {every}.", lambda rows: len(rows) > 1, **_LEAVES,
             every=money(total("margin_amount"))),
    ),
    (PAGE, "From income to margin"): Judged(
        _bridge,
        *(says(f"Of {{income}} earned in interest and fees, {{paid}} is paid in interest, expected"
               f" losses take {{loss}}, and {end}.", case, **_EARNS, **claims)
          for end, case, claims in (
              ("{left} is left", lambda rows: not _MARGIN(rows, {}), {"left": money(_MARGIN)}),
              ("{left} is left ({part} of it)", lambda rows: _MARGIN(rows, {}) > 0,
               {"left": money(_MARGIN), "part": percent(ratio(_MARGIN, _INCOME))}),
              ("{missing} is missing", lambda rows: _MARGIN(rows, {}) < 0,
               {"missing": money(_minus(_MARGIN))}),
          )),
    ),
    (PAGE, "Margin by product"): Judged(
        frame("product_name:name margin_amount:money mean_balance:money1", order="-margin_rate",
              margin_rate=of_columns(
                  lambda row: float(row["margin_amount"] / row["mean_balance"]))),
        says("{top} leaves {most} a year of what is held and owed.",
             lambda rows: len({row["margin_rate"] for row in rows}) == 1, **_RATE),
        says("{top} leaves {most} a year of what is held and owed, the most; the lowest of those"
             " shown is {end} with {least}.", **_RATE,
             end=smallest("margin_rate", "product_name"), least=percent(at("end", "margin_rate"))),
    ),
    (PAGE, "Revenue over time"): Judged(
        grid("product_type:code", "month_end:month_end", "revenue_amount:money", is_whole=False),
        says("In {month} {most}; all types together earned {every}{moved}.",
             month=month(over(newest, first(when("month_end")))),
             most=part(
                 says("no type of product earned anything", lambda rows: max(
                     map(num("revenue_amount"), newest(rows))) <= 0),
                 says("{top} earned the most ({amount})",
                      top=largest("revenue_amount", "product_type", among=newest),
                      amount=money(at("top", "revenue_amount"))),
             ),
             every=money(over(newest, total("revenue_amount"))),
             moved=part(
                 says("", lambda rows: not month_before(rows)),
                 says(", {moved} on the month before", lambda rows: month_before(rows) != [],
                      moved=moved(over(newest, total("revenue_amount")),
                                  over(month_before, total("revenue_amount")))),
             )),
    ),
    (PAGE, "Contracts over time"): Judged(
        grid("product_type:code", "month_end:month_end", "contract_count:count", is_whole=False),
        says("{open} {verb} open.", one_month, **_OPENED),
        says("{open} {verb} open; over the months shown {moves}.", lambda rows: not one_month(rows),
             **_OPENED,
             moves=part(
                 says("no type grew or shrank", lambda rows: not any(_changes(rows))),
                 says("{up} grew the most ({more})", lambda rows: min(_changes(rows)) >= 0,
                      **_GREW),
                 says("{down} shrank the most ({less})", lambda rows: max(_changes(rows)) <= 0
                      and min(_changes(rows)) < 0, **_SHRANK),
                 says("{up} grew the most ({more}) and {down} shrank the most ({less})",
                      lambda rows: min(_changes(rows)) < 0, **_GREW, **_SHRANK),
             )),
    ),
    (PAGE, "Opened and closed"): Judged(
        frame("product_type:code opened_count:count closed_count:count contract_count:count",
              order="-opened_count product_type"),
        says("{opened}; {closed}{net}.",
             opened=part(
                 says("No contract was opened", nothing("opened_count")),
                 says("{top} sold best with {contracts}",
                      top=largest("opened_count", "product_type"),
                      contracts=things(at("top", "opened_count"), "new contract")),
             ),
             closed=part(
                 says("none was closed", nothing("closed_count")),
                 says("{top} ended most often ({contracts})",
                      top=largest("closed_count", "product_type"),
                      contracts=things(at("top", "closed_count"), "contract")),
             ),
             net=part(
                 says("",
                      lambda rows: nothing("opened_count")(rows) or nothing("closed_count")(rows)),
                 says("; as many were opened as closed", _opened(0)),
                 says("; {count} more {verb} opened than closed", _opened(1), count=count(_net),
                      verb=verb(_net, "was", "were")),
                 says("; {count} fewer {verb} opened than closed", _opened(-1), count=count(_net),
                      verb=verb(_net, "was", "were")),
             )),
    ),
    (PAGE, "Past due and in default"): Judged(
        _arrears,
        says("{late}; {lost}.",
             late=part(
                 says("Nothing of {owed} owed is past due", nothing("past_due_amount"),
                      owed=money(total("owed_amount"))),
                 says("{part} of {owed} owed is past due, the largest share on {top} ({share})",
                      part=percent(ratio(total("past_due_amount"), total("owed_amount"))),
                      owed=money(total("owed_amount")),
                      top=largest("past_due_share", "product_type"),
                      share=percent(at("top", "past_due_share"))),
             ),
             lost=part(
                 says("nothing is in default", nothing("defaulted_amount")),
                 says("{top} has the largest share in default ({share})",
                      top=largest("defaulted_share", "product_type"),
                      share=percent(at("top", "defaulted_share"))),
             )),
    ),
}  # fmt: skip
