"""The Hub's endpoints that read: whoami, list, info, tree, commits, resolve. No tests here."""

from typing import Any

from tests.hub.repositories import Blob, Commit, Repository, World
from tests.hub.wire import Answer, Refused, Request, commit_at, repository_of, who_asks

DATE = "2026-11-25T10:00:00.000Z"


def _whoami(world: World, request: Request) -> Any:
    who = who_asks(world, request, must=True)
    assert who
    return who.told()


def _list(world: World, request: Request) -> Any:
    who, author = who_asks(world, request), request.query.get("author")
    every = [one for one in world.repositories.values() if author in (None, one.id.partition("/")[0])]
    seen = [one for one in every if not one.private or (who and who.may("repo.content.read", one.id))]
    return [_told(world, one, one.head) for one in seen]


def _info(world: World, request: Request) -> Any:
    repository = repository_of(world, request)
    return _told(world, repository, commit_at(request, repository))


def _told(world: World, repository: Repository, commit: Commit) -> dict[str, Any]:
    card = world.card_of(commit)
    return {
        "id": repository.id,
        "modelId": repository.id,
        "sha": commit.oid,
        "private": repository.private,
        "gated": "manual" if repository.gated else False,
        "disabled": False,
        "tags": card.get("tags", []),
        "cardData": card,
        "siblings": [{"rfilename": path} for path in commit.files],
    }


def _tree(world: World, request: Request) -> Any:
    """Files below a folder, all or (not recursive) with the folders that lie in it."""
    commit = commit_at(request, repository_of(world, request))
    below = f"{request.parts['path']}/" if "path" in request.parts else ""
    found = {path: blob for path, blob in commit.files.items() if path.startswith(below)}
    if below and not found:
        raise Refused(404, f"{below} does not exist", "EntryNotFound")
    if request.query.get("recursive", "").lower() not in ("true", "1"):
        deeper = {path for path in found if "/" in path.removeprefix(below)}
        folders = {below + path.removeprefix(below).partition("/")[0] for path in deeper}
        told = [{"type": "directory", "path": path, "oid": commit.oid} for path in sorted(folders)]
        return [*told, *(_file(path, blob) for path, blob in found.items() if path not in deeper)]
    return [_file(path, blob) for path, blob in found.items()]


def _file(path: str, blob: Blob) -> dict[str, Any]:
    told: dict[str, Any] = {"type": "file", "path": path, "size": blob.size, "oid": blob.git}
    if blob.large:
        told["lfs"] = {"oid": blob.sha256, "size": blob.size, "pointerSize": 134}
    return told


def _commits(world: World, request: Request) -> Any:
    repository = repository_of(world, request)
    commit = commit_at(request, repository)
    until = repository.commits[: repository.commits.index(commit) + 1]
    return [
        {"id": one.oid, "title": one.title, "message": one.message, "authors": [], "date": DATE}
        for one in reversed(until)
    ]


def _resolve(world: World, request: Request) -> Answer:
    repository = repository_of(world, request)
    who = who_asks(world, request)
    mine = who and (who.name in repository.granted or who.may("repo.content.read", repository.id))
    if repository.gated and not mine:
        raise Refused(403 if who else 401, f"Access to model {repository.id} is restricted.", "GatedRepo")
    commit = commit_at(request, repository)
    blob = commit.files.get(request.parts["path"])
    if blob is None:
        raise Refused(404, "Entry not found", "EntryNotFound")
    linked = {"X-Linked-Etag": f'"{blob.etag}"', "X-Linked-Size": str(blob.size)} if blob.large else {}
    headers = {"ETag": f'"{blob.etag}"', "X-Repo-Commit": commit.oid, "Accept-Ranges": "bytes", **linked}
    return Answer(world.bytes[blob.sha256], headers)


READING = {
    "whoami": _whoami,
    "list": _list,
    "info": _info,
    "tree": _tree,
    "commits": _commits,
    "resolve": _resolve,
}
