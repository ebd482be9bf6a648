"""The Hub's documented rules for the metadata of a model's card, checked without the Hub. No tests here.

From the Hub's own pages (modelcard.md, "Licenses", "Model Cards", the library and task lists), read in copies
on 2026-11-25. `problems` says what is wrong, a sentence each; an empty list is a valid card.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from tests.hub.repositories import metadata

LICENSES = set(
    """apache-2.0 mit openrail bigscience-openrail-m creativeml-openrail-m bigscience-bloom-rail-1.0
    bigcode-openrail-m afl-3.0 artistic-2.0 bsl-1.0 bsd bsd-2-clause bsd-3-clause bsd-3-clause-clear c-uda cc
    cc0-1.0 cc-by-2.0 cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc-by-nc-2.0 cc-by-nc-3.0
    cc-by-nc-4.0 cc-by-nd-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0
    cdla-sharing-1.0 cdla-permissive-1.0 cdla-permissive-2.0 wtfpl ecl-2.0 epl-1.0 epl-2.0 etalab-2.0 eupl-1.1
    agpl-3.0 gfdl gpl gpl-2.0 gpl-3.0 lgpl lgpl-2.1 lgpl-3.0 isc lppl-1.3c ms-pl mpl-2.0 odc-by odbl
    openrail++ osl-3.0 postgresql ofl-1.1 ncsa unlicense zlib pddl lgpl-lr deepfloyd-if-license llama2 llama3
    llama3.1 llama3.2 llama3.3 llama4 gemma unknown other""".split()
)
LIBRARIES = {"transformers", "peft", "gguf", "trl", "unsloth"}
TASKS = {"text-generation", "image-text-to-text", "text-classification"}
RELATIONS = {"adapter", "finetune", "quantized", "merge"}
REPOSITORY = re.compile(r"[\w][\w.-]*/[\w][\w.-]*")
LICENSE_NAME = re.compile(r"[a-z0-9-.]+")


def problems(card: str) -> list[str]:
    """What is wrong with a card's metadata."""
    if not card.startswith("---\n"):
        return ["It has no metadata."]
    try:
        given = metadata(card)
    except yaml.YAMLError as error:
        return [f"Its metadata is no YAML: {error}"]
    return [*_licence(given), *_words(given), *_base(given), *_index(given)]


def _licence(given: Mapping[str, Any]) -> Iterator[str]:
    licence = given.get("license")
    for one in licence if isinstance(licence, list) else [licence]:
        if one is not None and one not in LICENSES:
            yield f'"license" must be one of the known ones, not {one!r}.'
    if licence == "other":
        if not LICENSE_NAME.fullmatch(str(given.get("license_name", ""))):
            yield '"license_name" is needed with "license: other", in small letters, digits, - and dots.'
        link = str(given.get("license_link", ""))
        if link not in ("LICENSE", "LICENSE.md") and not link.startswith("https://"):
            yield '"license_link" must be LICENSE, LICENSE.md or an address.'
    elif "license_name" in given:
        yield '"license_name" goes with "license: other" alone.'


def _words(given: Mapping[str, Any]) -> Iterator[str]:
    for key, allowed in (("library_name", LIBRARIES), ("pipeline_tag", TASKS)):
        if key in given and given[key] not in allowed:
            yield f'"{key}" is unknown: {given[key]!r}.'
    for key in ("tags", "datasets", "metrics"):
        listed = given.get(key, [])
        if not isinstance(listed, list) or not all(isinstance(one, str) and one for one in listed):
            yield f'"{key}" must be an array of texts.'
    for one in given.get("datasets", []):
        if isinstance(one, str) and not re.fullmatch(r"[\w.-]+(/[\w.-]+)?", one):
            yield f'"datasets": {one!r} is no data set\'s id.'


def _base(given: Mapping[str, Any]) -> Iterator[str]:
    bases = given.get("base_model", [])
    for base in bases if isinstance(bases, list) else [bases]:
        if not isinstance(base, str) or not REPOSITORY.fullmatch(base):
            yield f'"base_model" must be a model\'s id on the Hub, not {base!r}.'
    relation = given.get("base_model_relation")
    if relation is not None and (relation not in RELATIONS or not bases):
        yield f'"base_model_relation" is {relation!r}, or there is no "base_model".'


def _index(given: Mapping[str, Any]) -> Iterator[str]:
    index = given.get("model-index", [])
    if not isinstance(index, list):
        yield '"model-index" must be an array.'
        return
    for model in index:
        if not isinstance(model.get("name"), str) or not isinstance(model.get("results"), list):
            yield 'Every entry of "model-index" needs a name and results.'
            continue
        for result in model["results"]:
            yield from _result(result)


def _result(result: Mapping[str, Any]) -> Iterator[str]:
    needed = {"task": ("type",), "dataset": ("type", "name")}
    for part, keys in needed.items():
        for key in keys:
            if not isinstance(result.get(part, {}).get(key), str):
                yield f'"model-index" needs {part}.{key}.'
    metrics = result.get("metrics")
    if not isinstance(metrics, list) or not metrics:
        yield '"model-index" needs metrics.'
        return
    for metric in metrics:
        if not isinstance(metric.get("type"), str) or not isinstance(metric.get("value"), int | float | str):
            yield "A metric needs a type and a value."
