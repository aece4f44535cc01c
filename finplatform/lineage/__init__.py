"""Lineage export: runs, tables and their inputs as OpenLineage events.

Belongs here: the events from plain facts, and sending them to a file or a server. Does not belong
here: reading Dagster (see `finplatform.orchestration.sensors.lineage`), and the pages of the
documentation.
"""
