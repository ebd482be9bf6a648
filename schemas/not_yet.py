"""What a person could reasonably ask for and Jinko cannot do yet: refused by name, never ignored."""

from collections.abc import Mapping
from typing import Final

NOT_YET: Final[Mapping[str, str]] = {
    "training.ref_model": "Another reference model is not built yet; it is the base itself.",
    "training.reward_model": "Grading by a reward model is not built yet; see training.graders.",
}


NOT_YET_VALUES: Final[Mapping[str, frozenset[str]]] = {
    "training.method": frozenset({"rloo", "ppo", "simpo", "cpo", "prm", "distillation"}),
    "training.finetuning": frozenset({"dora"}),
    "export": frozenset({"awq", "gptq"}),
}
