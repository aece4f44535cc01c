"""Sensors: what the platform does because something happened.

Belongs here: arriving files that become runs, and finished runs that become alerts.
"""
