"""Graders: how good an answer is, from 0 to 1. Options choose and set them; no code comes from outside.

    grade(options, prompt, answer, reference)    one score, or None where the grader does not apply to the row
    rewards(graders, answered)                   what GRPO learns from: weighed and gated
    try_out(graders, rows, samples)              refuses graders that say the same of everything

Knows neither torch nor transformers. `reference` is the row's other columns (`Prompts.reference`, parsed).
"""

from gpu_batch.graders.endpoint import NOWHERE, Endpoints
from gpu_batch.graders.grading import grade, grade_all, rewards
from gpu_batch.graders.parts import Answered
from gpu_batch.graders.trial import must_tell_apart, try_out

__all__ = [
    "NOWHERE",
    "Answered",
    "Endpoints",
    "grade",
    "grade_all",
    "must_tell_apart",
    "rewards",
    "try_out",
]
