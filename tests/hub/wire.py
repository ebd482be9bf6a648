"""Requests to the Hub and who may make them: which endpoint, whose token, which repository. No tests here.

Strict: an unknown token is refused everywhere, a private repository is not there for others (401 without a
token, 404 with one, as on the Hub), writing wants the right to.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.hub.repositories import Commit, Repository, Who, World

NAME = r"(?P<repo>[\w.-]+/[\w.-]+)"
AT = r"(?P<revision>[^/]+)"
ROUTES = [
    ("whoami", "GET", r"/api/whoami-v2"),
    ("create", "POST", r"/api/repos/create"),
    ("validate", "POST", r"/api/validate-yaml"),
    ("list", "GET", r"/api/models"),
    ("preupload", "POST", rf"/api/models/{NAME}/preupload/{AT}"),
    ("commit", "POST", rf"/api/models/{NAME}/commit/{AT}"),
    ("commits", "GET", rf"/api/models/{NAME}/commits/{AT}"),
    ("tree", "GET", rf"/api/models/{NAME}/tree/{AT}(/(?P<path>.*))?"),
    ("info", "GET", rf"/api/models/{NAME}(/revision/{AT})?"),
    ("lfs-batch", "POST", rf"/{NAME}\.git/info/lfs/objects/batch"),
    ("lfs-verify", "POST", rf"/{NAME}\.git/info/lfs/objects/verify"),
    ("lfs-upload", "PUT", r"/storage/(?P<oid>[0-9a-f]{64})(/(?P<part>\d+))?"),
    ("lfs-complete", "POST", r"/storage/(?P<oid>[0-9a-f]{64})/complete"),
    ("resolve", "GET", rf"/{NAME}/resolve/{AT}/(?P<path>.+)"),
]


class Refused(Exception):
    """An answer that is an error, with the Hub's own code and message."""

    def __init__(self, status: int, message: str, code: str = "") -> None:
        super().__init__(message)
        self.status, self.message, self.code = status, message, code


@dataclass(frozen=True)
class Request:
    """One request. `parts` are what the path names; `origin` is the server's own address."""

    parts: Mapping[str, str]
    query: Mapping[str, str]
    token: str | None
    body: bytes
    origin: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    """What is answered: JSON, or bytes with their headers."""

    body: Any
    headers: Mapping[str, str]


def call_of(method: str, path: str) -> tuple[str, Mapping[str, str]] | None:
    """Which endpoint a request is for, and what its path names."""
    for call, wanted, pattern in ROUTES:
        found = re.fullmatch(pattern, path)
        if found and wanted == ("GET" if method == "HEAD" else method):
            return call, {name: text for name, text in found.groupdict().items() if text}
    return None


def who_asks(world: World, request: Request, must: bool = False) -> Who | None:
    """Whose token it is; None without one."""
    if request.token is None and must:
        raise Refused(401, "Invalid username or password.")
    if request.token is not None and request.token not in world.tokens:
        raise Refused(401, "Invalid credentials in Authorization header")
    return world.tokens.get(request.token or "")


def repository_of(world: World, request: Request, may: str = "repo.content.read") -> Repository:
    """The repository that the path names, if whoever asks may do this with it."""
    who = who_asks(world, request, must=may == "repo.write")
    id = request.parts["repo"]
    found = world.repositories.get(id)
    seen = found and (not found.private or (who and who.may("repo.content.read", id)))
    if not found or not seen:
        raise Refused(404 if who else 401, "Repository not found", "RepoNotFound")
    if may == "repo.write" and not (who and who.may(may, id)):
        raise Refused(403, f'Forbidden: you must have the right to write to "{id}".')
    return found


def commit_at(request: Request, repository: Repository) -> Commit:
    """The commit at the revision that the path names."""
    commit = repository.at(request.parts.get("revision", "main"))
    if commit is None:
        raise Refused(404, "Invalid rev id", "RevisionNotFound")
    return commit
