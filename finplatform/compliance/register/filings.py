"""Filings that the platform makes: versions of a return's content, and when they are handed over.

A return is made once its content is there. Content that changes later makes a further version, so
that what was handed over stays what it was. Belongs here: versions and the day of handing over.
Does not belong here: writing files.
"""

import hashlib
import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from finplatform.compliance.register.returns import Period, Return

FILINGS = pl.Schema(
    {
        "return_code": pl.String(),
        "period": pl.String(),
        "version": pl.Int64(),
        "period_end": pl.Date(),
        "due_date": pl.Date(),
        "content_hash": pl.String(),
        "file_path": pl.String(),
        "generated_date": pl.Date(),
        "submitted_date": pl.Date(),
    }
)

_NO_TIME = (1980, 1, 1, 0, 0, 0)
"""The first instant that an archive can hold: equal content gives equal bytes."""


@dataclass(frozen=True)
class Made:
    """A return of a period as it is made from the tables now.

    Attributes:
        of: The return.
        period: The period.
        due: Due day.
        files: Content by path within the package.
    """

    of: Return
    period: Period
    due: date
    files: Mapping[str, str]

    @property
    def content_hash(self) -> str:
        """SHA-256 of paths and contents."""
        digest = hashlib.sha256()
        for path, text in sorted(self.files.items()):
            for part in (path.encode(), text.encode()):
                digest.update(len(part).to_bytes(8, "big") + part)
        return digest.hexdigest()

    def archive(self) -> bytes:
        """The package as a zip archive."""
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, text in sorted(self.files.items()):
                archive.writestr(zipfile.ZipInfo(path, _NO_TIME), text)
        return target.getvalue()


def with_new_versions(stored: pl.DataFrame, made: Iterable[Made], as_of: date) -> pl.DataFrame:
    """Filings after those were made whose content is new.

    Args:
        stored: Filings so far, by `FILINGS`.
        made: Returns as they are made now.
        as_of: Today.
    """
    last = {
        (code, period): (version, content)
        for code, period, version, content in stored.sort("version")
        .select("return_code", "period", "version", "content_hash")
        .iter_rows()
    }
    fresh = []
    for each in made:
        version, content = last.get((each.of.code, each.period.name), (0, ""))
        if content == each.content_hash:
            continue
        fresh.append(
            {
                "return_code": each.of.code,
                "period": each.period.name,
                "version": version + 1,
                "period_end": each.period.end,
                "due_date": each.due,
                "content_hash": each.content_hash,
                "file_path": file_path(each.of.code, each.period.name, version + 1),
                "generated_date": as_of,
                "submitted_date": None,
            }
        )
    return pl.concat([stored.select(FILINGS.names()), pl.DataFrame(fresh, schema=FILINGS)])


def to_hand_over(filings: pl.DataFrame, returns: Iterable[Return], as_of: date) -> pl.DataFrame:
    """Filings whose time has come: the last version of each return that is not handed over yet.

    A version that another one has followed before it was handed over is left where it is. A version
    of what was handed over before goes out at once, since it corrects that.

    Args:
        filings: All filings.
        returns: The returns.
        as_of: Today.
    """
    days = {each.code: timedelta(days=each.file_days) for each in returns}
    ahead = pl.col("return_code").replace_strict(days, default=timedelta(0))
    keys = ["return_code", "period"]
    handed = filings.filter(pl.col("submitted_date").is_not_null()).select(keys).unique()
    last = filings.sort("version").unique(keys, keep="last", maintain_order=True)
    corrects = last.join(handed, on=keys, how="semi").select([*keys, "version"])
    waiting = last.filter(pl.col("submitted_date").is_null())
    in_time = waiting.filter(pl.col("due_date") - ahead <= pl.lit(as_of))
    return pl.concat(
        [in_time, waiting.join(corrects, on=[*keys, "version"], how="semi")]
    ).unique([*keys, "version"], maintain_order=True)  # fmt: skip


def handed_over(filings: pl.DataFrame, sent: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Filings with the day of those that were handed over today.

    Args:
        filings: All filings.
        sent: Those that were handed over.
        as_of: Today.
    """
    keys = ["return_code", "period", "version"]
    marked = filings.join(
        sent.select(*keys, sent_date=pl.lit(as_of)), on=keys, how="left", maintain_order="left"
    )
    return marked.with_columns(
        submitted_date=pl.coalesce("submitted_date", "sent_date")
    ).select(FILINGS.names())  # fmt: skip


def file_path(code: str, period: str, version: int) -> str:
    """Path of a filing's archive below the folder of filings."""
    return f"{period}/{code.lower()}_v{version}.zip"
