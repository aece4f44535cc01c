"""Subjects and parties of screening in the warehouse, and the subjects in clear.

A subject's version changes with its sealed identity and its country, a party's with its entry. Both
are digests, so that a table of versions reveals no names. Does not belong here: comparing
(`finplatform.compliance.screening`).
"""

from collections.abc import Callable, Iterator

import polars as pl

from finplatform.compliance.screening.subjects import SUBJECT, SUBJECTS
from finplatform.warehouse import bulk
from finplatform.warehouse.identities import IdentityDoor

_AT_ONCE = 50_000
"""Subjects of one batch."""

# Merchants' trade names are in clear; names of people and holders are in the vault.
_SUBJECTS = """
    with customers as (
        select
            'CUSTOMER' as subject_kind, customers.customer_id as subject_id, true as is_person,
            customers.identity_id, null::text as name, customers.country
        from silver.stg_customers as customers
        where customers.is_current and not customers.is_deleted
    ),
    merchants as (
        select
            'MERCHANT' as subject_kind, merchants.merchant_id as subject_id, false as is_person,
            null::text as identity_id, merchants.merchant_name as name, merchants.country
        from silver.stg_merchants as merchants
        where merchants.is_current and not merchants.is_deleted
    ),
    owners as (
        select distinct on (links.holder_id)
            'OWNER' as subject_kind, links.holder_id as subject_id,
            links.holder_kind = 'PERSON' as is_person, links.identity_id, null::text as name,
            links.holder_country as country
        from silver.stg_ownership_links as links
        order by links.holder_id, links.stated_date desc, links.owned_id
    ),
    subjects as (
        select * from customers
        union all
        select * from merchants
        union all
        select * from owners
    )
    select
        subjects.*,
        md5(concat_ws(
            chr(31), '{version}', subjects.identity_id, subjects.name, subjects.country
        )) as subject_version
    from subjects
    order by subjects.subject_kind, subjects.subject_id
"""

_PARTIES = """
    select
        parties.list_code, parties.entity_id, parties.entity_type, parties.entity_name,
        parties.aliases, parties.alias_qualities, parties.countries, parties.birth_dates,
        parties.remarks,
        md5(concat_ws(
            chr(31), '{version}', parties.entity_type, parties.entity_name,
            coalesce(parties.aliases, ''), coalesce(parties.alias_qualities, ''),
            coalesce(parties.countries, ''), coalesce(parties.birth_dates, ''),
            coalesce(parties.remarks, '')
        )) as party_version
    from silver.stg_sanctions_entities as parties
    order by parties.list_code, parties.entity_id
"""

_FIELDS = ["first_name", "last_name", "holder_name", "date_of_birth", "holder_birth_date"]


def read_subjects(url: str, rules_version: str) -> pl.DataFrame:
    """Sealed subjects: `SUBJECT`, `is_person`, `identity_id`, `name`, `country`, version.

    Args:
        url: libpq URL of the warehouse.
        rules_version: Part of every version, so that other rules screen all subjects again.
    """
    with bulk.connect(url) as connection:
        return bulk.read_frame(connection, _SUBJECTS.format(version=rules_version))


def read_parties(url: str, rules_version: str) -> pl.DataFrame:
    """Listed parties of `silver.stg_sanctions_entities`, with `party_version`.

    Args:
        url: libpq URL of the warehouse.
        rules_version: Part of every version, so that other rules screen all subjects again.
    """
    with bulk.connect(url) as connection:
        return bulk.read_frame(connection, _PARTIES.format(version=rules_version))


def opener(
    subjects: pl.DataFrame, door: IdentityDoor
) -> Callable[[pl.DataFrame], Iterator[pl.DataFrame]]:
    """A function that yields subjects in clear, in batches.

    Args:
        subjects: Result of `read_subjects`.
        door: Audited decryption.
    """

    def opened(wanted: pl.DataFrame) -> Iterator[pl.DataFrame]:
        chosen = subjects.join(wanted, on=SUBJECT, how="semi")
        for piece in chosen.iter_slices(_AT_ONCE):
            batches = [_NO_IDENTITY.to_frame(), *door.open(piece["identity_id"], _FIELDS)]
            yield _in_clear(piece, pl.concat(batches))

    return opened


_NO_IDENTITY = pl.Schema({name: pl.String() for name in ("identity_id", "subject_id", *_FIELDS)})


def _in_clear(piece: pl.DataFrame, identities: pl.DataFrame) -> pl.DataFrame:
    """Subjects with a name; those with an erased identity are skipped."""
    clear = identities.select(
        "identity_id",
        clear_name=pl.coalesce(
            "holder_name",
            pl.concat_str("first_name", "last_name", separator=" ", ignore_nulls=True),
        ),
        birth_date=pl.coalesce("date_of_birth", "holder_birth_date").str.to_date(strict=False),
    )
    named = piece.join(clear, on="identity_id", how="left", maintain_order="left")
    return (
        named.with_columns(
            name=pl.coalesce("name", "clear_name"),
            countries=pl.concat_list("country"),
        )
        .filter(pl.col("name").fill_null("").str.strip_chars() != "")
        .select(SUBJECTS.names())
    )
