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


def _folder(pin: BasePin) -> Path:
    folder = Path(pin.location)
    if folder_digest(folder) != pin.revision:
        finding = "The base model's folder changed after this run was ordered."
        raise BadInput(Fault(place=pin.name, finding=finding, next_step="Drop the file again."))
    return folder
