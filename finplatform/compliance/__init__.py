"""What the bank owes to the laws on money laundering, sanctions and reporting.

Belongs here: pure functions over frames. Does not belong here: the database, Dagster, and figures
of capital (see `finplatform.risk`).
"""
