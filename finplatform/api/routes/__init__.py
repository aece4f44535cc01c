"""What the API answers, a router a module.

Belongs here: paths, parameters and answers. Does not belong here: what is computed or read for them
(see the sibling packages).
"""
