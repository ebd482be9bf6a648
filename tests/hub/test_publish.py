"""A run's model on the Hub: what lies there, once, by whom, and what is left alone."""

import json
from dataclasses import replace

import pytest
from huggingface_hub import snapshot_download

from gpu_batch.publish import publish as do
from infra import ledger
from schemas import names
from schemas.errors import BadInput, Fault
from schemas.orders import PublishOrder
from schemas.publishing import MARKER
from schemas.records import Publisher
from tests.conftest import settled
from tests.functions.runs import now, page, said
from tests.hub.card_rules import problems
from tests.hub.published import REPOSITORY, at_publishing, files_of, publish, publish_again, quantized, result
from tests.hub.repositories import Who
from tests.hub.server import TOKEN

MERGED = {".gitattributes", "README.md", "chat_template.jinja", "config.json", MARKER, "model.safetensors"}


def the_order(ground, run, **changes) -> PublishOrder:
    read = ground.store.read("outbox", names.order(run.id, "publish", now(ground, run).paper))
    return PublishOrder.model_validate_json(read).model_copy(update=changes)


def paths(there, repository=REPOSITORY):
    return set(there.world.repositories[repository].head.files)


def test_what_was_exported_lies_in_a_private_repository_of_one_commit(ground, there, tmp_path):
    run = at_publishing(ground)
    assert publish(ground, run) == 0
    done, repository = result(ground, run), there.world.repositories[REPOSITORY]

    assert (done.faults, done.repository, done.private, repository.private) == ((), REPOSITORY, True, True)
    assert (done.commit, len(repository.commits)) == (repository.head.oid, 2)
    assert done.url == f"{there.address}/{REPOSITORY}"
    down = files_of(tmp_path.joinpath(snapshot_download(REPOSITORY, local_dir=tmp_path / "empty")))
    assert set(down) == MERGED
    assert down["model.safetensors"] == bytes(range(200))
    assert problems(down["README.md"].decode()) == []
    said(ground, run, "publish", "SUCCEEDED")
    assert now(ground, run).state == "succeeded"
    assert REPOSITORY in page(ground)


def test_so_it_is_as_the_job_is_started_in_a_process_of_its_own(there, ground):
    run = at_publishing(ground)
    ended = settled(ground.jobs, names.job_id(run.id, "publish", 1))

    assert (ended.state, result(ground, run).faults) == ("SUCCEEDED", ())
    assert paths(there) == MERGED
    assert TOKEN not in ground.jobs.log(names.job_id(run.id, "publish", 1))


def test_twice_is_one_commit_and_nothing_is_sent_again(ground, there):
    run = at_publishing(ground)
    publish(ground, run)
    there.asked.clear()

    assert publish_again(ground, run) == 0
    assert result(ground, run, 2).commit == result(ground, run).commit
    assert len(there.world.repositories[REPOSITORY].commits) == 2
    assert not {"create", "commit", "preupload", "lfs-upload"} & set(there.asked)


def test_an_adapter_alone_lies_at_the_top_and_beside_a_whole_model_below_it(ground, there):
    alone = at_publishing(ground, export="adapter", publish="me/alone")
    assert publish(ground, alone) == 0
    assert paths(there, "me/alone") == {
        ".gitattributes",
        "README.md",
        MARKER,
        "adapter_config.json",
        "adapter_model.safetensors",
    }
    config = json.loads(there.world.read("me/alone", "adapter_config.json"))
    assert config["base_model_name_or_path"] == "tiny-gemma3"  # not a folder of the machine it was trained on


def test_everything_that_was_exported_is_published(ground, there, tmp_path):
    run = at_publishing(ground, export="merged,adapter")
    do(the_order(ground, run, gguf=quantized(ground, run)), 1, ground.cloud, tmp_path)

    below = {"adapter/adapter_config.json", "adapter/adapter_model.safetensors"}
    assert paths(there) == MERGED | below | {"model-Q8_0.gguf", "Modelfile"}
    card = there.world.read(REPOSITORY, "README.md").decode()
    assert "ollama create bot --file bot/Modelfile" in card
    assert "5 of 5" in card


def test_what_did_not_pass_its_proof_is_not_published(ground, there, tmp_path):
    run = at_publishing(ground)
    fault = Fault(place="export", finding="It answers otherwise.", next_step="Use the adapter.")
    order = the_order(ground, run)
    unproven = order.exported.model_copy(update={"faults": (fault,)})
    with pytest.raises(BadInput, match=r"did not pass its proof: It answers otherwise\."):
        do(order.model_copy(update={"exported": unproven}), 1, ground.cloud, tmp_path)

    assert there.world.repositories == {}


