"""Backups of the platform: made by PostgreSQL's own programs, sealed, and restored.

A physical backup is a copy of the embedded server's whole cluster, full or incremental, with the
write-ahead log since; a portable one is a dump of each database. Both are sealed with a key that
is never in the folder of the backups. Does not belong here: commands (`finplatform.cli.backup`)
and the drill's asset (`finplatform.orchestration.assets.platform.restore_drill`).
"""
