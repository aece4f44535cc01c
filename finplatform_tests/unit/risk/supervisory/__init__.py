"""Tests of the supervisory templates."""
