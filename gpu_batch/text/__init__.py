"""Conversations as text, tokens and labels: what a base model reads, and which of it is learned.

    chat = ChatText.from_folder(folder, name="owner/name")
    row = label(chat, sample, max_length=2048, source="poems.csv")

Knows neither torch nor transformers, so a function can check every row before a machine starts; the trainer
uses the very same code. It downloads nothing: the folder must hold `TEXT_FILES`.
"""

from gpu_batch.text.added import complete
from gpu_batch.text.carried import left_out
from gpu_batch.text.chat import ChatText
from gpu_batch.text.files import REQUIRED_TEXT_FILES, TEXT_FILES, folder_digest
from gpu_batch.text.gate import NO_LOSS
from gpu_batch.text.labels import Labelled, label
from gpu_batch.text.preview import preview
from gpu_batch.text.rows import Judged, Preferred, ask, judge, label_text, prefer
from gpu_batch.text.shown import Shown

__all__ = [
    "NO_LOSS",
    "REQUIRED_TEXT_FILES",
    "TEXT_FILES",
    "ChatText",
    "Judged",
    "Labelled",
    "Preferred",
    "Shown",
    "ask",
    "complete",
    "folder_digest",
    "judge",
    "label",
    "label_text",
    "left_out",
    "prefer",
    "preview",
]
