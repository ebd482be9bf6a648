"""What the Hub answers becomes a person's fault or a reason to try again; a loopback server plays it."""

import pytest

from infra import hub, settings
from schemas.errors import BadInput, Unavailable
from tests.infra.loopback import COMMIT, NOBODY, believe, serving

ANSWERS = {
    "no/such": (404, "RepoNotFound"),
    "no/revision": (404, "RevisionNotFound"),
    "is/gated": (403, "GatedRepo"),
    "needs/token": (401, ""),
    "is/broken": (500, ""),
    "has/moved": (404, ""),
    "is/there": settings.BUNDLED_MODELS / "tiny-gemma3",
}


@pytest.fixture(scope="module")
def address():
    """A Hub on this machine."""
    with serving(ANSWERS) as (address, _):
        yield address


@pytest.fixture(autouse=True)
def here(monkeypatch, address):
    believe(monkeypatch, address)


@pytest.mark.parametrize(
    ("name", "finding", "next_step"),
    [
        ("no/such", "no such model", "owner/name"),
        ("no/revision", "has no revision v9", "owner/name"),
        ("is/gated", "gated", "HF_TOKEN"),
        ("needs/token", "or it is private", "HF_TOKEN"),
        ("has/moved", "no such model", "owner/name"),
        ("two/many/slashes", "no name of a model", "owner/name"),
        ("-bad-/na me", "no name of a model", "owner/name"),
    ],
)
def test_what_a_person_can_mend_is_refused_with_its_name_and_what_to_do(name, finding, next_step):
    with pytest.raises(BadInput) as refused:
        hub.commit_of(name, "v9")
    (fault,) = refused.value.faults

    assert fault.place == f"base_model: {name}"
    assert finding in fault.finding
    assert next_step in fault.next_step


def test_a_hub_that_is_broken_is_worth_asking_again():
    with pytest.raises(Unavailable, match="500"):
        hub.commit_of("is/broken")


def test_a_hub_that_does_not_answer_is_worth_asking_again(monkeypatch):
    believe(monkeypatch, NOBODY)
    with pytest.raises(Unavailable, match="did not answer"):
        hub.commit_of("owner/name")


def test_a_model_that_is_there_is_pinned_by_its_commit_and_gives_out_the_files_it_has(tmp_path):
    assert hub.commit_of("is/there") == COMMIT
    hub.fetch_files("is/there", COMMIT, ["tokenizer.json", "no-such.json"], tmp_path)
    bundled = settings.BUNDLED_MODELS / "tiny-gemma3" / "tokenizer.json"

    assert (tmp_path / "tokenizer.json").read_bytes() == bundled.read_bytes()
    assert [path.name for path in tmp_path.glob("*.json")] == ["tokenizer.json"]
