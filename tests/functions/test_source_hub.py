"""Datasets of the Hugging Face Hub: which files are meant, pinned at a commit; a loopback Hub."""

import json
from contextlib import ExitStack

import pytest

from functions.on_upload.manifest import read_manifest
from functions.on_upload.meaning.reading import Ambiguous
from functions.on_upload.peek import rows_of
from functions.on_upload.pin import pin
from functions.on_upload.sources.hub_data import Asked, choose, parse
from functions.on_upload.sources.opened import opened_source
from functions.on_upload.sources.source import find_source, pin_source
from functions.on_upload.step import prepare
from schemas.data_options import DataOptions
from schemas.errors import BadInput, Unavailable
from tests.conftest import drop
from tests.infra.loopback import COMMIT, NOBODY, believe, serving

OPTIONS = DataOptions()
SHARDS = ["data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet"]
TEST = "data/test-00000-of-00001.parquet"
VALIDATION = "data/validation-00000-of-00001.parquet"
CONFIGS = """---
license: mit
configs:
- config_name: en
  data_files:
  - split: train
    path: "en/*.jsonl"
  - split: test
    path: ["en_test.jsonl"]
- config_name: de
  default: true
  data_files: de.jsonl
- config_name: gone
  data_files: no-such-file.csv
---
# A dataset
"""


def chosen(names, readme="", **options):
    asked = Asked("r.yaml", "hf://owner/name", DataOptions.model_validate(options))
    return choose(asked, dict.fromkeys([*names, "README.md", ".gitattributes"], 1), readme)


# ---------------------------------------------------------------- which files


@pytest.mark.parametrize(
    ("names", "options", "learned", "held_out"),
    [
        ([*SHARDS, TEST], {}, SHARDS, [TEST]),
        ([*SHARDS, TEST, VALIDATION], {}, SHARDS, [TEST]),
        ([*SHARDS, VALIDATION], {}, SHARDS, [VALIDATION]),
        ([*SHARDS, TEST], {"split": "test"}, [TEST], []),
        (["train.jsonl", "test.jsonl"], {}, ["train.jsonl"], ["test.jsonl"]),
        (["my_train.csv", "my_dev.csv"], {}, ["my_train.csv"], ["my_dev.csv"]),
        (["train/a.csv", "train/b.csv", "valid/c.csv"], {}, ["train/a.csv", "train/b.csv"], ["valid/c.csv"]),
        (["rows.jsonl"], {}, ["rows.jsonl"], []),
        (["a.csv", "b.csv"], {}, ["a.csv", "b.csv"], []),
        (["rows.jsonl.gz"], {}, ["rows.jsonl.gz"], []),
        (["train.parquet", "train.csv", "train.jsonl"], {}, ["train.parquet"], []),
        (["rows.json", "load.py", "requirements.txt", "dataset_infos.json"], {}, ["rows.json"], []),
        (["test.csv"], {"split": "test"}, ["test.csv"], []),
        (["en/train.jsonl", "de/train.jsonl"], {"config": "de"}, ["de/train.jsonl"], []),
        (["default/train/0000.parquet", "default/test/0000.parquet"], {}, ["default/train/0000.parquet"],
         ["default/test/0000.parquet"]),
        (["data/train_sft-00000-of-00001.parquet", "data/test_sft-00000-of-00001.parquet",
          "data/train_gen-00000-of-00001.parquet"], {"split": "train_sft"},
         ["data/train_sft-00000-of-00001.parquet"], ["data/test_sft-00000-of-00001.parquet"]),
        (["train/metadata.csv", "train/1.png", "train/cat/2.jpg"], {},
         ["train/metadata.csv", "train/1.png", "train/cat/2.jpg"], []),
    ],
)  # fmt: skip
def test_files_are_chosen_by_the_usual_layouts(names, options, learned, held_out):
    assert chosen(names, **options) == (tuple(learned), tuple(held_out))


