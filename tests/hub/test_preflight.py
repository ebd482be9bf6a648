"""What can be known about a publishing before anything is trained is said then, without any secret."""

from dataclasses import replace

import pytest

from functions.on_dataset_ready.requests import request
from functions.on_dataset_ready.step import order
from gpu_batch import __main__ as front_door
from infra import ledger
from schemas import layers
from schemas.errors import BadInput, Unavailable
from schemas.events import RunRequested
from schemas.layers import layer_from_metadata, layer_from_yaml
from schemas.publishing import MARKER
from schemas.records import DropRecord, Publisher
from schemas.runs import RunRecord
from tests.functions.runs import now, page, prepared, the_drop
from tests.hub.published import REPOSITORY, at_publishing
from tests.hub.repositories import Who
from tests.hub.server import TOKEN, Failure

OURS = b'{"repository": "me/bot"}'
MINE = Publisher(user="me", namespaces=("me",))


def in_the_cloud(ground, seen=MINE):
    """The same ground as a function in the cloud has it: no token, and a record of what one was good for."""
    if seen:
        ledger.create(ground.cloud, seen)
    return replace(ground.cloud, folders=False)


def refusal(ground, ready):
    (fault,) = the_drop(ground, ready).faults
    assert ledger.every(ground.cloud, RunRecord) == []
    assert page(ground, the_drop(ground, ready).name)
    return f"{fault.place}: {fault.finding} {fault.next_step}"


# ---------------------------------------------------------------- the name


@pytest.mark.parametrize(
    "layer",
    [
        layer_from_yaml("publish: me/bot\n", "recipe", "a.yaml"),
        layer_from_yaml("publish:\n  repository: me/bot\n", "jinko.yaml", "jinko.yaml"),
        layer_from_metadata({"publish": "me/bot"}, "a.csv"),
    ],
)
def test_a_name_is_all_that_publishing_needs(layer):
    asked = layers.resolve([layer]).recipe.publish
    assert (asked.repository, asked.private, asked.examples) == ("me/bot", True, 0)


def test_private_may_be_no_and_short_and_long_do_not_go_together():
    text = "publish:\n  repository: me/bot\n  private: no\n"
    assert not layers.resolve([layer_from_yaml(text, "recipe", "a.yaml")]).recipe.publish.private
    with pytest.raises(BadInput, match="'publish' is not a setting"):
        layers.resolve([layer_from_metadata({"publish": "me/a", "publish.repository": "me/b"}, "a.csv")])


@pytest.mark.parametrize(
    "name", ["bot", "me/", "a/b/c", "me/-bot", "me/bo--t", "me/b t", "me/bot.git", "me/" + "b" * 96]
)
def test_a_name_that_the_hub_would_not_take_is_refused(name):
    with pytest.raises(BadInput, match="write owner/name"):
        layers.resolve([layer_from_metadata({"publish": name}, "a.csv")])


# ---------------------------------------------------------------- whose it is


def test_a_free_name_and_ours_and_a_stranger_s_secret_let_the_run_start(ground, there):
    there.world.write("me/ours", {MARKER: b'{"repository": "me/ours"}'})
    there.world.repositories["me/ours"].private = True
    there.world.write("acme/theirs", {"README.md": b"x"})
    there.world.repositories["acme/theirs"].private = True  # nobody without rights can tell
    for number, name in enumerate(("me/free", "me/ours", "acme/theirs")):
        order(prepared(ground, f"{number}.csv", publish=name, again="true"), ground.cloud)

    assert len(ledger.every(ground.cloud, RunRecord)) == 3


def test_a_repository_of_somebody_is_refused_before_anything_is_trained(ground, there):
    there.world.write(REPOSITORY, {"README.md": b"# Mine"})
    ready = prepared(ground, publish=REPOSITORY)
    assert order(ready, ground.cloud) == []
    told = refusal(ground, ready)

    assert told.startswith("a.csv, publish.repository: me/bot: A repository of this name exists")
    assert told.endswith("Choose another name. Then drop the file again.")


def test_a_gated_repository_is_judged_by_what_can_be_seen_of_it(ground, there):
    for name, files in (("me/ours", {MARKER: OURS}), ("me/theirs", {"README.md": b"x"})):
        there.world.write(name, files)
        there.world.repositories[name].gated = True
    order(prepared(ground, publish="me/theirs"), ground.cloud)
    assert ledger.every(ground.cloud, RunRecord) == []
    order(prepared(ground, "b.csv", publish="me/ours", publish__private="false"), ground.cloud)
    assert len(ledger.every(ground.cloud, RunRecord)) == 1


