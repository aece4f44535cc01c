"""Table contracts, defined once and used at ingest, in asset checks, in the UI and in documents.

Holds the Pandera models of tables built by Python, their code lists, and the conversion of dbt's
YAML to the same kind of contract. Does not belong here: reading or writing tables, Dagster code.
"""
