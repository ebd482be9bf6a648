"""Configurations and splits of a Hub dataset that says nothing of them: told by the names of its files.

`data/train-00000-of-00001.parquet` is a part of the split `train`; so is `train.jsonl`, `my_train.csv`,
`train/a.csv`. Folders that are neither `data` nor a split are configurations: `en/train.jsonl`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final

# Split → its files, in the order in which they are read.
Splits = dict[str, tuple[str, ...]]

# In order of preference, where a split is there in several.
FORMATS: Final = (
    ".parquet",
    ".jsonl",
    ".ndjson",
    ".json",
    ".arrow",
    ".feather",
    ".csv",
    ".tsv",
    ".xlsx",
    ".ods",
    ".txt",
    ".zip",
)
PACKED: Final = (".gz", ".zst")
IMAGES: Final = (".png", ".jpg", ".jpeg", ".webp", ".gif")
WORDS: Final[Mapping[str, str]] = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "test": "test",
    "testing": "test",
    "eval": "test",
    "evaluation": "test",
}
NO_DATA: Final = re.compile(
    r"(dataset_infos?|dataset_dict|state|config|package)\.json|(licen[cs]e|requirements|readme|notice).*",
    re.I,
)
SHARD: Final = re.compile(r"(?P<split>[\w.\-]+?)-\d{5}-of-\d{5}")
TOKENS: Final = re.compile(r"[^\W\d_]+")


def data_files(names: Iterable[str]) -> tuple[str, ...]:
    """Those names that are files of rows; where there is none, the images."""
    seen = [name for name in sorted(names) if not _hidden(name)]
    tables = [name for name in seen if format_of(name) and not NO_DATA.fullmatch(PurePosixPath(name).name)]
    return tuple(tables or [name for name in seen if name.lower().endswith(IMAGES)])


def format_of(name: str) -> str | None:
    """`.jsonl` of `a.jsonl.gz`; None for what holds no rows."""
    suffixes = [suffix.lower() for suffix in PurePosixPath(name).suffixes]
    if suffixes and suffixes[-1] in PACKED:
        suffixes.pop()
    return suffixes[-1] if suffixes and suffixes[-1] in FORMATS else None


def by_layout(files: Sequence[str]) -> dict[str, Splits]:
    """Each configuration with its splits; `default` is what lies at the top and in `data/`."""
    configs: dict[str, list[str]] = {}
    if all(name.lower().endswith(IMAGES) for name in files):  # their folders say what the images show
        return {"default": splits_of(files)} if files else {}
    for name in files:
        configs.setdefault(_config_of(name), []).append(name)
    return {name: splits_of(found) for name, found in configs.items()}


def splits_of(files: Sequence[str]) -> Splits:
    """Each split with its files, in one format each; without any word for a split all are `train`.

    Where some names have such a word, files without one belong to no split.
    """
    splits: dict[str, list[str]] = {}
    for name in files:
        split = _split_of(name)
        if split:
            splits.setdefault(split, []).append(name)
    if not splits:
        return {"train": tuple(files)} if files else {}
    return {split: _of_one_format(found) for split, found in splits.items()}


def _of_one_format(files: Sequence[str]) -> tuple[str, ...]:
    formats = {form for name in files if (form := format_of(name))}
    if len(formats) < 2:
        return tuple(files)
    best = min(formats, key=FORMATS.index)
    return tuple(name for name in files if format_of(name) == best)


def _split_of(name: str) -> str | None:
    path = PurePosixPath(name)
    shard = SHARD.match(path.name)
    if shard and shard["split"] != "data":
        return WORDS.get(shard["split"].casefold(), shard["split"])
    for piece in (path.name.partition(".")[0], *path.parts[-2::-1]):
        words = [WORDS[word] for word in TOKENS.findall(piece.casefold()) if word in WORDS]
        if words:
            return words[-1] if piece == path.name.partition(".")[0] else words[0]
    return None


def _config_of(name: str) -> str:
    folders = PurePosixPath(name).parts[:-1]
    if not folders or folders[0] == "data":
        folders = folders[1:]
    return next((folder for folder in folders if folder.casefold() not in WORDS), "default")


def _hidden(name: str) -> bool:
    return any(part.startswith((".", "__")) for part in PurePosixPath(name).parts)
