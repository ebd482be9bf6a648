"""What the command says where something stands in the way, and how it fits a screen."""

import io
import json

import pytest
from rich.console import Console

from functions.on_upload.check import check
from functions.on_upload.step import prepare
from functions.story import Story
from jinko import endings, tables
from jinko.drop import put
from jinko.follow import watch
from jinko.here import of_folder
from schemas.data_options import DataOptions
from schemas.errors import BadInput, Unavailable
from schemas.names import drop_id
from tests.conftest import drop
from tests.functions.test_pages_status import NOON, RUN, a_drop, a_run, a_success, started

# ---------------------------------------------------------------- check


def test_a_file_whose_every_row_is_held_out_is_refused_by_check_in_the_words_of_a_drop(tmp_path, here):
    path = tmp_path / "tiny.csv"
    path.write_text("question,answer\nq,a\n")
    verdict = check(path, DataOptions(test_size=0.999999))
    event = drop(here, "tiny.csv", path.read_text(), {"data.test_size": "0.999999"})
    prepare(event, here.cloud)
    record = here.state.get("drops", drop_id("inbox", "tiny.csv", event.generation))

    assert verdict.code == 2
    assert [fault.model_dump(mode="json") for fault in verdict.findings] == record.data["faults"]
    assert check(path, DataOptions(test_size=0)).code == 0


def test_check_says_how_many_rows_are_to_learn_from_and_what_to_type_next(tmp_path, jinko):
    (tmp_path / "a.csv").write_text("question,answer\n" + "".join(f"q{n},a{n}\n" for n in range(20)))
    (tmp_path / "one.csv").write_text("question,answer\na,b\n")
    _, out, _ = jinko("check", "a.csv")
    _, one, _ = jinko("check", "one.csv")

    assert "20 rows read, 0 left out. 18 to learn from, 2 held out to measure with." in out
    assert "Train on it: jinko drop a.csv" in out
    assert "1 row read, 0 left out. 1 to learn from, none held out: nothing would be measured." in one


def test_check_refuses_a_training_that_does_not_fit_the_rows_in_the_words_of_a_drop(tmp_path, jinko):
    (tmp_path / "a.csv").write_text("question,answer\n" + "".join(f"q{n},a{n}\n" for n in range(20)))
    code, out, said = jinko("check", "a.csv", "--set", "training.method=dpo")
    assert code == 2
    assert "The rows are conversations, and DPO cannot learn from those." in " ".join((out + said).split())
    (tmp_path / "jinko.yaml").write_text("training: {method: grpo, graders: exact}\n")
    assert jinko("check", "a.csv")[0] == 0
    (tmp_path / "jinko.yaml").write_text("training: {dpo: {beta: 0.2}}\n")
    assert jinko("check", "a.csv")[0] == 2


def test_check_names_a_grader_only_where_there_are_right_answers(tmp_path, jinko):
    (tmp_path / "a.jsonl").write_text("".join(f'{{"prompt": "Say {n}"}}\n' for n in range(20)))
    _, out, _ = jinko("check", "a.jsonl")
    assert "Train on it by GRPO, with training.graders that need no right answers" in out


def test_a_question_shows_each_readings_rows_below_one_another_and_the_option_to_say(tmp_path, jinko):
    rows = [
        ("Where is it?", "It left on Monday.", "On its way."),
        ("Is it oak?", "Yes, all of it.", "It is."),
    ]
    path = tmp_path / "two.csv"
    path.write_text("question,answer,reply\n" + "".join(f'{a},"{b}",{c}\n' for a, b, c in rows))
    code, out, _ = jinko("check", "two.csv")

    assert code == 3
    assert "\n  Line 2: “Where is it?” → “On its way.”.\n  Line 3: “Is it oak?” → “It is.”.\n" in out
    assert "--set data.columns.answer=reply" in out


def test_check_heeds_the_settings_beside_the_file_as_a_drop_does(tmp_path, jinko):
    (tmp_path / "a.csv").write_text("frage,antwort\nq,a\n")
    (tmp_path / "jinko.yaml").write_text("data: {columns: {question: frage, answer: antwort}}\n")
    assert jinko("check", "a.csv")[0] == 0
    (tmp_path / "jinko.yaml").write_text("data: {colums: 3}\n")
    code, out, _ = jinko("check", "a.csv", "--json")

    (tmp_path / "jinko.yaml").rename(tmp_path / "jinko.yml")
    nearly, _, said = jinko("check", "a.csv")

    assert (code, nearly) == (2, 2)
    assert json.loads(out)["faults"][0]["place"].startswith("jinko.yaml")
    assert "Rename it jinko.yaml." in said


def test_check_as_json_is_one_object_also_where_a_setting_is_wrong(tmp_path, jinko):
    (tmp_path / "a.csv").write_text("question,answer\na,b\n")
    code, out, said = jinko("check", "a.csv", "--json", "--set", "training.epoch=1")
    told = json.loads(out)

    assert (code, said, told["kind"]) == (2, "", None)
    assert told["faults"][0]["next_step"] == "Did you mean 'training.epochs'?"


