"""The group `compliance`: laundering, screening, due diligence, owners, the regulatory register.

Belongs here: assets of the schema `compliance`. Does not belong here: what they compute
(`finplatform.compliance`), and the handling of findings.
"""
