"""Orchestration: the asset graph, and the only package that imports Dagster.

Belongs here: assets, checks, IO managers, resources, sensors, schedules, jobs, partitions, and
their assembly. Does not belong here: what an asset computes, which is in the packages below this
one.
"""
