"""The Dagster UI behind the login.

Two Dagster webservers run behind it, one of them read-only; the caller's role selects the one that
answers a request. Belongs here: the reverse proxy at the UI's port. Does not belong here:
authentication (`finplatform.api.login`), and starting processes (`finplatform.cli.services`).
"""
