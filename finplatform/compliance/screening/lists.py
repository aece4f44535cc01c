"""Sanctions lists as screening reads them: names by kind, births as spans of days, countries.

Belongs here: parsing the published text of a list. Does not belong here: fetching and loading
lists (see `finplatform.ingest`), and comparing anything with them.
"""

from enum import StrEnum
from importlib.resources import files

import polars as pl

from finplatform.compliance.screening.words import texts

PERSON = "INDIVIDUAL"
"""Kind of listed party that people are screened against."""

PARTY = ("list_code", "entity_id")
"""What identifies a listed party."""

_BETWEEN = "; "
_WEAK_QUALITIES = ("low", "weak")
_WEAK_IN_REMARKS = r"[afn]\.k\.a\. '([^';]+(?:'[^';]+)*)'"
"""OFAC names weak aliases among its remarks: `a.k.a. 'SHORTY'`."""
_BIRTH_IN_REMARKS = r"DOB ([^;.]+)"
_COUNTRY_IN_REMARKS = r"(?:nationality|citizen) ([A-Z][^;.]+)"

_ABOUT = r"^(?:circa|c\.|approximately|about)\s+"
_ABOUT_YEARS = 2
"""Tolerance in years of a birth with `circa`."""


class NameKind(StrEnum):
    """What a name is to its party.

    Attributes:
        PRIMARY: The name under which it is listed.
        ALIAS: Another name.
        WEAK_ALIAS: A common name, which the authority requires only with other evidence.
    """

    PRIMARY = "PRIMARY"
    ALIAS = "ALIAS"
    WEAK_ALIAS = "WEAK_ALIAS"


def listed_names(parties: pl.DataFrame) -> pl.DataFrame:
    """Every name of every party, once: the party with `entity_type`, `name_kind`, `listed_name`.

    Args:
        parties: Listed parties as `silver.stg_sanctions_entities` holds them.
    """
    about = ("list_code", "entity_id", "entity_type")
    primary = parties.select(*about, listed_name="entity_name", name_kind=_kind(NameKind.PRIMARY))
    other = parties.select(
        *about,
        listed_name=_parts("aliases"),
        quality=_parts("alias_qualities"),
    )
    # Qualities are used only if there is one for each name.
    matching = pl.col("listed_name").list.len() == pl.col("quality").list.len()
    aliases = (
        other.with_columns(
            quality=pl.when(matching).then("quality"), place=pl.int_ranges(_count("listed_name"))
        )
        .filter(_count("listed_name") > 0)
        .explode("listed_name", "place")
        .select(
            *about,
            "listed_name",
            name_kind=pl.when(
                pl.col("quality")
                .list.get(pl.col("place"), null_on_oob=True)
                .str.to_lowercase()
                .is_in(_WEAK_QUALITIES)
            )
            .then(_kind(NameKind.WEAK_ALIAS))
            .otherwise(_kind(NameKind.ALIAS)),
        )
    )
    weak = parties.select(
        *about,
        listed_name=pl.col("remarks").str.extract_all(_WEAK_IN_REMARKS),
        name_kind=_kind(NameKind.WEAK_ALIAS),
    ).explode("listed_name")
    weak = weak.with_columns(pl.col("listed_name").str.extract(_WEAK_IN_REMARKS))
    columns = [*about, "name_kind", "listed_name"]
    named = pl.concat([each.select(columns) for each in (primary, aliases, weak)])
    return (
        named.with_columns(pl.col("listed_name").str.strip_chars())
        .filter(pl.col("listed_name").fill_null("") != "")
        .unique([*PARTY, "listed_name"], keep="first", maintain_order=True)
    )


def births(parties: pl.DataFrame) -> pl.DataFrame:
    """Spans of days within which parties were born: the party with `first_day`, `last_day`.

    What is no date is left out: it is no evidence.

    Args:
        parties: Listed parties as `silver.stg_sanctions_entities` holds them.
    """
    stated = _stated(parties, "birth_dates", _BIRTH_IN_REMARKS)
    is_about = pl.col("stated").str.contains(f"(?i){_ABOUT}")
    ends = pl.col("stated").str.replace(f"(?i){_ABOUT}", "").str.split(" to ")
    slack = pl.when(is_about).then(_ABOUT_YEARS).otherwise(0)
    years = pl.concat_str(slack.cast(pl.String), pl.lit("y"))
    return (
        stated.select(
            *PARTY,
            first_day=_first_day(ends.list.first()).dt.offset_by(pl.concat_str(pl.lit("-"), years)),
            last_day=_last_day(ends.list.last()).dt.offset_by(years),
        )
        .drop_nulls()
        .unique(maintain_order=True)
    )


def countries(parties: pl.DataFrame, codes: pl.DataFrame) -> pl.DataFrame:
    """Countries of parties by code: the party with `country`.

    Args:
        parties: Listed parties as `silver.stg_sanctions_entities` holds them.
        codes: `country` (ISO 3166-1 alpha-2) and `country_name`.
    """
    known = pl.concat(
        [
            _other_names(),
            codes.select("country", country_name=texts(codes["country_name"])),
            codes.select("country", country_name=texts(codes["country"])),
        ]
    ).unique("country_name", keep="first", maintain_order=True)
    stated = _stated(parties, "countries", _COUNTRY_IN_REMARKS)
    named = stated.with_columns(country_name=texts(stated["stated"]))
    return named.join(known, on="country_name").select(*PARTY, "country").unique(
        maintain_order=True
    )  # fmt: skip


def _stated(parties: pl.DataFrame, column: str, in_remarks: str) -> pl.DataFrame:
    """Values of a column and of the remarks, one row each: the party with `stated`."""
    written = parties.select(*PARTY, stated=_parts(column)).explode("stated")
    remarked = parties.select(*PARTY, stated=pl.col("remarks").str.extract_all(in_remarks))
    remarked = remarked.explode("stated").with_columns(pl.col("stated").str.extract(in_remarks))
    stated = pl.concat([written, remarked]).with_columns(pl.col("stated").str.strip_chars())
    return stated.filter(pl.col("stated").fill_null("") != "").unique(maintain_order=True)


def _parts(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.String).str.split(_BETWEEN)


def _count(column: str) -> pl.Expr:
    return pl.col(column).list.len().fill_null(0)


def _kind(kind: NameKind) -> pl.Expr:
    return pl.lit(kind.value)


def _first_day(text: pl.Expr) -> pl.Expr:
    """First day of a date given as a day, a month or a year."""
    return pl.coalesce(
        _date(text, "%d %b %Y"),
        _date(text, "%Y-%m-%d"),
        _date(pl.concat_str(pl.lit("01 "), text), "%d %b %Y"),
        _date(pl.concat_str(text, pl.lit("-01-01")), "%Y-%m-%d"),
    )


def _last_day(text: pl.Expr) -> pl.Expr:
    """Last day of a date given as a day, a month or a year."""
    return pl.coalesce(
        _date(text, "%d %b %Y"),
        _date(text, "%Y-%m-%d"),
        _date(pl.concat_str(pl.lit("01 "), text), "%d %b %Y").dt.month_end(),
        _date(pl.concat_str(text, pl.lit("-12-31")), "%Y-%m-%d"),
    )


def _date(text: pl.Expr, form: str) -> pl.Expr:
    return text.str.strip_chars().str.to_date(form, strict=False, exact=True)


def _other_names() -> pl.DataFrame:
    text = files(__package__).joinpath("country_names.csv").read_bytes()
    return pl.read_csv(text).select("country", "country_name")
