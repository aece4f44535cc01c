"""Assets of the schema `compliance`: what monitoring and screening find.

Belongs here: reading, calling the pure functions, storing. Does not belong here: rules
(`finplatform.compliance`), and what people do about findings.
"""
