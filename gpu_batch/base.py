"""The base model's files, at the very revision that the order pins.

Not a program. It loads nothing into memory (`model.py` does) and chooses no revision: the order did.
"""

from pathlib import Path

from gpu_batch.text import folder_digest
from infra import hub
from schemas.errors import BadInput, Fault
from schemas.orders import BasePin


def fetch(pin: BasePin) -> Path:
    """A folder with the pinned model. From the Hub it is fetched once a machine, then found in its cache.

    Raises BadInput if the model cannot be had (missing, private, gated, changed since the order, without
    safetensors weights), Unavailable if the Hub does not answer.
    """
    folder = hub.fetch_snapshot(pin.location, pin.revision) if pin.where == "hub" else _folder(pin)
    if not any(folder.glob("*.safetensors")):
        finding = (
            "The base model has no safetensors weights; other formats can run code when they are opened."
        )
        next_step = "Choose a base_model that has them (all newer ones do)."
        raise BadInput(Fault(place=pin.name, finding=finding, next_step=next_step))
    return folder


def fetch_whole(pin: BasePin) -> Path:
    """A folder with the model in 16 bits, into which an adapter is merged: the base itself, or, where its
    weights are stored in fewer bits, its pinned sibling. Raises as `fetch`, and BadInput if there is none."""
    if pin.quantized is None:
        return fetch(pin)
    if pin.whole is None:
        finding = f"The base model is stored in {pin.quantized}, and its 16-bit model is not known."
        raise BadInput(
            Fault(place=pin.name, finding=finding, next_step="Use the adapter with its base model.")
        )
    location, _, commit = pin.whole.rpartition("@")
    whole = BasePin(name=location, where="hub", location=location, revision=commit)
    return fetch(whole)


def _folder(pin: BasePin) -> Path:
    folder = Path(pin.location)
    if folder_digest(folder) != pin.revision:
        finding = "The base model's folder changed after this run was ordered."
        raise BadInput(Fault(place=pin.name, finding=finding, next_step="Drop the file again."))
    return folder
