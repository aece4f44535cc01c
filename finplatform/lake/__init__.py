"""The lake: facts and events as Parquet by business day, for scans in columns.

Every partition is one file, `{root}/{table}/date=YYYY-MM-DD/part-0.parquet`, and every table has a
manifest in its folder. DuckDB, Polars, pyarrow and AWS Glue read the layout as it is. Belongs here:
the root, the tables, writing, reading and comparing with the warehouse. Does not belong here: the
graph's assets (see `finplatform.orchestration.assets.lake`) and commands.
"""
