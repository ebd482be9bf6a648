"""Publishing on the Hugging Face Hub: whom it knows the token as, what a repository holds, one commit on it.

A repository is ours if its `jinko.json` says that Jinko published it under this very name; a copy, and what
anybody else made, is not. An empty one is free. What is ours gets another commit on top, so earlier versions
stay in its history; of its files only those that `jinko.json` lists are ever removed.

The same commit is never made twice: its title (run and order) is looked for in the history first, and it is
made on top of the commit that was looked at, or not at all. What was uploaded before a connection broke is
found by its digest and not sent again. Who may see a repository that is there is never changed.

Large files go the Hub's LFS way rather than through Xet: it is the one that can be tried here.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from infra import ledger
from infra.hub_faults import told
from infra.ports import Cloud
from schemas.errors import BadInput, Fault, Unavailable
from schemas.publishing import MARKER, namespace_of
from schemas.records import Publisher

if TYPE_CHECKING:
    from huggingface_hub import HfApi

SECONDS: Final = 60.0  # to connect, and between two pieces of what is sent
LONGEST_SECONDS: Final = 600.0  # that an answer may take: a commit of many files takes its time
OWNS: Final = ("admin", "write", "contributor")  # roles in an organization that may make repositories
WRITES: Final = "repo.write"
GITS_OWN: Final = frozenset({".gitattributes"})  # all that a new repository holds


class Target(NamedTuple):
    """A repository to publish to, and who may see it.

    `again` tells a person what to do once a fault is mended, `otherwise` how to choose another name.
    """

    repository: str
    private: bool
    again: str
    otherwise: str

    @property
    def place(self) -> str:
        return f"publish.repository: {self.repository}"

    @property
    def elsewhere(self) -> str:
        return self.otherwise[0].upper() + self.otherwise[1:]


class Standing(NamedTuple):
    """A repository as it is: its newest commit, its files, and what its `jinko.json` says, if it is ours."""

    commit: str
    private: bool
    files: frozenset[str]
    marker: Mapping[str, Any] | None

    @property
    def free(self) -> bool:
        """Whether nothing of anybody's would be overwritten."""
        return self.marker is not None or self.files <= GITS_OWN


# ---------------------------------------------------------------- who we are


def see_token(on: Cloud, again: str = "") -> Publisher:
    """Ask the Hub who the token of this process is and what it may write to; recorded in the State.

    Raises BadInput where there is no token, or one that the Hub does not take; Unavailable.
    """
    with told("HF_TOKEN", again):
        who = _api().whoami()
        token = who.get("auth", {}).get("accessToken", {})
        namespaces: list[str] = []
        repositories: list[str] = []
        if token.get("role") == "write":
            orgs = [one["name"] for one in who.get("orgs", ()) if one.get("roleInOrg") in OWNS]
            namespaces = [who["name"], *orgs]
        for scope in token.get("fineGrained", {}).get("scoped", ()):
            if WRITES in scope["permissions"]:
                kind, name = scope["entity"]["type"], scope["entity"].get("name", "")
                (repositories if kind == "model" else namespaces if kind in ("user", "org") else []).append(
                    name
                )
    seen = Publisher(user=who["name"], namespaces=tuple(namespaces), repositories=tuple(repositories))
    ledger.tell(on, seen)
    return seen


def must_be_allowed(target: Target, seen: Publisher, limited_to: tuple[str, ...]) -> None:
    """Raises BadInput for a repository outside the namespaces of the setting, or of the token."""
    owner = namespace_of(target.repository)
    if limited_to and owner.lower() not in [one.lower() for one in limited_to]:
        finding = f"Here models are published below {', '.join(limited_to)} only (JINKO_PUBLISH_NAMESPACES)."
        raise BadInput(Fault(place=target.place, finding=finding, next_step=target.elsewhere))
    if not seen.may_write(target.repository):
        may = ", ".join((*seen.namespaces, *seen.repositories)) or "nothing at all"
        finding = (
            f"The Hub's token of {seen.user} may not write there, but to {may} (seen {seen.seen:%Y-%m-%d})."
        )
        step = f"Give Jinko a token that may write to {owner}. {target.again} Or: {target.otherwise}"
        raise BadInput(Fault(place=target.place, finding=finding, next_step=step))


# ---------------------------------------------------------------- what is there