@pytest.mark.parametrize("verb", ["check", "drop"])
def test_a_folder_and_a_misspelt_name_are_told_with_what_to_do(tmp_path, jinko, verb):
    (tmp_path / "support.csv").write_text("question,answer\na,b\n")
    folder, *words = jinko(verb, ".")
    misspelt, *near = jinko(verb, "suport.csv")

    assert (folder, misspelt) == (2, 2)
    assert ".: This is a folder." in "".join(words)
    assert "Did you mean 'support.csv'?" in "".join(near)


def test_a_settings_file_is_not_dropped_by_itself(tmp_path, here):
    (tmp_path / "jinko.yaml").write_text("base_model: tiny-gemma3\n")
    with pytest.raises(BadInput, match="settings for the files beside it"):
        put(of_folder(here), tmp_path / "jinko.yaml", {})


# ---------------------------------------------------------------- what stands in the way


@pytest.mark.parametrize("place", ["a-file", "a-file/below", "no-database"])
def test_a_folder_that_cannot_hold_jinkos_files_is_told_in_words(tmp_path, jinko, monkeypatch, place):
    (tmp_path / "a-file").write_text("")
    (tmp_path / "no-database").mkdir()
    (tmp_path / "no-database" / "jinko.db").write_text("Somebody's notes, which are no database at all.")
    monkeypatch.setenv("JINKO_HOME", str(tmp_path / place))
    code, _, said = jinko("status")

    assert code == 2
    assert "Jinko cannot keep its files in this folder" in said
    assert "JINKO_HOME=" in said


def test_a_message_set_aside_ends_the_wait_only_if_it_is_about_what_is_waited_for(here):
    def set_aside(about):
        with here.db.writing() as c:
            c.execute(
                "INSERT INTO messages (topic, data, attributes, published, dead, error) "
                "VALUES ('datasets', ?, '{}', 0, 1, 'Unavailable: The Hub did not answer.')",
                (json.dumps({"drop_id": about}).encode(),),
            )

    looks = iter([lambda: set_aside("another"), lambda: None, lambda: set_aside("ours"), lambda: None])

    def never():
        next(looks)()
        return False

    with pytest.raises(Unavailable, match=r"^The Hub did not answer\.$"):
        watch(of_folder(here), never, lambda: ("ours",))
    assert next(looks, None) is not None  # it was the third look that ended it


def test_a_name_that_is_nearly_right_is_suggested(here, jinko):
    prepare(drop(here, "2026/support.csv", "frage,antwort\na,b\n"), here.cloud)
    code, _, said = jinko("status", "2026/suport.csv")
    alone, page, _ = jinko("status", "support.csv")  # the only file of that name, whatever its folder

    assert (code, alone) == (2, 0)
    assert "Did you mean '2026/support.csv'?" in said
    assert "2026/support.csv" in page


# ---------------------------------------------------------------- screens


def test_a_row_of_the_table_is_one_line_of_eighty_columns_with_its_run_whole():
    name = "customer-questions-of-the-year-2026-first-half.csv"
    told = [started(a_run())._replace(drop=a_drop(name=name, state="started", run_id=RUN)), a_success()]
    out = Console(width=80, file=io.StringIO())
    out.print(tables.drops(told, 80))
    lines = out.file.getvalue().splitlines()

    assert max(map(len, lines)) <= 80
    (row,) = (line for line in lines if "f.csv" in line)
    assert RUN in row
    assert "…" in row
    assert any("96% right" in line for line in lines)


@pytest.mark.parametrize(
    ("story", "word"),
    [
        (Story(a_drop()), "reading"),
        (Story(a_drop(waiting="The Hub did not answer.")), "trying again"),
        (started(a_run(state="asked")), "your yes?"),
        (started(a_run(state="waiting"))._replace(position=3), "waits, no. 3"),
        (started(a_run(state="submitted")), "in line"),
        (started(a_run(attempt=2)), "training (2)"),
        (started(a_run(stage="export")), "exporting"),
        (started(a_run(state="lapsed")), "lapsed"),
        (Story(a_drop(name=f"cancel/{RUN}", state="started", run_id=RUN), None, a_run()), "a stop"),
    ],
)
def test_where_a_drop_stands_is_a_word_or_two(story, word):
    assert tables.word(story) == word


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("lapsed", "lapsed"),
        ("cancelled", "cancelled"),
        ("deleted", "deleted"),
        ("asked", "waits for your yes"),
    ],
)
def test_an_ending_that_is_no_success_says_so_and_what_to_type(here, capsys, state, words):
    endings.ended(of_folder(here), started(a_run(state=state, ended=NOON)), Console(width=80))
    out = capsys.readouterr().out

    assert words in out
    assert ("jinko retry" in out) == (state in ("lapsed", "cancelled"))
