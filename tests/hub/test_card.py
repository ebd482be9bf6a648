"""A model's card: valid by the Hub's rules whatever was made, and silent about rows, folders and tokens."""

import tomllib
from itertools import product

import pytest
import yaml

from gpu_batch.publishing import card
from gpu_batch.publishing.contents import Contents
from gpu_batch.publishing.metadata import Licence, known_licence
from infra.settings import BUNDLED_MODELS
from schemas import names
from schemas.errors import Fault
from schemas.orders import BasePin, Plan, PublishOrder
from schemas.scores import Comparison
from schemas.sources import HubFiles, Source
from schemas.version import VERSION
from tests.functions.runs import now
from tests.hub.card_rules import problems
from tests.hub.published import ANSWER, QUESTION, at_publishing, quantized
from tests.hub.repositories import metadata

HUB = BasePin(name="google/gemma-3", where="hub", location="google/gemma-3", revision="c0ffee" * 6 + "abcd")
PLAN = Plan(
    machine="g2-standard-8",
    gpu="NVIDIA L4",
    spot=True,
    usd_per_hour=0.9,
    max_seconds=4000,
    train_seconds=3000,
    disk_gib=100,
    why="It fits.",
)


@pytest.fixture
def order(ground, there):
    run = at_publishing(ground)
    read = ground.store.read("outbox", names.order(run.id, "publish", now(ground, run).paper))
    made = PublishOrder.model_validate_json(read)
    return made.model_copy(update={"gguf": quantized(ground, run)})


def written(order, contents, folder, licence=None):
    return card.write(order, contents, licence or Licence("apache-2.0"), folder).read_text(encoding="utf-8")


def with_training(order, **changes):
    recipe = order.settings.recipe
    training = recipe.training.model_copy(update=changes)
    settings = order.settings.model_copy(update={"recipe": recipe.model_copy(update={"training": training})})
    return order.model_copy(update={"settings": settings})


def test_every_card_is_valid(order, tmp_path):
    files = order.gguf.files
    holds = [
        Contents(False, "", ()),
        Contents(False, None, files),
        Contents(True, "adapter", files),
        Contents(True, None, ()),
        Contents(True, "adapter", (), sees=True),
    ]
    every = product(["sft", "pretrain", "dpo", "reward"], ["lora", "full"], [order.base, HUB], holds)
    for method, finetuning, base, contents in every:
        made = with_training(order, method=method, finetuning=finetuning).model_copy(update={"base": base})
        text = written(made, contents, tmp_path)

        assert problems(text) == []
        assert ("base_model" in metadata(text)) == (base is HUB)
        assert "{{" not in text
        assert "None" not in text


@pytest.mark.parametrize(
    ("given", "licence"),
    [
        ({"license": "gemma"}, Licence("gemma")),
        ({}, Licence()),
        ({"license": ["mit", "gemma"]}, Licence()),
        (
            {"license": "other", "license_name": "My Licence 2", "license_link": "LICENSE.txt"},
            Licence("other", "my-licence-2", "https://huggingface.co/google/gemma-3/blob/main/LICENSE.txt"),
        ),
        (
            {"license": "other"},
            Licence("other", "licence-of-the-base-model", "https://huggingface.co/google/gemma-3"),
        ),
    ],
)
def test_the_licence_is_the_base_s_and_valid(order, tmp_path, given, licence):
    assert known_licence(given, HUB) == licence
    order = order.model_copy(update={"base": HUB})
    text = written(order, Contents(True, None, ()), tmp_path, licence)

    assert problems(text) == []
    assert metadata(text).get("license") == licence.id
    assert ("does not say under which licence" in text) == (licence.id is None)


def test_a_base_of_a_folder_names_only_licences_that_the_hub_knows():
    folder = HUB.model_copy(
        update={"where": "folder", "name": "/home/me/secret-project/base", "location": "/x"}
    )
    assert known_licence({"license": "apache-2.0"}, folder) == Licence("apache-2.0")
    assert known_licence({"license": "my own"}, folder) == Licence()


def test_it_tells_what_was_measured_the_machine_and_the_money(order, tmp_path):
    compared = Comparison(
        measure="exact answers", rows=8, better=6, worse=0, before=0, after=0.75, low=0.4, high=1
    )
    trained = order.trained.model_copy(update={"comparison": compared})
    text = written(
        order.model_copy(update={"plan": PLAN, "trained": trained}), Contents(True, None, ()), tmp_path
    )

    assert "| Exactly right answers | 0 of 8 (0.0%) | 6 of 8 (75.0%) |" in text
    assert "Better on 6 of 8, worse on 0." in text
    assert "| machine | g2-standard-8 with NVIDIA L4 (Spot) |" in text
    assert r"| cost | about \$0.01 at \$0.90 an hour" in text
    assert metadata(text)["model-index"][0]["results"][0]["metrics"][0]["value"] == 0.75


def test_rows_from_the_hub_are_named_and_others_are_not(order, tmp_path):
    files = HubFiles(repository="acme/tickets", commit="abc123", files=("a.csv",))
    named = order.dataset.model_copy(update={"made_of": Source(name="hf://acme/tickets", hub=files)})
    text = written(order.model_copy(update={"dataset": named}), Contents(True, None, ()), tmp_path)
    assert metadata(text)["datasets"] == ["acme/tickets"]
    assert "commit `abc123`" in text

    plain = written(order, Contents(True, None, ()), tmp_path)
    assert "datasets" not in metadata(plain)
    assert order.dataset.source not in plain


def test_what_was_left_out_is_told_without_what_the_rows_say(order, tmp_path):
    faults = (
        Fault(place="a.csv:3", finding="Column 'answer' is empty.", next_step="Fill it.", count=3),
        Fault(place="a.csv:9", finding=f"'{QUESTION}' is no number.", next_step="Mend it."),
        Fault(place="a.csv:9", finding=f"This row cannot be read: {ANSWER}", next_step="Mend it."),
    )
    dataset = order.dataset.model_copy(update={"faults": faults})
    text = written(order.model_copy(update={"dataset": dataset}), Contents(True, None, ()), tmp_path)

    assert "- 3 rows: Column 'answer' is empty." in text
    assert "- 1 row: '…' is no number." in text
    assert "- 1 row: This row cannot be read: …" in text
    assert "canary" not in text


def test_rows_are_shown_where_their_owner_asks_for_it(order, tmp_path):
    shown = order.model_copy(update={"publish": order.publish.model_copy(update={"examples": 1})})
    assert QUESTION in written(shown, Contents(True, None, ()), tmp_path)
    assert QUESTION not in written(order, Contents(True, None, ()), tmp_path)


def test_texts_of_people_cannot_break_the_card(order, tmp_path):
    recipe = order.settings.recipe.model_copy(update={"base_model": "/home/me/private/tiny|gemma\n\n# x"})
    base = order.base.model_copy(update={"name": "/home/me/private/tiny|gemma\n\n# x"})
    settings = order.settings.model_copy(update={"recipe": recipe})
    text = written(
        order.model_copy(update={"settings": settings, "base": base}), Contents(True, None, ()), tmp_path
    )

    assert "/home/me" not in text
    assert "\n# x" not in text
    assert r"tiny\|gemma \# x" in text
    assert yaml.safe_load(text.split("---")[1])


def test_the_version_that_is_written_is_the_project_s():
    project = tomllib.loads((BUNDLED_MODELS.parent / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["version"] == VERSION
