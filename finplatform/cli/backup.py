"""`finplatform backup` and `finplatform restore`: what they print.

Belongs here: arguments to calls, and results to text. Does not belong here: any of the work (see
`finplatform.backup`).
"""

import time
from datetime import UTC, datetime
from typing import Any

from finplatform.backup import creation, restoring, verification
from finplatform.backup import dump as dumping
from finplatform.backup.drill import drill as run_drill
from finplatform.backup.folder import BackupFolder
from finplatform.backup.manifest import Backup
from finplatform.cli import services
from finplatform.cli.output import ERR, OUT, print_json, print_table, size
from finplatform.errors import FinplatformError
from finplatform.settings import Settings, get_settings
from finplatform.warehouse.embedded import server_for

LATEST = "latest"


def create(*, is_full: bool | None, keep: int | None, as_json: bool) -> None:
    """Makes a backup of the cluster."""
    with ERR.status("Copying the databases"):
        made = creation.create(get_settings(), is_full=is_full, keep=keep)
    _print_created(made, as_json=as_json)


def dump(*, keep: int | None, as_json: bool) -> None:
    """Makes a portable copy."""
    with ERR.status("Dumping the databases"):
        made = dumping.dump(get_settings(), keep=keep)
    _print_created(made, as_json=as_json)


def wal(seconds: float | None, *, as_json: bool) -> None:
    """Keeps the log up to now, once or until interrupted.

    Args:
        seconds: Between two looks; None for one look.
        as_json: Print JSON.
    """
    settings = get_settings()
    while True:
        archived = creation.keep_written(settings)
        if as_json:
            print_json(archived.model_dump())
        else:
            OUT.print(f"The log is kept up to {_instant(archived.at)}, {archived.position}.")
        if seconds is None:
            return
        time.sleep(seconds)


def list_(*, as_json: bool) -> None:
    """Lists the backups."""
    settings = get_settings()
    folder = BackupFolder.of(settings)
    names = folder.names()
    backups = folder.backups(folder.key(settings)) if names else []
    kept = _kept(settings, folder, backups)
    if as_json:
        print_json({"folder": str(folder.path), "backups": [_row(b) for b in backups], "log": kept})
        return
    print_table(
        f"Backups in {folder.path}",
        ("backup", "kind", "builds on", "restorable from", "stored", "holds"),
        [
            (b.backup_id, b.kind, b.parent, _instant(b.ended_at), size(b.stored_bytes),
             size(b.content_bytes))
            for b in backups
        ],
        numbers=(4, 5),
    )  # fmt: skip
    for cluster in kept:
        OUT.print(f"The log of cluster {cluster['cluster']} is kept up to {cluster['until']}.")


def verify(backup_id: str | None, *, as_json: bool) -> None:
    """Verifies backups; exits 1 if something is wrong."""
    settings = get_settings()
    folder = BackupFolder.of(settings)
    if not folder.names():
        raise FinplatformError(
            f"There is no backup in {folder.path}.", "`finplatform backup create` makes one."
        )
    with ERR.status("Reading the backups"):
        found = verification.verify(folder, folder.key(settings), backup_id)
    if as_json:
        print_json(vars(found))
    else:
        for problem in found.problems:
            ERR.print(problem, soft_wrap=True)
        wrong = f"{len(found.problems)} problems" if found.problems else "all as written"
        OUT.print(f"{len(found.backups)} backups, {found.files} files: {wrong}.")
    if found.problems:
        raise SystemExit(1)


def drill(*, as_json: bool) -> None:
    """Tries a restore out; exits 1 if it fails."""
    with ERR.status("Restoring into a scratch server"):
        found = run_drill(get_settings())
    if as_json:
        print_json(vars(found))
    else:
        print_table("Restore drill", ("what", "found"), list(vars(found).items()))
    if not found.is_passed:
        raise SystemExit(1)


