"""Who may do what in a Google Cloud project, worked out from what the code asks for: data, and nothing else.

`ASKS` says which requests a method of a port sends, and which permissions these need on what. `USES` says
which methods each identity can come to, and on what; `PLATFORM` what Google itself does in an identity's
name. `GRANTS` is what is granted for that: the smallest of Google's own roles on the narrowest thing.
Terraform grants exactly these (infra/terraform). `tests/permissions` reads the code, this table and
Terraform beside one another.

Permissions of requests: Google's page "IAM permissions for JSON methods" (Cloud Storage), the pages on
roles and permissions of Firestore, Pub/Sub, Batch and IAM, read in copies on 2026-11-25. Writing over an
object takes `storage.objects.delete`. That a job is cancelled by `batch.jobs.delete` is inferred: Google's
page names the role roles/batch.jobsEditor, and nothing else in it could do it.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

WRITTEN_DOWN: Final = "2026-11-25"


class Ask(NamedTuple):
    """What a method of a port sends (the client's methods), and what each kind of thing has to permit."""

    requests: tuple[str, ...]
    permissions: Mapping[str, tuple[str, ...]]


class Need(NamedTuple):
    """A permission on something (its kind, then its name) that Google uses in an identity's name."""

    permission: str
    on: str
    why: str


class Grant(NamedTuple):
    """A role of an identity on something. What is granted for the whole project says why, in `reason`."""

    identity: str
    role: str
    on: str
    reason: str = ""


GET, LIST, CREATE, DELETE = (f"storage.objects.{verb}" for verb in ("get", "list", "create", "delete"))
ENTITY: Final = "datastore.entities."

ASKS: Final[Mapping[str, Ask]] = {
    "store.stat": Ask(("reload",), {"bucket": (GET,)}),
    "store.open": Ask(("download_as_bytes", "reload"), {"bucket": (GET,)}),
    "store.read": Ask(("download_as_bytes",), {"bucket": (GET,)}),
    "store.write": Ask(("upload_from_string",), {"bucket": (CREATE, DELETE)}),
    "store.write_once": Ask(("upload_from_string",), {"bucket": (CREATE,)}),
    "store.write_if": Ask(("upload_from_string",), {"bucket": (CREATE, DELETE)}),
    "store.upload": Ask(("upload_from_filename",), {"bucket": (CREATE, DELETE)}),
    "store.download": Ask(("download_to_filename", "reload"), {"bucket": (GET,)}),
    "store.list": Ask(("list_blobs",), {"bucket": (LIST,)}),
    "store.delete": Ask(("delete",), {"bucket": (DELETE,)}),
    "state.create": Ask(("commit",), {"database": (f"{ENTITY}create",)}),
    "state.get": Ask(("get_document",), {"database": (f"{ENTITY}get",)}),
    "state.replace": Ask(("commit",), {"database": (f"{ENTITY}update",)}),
    "state.find": Ask(("run_query",), {"database": (f"{ENTITY}get", f"{ENTITY}list")}),
    "state.since": Ask(("run_query",), {"database": (f"{ENTITY}get", f"{ENTITY}list")}),
    "bus.publish": Ask(("publish",), {"topic": ("pubsub.topics.publish",)}),
    "jobs.submit": Ask(
        ("create_job", "get_job"),
        {"project": ("batch.jobs.create", "batch.jobs.get"), "account": ("iam.serviceAccounts.actAs",)},
    ),
    "jobs.status": Ask(("get_job", "get_task"), {"project": ("batch.jobs.get", "batch.tasks.get")}),
    # `jinko doctor` reads, as the person who types it: roles/viewer on the project is enough.
    "rest.get": Ask(("get",), {}),
    "jobs.cancel": Ask(("cancel_job", "get_job"), {"project": ("batch.jobs.delete", "batch.jobs.get")}),
}

RECORDS: Final = "state.create state.find state.get state.replace"
TOLD: Final = "state.create state.get state.replace"  # progress: looked up by its id alone
JOB: Final = "store.stat store.read store.write_once"  # the order read, the result written once
FOLDERS: Final = "store.list store.download store.upload"

USES: Final[Mapping[str, Mapping[str, str]]] = {
    "on_upload": {
        "bucket inbox": "store.stat store.open store.read store.list",
        "bucket outbox": "store.stat store.open store.read store.list store.write store.write_if "
        "store.upload",
        "database": RECORDS,
        "topic datasets": "bus.publish",
        "topic requests": "bus.publish",
        "project": "jobs.submit",
        "account worker": "jobs.submit",
    },
    "on_dataset_ready": {
        "bucket outbox": "store.stat store.read store.list store.write_if store.write_once store.delete",
        "database": RECORDS,
        "topic datasets": "bus.publish",
        "topic runs": "bus.publish",
        "project": "jobs.submit jobs.status jobs.cancel",
        "account trainer": "jobs.submit",
        "account worker": "jobs.submit",
        "account publisher": "jobs.submit",
    },
    "on_job_done": {
        "bucket inbox": "store.list",
        "bucket outbox": "store.stat store.read store.list store.write store.write_if store.write_once "
        "store.delete",
        "database": f"{RECORDS} state.since",
        "topic drops": "bus.publish",
        "topic datasets": "bus.publish",
        "topic jobs": "bus.publish",
        "topic runs": "bus.publish",
        "project": "jobs.submit jobs.status jobs.cancel",
        "account trainer": "jobs.submit",
        "account worker": "jobs.submit",
        "account publisher": "jobs.submit",
    },
    "trainer": {"bucket outbox": f"{JOB} {FOLDERS}", "database": TOLD},
    "worker": {
        "bucket inbox": "store.stat store.open store.list",
        "bucket outbox": f"{JOB} {FOLDERS} store.open store.write store.write_if",
        "database": TOLD,
    },
    "publisher": {"bucket outbox": f"{JOB} store.list store.download", "database": TOLD},
}

AGENT: Final = "Batch's agent on the machine works as the job's account"
JOBS: Final = (
    Need("batch.states.report", "project", f"{AGENT} and says how the job stands"),
    Need(
        "logging.logEntries.create", "project", f"{AGENT} and sends the container's output to Cloud Logging"
    ),
    Need("artifactregistry.repositories.downloadArtifacts", "repository", f"{AGENT} and fetches the image"),
    Need("pubsub.topics.publish", "topic jobs", "Batch publishes its notices as the job's account"),
)
TOKEN: Final = "secretmanager.versions.access"
PUT: Final = f"{AGENT} and puts the token into the container's environment"
PUSHED: Final = ("drops", "datasets", "requests", "jobs", "sweep")  # subscriptions that push to functions
GATED: Final = "Cloud Run hands it HF_TOKEN: gated bases and private data sets are looked at before a job is"

PLATFORM: Final[Mapping[str, tuple[Need, ...]]] = {
    "on_upload": (Need(TOKEN, "secret hf_read", GATED),),
    "on_dataset_ready": (Need(TOKEN, "secret hf_read", GATED),),
    "trainer": (*JOBS, *(Need(TOKEN, f"secret {one}", PUT) for one in ("hf_read", "wandb", "grader"))),
    "worker": (*JOBS, Need(TOKEN, "secret hf_read", PUT)),
    "publisher": (*JOBS, Need(TOKEN, "secret hf_write", PUT)),
    "push": tuple(
        Need("run.routes.invoke", f"service {one}", "Pub/Sub's pushes carry this account's token")
        for one in ("on_upload", "on_dataset_ready", "on_job_done")
    ),
    "build": (
        Need(GET, "bucket source", "Cloud Build fetches the container's source"),
        Need(
            GET, "bucket gcf_sources", "Cloud Functions copies an archive there, and Cloud Build fetches it"
        ),
        Need("artifactregistry.repositories.uploadArtifacts", "repository", "it pushes what it built"),
        Need("artifactregistry.repositories.downloadArtifacts", "repository", "it takes layers from there"),
        Need("artifactregistry.tags.create", "repository", "it names what it pushed"),
        Need("artifactregistry.tags.update", "repository", "the same name again, at the next deployment"),
        Need("logging.logEntries.create", "project", "its log is what tells why a build failed"),
    ),
    "storage_agent": (Need("pubsub.topics.publish", "topic drops", "the inbox's notices"),),
    "pubsub_agent": (
        Need("pubsub.topics.publish", "topic dead_letters", "what could not be delivered is set aside"),
        *(
            Need("pubsub.subscriptions.consume", f"subscription {one}", "and taken off its subscription")
            for one in PUSHED
        ),
        Need(
            "iam.serviceAccounts.getOpenIdToken", "account push", "each push carries a token of that account"
        ),
    ),
}

ALL_JOBS: Final = "A Batch job has no policy of its own: who may submit, may submit in the project."
ONE_DATABASE: Final = "Firestore's roles are the project's; a condition narrows them to Jinko's database."
THEIR_BUCKET: Final = "Google makes this bucket when the first function is deployed; a condition names it."
REPORTS: Final = "The agent reports to the project; there is no narrower thing to grant it on."
LOGS: Final = "Log entries are written to the project; there is no narrower thing to grant it on."


def _job(identity: str, bucket_roles: tuple[str, ...], secrets: tuple[str, ...]) -> tuple[Grant, ...]:
    """What the account of a job is granted."""
    return (
        *(Grant(identity, role, "bucket outbox") for role in bucket_roles),
        Grant(identity, "roles/datastore.user", "database", ONE_DATABASE),
        Grant(identity, "roles/pubsub.publisher", "topic jobs"),
        Grant(identity, "roles/batch.agentReporter", "project", REPORTS),
        Grant(identity, "roles/logging.logWriter", "project", LOGS),
        Grant(identity, "roles/artifactregistry.reader", "repository"),
        *(Grant(identity, "roles/secretmanager.secretAccessor", f"secret {one}") for one in secrets),
    )


def _function(identity: str, topics: tuple[str, ...], accounts: tuple[str, ...]) -> tuple[Grant, ...]:
    """What a function's account is granted, the inbox left out."""
    return (
        Grant(identity, "roles/storage.objectUser", "bucket outbox"),
        Grant(identity, "roles/datastore.user", "database", ONE_DATABASE),
        *(Grant(identity, "roles/pubsub.publisher", f"topic {one}") for one in topics),
        Grant(identity, "roles/batch.jobsEditor", "project", ALL_JOBS),
        *(Grant(identity, "roles/iam.serviceAccountUser", f"account {one}") for one in accounts),
    )


RUNNERS: Final = ("trainer", "worker", "publisher")
GRANTS: Final[tuple[Grant, ...]] = (
    Grant("on_upload", "roles/storage.objectViewer", "bucket inbox"),
    *_function("on_upload", ("datasets", "requests"), ("worker",)),
    Grant("on_upload", "roles/secretmanager.secretAccessor", "secret hf_read"),
    *_function("on_dataset_ready", ("datasets", "runs"), RUNNERS),
    Grant("on_dataset_ready", "roles/secretmanager.secretAccessor", "secret hf_read"),
    Grant(
        "on_job_done", "roles/storage.legacyBucketReader", "bucket inbox"
    ),  # names, never what is in a file
    *_function("on_job_done", ("drops", "datasets", "jobs", "runs"), RUNNERS),
    *_job("trainer", ("roles/storage.objectUser",), ("hf_read", "wandb", "grader")),
    Grant("worker", "roles/storage.objectViewer", "bucket inbox"),
    *_job("worker", ("roles/storage.objectUser",), ("hf_read",)),
    *_job("publisher", ("roles/storage.objectViewer", "roles/storage.objectCreator"), ("hf_write",)),
    *(Grant("push", "roles/run.invoker", need.on) for need in PLATFORM["push"]),
    Grant("build", "roles/storage.objectViewer", "bucket source"),
    Grant("build", "roles/storage.objectViewer", "bucket gcf_sources", THEIR_BUCKET),
    Grant("build", "roles/artifactregistry.writer", "repository"),
    Grant("build", "roles/logging.logWriter", "project", LOGS),
    Grant("storage_agent", "roles/pubsub.publisher", "topic drops"),
    Grant("pubsub_agent", "roles/pubsub.publisher", "topic dead_letters"),
    *(Grant("pubsub_agent", "roles/pubsub.subscriber", f"subscription {one}") for one in PUSHED),
    Grant("pubsub_agent", "roles/iam.serviceAccountOpenIdTokenCreator", "account push"),
)
