"""The Hub stand-in, held to what huggingface_hub itself does with it."""

import hashlib

import httpx
import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, errors, snapshot_download

from tests.hub.card_rules import problems
from tests.hub.repositories import Who
from tests.hub.server import TOKEN, Failure

CARD = "---\nlicense: apache-2.0\n---\n\n# A model\n"


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "mine"
    (made / "adapter").mkdir(parents=True)
    (made / "README.md").write_text(CARD)
    (made / "config.json").write_text("{}")
    (made / "model.safetensors").write_bytes(bytes(range(256)) * 40)
    (made / "adapter" / "adapter.safetensors").write_bytes(b"small")
    return made


def published(there, folder, id="me/bot"):
    HfApi().create_repo(id, private=True)
    return HfApi().upload_folder(repo_id=id, folder_path=folder, commit_message="up")


def test_a_folder_goes_up_in_one_commit_and_comes_down_as_it_was(there, folder, tmp_path):
    commit = published(there, folder)
    down = snapshot_download("me/bot", cache_dir=tmp_path / "empty", revision=commit.oid)
    paths = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]

    assert len(there.world.repositories["me/bot"].commits) == 2
    assert {path: (folder / path).read_bytes() for path in paths} == {
        path: (tmp_path.joinpath(down) / path).read_bytes() for path in paths
    }
    assert [info.id for info in HfApi().list_models(author="me")] == ["me/bot"]
    sizes = {it.path: it.size for it in HfApi().list_repo_tree("me/bot", recursive=True)}
    assert sizes["model.safetensors"] == 10_240
    assert [it.path for it in HfApi().list_repo_tree("me/bot", "adapter")] == ["adapter/adapter.safetensors"]
    assert next(it.path for it in HfApi().list_repo_tree("me/bot")) == "adapter"
    with pytest.raises(errors.EntryNotFoundError):
        list(HfApi().list_repo_tree("me/bot", "templates"))


def test_large_files_are_sent_once_and_in_parts_where_they_are_very_large(there, folder):
    there.world.part_bytes = 4_000
    published(there, folder)
    assert there.asked.count("lfs-upload") == 4  # three parts, and the small one
    HfApi().upload_folder(repo_id="me/bot", folder_path=folder, path_in_repo="again", commit_message="up")

    assert there.asked.count("lfs-upload") == 4
    data = (folder / "model.safetensors").read_bytes()
    assert there.world.read("me/bot", "again/model.safetensors") == data
    assert hashlib.sha256(data).hexdigest() in there.world.bytes


def test_a_download_that_broke_off_goes_on_where_it_was(there, folder, tmp_path):
    published(there, folder)
    address = f"{there.address}/me/bot/resolve/main/model.safetensors"
    asked = {"authorization": f"Bearer {TOKEN}", "range": "bytes=10000-"}

    answer = httpx.get(address, headers=asked)
    assert (answer.status_code, len(answer.content)) == (206, 240)


def test_nobody_sees_a_private_repository_nor_writes_without_the_right_to(there, folder):
    published(there, folder)
    there.world.tokens |= {"hf_other": Who("other"), "hf_reader": Who("me", role="read")}

    for token in (False, "hf_other"):
        with pytest.raises(errors.HfHubHTTPError):
            HfApi(token=token).model_info("me/bot")
    with pytest.raises(errors.HfHubHTTPError, match="401"):
        HfApi(token="hf_unknown").model_info("me/bot")
    assert HfApi(token="hf_reader").model_info("me/bot").private
    for refused in (
        lambda: HfApi(token="hf_reader").upload_folder(repo_id="me/bot", folder_path=folder),
        lambda: HfApi(token="hf_reader").create_repo("me/other"),
        lambda: HfApi().create_repo("library/other"),
    ):
        with pytest.raises(errors.HfHubHTTPError, match="403"):
            refused()


def test_a_fine_grained_token_may_do_what_its_scopes_say(there):
    there.world.tokens["hf_fine"] = Who("me", "fineGrained", scopes={"acme": ("repo.write",)})
    api = HfApi(token="hf_fine")

    assert api.create_repo("acme/bot").repo_id == "acme/bot"
    with pytest.raises(errors.HfHubHTTPError, match="403"):
        api.create_repo("me/bot")
    told = api.whoami()["auth"]["accessToken"]["fineGrained"]["scoped"]
    assert told == [{"entity": {"type": "org", "name": "acme"}, "permissions": ["repo.write"]}]


def test_a_gated_model_is_told_of_and_given_to_nobody_else(there, folder, tmp_path):
    there.world.write("library/gated", {"config.json": b"{}"})
    there.world.repositories["library/gated"].gated = True
    there.world.tokens["hf_other"] = Who("other")

    assert HfApi(token="hf_other").model_info("library/gated").gated == "manual"
    with pytest.raises(errors.GatedRepoError):
        HfApi(token="hf_other").hf_hub_download("library/gated", "config.json", cache_dir=tmp_path)


def test_a_commit_on_top_of_another_than_it_names_is_refused(there, folder):
    first = published(there, folder)
    changes = [CommitOperationDelete("config.json"), CommitOperationAdd("new.txt", b"new")]
    HfApi().create_commit("me/bot", changes, commit_message="two", parent_commit=first.oid)

    late = [CommitOperationAdd("late.txt", b"late")]
    with pytest.raises(errors.HfHubHTTPError, match="412"):
        HfApi().create_commit("me/bot", late, commit_message="three", parent_commit=first.oid)
    assert "config.json" not in there.world.repositories["me/bot"].head.files
    assert [one.title for one in HfApi().list_repo_commits("me/bot")] == ["two", "up", "initial commit"]


def test_a_card_that_breaks_the_rules_is_refused_by_name(there, folder):
    HfApi().create_repo("me/bot")
    (folder / "README.md").write_text("---\nlicense: mine\nbase_model: nowhere\n---\n")
    with pytest.raises(ValueError, match="license"):
        HfApi().upload_folder(repo_id="me/bot", folder_path=folder)

    assert problems(CARD) == []
    assert len(problems((folder / "README.md").read_text())) == 2
    assert problems("# none") == ["It has no metadata."]


@pytest.mark.parametrize("how", [401, 403, 404, 409, 412, 429, 500, "cut", "lost"])
def test_any_call_can_be_made_to_fail_once_or_for_ever(there, how):
    there.fails["whoami"] = Failure(how, times=1)
    with pytest.raises((errors.HfHubHTTPError, httpx.HTTPError)):
        HfApi().whoami()

    assert HfApi().whoami()["name"] == "me"
    there.fails["whoami"] = Failure(how)
    for _ in range(3):
        with pytest.raises((errors.HfHubHTTPError, httpx.HTTPError)):
            HfApi().whoami()
