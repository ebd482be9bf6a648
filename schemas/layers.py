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

from schemas import renamed
from schemas.defaults import Known, filled
from schemas.errors import BadInput, Fault
from schemas.idle import find, idle
from schemas.methods import IN_WORDS as METHODS
from schemas.publishing import long_form
from schemas.recipe import Recipe, known_sections, known_settings
from schemas.refusals import explained, given_twice, no_patterns, refusal, refused_as_idle, unfit
from schemas.training import IN_WORDS

if TYPE_CHECKING:
    import yaml


CHOSEN: Final[Mapping[str, str]] = {
    "training.method": "what suits the rows",
    "training.batch_size": "by the rows' length",
    "training.gradient_accumulation": "by the rows' length",
    "training.max_length": "the longest row",
}
"""What is told of settings that nobody gave and that are chosen later."""


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
        nothing = idle(self.recipe)
        flat = dict(flatten(self.recipe.model_dump(mode="json", by_alias=True)))
        told: list[tuple[str, str, str]] = []
        for key, value in flat.items():
            source = self.sources.get(key, "default")
            why = find(key, nothing)
            if why is None:
                told.append((key, self._told(key, value), source))
            elif key.count(".") < 2:  # a section of another method is passed over
                told.append((key, f"not used ({why.because})", source))
        return told

    def _told(self, key: str, value: object) -> str:
        training = self.recipe.training
        if value is None and key in CHOSEN:
            return CHOSEN[key]
        if key == "training.learning_rate" and key not in self.sources and training.method:
            return f"{_shown(value)} (for {IN_WORDS[training.finetuning]} and {METHODS[training.method]})"
        return _shown(value)


def _shown(value: object) -> str:
    if isinstance(value, list):
        named = [str(one.get("grader", one)) if isinstance(one, dict) else str(one) for one in value]
        return ", ".join(named) if named else "-"
    if isinstance(value, bool):
        return str(value).lower()
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


def resolve(layers: Sequence[Layer], known: Known | None = None) -> Resolved:
    """Merge layers, weakest first, over the defaults. Raises BadInput naming every setting that is wrong.

    With what is `known` of the rows and the base, also the method is settled, and all that follows from it; a
    method that does not fit the rows is wrong.
    """
    values, came_from, sources = _merged(layers)
    try:
        recipe = Recipe.model_validate(_nested(values))
    except ValidationError as error:
        raise BadInput([explained(e, values, _places(came_from)) for e in error.errors()]) from error
    if wrong := no_patterns(recipe, _places(came_from).get("training.graders", "training.graders")):
        raise BadInput(wrong)
    if known is not None:
        wrong = unfit(recipe, known, _places(came_from))
        if wrong:
            raise BadInput(wrong)
        recipe = recipe.model_copy(update={"training": filled(recipe.training, known)})
    nothing = idle(recipe, known)
    if faults := [
        refused_as_idle(key, layer.place, why)
        for key, layer in came_from.items()
        if (why := find(key, nothing)) is not None
    ]:
        raise BadInput(faults)
    return Resolved(recipe=recipe, sources=sources)


def _merged(layers: Sequence[Layer]) -> tuple[dict[str, Any], dict[str, Layer], dict[str, str]]:
    """Every setting's value, the layer it came from, and where it came from in words for the table."""
    values: dict[str, Any] = {}
    came_from: dict[str, Layer] = {}
    sources: dict[str, str] = {}
    faults: list[Fault] = []
    known = frozenset(known_settings())
    for layer in layers:
        named: dict[str, str] = {}
        for given, raw in layer.values.items():
            key = renamed.ours(long_form(given, layer.values), known)
            fault = refusal(key, raw, layer.place) or given_twice(key, given, named, layer.place)
            named[key] = given
            if fault:
                faults.append(fault)
                continue
            values[key], came_from[key] = renamed.value(key, raw), layer
            sources[key] = layer.source if given in (key, "publish") else f"{layer.source}, as {given}"
    if faults:
        raise BadInput(faults)
    return values, came_from, sources


def _places(came_from: Mapping[str, Layer]) -> dict[str, str]:
    return {key: layer.place for key, layer in came_from.items()}


def _nested(values: Mapping[str, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for key, value in values.items():
        *parents, leaf = key.split(".")
        at = tree
        for parent in parents:
            at = at.setdefault(parent, {})
        at[leaf] = value
    return tree
