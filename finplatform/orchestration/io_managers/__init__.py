"""IO managers: how assets' values are stored and read back.

Belongs here: frames in warehouse tables, and models in the model store.
"""
