"""Ingest: from a connector's rows to bronze.

The steps, in order: `conform` names and types the rows, `validate` finds rule violations, `protect`
treats identifiers, `load` replaces the window or extends the log in one transaction. Belongs here:
these steps. Does not belong here: reading a source (see `connectors`), and Dagster.
"""
