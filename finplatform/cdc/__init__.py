"""Change data capture from the log of a PostgreSQL source.

A capture reads the changes committed since the last one from a logical replication slot, and stores
them, encrypted, in the warehouse until their tables are loaded. Belongs here: the wire format, the
slot, the captured changes and pending loads. Does not belong here: loading rows (see
`finplatform.ingest`), and Dagster.
"""
