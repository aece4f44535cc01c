"""Run configuration of the training steps.

Belongs here: the configuration that they share. Does not belong here: the steps.
"""

import dagster as dg
from pydantic import Field


class TrainingConfig(dg.Config):
    """Configuration of a step that trains a model.

    Attributes:
        seed: Seed of samples and folds; the same seed and rows give the same model.
    """

    seed: int = Field(default=42, ge=0, description="Seed of samples and folds.")
