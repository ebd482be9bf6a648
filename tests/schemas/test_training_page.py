"""The page on training names every setting as the schema has it: its default, and what it does.

`python -m tests.schemas.test_training_page` prints the tables, to be pasted when a setting changes.
"""

from pathlib import Path

from schemas.defaults import Known, filled, rows_a_step
from schemas.methods import FITS, METHODS, SECTIONS
from schemas.strict import Strict
from schemas.training import TrainingOptions

ROWS = (500, 5_000, 50_000)
KINDS = {method: kind for kind, fitting in reversed(FITS.items()) for method in fitting}
PAGE = Path(__file__).parents[2] / "docs" / "training.md"


def rows(section: type[Strict], prefix: str) -> list[str]:
    """Lines of a table: setting, default, what it does."""
    lines = []
    for name, field in section.model_fields.items():
        if name in METHODS:
            continue
        default = field.default
        if isinstance(default, tuple):
            default = ", ".join(map(str, default)) or None
        if isinstance(default, bool):
            default = str(default).lower()
        told = "chosen" if default is None and name not in ("max_steps", "epsilon_high") else default
        told = "-" if told is None or name in ("graders", "loss_weights") else f"{told}"
        lines.append(f"| `{prefix}{name}` | {told} | {field.description} |")
    return lines


def tables() -> list[str]:
    """Every line of every table."""
    own = [
        line
        for method, section in SECTIONS.items()
        if section
        for line in rows(section, f"training.{method}.")
    ]
    return [*rows(TrainingOptions, "training."), *own]


def chosen() -> list[str]:
    """What each method gets where nobody says anything, for 500, 5,000 and 50,000 rows."""
    lines = []
    for method in METHODS:
        some, more, many = (filled(TrainingOptions(method=method), Known(KINDS[method], n)) for n in ROWS)
        whole = filled(TrainingOptions(method=method, finetuning="full"), Known(KINDS[method], 500))
        often = ", ".join(f"{one.epochs:g}" for one in (some, more, many))
        steps = ", ".join(str(rows_a_step(method, n)) for n in ROWS)
        cells = (
            f"`{method}`",
            f"{some.learning_rate:g}",
            f"{whole.learning_rate:g}",
            f"{some.lora_rank}",
            often,
            steps,
            f"{some.warmup_steps:.0%}",
            f"{some.scheduler}",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def test_what_is_chosen_is_on_the_page_as_it_is_chosen():
    page = PAGE.read_text(encoding="utf-8").splitlines()
    assert [line for line in chosen() if line not in page] == []


def test_every_setting_is_on_the_page_as_the_schema_has_it():
    page = PAGE.read_text(encoding="utf-8").splitlines()
    missing = [line for line in tables() if line not in page]
    assert not missing


def test_the_page_names_no_setting_that_there_is_not():
    page = PAGE.read_text(encoding="utf-8").splitlines()
    named = [line for line in page if line.startswith("| `training.")]
    assert sorted(named) == sorted(tables())


if __name__ == "__main__":
    print(*chosen(), *tables(), sep="\n")
