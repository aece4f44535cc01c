"""Crime and privacy: monitoring, screening and reporting, as pure functions.

Belongs here: what follows from rows and rules. Does not belong here: SQL, Dagster and HTTP.
"""
