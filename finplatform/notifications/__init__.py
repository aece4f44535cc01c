"""Notifications: incidents, each delivered to people exactly once.

Belongs here: incidents and their store, the wording, the channels, delivery, the monitored
conditions, and report pages by e-mail. Does not belong here: reading Dagster's events (see
`finplatform.orchestration`).
"""
