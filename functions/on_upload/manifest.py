"""What lies in the store of a prepared dataset, and what is said of a file that does not lie there."""

from functions.papers import read
from infra.ports import Cloud
from schemas import names
from schemas.errors import Fault
from schemas.orders import Dataset


def read_manifest(dataset: str, on: Cloud) -> Dataset | None:
    """What `dataset.json` says; None where no try has won yet, or what lies there cannot be read."""
    return read(on, names.manifest(dataset), Dataset)


def replaced(name: str) -> Fault:
    """What is said of a file whose generation is gone."""
    finding = "The file was replaced or removed before it was read."
    step = "If it was replaced, the newer one is answered by itself."
    return Fault(place=name, finding=finding, next_step=step)
