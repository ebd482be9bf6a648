"""`jinko drop`: what is given on the command line, checked, and the file put in the inbox."""

from collections.abc import Mapping
from pathlib import Path

from functions.on_upload.check import no_file
from functions.on_upload.sources.beside import side_files
from functions.on_upload.sources.source import find_source
from infra import ledger
from infra.ports import Object
from jinko.here import Here
from schemas import layers, names
from schemas.data_options import DataOptions
from schemas.errors import BadInput, Fault
from schemas.records import DatasetRecord


def settings_given(options: list[str]) -> dict[str, str]:
    """`--set key=value` as metadata. Raises BadInput for a wrong key or value, before anything is dropped."""
    given: dict[str, str] = {}
    for option in options:
        key, equals, value = option.partition("=")
        if not equals or not key.strip():
            finding = f"'{option}' is not key=value."
            step = "Write e.g. --set training.epochs=2."
            raise BadInput(Fault(place="--set", finding=finding, next_step=step))
        if key.strip() in given:
            finding = f"'{key.strip()}' is set twice."
            raise BadInput(Fault(place="--set", finding=finding, next_step="Keep one of the two."))
        given[key.strip()] = value.strip()
    base = given.get("base_model")
    if base and Path(base).expanduser().is_dir() and "/" in base:
        given["base_model"] = str(Path(base).expanduser().resolve())  # a folder is known by its full path
    layers.resolve([layers.Layer(source="metadata", place="--set", values=dict(given))])
    return given


def layers_given(path: Path, settings: Mapping[str, str]) -> list[layers.Layer]:
    """What a drop of this file would heed: the `jinko.yaml` beside it, then `--set`. Raises BadInput."""
    found = [layers.Layer(source="metadata", place="--set", values=dict(settings))]
    beside = _settings_beside(path)
    if beside:
        try:
            text = beside.read_text("utf-8-sig")
        except UnicodeDecodeError as error:
            finding = "This settings file is not UTF-8 text."
            step = "Save it as UTF-8."
            raise BadInput(Fault(place=str(beside), finding=finding, next_step=step)) from error
        found.insert(0, layers.layer_from_yaml(text, "jinko.yaml", str(path.parent / beside.name)))
    return found


def put(here: Here, path: Path, settings: Mapping[str, str]) -> Object:
    """Copy a file into the inbox, with the `jinko.yaml` that lies beside it. Raises BadInput.

    A file with a `jinko.yaml` of its own goes into a folder of the inbox named as the file's own folder, so
    that its settings rule there and nowhere else.
    """
    if absent := no_file(path):
        raise BadInput(absent)
    if path.name == names.SETTINGS_FILE:
        finding = "A jinko.yaml holds settings for the files beside it; there is nothing in it to train on."
        step = "Drop a file beside it; or rename it and say in it where the data is (data.from)."
        raise BadInput(Fault(place=str(path), finding=finding, next_step=step))
    on = here.cloud
    beside = _settings_beside(path)
    mappings = side_files(path)
    name = _name_in_inbox(path, beside or next(iter(mappings), None))
    if names.is_recipe(path.name):
        _must_name_what_is_there(here, path, name)
    for side in (*([beside] if beside else []), *mappings):
        on.store.upload(on.inbox, names.beside(name, side.name), side)
    return on.store.upload(on.inbox, name, path, settings)


def _name_in_inbox(path: Path, beside: Path | None) -> str:
    """The object's name. Raises BadInput where the folder's name would make it something else than a drop."""
    if beside is None:
        return path.name
    name = f"{beside.parent.name}/{path.name}"
    if names.is_drop(name) and not names.request_of(name):
        return name
    finding = f"It lies beside a {names.SETTINGS_FILE} in a folder called '{beside.parent.name}'."
    step = "Files of folders of this name are not read as data: rename the folder."
    raise BadInput(Fault(place=str(path), finding=finding, next_step=step))


def _settings_beside(path: Path) -> Path | None:
    """The `jinko.yaml` beside a file. Raises BadInput for one that is nearly named so."""
    folder = path.resolve().parent
    beside = folder / names.SETTINGS_FILE
    if beside.is_file():
        return beside
    near = folder / "jinko.yml"
    if near.is_file() and path.name != near.name:
        finding = f"It lies beside {path.name}, but settings are read from {names.SETTINGS_FILE} alone."
        raise BadInput(Fault(place=str(near), finding=finding, next_step=f"Rename it {names.SETTINGS_FILE}."))
    return None


def _must_name_what_is_there(here: Here, recipe: Path, name: str) -> None:
    """Raises BadInput for a recipe whose data nobody dropped: at a terminal nobody wants to wait for it.

    What else is wrong with a recipe, its own answer says.
    """
    on = here.cloud
    try:
        layer = layers.layer_from_yaml(recipe.read_text("utf-8-sig"), "recipe", recipe.name)
    except (BadInput, UnicodeDecodeError):
        return
    named = layer.values.get("data.from")
    if not isinstance(named, str) or "://" in named:
        return
    try:
        there = find_source(name, named, DataOptions(), on)
    except BadInput:
        return
    if there is None and ledger.find(on, DatasetRecord, named) is None:
        finding = f"'data.from: {named}' is neither in the inbox nor a dataset prepared here."
        step = f"Drop the data first: jinko drop {named}; or see what there is: jinko datasets"
        raise BadInput(Fault(place=recipe.name, finding=finding, next_step=step))
