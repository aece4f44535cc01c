"""The catalogue of report pages: a module per page, and the list of them all in `pages`.

Belongs here: which charts a page has, the query of each, its figure and its sentence. A query
reads gold alone, or `ops` and `quarantine` for the pages of the platform itself, and gives the rows
in the order in which they are drawn.
"""
