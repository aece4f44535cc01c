"""Sensors: what the platform does because something happened.

Belongs here: arriving files and drifting models that become runs, and finished runs that become
alerts.
"""
