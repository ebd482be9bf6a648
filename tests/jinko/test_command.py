"""The command as a person types it: words or one JSON object, exit codes, and never a traceback."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra import ground as grounds
from infra.settings import Settings
from tests.conftest import lines

ROOT = Path(__file__).resolve().parents[2]


def as_a_process(folder, *arguments):
    """The same as a process of its own, as a person's shell starts it."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("JINKO_")}
    done = subprocess.run(
        [sys.executable, "-m", "jinko", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**inherited, "PYTHONPATH": str(ROOT), "COLUMNS": "200"},
        timeout=60,
    )
    assert "Traceback" not in done.stdout + done.stderr
    return done.returncode, done.stdout, done.stderr


def file(folder, content, name="file.csv"):
    (folder / name).write_text(content, encoding="utf-8")
    return name


def test_check_prints_one_object_with_the_keys_that_scripts_read(tmp_path):
    rows = ["Question,Answer,id", *(f"q{n},a{n},{n}" for n in range(7)), "q1,a1,8", "q9,,9"]
    code, out, _ = as_a_process(tmp_path, "check", file(tmp_path, lines(rows)), "--json")
    told = json.loads(out)

    assert code == 0
    assert set(told) == {"kind", "images", "why", "columns", "unused", "rows", "faults", "sample"}
    assert (told["kind"], told["images"]) == ("conversation", False)
    assert told["columns"] == {"question": "Question", "answer": "Answer"}
    assert told["rows"] == {"read": 9, "kept": 7, "dropped": 2}
    assert [set(fault) for fault in told["faults"]] == [{"place", "finding", "next_step", "count"}] * 2
    assert [fault["place"] for fault in told["faults"]] == ["file.csv:9", "file.csv:10"]
    assert len(told["sample"]) == 5
    assert told["sample"][0]["messages"][1] == {"role": "assistant", "content": "a0"}
    assert list(tmp_path.iterdir()) == [tmp_path / "file.csv"]


def test_check_in_words_names_place_finding_and_next_step_and_its_exit_code_is_two(tmp_path, jinko):
    code, out, _ = jinko("check", file(tmp_path, "height,weight\n1.7,60\n"))

    assert code == 2
    assert "file.csv:1: No question and answer among the columns 'height', 'weight'." in out
    assert "→ Jinko reads questions and answers" in out


def test_a_question_has_exit_code_three_and_its_option_answers_it(tmp_path, jinko):
    name = file(tmp_path, "question,answer,prompt,completion\na,b,c,d\n")
    code, out, _ = jinko("check", name, "--json")
    step = json.loads(out)["faults"][0]["next_step"]
    option = step.removeprefix("Say ").split(" (for a bucket")[0].split()
    answered, said, _ = jinko("check", name, "--json", *option)

    assert code == 3
    assert (answered, json.loads(said)["columns"]) == (0, {"question": "question", "answer": "answer"})


@pytest.mark.parametrize("verb", ["check", "drop"])
def test_a_file_that_is_not_there_and_a_setting_that_is_none_are_told_in_words(tmp_path, jinko, verb):
    missing, out, said = jinko(verb, "none.csv")
    wrong, _, hint = jinko(verb, file(tmp_path, "question,answer\na,b\n"), "--set", "training.epoch=1")

    assert (missing, wrong) == (2, 2)
    assert "There is no such file." in out + said
    assert "Did you mean 'training.epochs'?" in hint
    inbox = tmp_path / ".jinko" / "inbox"
    assert not inbox.exists() or list(inbox.iterdir()) == []


def test_an_unusable_file_that_is_dropped_gets_its_page_and_exit_code_two_and_its_status_is_told(tmp_path):
    name = file(tmp_path, "height,weight\n1.7,60\n")
    code, out, _ = as_a_process(tmp_path, "drop", name)
    status, listed, _ = as_a_process(tmp_path, "status", "--json")
    page = (tmp_path / ".jinko" / "outbox" / "status" / "file.csv.md").read_text()
    (told,) = json.loads(listed)

    assert (code, status) == (2, 0)
    assert "file.csv:1" in out
    assert "file.csv.md" in out
    assert "file.csv:1" in page
    assert "No question and answer among the columns" in page
    assert "Jinko reads questions and answers" in page
    assert "Traceback" not in page
    assert (told["drop"], told["state"], told["run_id"]) == ("file.csv", "refused", None)
    assert told["faults"][0]["place"] == "file.csv:1"
    assert told["status_page"] == "status/file.csv.md"


def test_a_base_that_is_not_there_ends_the_drop_with_exit_code_two_and_no_run(tmp_path, jinko):
    rows = ["question,answer", *(f"q{n},a{n}" for n in range(20))]
    code, out, _ = jinko("drop", file(tmp_path, lines(rows)), "--set", "base_model=no-such-base")
    words, shown, _ = jinko("status", "file.csv")

    assert (code, words) == (2, 0)
    assert "There is no bundled base called 'no-such-base'." in out
    assert "no-such-base" in shown
    assert list((tmp_path / ".jinko").glob("jobs/*")) == []


def test_status_of_an_empty_ground_says_what_to_do_and_of_an_unknown_run_that_there_is_none(jinko):
    code, out, _ = jinko("status")
    unknown, _, said = jinko("status", "0123456789abcdef")

    assert (code, unknown) == (0, 2)
    assert "jinko drop FILE" in out
    assert "0123456789abcdef: There is no run or drop of this name here." in said


def test_a_page_that_is_not_written_yet_is_told_in_words(tmp_path, jinko):
    from functions.on_upload.step import prepare
    from tests.conftest import drop

    here = grounds.local(Settings(home=tmp_path / ".jinko"))
    prepare(drop(here, "a.csv", "question,answer\na,b\n"), here.cloud)
    here.store.delete("outbox", "status/a.csv.md")
    code, out, said = jinko("status", "a.csv")

    assert (code, said) == (0, "")
    assert "a.csv" in out


def test_a_ground_that_does_not_exist_is_refused_with_the_ones_that_do(jinko, monkeypatch):
    monkeypatch.setenv("JINKO_GROUND", "moon")
    code, _, said = jinko("status")

    assert code == 2
    assert "There is no ground called 'moon'." in said
