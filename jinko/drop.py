"""`jinko drop`: what is given on the command line, checked, and the file put in this folder's ground."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from infra.local.ground import LocalGround
from infra.ports import Object
from schemas import layers, names
from schemas.errors import BadInput, Fault

LOOK_SECONDS: Final = 0.3  # between two looks at the records


def settings_given(options: list[str]) -> dict[str, str]:
    """`--set key=value` as metadata. Raises BadInput for a wrong key or value, before anything is dropped."""
    given: dict[str, str] = {}
    for option in options:
        key, equals, value = option.partition("=")
        if not equals or not key.strip():
            finding = f"'{option}' is not key=value."
            step = "Write e.g. --set training.epochs=2."
            raise BadInput(Fault(place="--set", finding=finding, next_step=step))
        given[key.strip()] = value.strip()
    base = given.get("base_model")
    if base and Path(base).expanduser().is_dir() and "/" in base:
        given["base_model"] = str(Path(base).expanduser().resolve())  # a folder is known by its full path
    layers.resolve([layers.Layer(source="metadata", place="--set", values=dict(given))])
    return given


def put(ground: LocalGround, path: Path, settings: Mapping[str, str]) -> Object:
    """Copy a file into the inbox, with the `jinko.yaml` that lies beside it. Raises BadInput.

    A file with a `jinko.yaml` of its own goes into a folder of the inbox named as the file's own folder, so
    that its settings rule there and nowhere else.
    """
    if not path.is_file():
        finding = "This is a folder." if path.is_dir() else "There is no such file."
        raise BadInput(Fault(place=str(path), finding=finding, next_step="Name a file."))
    if not names.is_drop(path.name):
        finding = "A file of this name is not taken as a drop."
        raise BadInput(Fault(place=str(path), finding=finding, next_step="Rename it."))
    on = ground.cloud
    beside = path.resolve().parent / names.SETTINGS_FILE
    name = path.name
    if beside.is_file():
        name = f"{beside.parent.name}/{path.name}"
        on.store.upload(on.inbox, f"{beside.parent.name}/{names.SETTINGS_FILE}", beside)
    return on.store.upload(on.inbox, name, path, settings)
