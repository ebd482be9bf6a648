"""Settings from several places, merged into one recipe that remembers where each came from.

Weakest first: built-in default, `jinko.yaml` of the drop's folder or above, the object's custom metadata, and
the recipe when the drop is one. Unknown keys are errors that suggest the nearest known one; what Jinko cannot
do yet is refused by name; a key that is given twice in one file is refused, since one of the two would be
ignored. Pure functions: reading the files is `functions.on_upload.pin`'s business.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.errors import BadInput, Fault
from schemas.not_yet import NOT_YET, NOT_YET_VALUES
from schemas.publishing import long_form
from schemas.recipe import SWITCHES, Recipe, known_sections, known_settings
from schemas.training import IN_WORDS

if TYPE_CHECKING:
    import yaml


class Layer(BaseModel):
    """Settings from one place. `place` is what a message names; `source` is one word for the table."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    source: Literal["jinko.yaml", "metadata", "recipe", "message"]
    place: str
    values: dict[str, Any] = Field(description="Flat: {'training.learning_rate': '1e-4'}.")


class Resolved(BaseModel):
    """A recipe with the place each of its settings came from (`default` where nobody said anything)."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    recipe: Recipe
    sources: dict[str, str]

    def table(self) -> list[tuple[str, str, str]]:
        """(setting, value, source) for every setting, in the recipe's own order, for people to read."""
        flat = dict(flatten(self.recipe.model_dump(mode="json", by_alias=True)))
        return [
            (key, self._told(key, value), self.sources.get(key, "default")) for key, value in flat.items()
        ]

    def _told(self, key: str, value: object) -> str:
        method = IN_WORDS[self.recipe.training.finetuning]
        if key in self.recipe.unused():
            return f"not used (it is {method})"
        if key == "training.learning_rate" and key not in self.sources:
            return f"{_shown(value)} (default for {method})"
        return _shown(value)


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "-" if value is None else str(value)


