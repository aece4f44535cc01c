"""The group `platform`: what the platform knows of itself, for the pages that show how it does."""
