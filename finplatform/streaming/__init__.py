"""Data in motion: payments judged as they come.

Belongs here: what runs on a stream of events, without Dagster. Does not belong here: changes of the
bank's tables, which are read from its database.
"""
