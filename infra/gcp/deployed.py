"""Whether all that Terraform makes is there and as it was made, and whether a drop is answered. Reads only.

Looked at: buckets, the inbox's notices, subscriptions, the database, functions, the scheduler, the images
that the functions are told to use, secrets, and the newest drop with its page.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final
from urllib.parse import quote

from infra.checks import Check
from infra.gcp.project import Project, Told, Unseen
from schemas import names

AFTER: Final = "After it"
DROPS: Final = "A drop"
FUNCTIONS: Final = ("jinko-on-upload", "jinko-on-dataset-ready", "jinko-on-job-done")
PUSHED: Final = ("jinko-drops", "jinko-datasets", "jinko-requests", "jinko-jobs", "jinko-sweep")
SWEEP: Final = "jinko-sweep"
PATIENCE: Final = timedelta(minutes=3)  # after which a drop without a page is odd
# secret → what it is for, the variable that the functions are given, and Terraform's
SECRETS: Final[Mapping[str, tuple[str, str, str]]] = {
    "jinko-hf-read": ("gated models and private data sets", "JINKO_HF_SECRET", "hf_read_version"),
    "jinko-hf-write": ("publishing to the Hugging Face Hub", "JINKO_HF_WRITE_SECRET", "hf_write_version"),
    "jinko-wandb": ("following trainings on Weights & Biases", "JINKO_WANDB_SECRET", "wandb_version"),
    "jinko-grader": ("a service that grades answers", "JINKO_GRADER_SECRET", "grader_version"),
}
ASKED: Final = "jinko doctor --publishing"
IMAGES: Final = {"JINKO_GPU_IMAGE": "image for GPUs", "JINKO_CPU_IMAGE": "image without"}


def examine(on: Project) -> Iterator[Check]:
    """Everything in order. Where not even the inbox is there, that alone is told."""
    inbox = on.check(AFTER, "inbox", partial(_bucket, on, on.google.inbox))
    yield inbox
    if inbox.line == on.deploy:  # it is not there at all
        return
    yield on.check(AFTER, "outbox", partial(_bucket, on, on.google.outbox))
    yield on.check(AFTER, "the inbox tells of files", partial(_notices, on))
    for one in PUSHED:
        yield on.check(AFTER, f"subscription {one}", partial(_subscription, on, one))
    yield on.check(AFTER, f"database {on.google.database}", partial(_database, on))
    for one in FUNCTIONS:
        yield on.check(AFTER, f"function {one}", partial(_function, on, one))
    yield on.check(AFTER, f"scheduler {SWEEP}", partial(_scheduler, on))
    told = environment(on)
    for variable, what in IMAGES.items():
        yield on.check(AFTER, what, partial(_image, on, told, variable))
    for secret in SECRETS:
        yield on.check(AFTER, f"secret {secret}", partial(_secret, on, told, secret))
    yield on.check(AFTER, "publishing", partial(_publisher, on))
    yield on.check(DROPS, "the newest file", partial(_echo, on))


def _bucket(on: Project, name: str) -> Told:
    found = on.ask("storage", f"storage/v1/b/{name}")
    config = found.get("iamConfiguration", {})
    if config.get("publicAccessPrevention") != "enforced":
        line = (
            f"gcloud storage buckets update {names.address(name, '').rstrip('/')} --public-access-prevention"
        )
        return "missing", f"{name} is there, and could be made public.", line
    return "good", f"{name}, in {str(found.get('location', '')).lower()}, closed to the public", ""


def _notices(on: Project) -> Told:
    found = on.ask("storage", f"storage/v1/b/{on.google.inbox}/notificationConfigs")
    topic = f"//pubsub.googleapis.com/projects/{on.id}/topics/{names.topic('drops')}"
    for one in found.get("items", ()):
        if one.get("topic") == topic and "OBJECT_FINALIZE" in one.get("event_types", ["OBJECT_FINALIZE"]):
            return "good", f"on {names.topic('drops')}", ""
    return "missing", "Nobody hears of files that are dropped.", on.deploy


def _subscription(on: Project, name: str) -> Told:
    found = on.ask("pubsub", f"v1/projects/{on.id}/subscriptions/{name}")
    wrong = [
        what
        for what, is_wrong in (
            ("it pushes nowhere", not found.get("pushConfig", {}).get("pushEndpoint")),
            ("what cannot be delivered is lost", not found.get("deadLetterPolicy")),
            ("it expires when nothing happens", bool(found.get("expirationPolicy", {}).get("ttl"))),
            ("its topic is gone", found.get("topic") == "_deleted-topic_"),
        )
        if is_wrong
    ]
    if wrong:
        return "missing", f"It is there, but {' and '.join(wrong)}.", on.deploy
    return "good", "pushes, sets aside, never expires", ""


def _database(on: Project) -> Told:
    found = on.ask("firestore", f"v1/projects/{on.id}/databases/{on.google.database}")
    if found.get("type") != "FIRESTORE_NATIVE":
        return "missing", f"It is of the type {found.get('type')}; Jinko needs a native one.", on.deploy
    return "good", f"in {found.get('locationId', '')}", ""


def _function(on: Project, name: str) -> Told:
    found = on.ask("cloudfunctions", f"v2/projects/{on.id}/locations/{on.region}/functions/{name}")
    if found.get("state") == "ACTIVE":
        return "good", f"last deployed {str(found.get('updateTime', ''))[:10]}", ""
    said = " ".join(str(one.get("message", "")) for one in found.get("stateMessages", ()))
    line = f"gcloud functions describe {name} --region={on.region} --project={on.id}"
    return "missing", f"Its state is {found.get('state')}. {said}".strip(), line


def environment(on: Project) -> Mapping[str, str]:
    """What the functions are told; empty where that cannot be seen."""
    try:
        path = f"v2/projects/{on.id}/locations/{on.region}/functions/{FUNCTIONS[1]}"
        found = on.ask("cloudfunctions", path)
    except Unseen:
        return {}
    told = found.get("serviceConfig", {}).get("environmentVariables", {})
    return {str(name): str(value) for name, value in told.items()}


def _scheduler(on: Project) -> Told:
    found = on.ask("cloudscheduler", f"v1/projects/{on.id}/locations/{on.region}/jobs/{SWEEP}")
    if found.get("state") == "ENABLED":
        return "good", f"at {found.get('schedule', '')}", ""
    line = f"gcloud scheduler jobs resume {SWEEP} --location={on.region} --project={on.id}"
    return "missing", f"It is {str(found.get('state')).lower()}: what was lost is not found again.", line


def _image(on: Project, told: Mapping[str, str], variable: str) -> Told:
    """The very digest that the functions name: `REGION-docker.pkg.dev/PROJECT/REPOSITORY/NAME@sha256:…`."""
    build = f"make image PROJECT={on.id} TORCH_INDEX=ADDRESS"
    if not told.get(variable):
        return "missing", "The functions are told of none, so no job can start.", f"{build} && {on.deploy}"
    host, project, repository, image = (*told[variable].split("/", 3), "", "", "")[:4]
    region = host.removesuffix("-docker.pkg.dev")
    place = f"v1/projects/{project}/locations/{region}/repositories/{repository}"
    path = f"{place}/dockerImages/{quote(image, safe='')}"
    try:
        found = on.ask("artifactregistry", path)
    except Unseen as error:
        if error.told[0] == "missing":
            raise Unseen("missing", f"{image} is not in the registry.", f"{build} && {on.deploy}") from None
        raise
    size = int(found.get("imageSizeBytes", 0)) / 1e9
    return "good", f"{image[:26]}…, {size:.1f} GB, of {str(found.get('uploadTime', ''))[:10]}", ""


def _secret(on: Project, told: Mapping[str, str], name: str) -> Told:
    purpose, variable, terraform = SECRETS[name]
    found = on.ask("secretmanager", f"v1/projects/{on.id}/secrets/{name}/versions", filter="state:ENABLED")
    versions = [str(one.get("name", "")).rpartition("/")[2] for one in found.get("versions", ())]
    if not versions:
        ask = 'read -rs TOKEN && printf %s "$TOKEN"'
        line = f"{ask} | gcloud secrets versions add {name} --project={on.id} --data-file=-"
        return "note", f"Empty: {purpose} is not possible.", line
    used = told.get(variable, "").rpartition("/")[2]
    if not used:
        line = f"echo '{terraform} = \"{versions[0]}\"' >> infra/terraform/terraform.tfvars && {on.deploy}"
        return "note", f"It has a version, which the functions are not told to use: {purpose}.", line
    if used != "latest" and used not in versions:
        line = f"gcloud secrets versions list {name} --project={on.id}"
        return "missing", f"The functions use version {used}, which is not enabled.", line
    return "good", f"version {used}: {purpose}", ""


def _publisher(on: Project) -> Told:
    """What was last seen of the token that publishes, as a publishing job has recorded it."""
    path = f"v1/projects/{on.id}/databases/{on.google.database}/documents/publishers/hub"
    try:
        found = on.ask("firestore", path)
    except Unseen as error:
        if error.told[0] == "missing":
            raise Unseen("note", "Nobody has asked the Hub yet what its token may do.", ASKED) from None
        raise
    record: Mapping[str, Any] = json.loads(found["fields"]["record"]["stringValue"])
    may = ", ".join((*record.get("namespaces", ()), *record.get("repositories", ()))) or "nothing"
    return "good", f"as {record.get('user')}, to {may} (seen {str(record.get('seen'))[:10]})", ""


def _echo(on: Project) -> Told:
    """The newest file of the inbox has a page that was written after it came; or it came a moment ago."""
    newest = max(_drops(on), key=lambda one: str(one["timeCreated"]), default=None)
    if newest is None:
        line = f"gcloud storage cp examples/tickets/tickets.csv {names.address(on.google.inbox, '')}"
        return "note", "Nothing was dropped yet.", line
    name, dropped = str(newest["name"]), datetime.fromisoformat(str(newest["timeCreated"]))
    page, said = names.status_page(name), f"{name}, of {dropped:%Y-%m-%d %H:%M}"
    written = _written(on, page)
    if written is not None and written >= dropped:
        line = f"gcloud storage cat {names.address(on.google.outbox, page)}"
        return "good", f"{said}, has its page, last written {written:%Y-%m-%d %H:%M}", line
    if datetime.now(UTC) - dropped < PATIENCE:
        return "unknown", f"{name} was dropped a moment ago; look again in a while.", ""
    wanted = 'resource.type="cloud_run_revision" AND resource.labels.service_name=~"^jinko-on-"'
    line = f"gcloud logging read '{wanted}' --project={on.id} --freshness=1d --limit=20"
    return "missing", f"{said}, was never answered.", line


def _written(on: Project, page: str) -> datetime | None:
    """When a page was last written."""
    try:
        found = on.ask("storage", f"storage/v1/b/{on.google.outbox}/o/{quote(page, safe='')}")
    except Unseen as error:
        if error.told[0] != "missing":
            raise
        return None
    return datetime.fromisoformat(str(found["timeCreated"]))


def _drops(on: Project) -> Iterator[Mapping[str, Any]]:
    """The inbox's files that are drops."""
    more: dict[str, str] = {}
    while True:
        wanted = {"fields": "items(name,timeCreated),nextPageToken", **more}
        page = on.ask("storage", f"storage/v1/b/{on.google.inbox}/o", **wanted)
        yield from (one for one in page.get("items", ()) if names.is_drop(str(one.get("name", ""))))
        if not page.get("nextPageToken"):
            return
        more = {"pageToken": str(page["nextPageToken"])}
