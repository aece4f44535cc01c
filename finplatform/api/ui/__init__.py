"""The Dagster UI behind the login.

Two Dagster webservers run beside it, one of them read-only; which one answers a request is decided
by the caller's role. Belongs here: the application in front of the two, at the UI's port. Does not
belong here: who the caller is (`finplatform.api.login`), and starting processes
(`finplatform.cli.services`).
"""
