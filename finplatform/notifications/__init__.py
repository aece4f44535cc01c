"""Notifications: what went wrong, as incidents, and telling people of each exactly once.

Belongs here: incidents and their store, the wording, the channels, delivery, the conditions that
are looked at, and report pages by e-mail. Does not belong here: reading Dagster's events (see
`finplatform.orchestration`).
"""
