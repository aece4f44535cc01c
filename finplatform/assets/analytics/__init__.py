"""Assets of the analytics layer that Python makes.

Belongs here: thin asset functions, a kind of question a module. What they compute is in
`finplatform.analytics` and `finplatform.ml`.
"""