def flatten(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """{'a': {'b': 1}} → ('a.b', 1). Dotted keys are taken as they are, so both forms may be mixed."""
    for key, value in values.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            yield from flatten(value, f"{name}.")
        else:
            yield name, value


MAX_SETTINGS: Final = 500  # a recipe has some thirty
_FORM: Final = "Write e.g. `base_model: owner/name`."


@cache
def _once_loader() -> type["yaml.SafeLoader"]:
    """YAML's own loader lets the last of two equal keys win; here the second is an error with its line."""
    import yaml

    class Once(yaml.SafeLoader):
        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
            seen: set[str] = set()
            for key, _ in node.value:
                name = str(key.value)
                if name in seen:
                    problem = f"'{name}' stands here twice"
                    raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
                seen.add(name)
            return super().construct_mapping(node, deep)

    return Once


def layer_from_yaml(text: str, source: Literal["jinko.yaml", "recipe"], place: str) -> Layer:
    """Read a `jinko.yaml` or a recipe. Raises BadInput with the line where it is no YAML mapping."""
    import yaml

    try:
        read = yaml.load(text, _once_loader())
        if read is None:
            return Layer(source=source, place=place, values={})
        if not isinstance(read, dict):
            finding = f"Expected settings as `key: value` lines, found {_kind(read)}."
            raise BadInput(Fault(place=place, finding=finding, next_step=_FORM))
        # Aliases of aliases can name a billion settings in a kilobyte: count before collecting.
        flat = [(str(key), value) for key, value in islice(flatten(read), MAX_SETTINGS + 1)]
        if len(flat) > MAX_SETTINGS:
            raise ValueError(f"it has more than {MAX_SETTINGS} settings")
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{place}:{mark.line + 1}" if mark else place
        raise BadInput(_no_yaml(where, getattr(error, "problem", None) or "it could not be read")) from error
    except (ValueError, TypeError, RecursionError) as error:  # no date or number; a mapping inside itself
        raise BadInput(_no_yaml(place, str(error).splitlines()[0])) from error
    return Layer(source=source, place=place, values=_once(flat, place))


def _kind(read: object) -> str:
    return {str: "a text", list: "a list", bool: "true or false"}.get(type(read), "a number or a date")


def _no_yaml(where: str, problem: str) -> Fault:
    return Fault(place=where, finding=f"This is not valid YAML: {problem}.", next_step="Mend this line.")


def _once(flat: Sequence[tuple[str, Any]], place: str) -> dict[str, Any]:
    """As a dictionary. Raises BadInput where a setting is given both nested and dotted."""
    values: dict[str, Any] = {}
    for key, value in flat:
        if key in values:
            finding = f"'{key}' is set twice, nested and with dots."
            raise BadInput(Fault(place=place, finding=finding, next_step="Keep one of the two."))
        # A section with nothing below it says nothing.
        if value not in (None, {}) or key not in known_sections():
            values[key] = value
    return values


def layer_from_metadata(metadata: Mapping[str, str], place: str) -> Layer:
    """Custom metadata as settings. What Google's own tools add (`goog-…`) is not a person's setting."""
    values = {k: v for k, v in metadata.items() if not k.lower().startswith(("goog-", "goog_"))}
    return Layer(source="metadata", place=f"{place} (metadata)", values=values)


def layer_from_message(settings: Mapping[str, Any], place: str) -> Layer:
    """The settings that a message gives, nested or dotted. Raises BadInput where one is given twice."""
    flat = list(islice(flatten(settings), MAX_SETTINGS + 1))
    if len(flat) > MAX_SETTINGS:
        finding = f"The message has more than {MAX_SETTINGS} settings."
        raise BadInput(Fault(place=place, finding=finding, next_step="A recipe has some thirty."))
    return Layer(source="message", place=place, values=_once(flat, place))


def resolve(layers: Sequence[Layer]) -> Resolved:
    """Merge layers, weakest first, over the defaults. Raises BadInput naming every setting that is wrong."""
    values: dict[str, Any] = {}
    came_from: dict[str, Layer] = {}
    faults: list[Fault] = []
    for layer in layers:
        for given, value in layer.values.items():
            key = long_form(given, layer.values)
            fault = _refusal(key, value, layer.place)
            if fault:
                faults.append(fault)
            else:
                values[key], came_from[key] = value, layer
    if faults:
        raise BadInput(faults)
    try:
        recipe = Recipe.model_validate(_nested(values))
    except ValidationError as error:
        raise BadInput([_explained(e, values, came_from) for e in error.errors()]) from error
    if idle := [key for key in came_from if key in recipe.unused()]:
        raise BadInput([_idle(key, came_from[key].place) for key in idle])
    return Resolved(recipe=recipe, sources={key: layer.source for key, layer in came_from.items()})


def _idle(key: str, place: str) -> Fault:
    finding = f"'{key}' is about an adapter; with training.finetuning: full there is none."
    next_step = f"Remove '{key}' here, or set training.finetuning: lora."
    return Fault(place=place, finding=finding, next_step=next_step)


def _refusal(key: str, value: object, place: str) -> Fault | None:
    """Why this setting cannot be taken at all, whatever the others are."""
    known = known_settings()
    if not _is_text(key) or (isinstance(value, str) and not _is_text(value)):
        shown = key.encode(errors="replace").decode()
        finding = f"'{shown}' holds bytes or half characters that are no text."
        return Fault(place=place, finding=finding, next_step="Write it in UTF-8.")
    if isinstance(value, bool) and key in known and key not in SWITCHES:
        # YAML's yes and on are true, which would pass for the number 1.
        finding = f"'{key}' cannot be {str(value).lower()}."
        return Fault(place=place, finding=finding, next_step="Write a number or a word.")
    if key in known:
        return None
    for name, reason in NOT_YET.items():
        if key == name or key.startswith(f"{name}."):
            return Fault(place=place, finding=f"'{key}': {reason}", next_step=f"Remove '{key}' for now.")
    import difflib

    near = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
    near = near or [k for k in known if k.rsplit(".", 1)[-1] == key.rsplit(".", 1)[-1]]
    hint = f"Did you mean '{near[0]}'?" if near else f"Settings are: {', '.join(known)}."
    return Fault(place=place, finding=f"'{key}' is not a setting.", next_step=hint)


def _is_text(value: str) -> bool:
    """Whether UTF-8 can write it: what comes from a shell or from YAML's escapes may not be so."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _nested(values: Mapping[str, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for key, value in values.items():
        *parents, leaf = key.split(".")
        at = tree
        for parent in parents:
            at = at.setdefault(parent, {})
        at[leaf] = value
    return tree


def _explained(error: Any, values: Mapping[str, Any], came_from: Mapping[str, Layer]) -> Fault:
    """One pydantic error in a person's words: the setting, what was given, what is allowed."""
    parts = [str(part) for part in error["loc"] if not isinstance(part, int)]
    key = ".".join(parts)
    layer = came_from.get(key) or next((v for k, v in came_from.items() if k.startswith(f"{key}.")), None)
    if layer is None and len(parts) > 1:
        layer = next((v for k, v in came_from.items() if k.startswith(".".join(parts[:-1]) + ".")), None)
    place = layer.place if layer else "settings"
    if error["type"] == "missing":
        return Fault(place=place, finding=f"'{key}' is missing.", next_step=f"Set '{key}' as well.")
    given = values.get(key, error.get("input"))
    shown = repr(given) if len(repr(given)) <= 80 else f"{repr(given)[:80]}…"
    wanted = str(error.get("input")).strip().lower()  # of a list: the one that is wrong
    if wanted in NOT_YET_VALUES.get(key, ()):
        step = f"{error['msg']}."
        return Fault(place=place, finding=f"'{key}: {wanted}' is not built yet.", next_step=step)
    step = "Write owner/name, or a folder's full path." if key == "base_model" else f"{error['msg']}."
    return Fault(place=place, finding=f"'{key}' cannot be {shown}.", next_step=step)
