"""Assets: one folder for each layer of the graph.

Belongs here: thin asset functions that read, call a pure function and return metadata. Groups,
owners and kinds come from `finplatform.taxonomy`; assembly is in `finplatform.orchestration.build`.
"""
