"""Which files of a Hugging Face dataset are its rows: those its README names, else what its layout tells.

A repository holds configurations (`en`, `de`), each with splits (`train`, `test`). One configuration is read:
the one asked for, the only one, or the one marked as the default; else a person is asked. Of it the split
`train` is learned from, or the one asked for, and the split for testing beside it is held out. Scripts are
never run, and nothing is looked at but names, sizes and the README.
"""

import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Final, NamedTuple

from functions.on_upload.sources import globs
from functions.on_upload.sources.hub_layout import IMAGES, Splits, by_layout, data_files, splits_of
from infra import hub
from schemas.data_options import DataOptions
from schemas.errors import BadInput, Fault
from schemas.sources import MAX_FILES, HubFiles

SCHEME: Final = "hf://"
NAMED: Final = re.compile(r"hf://(?:datasets/)?(?P<repository>[^/@]+(?:/[^/@]+)?)/?(?:@(?P<revision>\S+))?")
README: Final = "README.md"
MAX_README: Final = 5_000_000  # bytes; the features of a thousand configurations take less
HELD_OUT: Final = ("test", "validation")


class Named(NamedTuple):
    """`hf://owner/name@revision`, taken apart."""

    repository: str
    revision: str | None


def parse(place: str, named: str) -> Named:
    """The repository that `data.from` names. Raises BadInput where it names something inside of one."""
    found = NAMED.fullmatch(named)
    if not found:
        finding = f"'data.from: {named}' names no dataset of the Hub."
        step = "Write hf://owner/name or hf://owner/name@revision; choose with data.config and data.split."
        raise BadInput(Fault(place=place, finding=finding, next_step=step))
    return Named(found["repository"], found["revision"])


def pinned(place: str, named: str, options: DataOptions) -> HubFiles:
    """The files that a recipe means, as they are now. Raises BadInput, Ambiguous, Unavailable."""
    repository, revision = parse(place, named)
    commit, listing = hub.dataset_files(repository, revision)
    chosen = choose(Asked(place, named, options), listing, _readme(repository, commit, listing))
    files, held_out = chosen
    if len(files) + len(held_out) > MAX_FILES:
        finding = f"'{named}' has {len(files) + len(held_out):,} files; at most {MAX_FILES:,} are read."
        step = "Choose a smaller one with data.config or data.split, or drop its files packed as one."
        raise BadInput(Fault(place=place, finding=finding, next_step=step))
    size = sum(listing[name] for name in (*files, *held_out))
    return HubFiles(repository=repository, commit=commit, files=files, held_out=held_out, size=size)


class Asked(NamedTuple):
    """What a recipe asks of the Hub, and where it says so."""

    place: str
    named: str
    options: DataOptions


