"""`jinko pull RUN`: a run's model as files here, each checked; a repeat goes on where it was cut short."""

import base64
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from functions import stages
from functions.stages import Kept
from infra import ledger
from infra.ports import Object
from jinko.ask import known_run, no_weights
from jinko.here import Here
from schemas import exports, names
from schemas.errors import BadInput, Fault, Unavailable
from schemas.records import DropRecord
from schemas.runs import RunRecord

CHUNK: Final = 1 << 20


class Wanted(NamedTuple):
    """Objects right below these folders of the outbox, the last one's counting where names are the same.

    `files` are the names that are wanted; empty for all.
    """

    folders: tuple[str, ...]
    files: tuple[str, ...] = ()


def pull(here: Here, name: str, format: str | None, to: Path | None) -> Path:
    """Fetch a model of a run into a folder; the folder. A repeat fetches what is missing or differs.

    Raises BadInput for a format that the run has not, Unavailable where a file does not arrive whole.
    """
    run = known_run(here, name)
    wanted = _wanted(run, stages.kept(run, here.cloud), format)
    found = {
        one.name.removeprefix(prefix): one
        for prefix in wanted.folders
        for one in here.cloud.store.list(here.cloud.outbox, prefix)
        if not wanted.files or one.name.removeprefix(prefix) in wanted.files
    }
    if not found:
        finding, step = "Its files are not there any more.", f"Make them again: jinko export {run.id} merged"
        raise BadInput(Fault(place=wanted.folders[-1], finding=finding, next_step=step))
    folder = to or Path(_folder(here, run))
    folder.mkdir(parents=True, exist_ok=True)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, transient=False) as progress:
        for below, one in found.items():
            target = folder / below
            target.parent.mkdir(parents=True, exist_ok=True)
            task = progress.add_task(target.name, total=one.size)
            _fetch(here, one, target, lambda count, task=task: progress.update(task, completed=count))  # type: ignore[misc]
    if (folder / exports.MODELFILE).is_file():
        _point(folder / exports.MODELFILE, [name for name in found if name.endswith(".gguf")])
    return folder


def _point(modelfile: Path, files: Sequence[str]) -> None:
    """Make Ollama take what was fetched: the Modelfile was written beside other files."""
    text = modelfile.read_text(encoding="utf-8")
    if files and "FROM " in text:
        modelfile.write_text(exports.taking(text, files), encoding="utf-8")


def _wanted(run: RunRecord, kept: Kept, format: str | None) -> Wanted:
    """What is to be fetched. Raises BadInput where the run has nothing of that kind."""
    train, gguf = kept.train, kept.gguf
    whole, adapter = kept.whole, train.adapter if train else None
    files = gguf.files if gguf else ()
    folders = tuple(dict.fromkeys(names.folder(one.path) for one in files))
    there = {"merged": (whole,) if whole else (), "adapter": (adapter,) if adapter else (), "gguf": folders}
    there |= {one.format: (names.folder(one.path),) for one in files}
    has = [name for name, places in there.items() if places]
    chosen = format or next(iter(has), "")
    if not there.get(chosen):
        if not has:
            raise no_weights(run)
        finding = f"This run has no '{chosen}'. It has: {', '.join(has)}."
        makes = chosen in ("merged", "gguf", *exports.QUANTIZATIONS)
        step = f"Make it: jinko export {run.id} {chosen}" if makes else "Name another format."
        raise BadInput(Fault(place=run.id, finding=finding, next_step=step))
    only = (exports.gguf_file(chosen), exports.MODELFILE) if chosen in exports.QUANTIZATIONS else ()
    return Wanted(there[chosen], only)


def _folder(here: Here, run: RunRecord) -> str:
    drop = ledger.find(here.cloud, DropRecord, run.drop_id)
    stem = Path(drop.name).stem if drop else "model"
    return f"{stem}-{run.id[:6]}"


def _fetch(here: Here, one: Object, target: Path, told: Callable[[int], Any]) -> None:
    """One file, whole and checked. A generation's bytes never change: what was cut short is gone on with."""
    if target.is_file() and target.stat().st_size == one.size and _digest(target) == one.md5:
        told(one.size)
        return
    part = target.with_name(f".{target.name}.{one.generation}.part")
    start = part.stat().st_size if part.is_file() else 0
    with here.cloud.store.open(one.bucket, one.name, one.generation) as source, part.open("ab") as out:
        source.seek(start)
        for chunk in iter(lambda: source.read(CHUNK), b""):
            out.write(chunk)
            told(out.tell())
    if part.stat().st_size != one.size or (one.md5 and _digest(part) != one.md5):
        part.unlink()
        raise Unavailable(f"{target.name} did not arrive whole: its checksum differs; it is fetched anew")
    part.replace(target)


def _digest(path: Path) -> str:
    """MD5 as Cloud Storage tells it: base64."""
    found = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        for chunk in iter(lambda: file.read(CHUNK), b""):
            found.update(chunk)
    return base64.b64encode(found.digest()).decode()