def test_a_hub_that_is_down_is_asked_again_later(ground, there):
    there.fails["info"] = Failure(500)
    ready = prepared(ground, publish=REPOSITORY)
    with pytest.raises(Unavailable, match="500"):
        order(ready, ground.cloud)
    assert the_drop(ground, ready).waiting
    there.fails.clear()
    order(ready, ground.cloud)
    assert the_drop(ground, ready).state == "started"


def test_who_publishes_nothing_never_asks_the_hub(ground, there):
    order(prepared(ground), ground.cloud)
    assert there.asked == []


# ---------------------------------------------------------------- whose token it is


def test_in_the_cloud_the_hub_is_asked_without_a_token(ground, there):
    order(prepared(ground, publish=REPOSITORY), in_the_cloud(ground))

    assert len(ledger.every(ground.cloud, RunRecord)) == 1
    assert there.asked == ["info"]
    assert there.tokens == [None]


def test_in_the_cloud_a_token_that_nobody_looked_at_is_looked_at_first(ground, there):
    ready = prepared(ground, publish=REPOSITORY)
    order(ready, in_the_cloud(ground, seen=None))
    assert "Run `jinko doctor --publishing`" in refusal(ground, ready)


@pytest.mark.parametrize(
    ("seen", "limit", "told"),
    [
        (Publisher(user="other", namespaces=("other",)), (), "may not write there, but to other"),
        (MINE, ("acme",), "published below acme only"),
    ],
)
def test_a_namespace_that_cannot_be_written_to_is_refused_before_anything_is_trained(
    ground, there, seen, limit, told
):
    ready = prepared(ground, publish=REPOSITORY)
    order(ready, replace(in_the_cloud(ground, seen), publish_namespaces=limit))
    assert told in refusal(ground, ready)


def test_on_a_laptop_a_token_that_may_not_is_told_before_anything_is_trained(ground, there):
    there.world.tokens[TOKEN] = Who("me", role="read")
    ready = prepared(ground, publish=REPOSITORY)
    order(ready, ground.cloud)
    assert "may not write there" in refusal(ground, ready)


def test_an_old_run_is_published_by_one_message_if_it_may_be(ground, there):
    run = at_publishing(ground)
    there.world.write("me/taken", {"README.md": b"x"})
    with ground.db.writing() as c:
        c.execute("UPDATE jobs SET state = 'CANCELLED'")
    ledger.change(ground.cloud, RunRecord, run.id, lambda it: it.moved("cancelled"))
    for name, state in (("me/taken", "refused"), ("me/new", "started")):
        asked = RunRequested(
            request="publish", run_id=run.id, request_id=name[3:], settings={"publish": name}
        )
        (ready,) = request(asked, ground.cloud)
        order(ready, ground.cloud)
        drop = ledger.load(ground.cloud, DropRecord, ready.drop_id)
        assert (drop.state, [fault.next_step for fault in drop.faults]) == (
            state,
            ["Choose another name. Then ask again under another request_id."] if drop.faults else [],
        )
    assert now(ground, run).stage == "publish"


# ---------------------------------------------------------------- publish --check


def test_a_look_at_the_token_is_recorded_for_those_who_have_none(ground, there, capsys):
    assert front_door.main(["publish", "--check"]) == 0
    seen = ledger.load(ground.cloud, Publisher, "hub")

    assert (seen.user, seen.namespaces) == ("me", ("me", "acme"))
    assert "is me's and may write to me, acme" in capsys.readouterr().out
    there.world.tokens[TOKEN] = Who(
        "me", "fineGrained", scopes={"acme": ("repo.write",), "me/x": ("repo.write",)}
    )
    assert front_door.main(["publish", "--check"]) == 0
    seen = ledger.load(ground.cloud, Publisher, "hub")
    assert (seen.namespaces, seen.repositories) == (("acme",), ("me/x",))
    assert (seen.may_write("acme/y"), seen.may_write("me/x"), seen.may_write("me/y")) == (True, True, False)


@pytest.mark.parametrize("who", [None, Who("me", role="read")])
def test_a_token_that_is_of_no_use_is_told(ground, there, capsys, who):
    there.world.tokens = {TOKEN: who} if who else {}
    assert front_door.main(["publish", "--check"]) == 1
    told = capsys.readouterr().err

    assert told.startswith("HF_TOKEN: The Hub")
    assert TOKEN not in told