@pytest.mark.parametrize(
    ("options", "learned", "held_out"),
    [
        ({}, ["de.jsonl"], []),
        ({"config": "en"}, ["en/a.jsonl", "en/b.jsonl"], ["en_test.jsonl"]),
        ({"config": "en", "split": "test"}, ["en_test.jsonl"], []),
    ],
)
def test_what_the_readme_says_of_configurations_and_splits_is_followed(options, learned, held_out):
    names = ["en/a.jsonl", "en/b.jsonl", "en_test.jsonl", "de.jsonl", "en/a.txt"]
    assert chosen(names, CONFIGS, **options) == (tuple(learned), tuple(held_out))


@pytest.mark.parametrize(
    "readme", ["", "no dashes", "---\na: [b\n---\n", "---\nconfigs: 7\n---\n", "---\n- a\n---"]
)
def test_a_readme_that_says_nothing_leaves_it_to_the_layout(readme):
    assert chosen(["train.csv"], readme) == (("train.csv",), ())


@pytest.mark.parametrize(
    ("names", "question", "option"),
    [
        (["en/train.jsonl", "de/train.jsonl"], "configurations 'de', 'en'", "data.config=de"),
        (["data/train_sft-00000-of-00001.parquet", "data/train_gen-00000-of-00001.parquet"],
         "splits 'train_gen', 'train_sft'", "data.split=train_gen"),
    ],
)  # fmt: skip
def test_which_of_several_is_meant_is_asked(names, question, option):
    with pytest.raises(Ambiguous) as asked:
        chosen(names)
    (fault,) = asked.value.faults
    assert question in fault.finding
    assert option in fault.next_step


@pytest.mark.parametrize(
    ("names", "options", "finding"),
    [
        (["train.csv"], {"config": "fr"}, "no configuration 'fr'"),
        (["train.csv"], {"split": "huge"}, "no split 'huge'"),
        (["load.py"], {}, "scripts are never run"),
        (["model.safetensors"], {}, "no file of rows"),
    ],
)
def test_what_is_not_there_or_would_be_run_is_refused_in_words(names, options, finding):
    with pytest.raises(BadInput, match=finding):
        chosen(names, **options)


@pytest.mark.parametrize(
    ("named", "repository", "revision"),
    [
        ("hf://owner/name", "owner/name", None),
        ("hf://datasets/owner/name", "owner/name", None),
        ("hf://owner/name@v1.2", "owner/name", "v1.2"),
        ("hf://owner/name@refs/convert/parquet", "owner/name", "refs/convert/parquet"),
        ("hf://squad", "squad", None),
    ],
)
def test_repositories_are_named_with_and_without_a_revision(named, repository, revision):
    assert parse("r.yaml", named) == (repository, revision)


