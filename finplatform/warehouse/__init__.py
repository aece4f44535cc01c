"""The warehouse: the PostgreSQL server, its connections, roles and tables.

Belongs here: the embedded server, connections, bulk copying and running dbt. Does not belong here:
contracts, models and checks, and Dagster.
"""
