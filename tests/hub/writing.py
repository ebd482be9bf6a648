"""The Hub's endpoints that write: create, validate, preupload, commit. No tests here."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from tests.hub.card_rules import problems
from tests.hub.repositories import Blob, World, is_large
from tests.hub.wire import Refused, Request, commit_at, repository_of, who_asks


def _create(world: World, request: Request) -> Any:
    who, asked = who_asks(world, request, must=True), request.json
    assert who
    id = f"{asked.get('organization') or who.name}/{asked['name']}"
    owner = id.partition("/")[0]
    if not who.may("repo.write", id) or not (who.role != "fineGrained" or owner in who.scopes):
        words = f'You don\'t have the rights to create a model under the namespace "{owner}"'
        raise Refused(403, words)
    if id in world.repositories:
        raise Refused(409, "You already created this model repo")
    world.create(id, asked.get("visibility") == "private")
    return {"url": f"{request.origin}/{id}", "name": id, "id": id}


def _validate(world: World, request: Request) -> Any:
    who_asks(world, request)
    wrong = [{"message": problem} for problem in problems(request.json["content"])]
    if wrong:
        raise Refused(400, json.dumps({"errors": wrong, "warnings": []}))
    return {"errors": [], "warnings": []}


def _preupload(world: World, request: Request) -> Any:
    repository = repository_of(world, request, "repo.write")
    there = commit_at(request, repository).files
    return {
        "files": [
            {
                "path": file["path"],
                "uploadMode": "lfs" if is_large(file["path"], file["size"]) else "regular",
                "shouldIgnore": False,
                "oid": there[file["path"]].etag if file["path"] in there else None,
            }
            for file in request.json["files"]
        ]
    }


def _commit(world: World, request: Request) -> Any:
    repository = repository_of(world, request, "repo.write")
    head, *lines = [json.loads(line) for line in request.body.splitlines()]
    header = head["value"]
    if head["key"] != "header" or not header["summary"]:
        raise Refused(400, "The first line must be a header with a summary.")
    parent = header.get("parentCommit")
    if parent and parent != repository.head.oid:
        raise Refused(412, "A commit has happened since. Please refresh and try again.")
    files = dict(repository.head.files)
    for line in lines:
        _apply(world, line["key"], line["value"], files)
    made = world.commit_of(repository.commits, header["summary"], header.get("description", ""), files)
    repository.commits.append(made)
    url = f"{request.origin}/{repository.id}/commit/{made.oid}"
    return {"success": True, "commitOid": made.oid, "commitUrl": url, "hookOutput": ""}


def _apply(world: World, key: str, value: Mapping[str, Any], files: dict[str, Blob]) -> None:
    path = value["path"]
    if key == "file":
        try:
            data = base64.b64decode(value["content"], validate=True)
        except binascii.Error as error:
            raise Refused(400, "The content is no base64.") from error
        if is_large(path, len(data)):
            raise Refused(400, f"{path} must be sent to large-file storage.")
        if path == "README.md" and (wrong := problems(data.decode())):
            raise Refused(400, f"Invalid metadata in README.md: {wrong[0]}")
        files[path] = world.keep(data, False)
    elif key == "lfsFile":
        stored = world.bytes.get(value["oid"])
        if value["algo"] != "sha256" or stored is None or len(stored) != value["size"]:
            raise Refused(400, f"{path} points to an object that was not uploaded.")
        files[path] = world.keep(stored, True)
    elif key == "deletedFile":
        if files.pop(path, None) is None:
            raise Refused(404, f"A file with this name doesn't exist: {path}", "EntryNotFound")
    else:
        raise Refused(400, f"Unknown line {key!r}.")


WRITING = {"create": _create, "validate": _validate, "preupload": _preupload, "commit": _commit}
