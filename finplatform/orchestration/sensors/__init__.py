"""Sensors.

Belongs here: run requests on arriving data and model drift, incidents of runs, and lineage.
"""
