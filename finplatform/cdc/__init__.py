"""Change data capture: what a PostgreSQL source writes to its log, up to the door of ingest.

A capture reads the changes that were committed since the last one from a logical replication slot,
and keeps them, sealed, in the warehouse until the tables that they are about are loaded. Belongs
here: the wire format, the slot, the captured changes and what is still to be loaded. Does not
belong here: what becomes of a row (see `finplatform.ingest`), and anything of Dagster.
"""
