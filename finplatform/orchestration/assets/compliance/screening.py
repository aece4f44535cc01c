"""Screening against sanctions lists as assets of the schema `compliance`.

Only new and changed records are screened, and only their names are decrypted. Belongs here:
reading, decryption, and storing. Does not belong here: comparing
(`finplatform.compliance.screening`).
"""

from collections.abc import Iterator
from datetime import date

import dagster as dg
import polars as pl

from finplatform.compliance.screening import changes, lists
from finplatform.compliance.screening.decisions import with_status
from finplatform.contracts.screening import SCREENING
from finplatform.ingest.connectors.config import SourcesConfig
from finplatform.ingest.vault_key import vault_master_key
from finplatform.orchestration.asset_keys import key
from finplatform.orchestration.assets.compliance.stored import stored
from finplatform.orchestration.assets.storing import store, table_spec
from finplatform.orchestration.checks.contract_checks import contract_check_spec
from finplatform.orchestration.partitions import as_of_day
from finplatform.orchestration.resources.tables import TablesResource
from finplatform.orchestration.retrying import retried
from finplatform.settings import Settings
from finplatform.warehouse import bulk
from finplatform.warehouse.identities import IdentityDoor
from finplatform.warehouse.screening_decisions import decisions_wait
from finplatform.warehouse.screening_subjects import opener, read_parties, read_subjects

GROUP = "compliance"

_ABOUT = {
    "listed_names": "Names as published by the authorities; weak aliases are marked.",
    "screening_hits": "Contains no names: subject and listed party are referenced by key. A"
    " decision is valid until either changes.",
    "screened_subjects": "An unchanged version is neither screened again nor decrypted.",
    "screened_parties": (
        "A new entry is compared with all subjects, an unchanged one with new and "
        "changed subjects only."
    ),
}
_READ = [
    key("silver", name)
    for name in (
        "stg_customers",
        "stg_merchants",
        "stg_ownership_links",
        "stg_sanctions_entities",
        "countries",
    )
]
_DECISIONS = """
    select
        decision_id, hit_id, decision, decided_by, decided_at, subject_version, party_version
    from compliance.screening_decisions
"""


@dg.multi_asset(
    name="sanctions_screening",
    specs=[
        table_spec(contract, GROUP, _ABOUT[table], deps=_READ)
        for table, contract in SCREENING.items()
    ],
    check_specs=[contract_check_spec(contract) for contract in SCREENING.values()],
)
@retried
def screening(
    context: dg.AssetExecutionContext,
    tables: TablesResource,
    settings: dg.ResourceParam[Settings],
    sources: dg.ResourceParam[SourcesConfig],
) -> Iterator[dg.MaterializeResult]:
    """Hits after the screening of all new and changed records."""
    # Import SciPy and RapidFuzz only when the asset runs.
    from finplatform.compliance.screening.screener import Screener

    url, as_of = tables.warehouse.url, as_of_day(settings, sources)
    before = stored(tables, SCREENING.values())
    subjects = read_subjects(url, changes.RULES_VERSION)
    parties = read_parties(url, changes.RULES_VERSION)
    now = _known(subjects, parties)
    plan = changes.plan(
        now, _known(before["screened_subjects"], before["screened_parties"]),
        before["screening_hits"],
    )  # fmt: skip
    door = IdentityDoor(
        tables.warehouse.warehouse,
        vault_master_key(url, settings),
        actor="compliance/screening_hits",
        role="platform",
        reason=f"screening against sanctions lists, run {context.run_id}",
    )
    screener = Screener(parties, tables.read("silver.countries"))
    found = changes.screened(plan, now, screener, opener(subjects, door))
    hits = _since(found, before["screening_hits"], as_of)
    yield store(context, tables, "compliance.listed_names", _names(lists.listed_names(parties)))
    with decisions_wait(url):
        with bulk.connect(url) as connection:
            decisions = bulk.read_frame(connection, _DECISIONS)
        judged = with_status(hits, decisions)
        opened = {"open": judged.filter(pl.col("status") == "OPEN").height}
        yield store(context, tables, "compliance.screening_hits", judged, opened)
    counts = {"subjects_anew": plan.anew.height, "subjects_for_new_parties": plan.others.height}
    yield store(
        context, tables, "compliance.screened_subjects",
        _dated(now.subjects, before["screened_subjects"], as_of), counts,
    )  # fmt: skip
    yield store(
        context, tables, "compliance.screened_parties",
        _dated(now.parties, before["screened_parties"], as_of), {"new": plan.parties.height},
    )  # fmt: skip


def _known(subjects: pl.DataFrame, parties: pl.DataFrame) -> changes.Known:
    return changes.Known(
        subjects.select("subject_kind", "subject_id", "subject_version"),
        parties.select("list_code", "entity_id", "party_version"),
    )


def _names(names: pl.DataFrame) -> pl.DataFrame:
    return names.select(SCREENING["listed_names"].columns)


def _since(found: pl.DataFrame, earlier: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Hits with the day of their first detection."""
    first = earlier.select("hit_id", "found_date")
    return found.join(first, on="hit_id", how="left", maintain_order="left").with_columns(
        pl.col("found_date").fill_null(as_of)
    )


def _dated(now: pl.DataFrame, before: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Versions with the day of their first screening."""
    return now.join(before, on=now.columns, how="left", maintain_order="left").with_columns(
        pl.col("screened_date").fill_null(as_of)
    )