def restore(to: str | None, *, is_forced: bool, as_json: bool) -> None:
    """Restores the embedded server.

    Args:
        to: Instant, or `latest`.
        is_forced: Whether a running platform is stopped.
        as_json: Print JSON.

    Raises:
        FinplatformError: If the platform runs and it is not forced, or it cannot be restored.
    """
    settings = get_settings()
    target = instant_of(to)
    running = _running(settings)
    if running and not is_forced:
        raise FinplatformError(
            f"The platform runs ({', '.join(running)}), and a restore takes its database's place.",
            "Run `finplatform down` first, or add --force, which stops it. The data of now is kept"
            " in a folder next to the restored one.",
        )
    with ERR.status("Restoring"):
        done = restoring.restore(settings, target, stop=lambda: _stop(settings))
    if as_json:
        print_json(vars(done))
        return
    when = _instant(done.target) if done.target else "the end of the kept log"
    _say(f"Restored to {when} in {done.seconds} s.")
    _say(f"From {', '.join(done.chain)}, and {done.segments} segments of the log.")
    if done.kept_data is not None:
        _say(f"What was there before is in {done.kept_data}: delete it once all is well.")
    if done.kept_heads is not None:
        _say(f"Heads of the audit trail that go beyond it are in {done.kept_heads}.")
    if done.files:
        OUT.print(f"{len(done.files)} files that the home lacked were taken from the backup.")
    if done.erased:
        OUT.print(f"{done.erased} persons of the ledger of erasures were erased again.")
    OUT.print("Make a full backup now: `finplatform backup create`.")


def load(dump_id: str | None, into: str | None, *, as_json: bool) -> None:
    """Restores a dump into another server, or into an empty embedded one."""
    settings = get_settings()
    if into is None and (running := _services(settings)):
        raise FinplatformError(
            f"The platform runs ({', '.join(running)}).", "Run `finplatform down` first."
        )
    with ERR.status("Restoring the dump"):
        done = dumping.load(settings, None if dump_id == LATEST else dump_id, into)
    if as_json:
        print_json(vars(done))
        return
    OUT.print(f"Restored {done.backup_id} into {' and '.join(done.databases)}.")
    if into is not None:
        _say("Set FINPLATFORM_DATABASE_URL and FINPLATFORM_DAGSTER_DATABASE_URL to them.")
    _say("`finplatform up` then makes roles and rights there.")


def instant_of(text: str | None) -> datetime | None:
    """The instant that was typed; None for the latest.

    Raises:
        FinplatformError: If it is none.
    """
    if text is None:
        raise FinplatformError(
            "A restore needs --to: an instant such as 2026-03-02T14:05:00Z, or `latest`.",
            "`finplatform backup list` shows from when to when.",
        )
    if text == LATEST:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise FinplatformError(
            f"{text} is no instant.",
            "It looks like 2026-03-02T14:05:00Z, in UTC if no zone is named.",
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _print_created(made: creation.Created, *, as_json: bool) -> None:
    if as_json:
        print_json({**_row(made.backup), "removed": made.removed})
        return
    backup = made.backup
    seconds = (backup.ended_at - backup.began_at).total_seconds()
    held = f"{size(backup.content_bytes)} in {size(backup.stored_bytes)}"
    OUT.print(f"{backup.backup_id}: {held}, {seconds:.1f} s")
    if made.archived is not None:
        OUT.print(f"Restorable from {_instant(backup.ended_at)} to {_instant(made.archived.at)}.")
    if made.removed:
        OUT.print(f"Removed: {', '.join(made.removed)}.")


def _row(backup: Backup) -> dict[str, Any]:
    return {
        **backup.model_dump(exclude={"parts"}),
        "stored_bytes": backup.stored_bytes,
        "content_bytes": backup.content_bytes,
    }


def _kept(settings: Settings, folder: BackupFolder, backups: list[Backup]) -> list[dict[str, str]]:
    clusters = sorted({backup.system_identifier for backup in backups if backup.is_physical})
    key = folder.key(settings) if clusters else None
    notes = [folder.archived(cluster, key) for cluster in clusters if key is not None]
    return [
        {"cluster": note.system_identifier, "until": _instant(note.at), "position": note.position}
        for note in notes
        if note is not None
    ]


def _running(settings: Settings) -> list[str]:
    found = _services(settings)
    if server_for(settings).status() is not None:
        found.append("database")
    return found


def _services(settings: Settings) -> list[str]:
    return [service.name for service in services.services(settings) if service.pid()]


def _stop(settings: Settings) -> None:
    for service in reversed(services.services(settings)):
        service.stop()


def _say(sentence: str) -> None:
    OUT.print(sentence, soft_wrap=True)


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
