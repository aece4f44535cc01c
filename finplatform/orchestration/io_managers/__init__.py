"""IO managers: frames in warehouse tables, and models in the model store."""
