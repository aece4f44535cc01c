"""IO managers.

Belongs here: frames in warehouse tables, and models in the model store.
"""