# ---------------------------------------------------------------- asked of a Hub


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A Hub on this machine with one dataset, and some that cannot be had."""
    folder = tmp_path / "repository"
    for name, rows in (("en/train.jsonl", 3), ("en/test.jsonl", 1), ("de/train.jsonl", 2)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(
            "".join(json.dumps({"question": f"{name} {n}", "answer": "a"}) + "\n" for n in range(rows))
        )
    (folder / "README.md").write_text("---\nlicense: mit\n---\n")
    answers = {
        "is/gated": (403, "GatedRepo"),
        "is/private": (401, ""),
        "is/broken": (500, ""),
        "no/revision": (404, "RevisionNotFound"),
        "is/there": folder,
    }
    with serving(answers) as (address, asked):
        believe(monkeypatch, address)
        yield asked


def test_a_dataset_is_pinned_at_its_commit_and_read_with_its_held_out_rows_last(on, hub, tmp_path):
    source = find_source("r.yaml", "hf://is/there", DataOptions(config="en"), on)
    assert source.hub.commit == COMMIT
    assert (source.hub.files, source.hub.held_out) == (("en/train.jsonl",), ("en/test.jsonl",))
    assert source.size == source.hub.size > 100

    with ExitStack() as stack:
        opened = opened_source(source, OPTIONS, on, tmp_path / "scratch", stack)
        rows = [(block.source, row.cells["question"]) for block in opened.blocks for row in rows_of(block)]
    assert [text for _, text in rows] == [*(f"en/train.jsonl {n}" for n in range(3)), "en/test.jsonl 0"]
    assert rows[-1][0].endswith("/en/test.jsonl")
    assert not list((tmp_path / "scratch").rglob("*.jsonl"))


def test_a_recipe_pins_the_commit_and_a_redelivery_asks_no_hub(ground, on, hub):
    named = "hf://is/there@main"
    record = pin(drop(ground, "r.yaml", f"data: {{from: '{named}', config: de}}"), on)
    first = pin_source(record, named, on)
    assert first.hub.files == ("de/train.jsonl",)
    kept = pin(drop(ground, "other.csv", "question,answer\na,b\n"), on).source
    assert first.content != kept.content
    assert pin_source(record, named, on) == first


@pytest.mark.parametrize(
    ("named", "finding", "step"),
    [
        ("hf://no/such", "no such dataset", "set HF_TOKEN"),
        ("hf://is/private", "or it is private", "set HF_TOKEN"),
        ("hf://is/gated", "dataset is gated", "set HF_TOKEN"),
        ("hf://no/revision@v9", "no revision v9", "hf://owner/name@revision"),
        ("hf://-bad-/na me", "no name of a dataset", "hf://owner/name"),
    ],
)
def test_what_a_person_can_mend_is_told_with_the_dataset_and_what_to_do(on, hub, named, finding, step):
    with pytest.raises(BadInput) as refused:
        find_source("r.yaml", named, OPTIONS, on)
    (fault,) = refused.value.faults
    assert fault.place.startswith("data.from: hf://")
    assert finding in fault.finding
    assert step in fault.next_step


def test_a_hub_that_is_broken_or_away_is_worth_asking_again(on, hub, monkeypatch):
    with pytest.raises(Unavailable, match="500"):
        find_source("r.yaml", "hf://is/broken", OPTIONS, on)
    believe(monkeypatch, NOBODY)
    with pytest.raises(Unavailable, match="did not answer"):
        find_source("r.yaml", "hf://is/there", OPTIONS, on)


def test_which_configuration_is_meant_is_asked_for_a_recipe_too(ground, on, hub):
    record = pin(drop(ground, "r.yaml", "data: {from: 'hf://is/there'}"), on)
    with pytest.raises(Ambiguous, match="Which one"):
        pin_source(record, "hf://is/there", on)


# ---------------------------------------------------------------- to the end


def test_a_recipe_makes_a_dataset_of_the_hubs_rows_and_holds_out_its_own_test_split(ground, on, hub):
    event = drop(ground, "r.yaml", "data: {from: 'hf://is/there', config: en}")
    (ready,) = prepare(event, on)
    made = read_manifest(ready.dataset_id, on)
    assert (made.source, made.counts.train, made.counts.test) == ("hf://is/there", 3, 1)
    assert made.made_of.hub.commit == COMMIT
    asked = len(hub)
    assert prepare(event, on) == [ready]
    assert len(hub) == asked


def test_a_recipe_makes_one_dataset_of_a_folder(ground, on):
    for number in range(3):
        rows = "".join(f"q{number}{n},a{n}\n" for n in range(20))
        drop(ground, f"faq/{number}.csv", f"question,answer\n{rows}")
    (ready,) = prepare(drop(ground, "r.yaml", "data: {from: faq/, test_size: 5}"), on)
    made = read_manifest(ready.dataset_id, on)
    assert (made.source, made.counts.train, made.counts.test) == ("faq/", 55, 5)
    assert [file.name for file in made.made_of.files] == ["faq/0.csv", "faq/1.csv", "faq/2.csv"]
