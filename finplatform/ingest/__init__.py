"""Ingest: from a connector's rows to bronze, without losing or trusting any.

The steps, in order: `conform` names and types the rows, `validate` splits good from bad, `protect`
seals identifiers, `load` replaces the window or extends the log in one transaction. Belongs here:
these steps. Does not belong here: how rows leave a source, and anything that knows Dagster.
"""
