"""The warehouse: the PostgreSQL server and the ways in and out of it.

Here belong the embedded server, connections, bulk copying and what runs dbt. What the tables mean
(contracts, models, checks) and everything Dagster-aware does not.
"""
