"""Login: who calls, how they prove it, and how long it lasts.

Belongs here: credentials, sessions, tokens and the check of every request against the declared
rights. Does not belong here: pages and endpoints of login (`finplatform.api.routes.login`), what is
kept of passwords (`finplatform.security`), and adding people (`finplatform.warehouse.users`).
"""
