"""Connectors: how rows leave a source system.

Belongs here: reading files, databases and feeds into Polars frames, as they are. Does not belong
here: judging or changing the rows (see `finplatform.ingest`), and anything that knows Dagster.
"""
