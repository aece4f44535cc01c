"""Alembic environment of the operational schema; `finplatform.oltp.migrate` runs it.

Belongs here: one module a revision under `versions`, frozen once released: it names its own tables
and values and never reads the models. Does not belong here: filling tables.
"""
