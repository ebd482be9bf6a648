"""Every file that docs/your-data.md names is what the page says it is, and every example is named there."""

import re
from pathlib import Path

import pytest

from functions.on_upload.check import USABLE, check
from infra.settings import BUNDLED_MODELS

FORMATS = BUNDLED_MODELS / "formats"
PAGE = (Path(__file__).parents[2] / "docs" / "your-data.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| [^|]+ \| `([^`]+)` \| (\w+) \|$", PAGE, re.MULTILINE)


@pytest.mark.parametrize(("file", "kind"), ROWS, ids=lambda value: value)
def test_an_example_becomes_what_the_page_says(file, kind):
    verdict = check(FORMATS / file)
    assert (verdict.code, verdict.kind) == (USABLE, kind), verdict.why
    assert verdict.rows.dropped == 0, verdict.faults
    assert verdict.images == (file.startswith("shades"))


def test_every_example_is_on_the_page():
    assert {path.name for path in FORMATS.iterdir()} == {file for file, _ in ROWS}


def test_an_example_of_windows_is_read_letter_by_letter():
    messages = [turn["content"] for turn in check(FORMATS / "fragen.csv").sample[2]["messages"]]
    assert "„Meine Bestellungen“" in messages[1]
