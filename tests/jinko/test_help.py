"""What the command says of itself, and how a file and its settings come into the inbox."""

import re

import pytest
from typer.testing import CliRunner

from jinko.__main__ import app
from jinko.drop import put, settings_given
from schemas.errors import BadInput

HELP = {
    (): ("demo", "check", "drop", "status", "jinko check FILE", "jinko drop FILE", "below .jinko"),
    ("demo",): ("--json", "no account, no GPU and no download", "temporary folder"),
    ("check",): ("FILE", "--set", "KEY=VALUE", "--json", "0: usable", "2: not usable", "3: one question"),
    ("drop",): (
        "FILE",
        "--set",
        "training.epochs=2",
        "jinko.yaml",
        "recipe",
        "Ctrl-C",
        "again=true",
        "confirm=true",
    ),
    ("status",): ("[RUN]", "--json", "the name of a file"),
    ("up",): (".jinko/inbox", ".jinko/outbox/status", "Ctrl-C", "Only one process"),
    ("approve",): ("RUN", "confirm: true", "7 days", "the name of its file"),
    ("cancel",): ("RUN", "also one that waits", "jinko retry"),
    ("retry",): ("RUN", "begins anew", "drop the file again"),
    ("delete",): ("ID", "--yes", "no way back", "stays in the inbox"),
    ("datasets",): ("--json", "data.from"),
    ("models",): ("--json", "newest first"),
    ("show",): ("ID", "--json", "where each came from"),
    ("doctor",): (
        "--machine",
        "--publishing",
        "--json",
        "JINKO_PROJECT",
        "Nothing is changed",
        "1: something",
    ),
}


def plain(text):
    """The words of a help page, without boxes, colours and line breaks."""
    return re.sub(r"[\s│╭╮╰╯─]+", " ", re.sub(r"\x1b\[[0-9;]*m", "", text))


@pytest.mark.parametrize("verb", HELP, ids=lambda verb: " ".join(verb) or "jinko")
def test_the_help_of_every_verb_says_what_one_needs_to_know(verb):
    shown = CliRunner().invoke(app, [*verb, "--help"], env={"COLUMNS": "100"})

    assert shown.exit_code == 0
    for words in HELP[verb]:
        assert words in plain(shown.output)


def test_every_verb_is_in_the_overview_and_says_in_a_sentence_what_it_does():
    overview = plain(CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200"}).output)
    for command in app.registered_commands:
        first = (command.help or command.callback.__doc__).split("\n")[0]
        assert first.endswith(".")
        assert f" {command.name or command.callback.__name__} {first.replace('`', '')}" in overview


@pytest.mark.parametrize("arguments", [["nonsense"], ["check"], ["check", "a", "b"], ["drop", "--bogus"]])
def test_a_command_that_makes_no_sense_has_exit_code_two(arguments):
    assert CliRunner().invoke(app, arguments).exit_code == 2


# ---------------------------------------------------------------- --set


def test_settings_are_key_equals_value():
    given = settings_given(["training.epochs = 2", "base_model=a/b=c"])
    assert given == {"training.epochs": "2", "base_model": "a/b=c"}


def test_a_setting_that_is_given_twice_is_refused():
    with pytest.raises(BadInput, match=r"'training\.epochs' is set twice"):
        settings_given(["training.epochs=2", "training.epochs=3"])


@pytest.mark.parametrize(
    ("option", "finding"),
    [
        ("training.epochs", "not key=value"),
        ("=2", "not key=value"),
        ("trainng.epochs=2", "is not a setting"),
        ("training.epochs=many", "'training.epochs' cannot be 'many'"),
        ("publish=yes", "'publish.repository' cannot be 'yes'"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused_before_anything_is_dropped(option, finding):
    with pytest.raises(BadInput) as refused:
        settings_given([option])
    assert finding in refused.value.faults[0].finding
    assert refused.value.faults[0].place == "--set"


def test_a_base_in_a_folder_is_given_by_its_full_path(tmp_path, monkeypatch):
    (tmp_path / "models" / "mine").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)

    assert settings_given(["base_model=models/mine"]) == {"base_model": str(tmp_path / "models" / "mine")}
    assert settings_given(["base_model=owner/name"]) == {"base_model": "owner/name"}


# ---------------------------------------------------------------- into the inbox


def test_a_file_goes_into_the_inbox_by_its_name_with_its_settings(ground, tmp_path):
    (tmp_path / "a.csv").write_text("q,a\n")
    made = put(ground, tmp_path / "a.csv", {"data.seed": "7"})

    assert (made.bucket, made.name, dict(made.metadata)) == ("inbox", "a.csv", {"data.seed": "7"})
    assert ground.store.read("inbox", "a.csv") == b"q,a\n"


def test_a_jinko_yaml_beside_the_file_goes_with_it_into_a_folder_of_its_own(ground, tmp_path):
    folder = tmp_path / "support"
    folder.mkdir()
    (folder / "a.csv").write_text("q,a\n")
    (folder / "jinko.yaml").write_text("data.seed: 7\n")
    made = put(ground, folder / "a.csv", {})

    assert made.name == "support/a.csv"
    assert [found.name for found in ground.store.list("inbox")] == ["support/a.csv", "support/jinko.yaml"]


@pytest.mark.parametrize("name", ["none.csv", ".", ".hidden.csv", "jinko.yaml"])
def test_what_is_no_drop_is_refused_and_nothing_is_put(ground, tmp_path, name):
    for hidden in (".hidden.csv", "jinko.yaml"):
        (tmp_path / hidden).write_text("x")
    with pytest.raises(BadInput):
        put(ground, tmp_path / name, {})
    assert list(ground.store.list("inbox")) == []


@pytest.mark.parametrize("width", ["80", "120"])
def test_no_help_of_any_verb_is_wider_than_the_screen(width):
    for command in app.registered_commands:
        shown = CliRunner().invoke(app, [command.callback.__name__, "--help"], env={"COLUMNS": width})
        assert max(map(len, shown.output.splitlines())) <= int(width)
