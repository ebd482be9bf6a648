"""How a file of prompts is answered: by which model, and how it chooses its words."""

from pydantic import Field

from schemas.strict import MAX_SEED, Strict


class GenerateOptions(Strict):
    """A file is answered, not trained on, where a model is named."""

    model: str | None = Field(
        default=None, description="Answer the file with this: a run's id, or a model as base_model has it."
    )
    system: str | None = Field(default=None, description="System prompt for rows that have none.")
    max_new_tokens: int = Field(default=512, ge=1, le=100_000, description="Longest answer, in tokens.")
    temperature: float = Field(default=0.0, ge=0, le=5, description="0: the likeliest token, always.")
    top_p: float = Field(default=1.0, gt=0, le=1, description="Draw from the likeliest that add up to this.")
    seed: int = Field(default=42, ge=0, le=MAX_SEED, description="Seed of what is drawn.")
