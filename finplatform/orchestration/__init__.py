"""Orchestration: the asset graph, and the only package that imports Dagster.

Belongs here: assets, checks, IO managers, resources, sensors, schedules, jobs, partitions, and
their assembly. Does not belong here: the computations, which are in the packages below this one.
"""
