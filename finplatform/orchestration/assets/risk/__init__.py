"""Risk assets: capital figures as tables, thin around `finplatform.risk`.

Belongs here: reading the book, calling the engine, returning rows and metadata. Does not belong
here: formulas.
"""
