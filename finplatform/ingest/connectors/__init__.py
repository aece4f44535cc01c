"""Connectors: read rows of a source system.

Belongs here: reading files, databases and feeds into Polars frames, unchanged. Does not belong
here: validation and transformation (see `finplatform.ingest`), and Dagster.
"""
