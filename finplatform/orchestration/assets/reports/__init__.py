"""Report assets: pages made from gold tables, thin around `finplatform.reporting`.

Belongs here: the tables of a page and its file. Does not belong here: charts and layout.
"""