def choose(asked: Asked, listing: Mapping[str, int], readme: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The files to learn from and those to hold out. Raises BadInput, or Ambiguous for a choice to make."""
    configs = _told(readme, listing) or {
        name: _Config(splits, False) for name, splits in by_layout(data_files(listing)).items()
    }
    if not configs:
        raise _no_data(asked, listing)
    splits = _config(asked, configs).splits
    learned, held_out = _splits(asked, splits)
    return (
        _with_images(splits[learned], listing),
        _with_images(splits[held_out], listing) if held_out else (),
    )


class _Config(NamedTuple):
    splits: Splits
    default: bool


def _config(asked: Asked, found: Mapping[str, _Config]) -> _Config:
    wanted = asked.options.config
    if wanted is not None:
        if wanted not in found:
            finding = f"'{asked.named}' has no configuration '{wanted}'."
            raise BadInput(Fault(place=asked.place, finding=finding, next_step=f"It has: {_list(found)}."))
        return found[wanted]
    if len(found) == 1:
        return next(iter(found.values()))
    marked = [it for it in found.values() if it.default] or [it for n, it in found.items() if n == "default"]
    if len(marked) == 1:
        return marked[0]
    raise _question(asked, "configurations", "config", found)


def _splits(asked: Asked, splits: Splits) -> tuple[str, str | None]:
    """The name of the split to learn from, and of the one to hold out, if there is one."""
    wanted = asked.options.split
    if wanted is not None and wanted not in splits:
        finding = f"'{asked.named}' has no split '{wanted}'."
        raise BadInput(Fault(place=asked.place, finding=finding, next_step=f"It has: {_list(splits)}."))
    learned = wanted or ("train" if "train" in splits else next(iter(splits)))
    if wanted is None and learned != "train" and len(splits) > 1:
        raise _question(asked, "splits", "split", splits)
    if not learned.startswith("train"):
        return learned, None
    beside = [word + learned.removeprefix("train") for word in HELD_OUT]
    return learned, next((name for name in beside if name in splits), None)


def _question(asked: Asked, what: str, option: str, found: Mapping[str, Any]) -> BadInput:
    """Ambiguous: one of these is to be chosen."""
    from functions.on_upload.meaning.reading import Ambiguous  # brings pyarrow, on a cold start

    finding = f"'{asked.named}' has the {what} {_list(found)}. Which one?"
    step = " or ".join(f"--set data.{option}={name}" for name in list(found)[:3])
    return Ambiguous(Fault(place=asked.place, finding=finding, next_step=f"Say {step}."))


def _list(found: Mapping[str, Any]) -> str:
    shown = [f"'{name}'" for name in list(found)[:20]]
    return ", ".join(shown) + (f" and {len(found) - 20} more" if len(found) > 20 else "")


def _no_data(asked: Asked, listing: Mapping[str, int]) -> BadInput:
    scripts = [name for name in listing if name.endswith(".py")]
    finding = f"'{asked.named}' holds no file of rows that Jinko reads."
    step = "Choose a dataset whose files are Parquet, JSON, CSV or text."
    if scripts:
        finding = f"'{asked.named}' is a script ({scripts[0]}) that makes its rows; scripts are never run."
        step = f"Try {asked.named.partition('@')[0]}@refs/convert/parquet, the Hub's own copy as files."
    return BadInput(Fault(place=asked.place, finding=finding, next_step=step))


# ---------------------------------------------------------------- the README


def _readme(repository: str, commit: str, listing: Mapping[str, int]) -> str:
    if listing.get(README, MAX_README + 1) > MAX_README:
        return ""
    with tempfile.TemporaryDirectory() as folder:
        path = hub.fetch_dataset_file(repository, commit, README, Path(folder))
        return path.read_text("utf-8", "replace")


def _told(readme: str, listing: Mapping[str, int]) -> dict[str, _Config]:
    """Each configuration that the README's `configs:` names with files that are there; often none."""
    told: dict[str, _Config] = {}
    for one in _front_matter(readme).get("configs") or ():
        if not isinstance(one, dict) or not isinstance(one.get("config_name", "default"), str):
            continue
        splits = _told_splits(one, listing)
        if splits:
            told[one.get("config_name", "default")] = _Config(splits, one.get("default") is True)
    return told


def _front_matter(readme: str) -> dict[str, Any]:
    """The YAML between the first two lines of dashes; nothing where there is none that can be read."""
    opening, dashes, rest = readme.lstrip("\ufeff").partition("---\n")
    if opening.strip() or not dashes:
        return {}
    import yaml  # of a repository alone, whose page says where its files lie

    try:
        read = yaml.load(rest.partition("\n---")[0], getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) and isinstance(read.get("configs") or [], list) else {}


def _told_splits(config: Mapping[str, Any], listing: Mapping[str, int]) -> Splits:
    folder = str(config.get("data_dir") or "").strip("./")
    below = f"{folder}/" if folder else ""
    given = config.get("data_files")
    if given is None:
        return splits_of(data_files([name for name in listing if name.startswith(below)])) if below else {}
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        return splits_of(_matching(given, below, listing))
    splits: Splits = {}
    for one in given:
        files = _matching(one.get("path"), below, listing)
        if files:
            name = str(one.get("split") or "train")
            splits[name] = (*splits.get(name, ()), *files)
    return splits


def _matching(paths: object, below: str, listing: Mapping[str, int]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for path in paths if isinstance(paths, list) else [paths]:
        if isinstance(path, str):
            pattern = below + path.removeprefix("./")
            found.update(
                dict.fromkeys(
                    n for n in sorted(listing) if globs.fits(pattern, n) or globs.fits(f"{pattern}/", n)
                )
            )
    return tuple(name for name in found if not PurePosixPath(name).name.startswith("."))


def _with_images(files: Sequence[str], listing: Mapping[str, int]) -> tuple[str, ...]:
    """A table of names of images is read with the images that lie below its folder."""
    tables = [PurePosixPath(name) for name in files if PurePosixPath(name).stem == "metadata"]
    folders = tuple("" if it.parent.as_posix() == "." else f"{it.parent.as_posix()}/" for it in tables)
    images = [n for n in sorted(listing) if folders and n.startswith(folders) and n.lower().endswith(IMAGES)]
    return tuple(dict.fromkeys((*files, *images)))
