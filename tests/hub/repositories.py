"""What a Hub holds: who may do what, repositories with their commits, bytes by their digest. No tests here.

`World` is the whole of it. A repository is a list of commits, each a complete map from path to blob; bytes
lie once, under their SHA-256, as large files do on the Hub.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

LARGE = (".safetensors", ".gguf", ".bin", ".model")  # what the Hub's own .gitattributes sends to LFS
LARGE_BYTES = 10_000_000
ATTRIBUTES = b"*.safetensors filter=lfs diff=lfs merge=lfs -text\n"


@dataclass(frozen=True)
class Who:
    """A token's owner. `role` is the token's: read, write or fineGrained; `orgs` maps one to the role there.

    `scopes` (of a fine-grained token) maps a namespace or a repository to what is allowed on it.
    """

    name: str
    role: str = "write"
    orgs: Mapping[str, str] = field(default_factory=dict)
    scopes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def may(self, what: str, repository: str) -> bool:
        """Whether the token allows `repo.content.read` or `repo.write` on a repository (there or not)."""
        owner = repository.partition("/")[0]
        if self.role == "fineGrained":
            allowed = {*self.scopes.get(owner, ()), *self.scopes.get(repository, ())}
            return what in allowed or (what == "repo.content.read" and "repo.write" in allowed)
        mine = owner == self.name or (owner in self.orgs and (what.endswith("read") or self.writes_in(owner)))
        return mine and (self.role == "write" or what.endswith("read"))

    def writes_in(self, org: str) -> bool:
        return self.orgs.get(org) in ("admin", "write", "contributor")

    def told(self) -> dict[str, Any]:
        """What `whoami` answers, as the Hub words it."""
        token: dict[str, Any] = {"displayName": "jinko", "role": self.role}
        if self.role == "fineGrained":
            token["fineGrained"] = {
                "canReadGatedRepos": True,
                "global": [],
                "scoped": [
                    {"entity": {"type": self._kind(name), "name": name}, "permissions": list(allowed)}
                    for name, allowed in self.scopes.items()
                ],
            }
        orgs = [{"type": "org", "name": name, "roleInOrg": role} for name, role in self.orgs.items()]
        auth = {"type": "access_token", "accessToken": token}
        return {"type": "user", "name": self.name, "fullname": self.name, "orgs": orgs, "auth": auth}

    def _kind(self, name: str) -> str:
        return "model" if "/" in name else "user" if name == self.name else "org"


@dataclass(frozen=True)
class Blob:
    """A file: its bytes' digest and size, and whether it lies in large-file storage."""

    sha256: str
    git: str
    size: int
    large: bool

    @property
    def etag(self) -> str:
        return self.sha256 if self.large else self.git


@dataclass(frozen=True)
class Commit:
    """One state of a repository."""

    oid: str
    title: str
    message: str
    files: Mapping[str, Blob]


@dataclass
class Repository:
    """A model's repository; `gated` wants everybody but its owner to be `granted` access."""

    id: str
    private: bool
    commits: list[Commit]
    gated: bool = False
    granted: set[str] = field(default_factory=set)

    @property
    def head(self) -> Commit:
        return self.commits[-1]

    def at(self, revision: str) -> Commit | None:
        """The commit that a revision names: `main`, or a commit's id."""
        named = [commit for commit in self.commits if commit.oid == revision]
        return self.head if revision == "main" else next(iter(named), None)


class World:
    """A Hub's content. `part_bytes`: files above it are uploaded in parts of it, as those above 5 GB are."""

    def __init__(self) -> None:
        self.tokens: dict[str, Who] = {}
        self.repositories: dict[str, Repository] = {}
        self.bytes: dict[str, bytes] = {}
        self.part_bytes = 5_000_000_000
        self.parts: dict[str, dict[int, bytes]] = {}  # of uploads that are not complete

    def keep(self, data: bytes, large: bool) -> Blob:
        """Store bytes under their digest; the same bytes are stored once."""
        sha256 = hashlib.sha256(data).hexdigest()
        self.bytes[sha256] = data
        git = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
        return Blob(sha256, git, len(data), large)

    def create(self, id: str, private: bool) -> Repository:
        """A new repository, with the commit that the Hub makes itself."""
        first = self.commit_of([], "initial commit", "", {".gitattributes": self.keep(ATTRIBUTES, False)})
        self.repositories[id] = Repository(id, private, [first])
        return self.repositories[id]

    def write(self, id: str, files: Mapping[str, bytes], title: str = "Add files") -> Commit:
        """What a person does on the site: files into a repository, which is made if it is not there."""
        repository = self.repositories.get(id) or self.create(id, private=False)
        blobs = {path: self.keep(data, is_large(path, len(data))) for path, data in files.items()}
        made = self.commit_of(repository.commits, title, "", {**repository.head.files, **blobs})
        repository.commits.append(made)
        return made

    def commit_of(self, before: list[Commit], title: str, message: str, files: Mapping[str, Blob]) -> Commit:
        """A commit whose id follows from what it holds and what was before it."""
        parent = before[-1].oid if before else None
        content = [parent, title, message, sorted((path, blob.sha256) for path, blob in files.items())]
        oid = hashlib.sha1(json.dumps(content).encode()).hexdigest()
        return Commit(oid, title, message, dict(sorted(files.items())))

    def read(self, id: str, path: str) -> bytes:
        """A file's bytes as they are now."""
        return self.bytes[self.repositories[id].head.files[path].sha256]

    def card_of(self, commit: Commit) -> dict[str, Any]:
        """The metadata of a model's card; empty without one."""
        blob = commit.files.get("README.md")
        return metadata(self.bytes[blob.sha256].decode()) if blob else {}


def is_large(path: str, size: int) -> bool:
    return path.endswith(LARGE) or size > LARGE_BYTES


def metadata(card: str) -> dict[str, Any]:
    """The YAML at the top of a card. Raises yaml.YAMLError where it is none."""
    if not card.startswith("---\n"):
        return {}
    read = yaml.safe_load(card[4:].partition("\n---")[0])
    return read if isinstance(read, dict) else {}
