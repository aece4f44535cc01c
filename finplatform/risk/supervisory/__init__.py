"""Supervisory templates: the figures of the bank in the cells of the EBA's COREP templates.

Belongs here: which figure stands in which cell, why a cell is empty, and the supervisor's own
validation rules over the cells, as pure functions of frames. Does not belong here: the figures
themselves (`finplatform.risk.reports`), and the files that are filed (`finplatform.reporting`).
"""
