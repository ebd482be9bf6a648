"""The Hub's storage of large files: the batch, uploads whole and in parts, the check after. No tests here.

It takes signed addresses and no token, as the real one does, and bytes whose digest is what was announced.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from tests.hub.repositories import Repository, World
from tests.hub.wire import Answer, Refused, Request, repository_of


def signed(oid: str) -> str:
    """What makes an address of the storage valid."""
    return hashlib.sha256(f"secret {oid}".encode()).hexdigest()[:16]


def _lfs_batch(world: World, request: Request) -> Any:
    repository = repository_of(world, request, "repo.write")
    asked = request.json
    if asked["operation"] != "upload" or asked["hash_algo"] != "sha256":
        raise Refused(422, "Only uploads by SHA-256.")
    objects = [_upload_of(world, request, repository, one) for one in asked["objects"]]
    return {"transfer": "basic", "objects": objects}


def _upload_of(world: World, request: Request, repository: Repository, object: Mapping[str, Any]) -> Any:
    oid, size, part = object["oid"], object["size"], world.part_bytes
    told = {"oid": oid, "size": size, "authenticated": True}
    if oid in world.bytes:
        return told
    base = f"{request.origin}/storage/{oid}"
    verify = {"href": f"{request.origin}/{repository.id}.git/info/lfs/objects/verify", "header": {}}
    if size <= part:
        upload: dict[str, Any] = {"href": f"{base}?signature={signed(oid)}", "header": {}}
    else:
        urls = {str(n + 1): f"{base}/{n + 1}?signature={signed(oid)}" for n in range(-(-size // part))}
        upload = {"href": f"{base}/complete", "header": {"chunk_size": str(part), **urls}}
    return {**told, "actions": {"upload": upload, "verify": verify}}


def _lfs_upload(world: World, request: Request) -> Answer:
    oid, part = request.parts["oid"], request.parts.get("part")
    if request.token is not None:
        raise Refused(400, "Storage takes a signed address and no token.")
    if request.query.get("signature") != signed(oid):
        raise Refused(403, "SignatureDoesNotMatch")
    if part is None:
        _store(world, oid, request.body)
    else:
        world.parts.setdefault(oid, {})[int(part)] = request.body
    return Answer({}, {"ETag": f'"{hashlib.md5(request.body).hexdigest()}"'})


def _lfs_complete(world: World, request: Request) -> Any:
    oid, there = request.parts["oid"], world.parts.pop(request.parts["oid"], {})
    for part in request.json["parts"]:
        data = there.get(part["partNumber"], b"")
        if part["etag"].strip('"') != hashlib.md5(data).hexdigest():
            raise Refused(400, f"Part {part['partNumber']} is not what was uploaded.")
    _store(world, oid, b"".join(data for _, data in sorted(there.items())))
    return {}


def _store(world: World, oid: str, data: bytes) -> None:
    if hashlib.sha256(data).hexdigest() != oid:
        raise Refused(400, "The content is not what its digest says.")
    world.bytes[oid] = data


def _lfs_verify(world: World, request: Request) -> Any:
    repository_of(world, request, "repo.write")
    stored = world.bytes.get(request.json["oid"])
    if stored is None or len(stored) != request.json["size"]:
        raise Refused(404, "Object does not exist")
    return {}


STORAGE = {
    "lfs-batch": _lfs_batch,
    "lfs-upload": _lfs_upload,
    "lfs-complete": _lfs_complete,
    "lfs-verify": _lfs_verify,
}
