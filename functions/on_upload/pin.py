"""The first effect of a drop: its record, which pins everything that shapes the answer.

Settings are read once, when the record is made: every `jinko.yaml` from the top of the bucket down to the
drop's folder, the object's metadata, and the drop itself where it is a recipe; of a drop that is data, what
other tools' side files say of it. A redelivery reads the record, never the world again. Settings that cannot
be read are pinned too: as the faults of a refused drop.
"""

from functions.on_upload.manifest import replaced
from functions.on_upload.meaning.sidecars import is_axolotl
from functions.on_upload.sources.beside import hints
from infra import ledger
from infra.ports import Cloud, Gone
from schemas import layers as merging
from schemas import names
from schemas.errors import BadInput, Fault
from schemas.events import FileDropped
from schemas.layers import Layer
from schemas.records import DropRecord
from schemas.sources import Source, SourceFile

MAX_SETTINGS_BYTES = 1_000_000


def pin(event: FileDropped, on: Cloud) -> DropRecord:
    """The record of this drop, made if it is not there. Twice makes one."""
    drop = names.drop_id(event.bucket, event.name, event.generation)
    known = ledger.find(on, DropRecord, drop)
    if known is not None:
        return known
    record = DropRecord(
        id=drop,
        bucket=event.bucket,
        name=event.name,
        generation=event.generation,
        size=event.size,
        md5=event.md5,
    )
    try:
        layers = tuple(_layers(event, on))
        merging.resolve(layers)
        record = record.moved(layers=layers, source=_itself(event, on))
    except BadInput as error:
        record = record.moved("refused", faults=tuple(error.faults))
    return ledger.create(on, record)


def _layers(event: FileDropped, on: Cloud) -> list[Layer]:
    """Weakest first: settings files from the top down, metadata, the recipe."""
    found: list[Layer] = []
    for name in names.settings_files(event.name):
        text = _settings_text(on, event.bucket, name, None)
        if text is not None:
            found.append(merging.layer_from_yaml(text, "jinko.yaml", name))
    if event.metadata:
        found.append(merging.layer_from_metadata(event.metadata, event.name))
    if names.is_recipe(event.name):
        text = _settings_text(on, event.bucket, event.name, event.generation)
        if text is None:
            raise BadInput(replaced(event.name))
        _must_be_ours(text, event.name)
        found.append(merging.layer_from_yaml(text, "recipe", event.name))
    return found


def _itself(event: FileDropped, on: Cloud) -> Source | None:
    """A drop that is data, with its side files; None for a recipe and for what asks something of a run."""
    if names.is_recipe(event.name) or names.request_of(event.name):
        return None
    file = SourceFile(
        bucket=event.bucket, name=event.name, generation=event.generation, size=event.size, md5=event.md5
    )
    return Source(name=event.name, files=(file,), hints=hints(event.bucket, [event.name], on))


def _must_be_ours(text: str, name: str) -> None:
    """Raises BadInput for another tool's config, saying how to write the same as a recipe."""
    import yaml  # of most drops, nothing is YAML

    try:
        read = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return  # it is said where it is read as a recipe
    if not is_axolotl(read):
        return
    finding = "This is a config of axolotl, not a recipe of Jinko."
    step = (
        f"Write `base_model: {read.get('base_model', 'owner/name')}` and `data: {{from: …}}` with the file "
        "or hf://owner/name. Where the config lies beside the data as axolotl.yaml, its datasets: are read."
    )
    raise BadInput(Fault(place=name, finding=finding, next_step=step))


def _settings_text(on: Cloud, bucket: str, name: str, generation: int | None) -> str | None:
    try:
        data = on.store.read(bucket, name, generation)
    except Gone:
        return None
    finding = None
    if len(data) > MAX_SETTINGS_BYTES:
        finding = f"This is no settings file: it has {len(data):,} bytes."
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        finding = "This settings file is not UTF-8 text."
    if finding:
        raise BadInput(Fault(place=name, finding=finding, next_step="Write `key: value` lines."))
    return text
