"""Who trains: Unsloth on a GPU, where it supports the method, or plain TRL; chosen by the order, and told.

    engine = choose(order)                              # before transformers is imported: Unsloth changes it
    base = engine.load(folder, dtype, device, options)      # the same base by either
    base, lora = engine.adapt(base, lora, options)      # Unsloth makes the adapter itself

Both get the same labelled rows, the same order and the same pattern of layers, and leave the same adapter.
Not a program. Unsloth cannot even be imported without a GPU, and what follows its import here has never been
run: docs/decisions/0018 says what would be.
"""

from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Literal

from schemas.orders import TrainOrder
from schemas.training import TrainingOptions

METHODS: Final = ("sft", "pretrain", "dpo")  # whose trainers Unsloth changes and our rows pass through
LONGEST: Final = 32_768  # tokens that it makes room for where the recipe says nothing; no row is cut by it
# What its import raises on a machine that it does not suit, besides being absent.
UNSUITED: Final = (ImportError, RuntimeError, NotImplementedError, AttributeError, OSError)


@dataclass(frozen=True)
class Engine:
    """Who trains, and why; `why` is a sentence for the run's table."""

    name: Literal["unsloth", "trl"]
    why: str

    def told(self) -> dict[str, str]:
        """One line of the table of what was chosen on the machine."""
        title = "Unsloth" if self.name == "unsloth" else "TRL"
        return {"trained with": f"{title} {metadata.version(self.name)}: {self.why}"}

    def load(
        self,
        folder: Path,
        dtype: Any,
        device: Any,
        options: TrainingOptions,
        sees: bool = False,
    ) -> Any:
        """The base, ready to be asked. Raises BadInput as `load_model`."""
        from gpu_batch import model

        four_bits = options.finetuning == "qlora"
        if self.name == "trl":
            return model.load_model(folder, dtype, device, sees=sees, four_bits=four_bits)
        from unsloth import FastModel

        four_bits = four_bits or model.stored_in(folder) is not None
        base, _ = FastModel.from_pretrained(
            model_name=str(folder),
            max_seq_length=options.max_length or LONGEST,
            dtype=dtype,
            load_in_4bit=four_bits,
            load_in_16bit=not four_bits,
            trust_remote_code=False,
            local_files_only=True,
            use_exact_model_name=True,
            random_state=options.seed,
        )
        return base.eval()

    def adapt(self, base: Any, lora: Any, options: TrainingOptions) -> tuple[Any, Any]:
        """What TRL's trainer is given: the base and the adapter's settings, or the adapted base and None."""
        if self.name == "trl":
            return base, lora
        from unsloth import FastModel

        made = FastModel.get_peft_model(
            base,
            r=lora.r,
            lora_alpha=lora.lora_alpha,
            lora_dropout=lora.lora_dropout,
            target_modules=lora.target_modules,
            bias=lora.bias,
            trainable_token_indices=lora.trainable_token_indices,
            random_state=options.seed,
            use_gradient_checkpointing="unsloth",
        )
        return made, None


PLAIN: Final = Engine("trl", "it was asked for")


def choose(order: TrainOrder) -> Engine:
    """Unsloth, imported, where it can be used; TRL otherwise, with the reason. The same every time."""
    import torch

    options = order.settings.recipe.training
    if not torch.cuda.is_available():
        return Engine("trl", "Unsloth needs an NVIDIA GPU")
    if not find_spec("unsloth"):
        return Engine("trl", "Unsloth is not installed here")
    if options.finetuning == "full":
        return Engine("trl", "all weights are trained, which Unsloth speeds up little")
    if options.method not in METHODS:
        return Engine("trl", f"Unsloth is used for {', '.join(METHODS)}")
    if order.dataset.images:
        return Engine("trl", "rows with images are batched by Jinko itself")
    try:
        import unsloth  # noqa: F401 (it changes transformers, TRL and PEFT where it can)
    except UNSUITED as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        return Engine("trl", f"Unsloth could not be loaded: {first}")
    return Engine("unsloth", "it supports this method and these rows")