def standing(target: Target, *, as_anybody: bool = False) -> Standing | None:
    """The repository as it is; None if it is not there, or nobody without rights can see it.

    `as_anybody` asks without a token, as a function does. Raises Unavailable, and BadInput for a token that
    may not ask.
    """
    from huggingface_hub import errors

    api = _api(token=False if as_anybody else None)
    with told(target.place, target.again):
        try:
            info = api.model_info(target.repository, timeout=SECONDS)
        except errors.RepositoryNotFoundError:
            return None
        except errors.HfHubHTTPError as error:
            if as_anybody and error.response.status_code in (401, 404):
                return None
            raise
        files = frozenset(sibling.rfilename for sibling in info.siblings or ())
        if not info.sha:
            raise Unavailable(f"The Hub did not say at which commit {target.repository} stands.")
        try:
            marker = _marker(api, target.repository, info.sha) if MARKER in files else None
        except errors.GatedRepoError:  # seen by its name alone; the publishing job may read it
            marker = {}
    return Standing(info.sha, bool(info.private), files, marker)


def must_be_free(target: Target, found: Standing | None) -> None:
    """Raises BadInput for a repository that is somebody's, or that others may see than was asked for."""
    if found is None:
        return
    if not found.free:
        finding = "A repository of this name exists, and Jinko did not make what is in it: it stays as it is."
        raise BadInput(Fault(place=target.place, finding=finding, next_step=target.elsewhere))
    if found.private != target.private:
        is_, said = ("private", "private: false") if found.private else ("public", "private: true")
        finding = (
            f"The repository is {is_}, and publish.{said} is wanted. Jinko never changes who may see one."
        )
        step = f"Change it in the repository's settings on the Hub. {target.again} Or: {target.otherwise}"
        raise BadInput(Fault(place=target.place, finding=finding, next_step=step))


def committed(target: Target, mark: str) -> str | None:
    """The commit of this title, however long ago it was made; None if there is none."""
    with told(target.place, target.again):
        commits = _api().list_repo_commits(target.repository)
    return next((one.commit_id for one in commits if one.title == mark), None)


# ---------------------------------------------------------------- writing


def create(target: Target) -> Standing:
    """Make the repository. Raises Unavailable if it is there meanwhile: the next attempt looks at it."""
    with told(target.place, target.again):
        _api().create_repo(target.repository, private=target.private)
    made = standing(target)
    if made is None:
        raise Unavailable(f"The Hub made {target.repository} and does not show it yet.")
    return made


def put(target: Target, found: Standing, folder: Path, mark: str, facts: Mapping[str, Any]) -> str:
    """Commit a folder on top of what was found, in one commit; its id.

    Files that an earlier commit of ours brought and that are not in the folder are removed; `jinko.json`,
    with `facts` and every file's digest, is added. Raises Unavailable where the repository has moved on.
    """
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    files = sorted(path for path in folder.rglob("*") if path.is_file())
    added = [CommitOperationAdd(path.relative_to(folder).as_posix(), path) for path in files]
    digests = {one.path_in_repo: one.upload_info.sha256.hex() for one in added}
    marker = {"repository": target.repository, **facts, "files": digests}
    added.append(CommitOperationAdd(MARKER, json.dumps(marker, indent=1).encode()))
    before = (found.marker or {}).get("files", {})
    gone = [CommitOperationDelete(one) for one in sorted(before) if one in found.files and one not in digests]
    with told(target.place, target.again):
        made = _api().create_commit(
            target.repository,
            [*added, *gone],
            commit_message=mark,
            parent_commit=found.commit,
        )
    return str(made.oid)


def page(repository: str) -> str:
    """The repository's address for people."""
    return f"{_api().endpoint}/{repository}"


def _marker(api: "HfApi", repository: str, commit: str) -> Mapping[str, Any] | None:
    """What the repository's `jinko.json` says; None where it is not about this repository."""
    from huggingface_hub import hf_hub_url
    from huggingface_hub.utils._headers import build_hf_headers
    from huggingface_hub.utils._http import hf_raise_for_status, http_backoff

    address = hf_hub_url(repository, MARKER, revision=commit, endpoint=api.endpoint)
    answer = http_backoff("GET", address, headers=build_hf_headers(token=api.token))
    hf_raise_for_status(answer)
    try:
        read = answer.json()
    except ValueError:
        return None
    about = read.get("repository") if isinstance(read, dict) else None
    return read if isinstance(about, str) and about.lower() == repository.lower() else None


def _api(token: bool | None = None) -> "HfApi":
    """The Hub's client with the token of this process, or with none (False)."""
    from huggingface_hub import HfApi, constants

    constants.HF_HUB_DISABLE_XET = True
    _be_patient()
    return HfApi(token=token)


@cache
def _be_patient() -> None:
    """The library waits for ever by itself: a Hub that hangs would be paid for until the job's limit."""
    import httpx
    from huggingface_hub import set_client_factory
    from huggingface_hub.utils._http import default_client_factory

    def client() -> httpx.Client:
        made = default_client_factory()
        made.timeout = httpx.Timeout(SECONDS, read=LONGEST_SECONDS)
        return made

    set_client_factory(client)
