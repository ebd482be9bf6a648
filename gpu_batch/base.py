"""The base model's files, at the very revision that the order pins.

Not a program. It loads nothing into memory (`model.py` does) and chooses no revision: the order did.
"""

from pathlib import Path
from typing import Final

import httpx
from huggingface_hub import snapshot_download
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from gpu_batch.text import folder_digest
from schemas.errors import BadInput, Fault, JinkoError, Unavailable
from schemas.orders import BasePin

# Other libraries' copies of the weights, and pickles, which could run code when they are opened.
NOT_FETCHED: Final = (
    "*.bin",
    "*.ckpt",
    "*.gguf",
    "*.h5",
    "*.msgpack",
    "*.onnx",
    "*.pt",
    "*.pth",
    "*.tflite",
    "onnx/*",
    "original/*",
)


def fetch(pin: BasePin) -> Path:
    """A folder with the pinned model. From the Hub it is fetched once a machine, then found in its cache.

    Raises BadInput if the model cannot be had (missing, private, gated, changed since the order, without
    safetensors weights), Unavailable if the Hub does not answer.
    """
    folder = _from_hub(pin) if pin.where == "hub" else _folder(pin)
    if not any(folder.glob("*.safetensors")):
        finding = (
            "The base model has no safetensors weights; other formats can run code when they are opened."
        )
        next_step = "Choose a base_model that has them (all newer ones do)."
        raise BadInput(Fault(place=pin.name, finding=finding, next_step=next_step))
    return folder


def _folder(pin: BasePin) -> Path:
    folder = Path(pin.location)
    if folder_digest(folder) != pin.revision:
        finding = "The base model's folder changed after this run was ordered."
        raise BadInput(Fault(place=pin.name, finding=finding, next_step="Drop the file again."))
    return folder


def _from_hub(pin: BasePin) -> Path:
    try:
        return Path(snapshot_download(pin.location, revision=pin.revision, ignore_patterns=list(NOT_FETCHED)))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, httpx.HTTPError) as error:
        raise _translated(pin, error) from error


def _translated(pin: BasePin, error: Exception) -> JinkoError:
    """The Hub's error as a person's (no retry helps) or as the cloud's."""
    status = error.response.status_code if isinstance(error, HfHubHTTPError) else None
    if isinstance(error, GatedRepoError) or status == 403:
        finding, next_step = "The base model is gated: its makers want to know who uses it.", _ACCEPT
    elif isinstance(error, RevisionNotFoundError):
        finding, next_step = f"The base model has no revision {pin.revision} any more.", _AGAIN
    elif isinstance(error, RepositoryNotFoundError | HFValidationError) or status in (401, 404):
        finding, next_step = "There is no such model on the Hugging Face Hub, or it is private.", _NAME
    else:
        return Unavailable(f"The Hugging Face Hub did not answer for {pin.name}: {error}")
    return BadInput(Fault(place=pin.name, finding=finding, next_step=next_step))


_ACCEPT: Final = "Accept its licence on its page and set HF_TOKEN, or choose another base_model."
_AGAIN: Final = "Drop the file again: a new run takes the newest revision."
_NAME: Final = "Check base_model (owner/name); for a private one, set HF_TOKEN."
