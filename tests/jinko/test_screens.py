"""docs/commands.md shows what the commands print: played again where nothing is trained."""

import pytest

from jinko.__main__ import app
from tests.jinko import screens

pytestmark = pytest.mark.walk


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """Every quick command, typed in order; what it printed as the page would show it."""
    shop = screens.prepare(tmp_path_factory.mktemp("docs"))
    stable = screens.Stable(shop)
    return {command: screens.block(command, stable(screens.play(command, shop))) for command in screens.QUICK}


@pytest.mark.parametrize("command", screens.QUICK)
def test_a_screen_on_the_page_is_what_the_command_prints_now(played, command):
    assert screens.shown()[command] == played[command], "python -m tests.jinko.screens --quick writes it anew"


def test_every_screen_on_the_page_was_made_and_fits_eighty_columns_but_for_paths():
    assert set(screens.shown()) == {*screens.QUICK, *screens.SLOW} - {*screens.UNSHOWN}
    for command, block in screens.shown().items():
        lines = block.splitlines()[1:-1]
        assert lines, f"{command} was never played"
        assert [line for line in lines if len(line) > 80 and "/" not in line and "→ gcloud" not in line] == []


def test_every_verb_has_its_place_on_the_page():
    page = screens.PAGE.read_text()
    for command in app.registered_commands:
        assert f"`jinko {command.callback.__name__}" in page
