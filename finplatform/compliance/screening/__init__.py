"""Screening: which of the bank's customers and counterparties may be on a sanctions list.

Belongs here: names as comparable words, the search for names that are alike, and the evidence of
births and countries. Does not belong here: opening sealed names, and storing hits.
"""
