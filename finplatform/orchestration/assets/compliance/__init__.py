"""The group `compliance`: screening, due diligence, owners and the regulatory register.

Belongs here: assets of the schema `compliance`. Does not belong here: what they compute
(`finplatform.compliance`).
"""
