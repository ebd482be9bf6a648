"""What a person could reasonably ask for and Jinko cannot do yet: refused by name, never ignored."""

from collections.abc import Mapping
from typing import Final

NOT_YET: Final[Mapping[str, str]] = {
    "training.packing": "Packing is not built yet; rows are padded.",
}


NOT_YET_VALUES: Final[Mapping[str, frozenset[str]]] = {
    "training.method": frozenset({"dpo", "orpo", "kto", "grpo", "rloo", "reward", "pretrain", "cpt"}),
    "training.finetuning": frozenset({"qlora", "dora"}),
    "export": frozenset({"awq", "gptq"}),
}
