"""Tests of what report pages say and draw, from rows made by hand."""
