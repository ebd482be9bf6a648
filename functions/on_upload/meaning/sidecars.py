"""Mappings that other tools keep beside data: LLaMA-Factory's `dataset_info.json`, axolotl's `datasets:`.

`hint` takes out of such a file what it says about certain data, once, when a drop is pinned; `mapping` reads
that back as parts and columns. What else those files hold (templates, tokens, where weights lie) is not read.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:  # it brings pyarrow, and drops are pinned on a cold start
    from functions.on_upload.meaning.reading import Seen

# LLaMA-Factory's names for the parts of a row, and the columns that it takes where an entry names none.
PARTS: Final = {
    "prompt": "question",
    "query": "context",
    "response": "answer",
    "history": "history",
    "messages": "messages",
    "system": "system",
    "tools": "tools",
    "images": "images",
    "chosen": "chosen",
    "rejected": "rejected",
    "kto_tag": "label",
}
ALPACA: Final = {"question": "instruction", "context": "input", "answer": "output"}
ROLE_TAGS: Final = {
    "user_tag": "user",
    "assistant_tag": "assistant",
    "observation_tag": "tool",
    "function_tag": "function_call",
    "system_tag": "system",
}
# axolotl's fields, in an entry or in its custom `type:`.
FIELDS: Final = {
    "field_messages": "messages",
    "field_system": "system",
    "field_instruction": "question",
    "field_input": "context",
    "field_output": "answer",
    "field_tools": "tools",
    "field_chosen": "chosen",
    "field_rejected": "rejected",
    "field": "text",
}
KEPT: Final = ("formatting", "ranking", "columns", "tags")


class Told(NamedTuple):
    """What a side file says of this data: part → column; of turns, the keys of speaker and text, and names.

    `roles` maps a speaker's name as the data writes it to ours (or to `function_call`).
    """

    by: str
    columns: Mapping[str, str]
    speaker: str | None = None
    text: str | None = None
    roles: Mapping[str, str] = {}


def hint(name: str, text: str, files: Sequence[str]) -> str | None:
    """What a side file says about these files, as JSON; None where it says nothing of them."""
    found = list(_about(name, text, {PurePosixPath(file).name for file in files}))
    return json.dumps(found, ensure_ascii=False, sort_keys=True) if found else None


def is_axolotl(read: object) -> bool:
    """Whether a YAML file is a config of axolotl: a list of datasets, each with a path."""
    return isinstance(read, Mapping) and bool(list(_entries(read.get("datasets"))))


def mapping(seen: "Seen") -> Told | None:
    """What the side files beside this data say of it; None where they say nothing, or not one thing."""
    told = [found for name, text in sorted(seen.hints.items()) for found in _told(name, text, seen)]
    different = {json.dumps(one._replace(by=""), sort_keys=True): one for one in told}
    return next(iter(different.values())) if len(different) == 1 else None


def _about(name: str, text: str, files: set[str] | None) -> Iterator[dict[str, Any]]:
    """The entries about these files; all of them where nobody says which files there are."""
    path = PurePosixPath(name)
    if path.suffix == ".json":
        try:
            entries = json.loads(text)
        except (ValueError, RecursionError):
            return
        for entry in entries.values() if isinstance(entries, dict) else ():
            named = PurePosixPath(str(entry.get("file_name") or "")).name if isinstance(entry, dict) else ""
            if named and (files is None or named in files):
                yield {key: entry[key] for key in KEPT if entry.get(key)}
        return
    import yaml  # beside most data lies nothing

    try:
        read = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return
    entries = list(_entries(read.get("datasets"))) if isinstance(read, dict) else []
    for entry in entries:
        if len(entries) == 1 or files is None or _named(entry) & files:
            yield {"axolotl": _plain(entry)}


def _plain(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of an axolotl entry: texts, and lists of texts. (YAML's aliases can nest without end.)"""
    fields = {key: value for key, value in _strings(entry).items() if key in FIELDS}
    inside = {key: _strings(entry.get(key)) for key in ("message_property_mappings", "type")}
    given = entry.get("roles")
    roles = {
        str(role): [
            one for one in (aliases if isinstance(aliases, list) else [aliases]) if isinstance(one, str)
        ]
        for role, aliases in (given.items() if isinstance(given, dict) else ())
    }
    return {**fields, **{key: found for key, found in {**inside, "roles": roles}.items() if found}}


def _entries(datasets: object) -> Iterator[Mapping[str, Any]]:
    for entry in datasets if isinstance(datasets, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("path"), str):
            yield entry


def _named(entry: Mapping[str, Any]) -> set[str]:
    files = entry.get("data_files") or ()
    listed = [files] if isinstance(files, str) else files
    return {PurePosixPath(str(one)).name for one in (entry["path"], *listed)}


def _told(name: str, text: str, seen: "Seen") -> Iterator[Told]:
    for entry in _kept(name, text):
        told = _axolotl(name, entry["axolotl"]) if "axolotl" in entry else _llama_factory(name, entry)
        there = {part: column for part, column in told.columns.items() if column in seen.columns}
        if there:
            yield told._replace(columns=there)


def _kept(name: str, text: str) -> list[dict[str, Any]]:
    """What `hint` took out of a side file; the whole of one that lay in an archive is read here."""
    if text.startswith("["):
        return list(json.loads(text))
    return list(_about(name, text, None))


def _llama_factory(name: str, entry: Mapping[str, Any]) -> Told:
    named = _strings(entry.get("columns"))
    columns = {part: named[key] for key, part in PARTS.items() if key in named}
    formatting = entry.get("formatting", "alpaca")
    if formatting == "alpaca":
        defaults = dict(ALPACA)
        if entry.get("ranking"):
            defaults |= {"chosen": "chosen", "rejected": "rejected"}
            del defaults["answer"]
        columns = {**defaults, **columns}
    else:
        columns = {"messages": "conversations", **columns}
    if entry.get("ranking"):
        columns.pop("answer", None)
    tags = _strings(entry.get("tags"))
    roles = {tags[key]: role for key, role in ROLE_TAGS.items() if key in tags}
    return Told(name, columns, tags.get("role_tag"), tags.get("content_tag"), roles)


def _axolotl(name: str, entry: Mapping[str, Any]) -> Told:
    own = entry.get("type")
    fields = {**_strings(entry), **(_strings(own) if isinstance(own, dict) else {})}
    columns = {part: fields[key] for key, part in FIELDS.items() if key in fields}
    keys = _strings(entry.get("message_property_mappings"))
    roles = {alias: role for role, aliases in (entry.get("roles") or {}).items() for alias in aliases}
    return Told(name, columns, keys.get("role"), keys.get("content"), roles)


def _strings(given: object) -> dict[str, str]:
    """The texts in a mapping; nothing of anything else."""
    pairs = given.items() if isinstance(given, dict) else ()
    return {str(key): value for key, value in pairs if isinstance(value, str)}
