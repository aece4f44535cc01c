"""Contracts: what each table promises, written once, used at ingest, in checks, in UI and docs.

Belongs here: Pandera models of the tables that Python makes, the codes they may hold, and the
builder that turns dbt's YAML into the same kind of contract. Does not belong here: reading or
writing tables, and anything that knows Dagster.
"""
