"""What the endpoints read, a module a resource.

Belongs here: statements on views and functions of the warehouse, and their rows. Does not belong
here: computing figures, which are in gold, and the form of answers (`finplatform.api.routes`).
"""
