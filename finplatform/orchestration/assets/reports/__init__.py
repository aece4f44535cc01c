"""Report assets: pages made from gold tables, thin around `finplatform.reporting`.

Belongs here: which table a page shows and where its file goes. Does not belong here: charts and
layout.
"""
