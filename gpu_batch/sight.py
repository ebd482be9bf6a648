"""Images for a base that sees: opened, bounded, and given to the base's own processor.

    sight = Sight.from_folder(folder, name="owner/name", side=1024)
    row = sight.label(chat, sample, max_length=2048, source="signs.parquet")
    tensors = sight.tensors(ids_BT, [images_of(sample)])

Where a chat template writes one mark for an image, the processor writes as many tokens as the base needs to
see it. Labels are made on that longer text by `gpu_batch.text`, with its marks and its gate; for the first
rows the tokens are compared with the processor's own. Not a program. It knows no sound and no film.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, Final, Self

import torch
from PIL import Image as Pictures
from PIL import ImageOps

from gpu_batch.model.absent import cannot_load
from gpu_batch.model.machine import working_dtype
from gpu_batch.text import NO_LOSS, ChatText, Labelled, Preferred, Shown, label, prefer
from schemas import names
from schemas.errors import BadInput, Fault
from schemas.samples import Conversation, Image, Message, Preference

COMPARED_ROWS: Final = 16  # whose tokens are compared with the processor's own
SIDES: Final = ("chosen_ids", "rejected_ids")
WHITE: Final = (255, 255, 255, 255)
TYPES: Final = ("token_type_ids", "mm_token_type_ids")  # which tokens are an image's, by either name
TEXT_INPUTS: Final = (*TYPES, "input_ids", "attention_mask", "text_replacement_offsets")


@dataclass(eq=False)
class Sight:
    """A base's processor. `side`: the longest side of an image in pixels; larger ones are made smaller."""

    name: str
    processor: Any
    side: int
    _expansions: dict[tuple[int, int], str] = field(default_factory=dict)
    _compared: int = 0

    @classmethod
    def from_folder(cls, folder: Path, name: str, side: int) -> Self:
        """Raises BadInput for a base that does not see, or whose processor cannot be loaded here."""
        from transformers import AutoProcessor

        try:
            processor = AutoProcessor.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        except (ImportError, ValueError, OSError, TypeError) as error:
            raise cannot_load(name, "The base model's image processor", error) from error
        if not hasattr(processor, "image_processor"):
            finding = "This dataset holds images, and the base model reads text alone."
            step = "Choose a base_model that sees, such as google/gemma-3-4b-it."
            raise BadInput(Fault(place=name, finding=finding, next_step=step))
        return cls(name, processor, side)

    def shown(self, images: Sequence[Image]) -> list[Shown]:
        """What each image is in a rendering: the template's mark, and the processor's text in its place."""
        return [Shown(self.processor.image_token, self._expansion(image)) for image in images]

    def label(
        self, chat: ChatText, sample: Conversation, max_length: int | None = None, *, source: str, **how: Any
    ) -> Labelled:
        """A row with its images as tokens and labels; `how` as `text.label` has it.

        Raises BadInput as that does, and for images that cannot be opened.
        """
        images = images_of(sample.messages, sample.images)
        shown = self._shown_in(sample, images, source)
        row = label(chat, sample, max_length, source=source, shown=shown, **how)
        if images and self._compared < COMPARED_ROWS:
            self._compared += 1
            self._must_agree(chat, sample, images, row)
        return row

    def prefer(
        self, chat: ChatText, sample: Preference, max_length: int | None = None, *, source: str
    ) -> Preferred:
        """Both ways to go on from a prompt with images. Raises BadInput as `text.prefer`, and for images."""
        shown = self._shown_in(sample, images_of(sample.prompt, sample.images), source)
        return prefer(chat, sample, max_length, source=source, shown=shown)

    def prompt_ids(self, chat: ChatText, sample: Conversation) -> list[int]:
        """Token ids of a row's prompt, its images' tokens among them."""
        shown = self.shown(images_of(sample.prompt, sample.images))
        return chat.prompt_ids(sample.prompt, shown=shown, tools=sample.tools)

    def tensors(
        self, ids_BT: torch.Tensor, images: Sequence[Sequence[Image]], dtype: torch.dtype | None = None
    ) -> dict[str, torch.Tensor]:
        """What a model is given beside a batch's tokens: the images of its rows, and which tokens are theirs.

        `images` holds each row's own, in the order in which it shows them; some may have none. `dtype` is the
        model's, for the pixels; left out, what this device works in.
        """
        extra: dict[str, torch.Tensor] = {}
        types = next((name for name in TYPES if name in self.processor.model_input_names), None)
        if types:
            listed = self.processor.create_mm_token_type_ids(ids_BT.tolist())
            extra[types] = torch.tensor(listed, device=ids_BT.device)
        rows = [[self._open(image) for image in row] for row in images if row]
        if rows:
            dtype = dtype or working_dtype(ids_BT.device)
            text = [self.processor.image_token * len(row) for row in rows]
            made = self.processor(text=text, images=rows, padding=True, return_tensors="pt")
            seen = {key: value.to(ids_BT.device) for key, value in made.items() if key not in TEXT_INPUTS}
            extra |= {
                key: value.to(dtype) if value.is_floating_point() else value for key, value in seen.items()
            }
        return extra

    def collator(self, pad_id: int, images: Sequence[Sequence[Image]]) -> Callable[[Any], dict[str, Any]]:
        """Makes a batch of rows {input_ids, labels, row}; `images[row]` are what the row shows."""

        def collate(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
            ids_BT = _padded([row["input_ids"] for row in rows], pad_id)
            mask_BT = _padded([[1] * len(row["input_ids"]) for row in rows], 0)
            labels_BT = _padded([row["labels"] for row in rows], NO_LOSS)
            extra = self.tensors(ids_BT, [images[row["row"]] for row in rows])
            return {"input_ids": ids_BT, "attention_mask": mask_BT, "labels": labels_BT, **extra}

        return collate

    def pair_collator(
        self, pad_id: int, images: Sequence[Sequence[Image]]
    ) -> Callable[[Any], dict[str, Any]]:
        """The same of {prompt_ids, chosen_ids, rejected_ids, row}: all better answers, then all worse."""

        def collate(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
            pairs = [(row["prompt_ids"], row[side]) for side in SIDES for row in rows]
            ids_BT = _padded([prompt + answer for prompt, answer in pairs], pad_id)
            learned_BT = _padded([[0] * len(prompt) + [1] * len(answer) for prompt, answer in pairs], 0)
            mask_BT = _padded([[1] * len(prompt + answer) for prompt, answer in pairs], 0)
            extra = self.tensors(ids_BT, [images[row["row"]] for row in rows] * 2)
            return {"input_ids": ids_BT, "attention_mask": mask_BT, "completion_mask": learned_BT, **extra}

        return collate

    def _shown_in(
        self, sample: Conversation | Preference, images: Sequence[Image], source: str
    ) -> list[Shown]:
        """Raises BadInput with the row's place for images that cannot be opened."""
        try:
            return self.shown(images)
        except BadInput as error:
            place = names.place(source, sample.line)
            raise BadInput([fault.model_copy(update={"place": place}) for fault in error.faults]) from error

    def _expansion(self, image: Image) -> str:
        """The processor's text for an image, which follows from its size."""
        opened = self._open(image)
        if opened.size not in self._expansions:
            mark = self.processor.image_token
            made = self.processor(text=[mark], images=[[opened]], return_text_replacement_offsets=True)
            (only,) = made["text_replacement_offsets"][0]
            self._expansions[opened.size] = only["replacement"]
        return self._expansions[opened.size]

    def _open(self, image: Image) -> Pictures.Image:
        return opened(image, self.side)

    def _must_agree(
        self, chat: ChatText, sample: Conversation, images: Sequence[Image], row: Labelled
    ) -> None:
        """Raises BadInput if the processor would give the model other tokens than those that are labelled."""
        opened = [[self._open(image) for image in images]]
        text = chat.render(sample.messages, tools=sample.tools)
        made = self.processor(text=[text], images=opened, add_special_tokens=False)["input_ids"][0]
        if list(made) != row.input_ids and chat.decode(list(made)) != chat.decode(row.input_ids):
            finding = "The base model's own processor writes a row with images as other tokens than Jinko."
            step = "Choose another base_model: it cannot be trained with images."
            raise BadInput(Fault(place=self.name, finding=finding, next_step=step))


def opened(image: Image, side: int) -> Pictures.Image:
    """An image upright, in colour, on white, no side longer than `side` pixels.

    Raises BadInput where it cannot be opened, or is so large that opening it would fill the memory.
    """
    try:
        with Pictures.open(BytesIO(image.data)) as stored:
            upright = ImageOps.exif_transpose(stored)
            if upright.has_transparency_data:
                above = upright.convert("RGBA")
                upright = Pictures.alpha_composite(Pictures.new("RGBA", above.size, WHITE), above)
            bounded = upright.convert("RGB")
    except (OSError, ValueError, SyntaxError, Pictures.DecompressionBombError) as error:
        name = f"The image '{image.name}'" if image.name else "An image of this row"
        finding = f"{name} cannot be opened: {error}".rstrip(".") + "."
        raise BadInput(
            Fault(place="images", finding=finding, next_step="Replace it, or leave the row out.")
        ) from error
    bounded.thumbnail((side, side))
    return bounded


def images_of(messages: Sequence[Message], images: Sequence[Image]) -> list[Image]:
    """The images that turns show, in the order in which they show them."""
    parts = (part for message in messages for part in message.parts)
    return [images[part.image] for part in parts if part.image is not None]


def _padded(rows: Sequence[Sequence[int]], fill: int) -> torch.Tensor:
    width = max(map(len, rows))
    return torch.tensor([[*row, *[fill] * (width - len(row))] for row in rows])