# ---------------------------------------------------------------- whose repository it is


@pytest.mark.parametrize(
    "others", [{"README.md": b"# Mine"}, {MARKER: b'{"repository": "me/first"}'}, {MARKER: b"?"}]
)
def test_a_repository_that_is_not_ours_is_never_overwritten(ground, there, others):
    run = at_publishing(ground)
    there.world.write(REPOSITORY, others)
    there.world.repositories[REPOSITORY].private = True
    assert publish(ground, run) == 0
    (fault,) = result(ground, run).faults

    assert "stays as it is" in fault.finding
    assert f"jinko publish {run.id} OWNER/NAME" in fault.next_step
    assert len(there.world.repositories[REPOSITORY].commits) == 2
    assert there.world.read(REPOSITORY, next(iter(others))) == next(iter(others.values()))


def test_an_empty_repository_is_used_and_ours_gets_another_commit_on_top(ground, there):
    there.world.create(REPOSITORY, private=True)
    first = at_publishing(ground, export="merged,adapter")
    publish(ground, first)
    assert result(ground, first).faults == ()
    there.world.write(REPOSITORY, {"notes.txt": b"a person's own"})
    second = at_publishing(ground, name="b.csv", again="true")
    publish(ground, second)
    repository = there.world.repositories[REPOSITORY]

    assert result(ground, second).faults == ()
    assert paths(there) == MERGED | {"notes.txt"}  # the adapter was ours, and is not made any more
    assert [one.title.partition(" ")[0] for one in repository.commits] == [
        "initial",
        "Run",
        "Add",
        "Run",
    ]
    assert publish_again(ground, first) == 0
    assert result(ground, first, 2).commit == repository.commits[1].oid


def test_a_public_one_is_made_where_it_is_asked_for_and_nobody_s_is_changed(ground, there):
    run = at_publishing(ground, **{"publish.private": "false"})
    publish(ground, run)
    assert (there.world.repositories[REPOSITORY].private, result(ground, run).private) == (False, False)
    hidden = at_publishing(ground, name="b.csv", publish="me/other", again="true")
    there.world.create("me/other", private=False)
    publish(ground, hidden)
    (fault,) = result(ground, hidden).faults

    assert "is public" in fault.finding
    assert paths(there, "me/other") == {".gitattributes"}


# ---------------------------------------------------------------- whose token it is


def test_only_the_namespaces_of_the_setting_are_published_to(ground, there, tmp_path):
    run = at_publishing(ground)
    limited = replace(ground.cloud, publish_namespaces=("acme",))
    with pytest.raises(BadInput, match="below acme only"):
        do(the_order(ground, run), 1, limited, tmp_path)
    assert there.world.repositories == {}


@pytest.mark.parametrize(
    ("who", "finding"),
    [
        (Who("me", role="read"), "may not write there, but to nothing at all"),
        (Who("other"), "token of other may not write there, but to other"),
        (Who("me", "fineGrained", scopes={"acme": ("repo.write",)}), "but to acme"),
        (Who("me", "fineGrained", scopes={"me": ("repo.content.read",)}), "but to nothing at all"),
    ],
)
def test_a_token_that_may_not_is_told_before_anything_is_done(ground, there, who, finding):
    run = at_publishing(ground)
    there.world.tokens[TOKEN] = who
    publish(ground, run)
    (fault,) = result(ground, run).faults

    assert finding in fault.finding
    assert there.world.repositories == {}
    assert ledger.load(ground.cloud, Publisher, "hub").user == who.name


def test_a_fine_grained_token_for_one_repository_publishes_to_that_one(ground, there):
    there.world.create(REPOSITORY, private=True)
    there.world.tokens[TOKEN] = Who("me", "fineGrained", scopes={REPOSITORY: ("repo.write",)})
    run = at_publishing(ground)
    publish(ground, run)

    assert result(ground, run).faults == ()
    assert paths(there) == MERGED


def test_without_a_token_it_is_said_where_one_goes(ground, there, monkeypatch, tmp_path):
    run = at_publishing(ground)
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "none"))
    publish(ground, run)
    (fault,) = result(ground, run).faults

    assert fault.place == "HF_TOKEN"
    assert "hf auth login" in fault.next_step
    assert "jinko-hf-write" in fault.next_step
