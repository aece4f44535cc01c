"""Injection of defects into a transaction file, with a label for every defective row.

Belongs here: kinds of damage that a file can carry and a typed table cannot. Does not: flaws that
the operational schema holds (`clients`, `engine`), or the checks that detect them.
"""

import csv
import io
from collections.abc import Callable, Sequence

import numpy as np
import polars as pl

from finplatform.errors import FinplatformError
from finplatform.simulate.rng import Ints, stream

_TIME_FORMAT = "%Y-%m-%d %H:%M:%S"
_LONG = 20_000
Cells = dict[str, str]
Damage = Callable[[Cells], bytes]


def _line(values: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(values)
    return text.getvalue().encode()


def _put(column: str, value: str) -> Damage:
    return lambda cells: _line(list({**cells, column: value}.values()))


def _edit(column: str, change: Callable[[str], str]) -> Damage:
    return lambda cells: _line(list({**cells, column: change(cells[column])}.values()))


def _wrong_bytes(cells: Cells) -> bytes:
    marked = _line(list({**cells, "description": "CAF?SHOP"}.values()))
    return marked.replace(b"CAF?SHOP", b"CAF\xc9 \xff\xfe SHOP")


def _twice(cells: Cells) -> bytes:
    line = _line(list(cells.values()))
    return line + b"\n" + line


# Column that is hurt, and how. Whole-row damage names no column.
DAMAGE: dict[str, tuple[str, Damage]] = {
    "wrong_type_amount": ("amount", _put("amount", "twelve")),
    "negative_amount": ("amount", _edit("amount", lambda value: f"-{value}")),
    "nan_amount": ("amount", _put("amount", "NaN")),
    "infinite_amount": ("amount", _put("amount", "Infinity")),
    "huge_amount": ("amount", _put("amount", "1" + "0" * 30)),
    "too_many_decimals": ("amount", _edit("amount", lambda value: f"{value}137")),
    "grouped_amount": ("amount", _put("amount", "1,234,567.89")),
    "null_amount": ("amount", _put("amount", "")),
    "negative_fee": ("fees", _put("fees", "-1.00")),
    "zero_exchange_rate": ("exchange_rate", _put("exchange_rate", "0.00000000")),
    "null_key": ("transaction_id", _put("transaction_id", "NULL")),
    "empty_key": ("transaction_id", _put("transaction_id", "")),
    "whitespace_key": ("transaction_id", _put("transaction_id", "   ")),
    "duplicate_row": ("transaction_id", _twice),
    "unknown_account": ("account_id", _put("account_id", "A99999999X")),
    "empty_account": ("account_id", _put("account_id", "")),
    "control_in_account": ("account_id", _edit("account_id", lambda v: f"{v[:3]}\x07{v[3:]}")),
    "rtl_in_account": ("account_id", _edit("account_id", lambda v: f"\u202e{v}")),
    "future_date": ("transaction_date", _put("transaction_date", "2999-01-01 10:00:00")),
    "impossible_date": ("transaction_date", _put("transaction_date", "2025-02-30 10:00:00")),
    "unparsable_date": ("transaction_date", _put("transaction_date", "last Tuesday")),
    "empty_date": ("transaction_date", _put("transaction_date", "")),
    "bad_currency": ("currency", _put("currency", "U$D")),
    "unknown_type": ("transaction_type", _put("transaction_type", "TELEPORT")),
    "unknown_status": ("status", _put("status", "MAYBE")),
    "unknown_channel": ("channel", _put("channel", "PIGEON")),
    "nul_byte": ("description", _put("description", "CARD\x00PAYMENT")),
    "bad_encoding": ("description", _wrong_bytes),
    "very_long_text": ("description", _put("description", "LONG " * (_LONG // 5))),
    "too_few_columns": ("", lambda cells: _line(list(cells.values())[:6])),
    "too_many_columns": ("", lambda cells: _line([*cells.values(), "more", "and more"])),
}
KINDS = tuple(DAMAGE)


def inject(
    frame: pl.DataFrame, kinds: Sequence[str] = KINDS, share: float = 0.01, seed: int = 1
) -> tuple[bytes, pl.DataFrame]:
    """Write transactions as CSV and spoil some rows.

    Args:
        frame: Rows of `oltp.transactions`.
        kinds: Kinds of damage, each used equally often; see `KINDS`.
        share: Share of rows to spoil; at least one of each kind, if there are rows for it.
        seed: Seed of the choice of rows.

    Returns:
        The file with its header, and the labels: `row` (1 for the first row after the header,
        copies counted), `transaction_id` before the row was spoilt, `column_name` and `kind`.

    Raises:
        FinplatformError: If a kind is unknown or the share is not between 0 and 1.
    """
    _check(kinds, share)
    rng = stream(seed, "inject")
    wanted = min(max(round(share * len(frame)), len(kinds)), len(frame)) if kinds else 0
    chosen = np.sort(rng.choice(len(frame), wanted, replace=False))
    kind_of = rng.permutation(np.resize(np.arange(len(kinds)), wanted))
    plain = _as_text(frame)
    lines = plain.write_csv(include_header=False).encode().split(b"\n")[: len(frame)]
    victims = plain[chosen].fill_null("").to_dicts()
    copies = np.zeros(wanted, dtype=np.int64)
    for slot, (row, cells) in enumerate(zip(chosen, victims, strict=True)):
        kind = kinds[kind_of[slot]]
        lines[row] = DAMAGE[kind][1](cells)
        copies[slot] = kind == "duplicate_row"
    header = ",".join(frame.columns).encode()
    return b"\n".join([header, *lines, b""]), _labels(frame, kinds, chosen, kind_of, copies)


def _check(kinds: Sequence[str], share: float) -> None:
    unknown = sorted(set(kinds) - set(KINDS))
    if unknown:
        raise FinplatformError(
            f"Unknown kinds of damage: {', '.join(unknown)}.", f"Choose from {', '.join(KINDS)}."
        )
    if not 0 <= share <= 1:
        raise FinplatformError(f"The share is {share}.", "Choose a share between 0 and 1.")


def _as_text(frame: pl.DataFrame) -> pl.DataFrame:
    stamps = [name for name, kind in frame.schema.items() if kind == pl.Datetime]
    return frame.with_columns(pl.col(stamps).dt.to_string(_TIME_FORMAT)).cast(pl.String)


def _labels(
    frame: pl.DataFrame, kinds: Sequence[str], chosen: Ints, kind_of: Ints, copies: Ints
) -> pl.DataFrame:
    # A copy takes a row of its own: it is the copy that is labelled, and what follows moves down.
    row = chosen + 1 + np.cumsum(copies)
    names = [kinds[index] for index in kind_of]
    return pl.DataFrame(
        {
            "row": row,
            "transaction_id": frame["transaction_id"].gather(chosen),
            "column_name": pl.Series([DAMAGE[name][0] for name in names], dtype=pl.String),
            "kind": pl.Series(names, dtype=pl.String),
        }
    )
