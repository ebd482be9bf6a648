"""What is in the roles of Google's that we grant, and in their wider neighbours: a dated copy, for
comparison.

Copied on 2026-11-25 from the role files of github.com/iann0036/iam-dataset (gcp/roles), which asks Google
for them every day; Batch's roles were the same on Google's own page of roles and permissions. Google adds
to its roles: what is here may be less than what they hold today, never what we rely on. `gcloud iam roles
describe ROLE` tells.

Every wider neighbour that somebody might take for convenience is here, so that taking it fails a test.
"""

from collections.abc import Mapping
from typing import Final

COPIED: Final = "2026-11-25"


def _all(of: str, verbs: str) -> tuple[str, ...]:
    return tuple(f"{of}.{verb}" for verb in verbs.split())


PROJECT: Final = _all("resourcemanager.projects", "get list")

# ---------------------------------------------------------------- Cloud Storage

_SEE: Final = (*PROJECT, *_all("storage.folders", "get list"), *_all("storage.managedFolders", "get list"))
_USE: Final = (
    *_SEE,
    "orgpolicy.policy.get",
    *_all("storage.folders", "create delete rename"),
    *_all("storage.managedFolders", "create delete"),
    *_all("storage.multipartUploads", "abort create list listParts"),
    *_all("storage.objects", "create delete get list move restore update"),
)
STORAGE: Final[Mapping[str, tuple[str, ...]]] = {
    "roles/storage.legacyBucketReader": (
        "storage.buckets.get",
        "storage.multipartUploads.list",
        "storage.objects.list",
    ),
    "roles/storage.objectViewer": (*_SEE, *_all("storage.objects", "get list")),
    "roles/storage.objectCreator": (
        *PROJECT,
        "orgpolicy.policy.get",
        "storage.folders.create",
        "storage.managedFolders.create",
        *_all("storage.multipartUploads", "abort create listParts"),
        *_all("storage.objects", "create createContext"),
    ),
    "roles/storage.objectUser": _USE,
    "roles/storage.objectAdmin": (
        *_USE,
        *_all("storage.objects", "getIamPolicy overrideUnlockedRetention setIamPolicy setRetention"),
    ),
}

# ---------------------------------------------------------------- Firestore, Pub/Sub

_DATABASE: Final = (
    *PROJECT,
    "appengine.applications.get",
    *_all("datastore.databases", "get getMetadata"),
    *_all("datastore.entities", "get list"),
    "datastore.indexes.list",
    *_all("datastore.namespaces", "get list"),
    *_all("datastore.statistics", "get list"),
)
_ENTITIES: Final = _all("datastore.entities", "allocateIds create delete update")
DATASTORE: Final[Mapping[str, tuple[str, ...]]] = {
    "roles/datastore.viewer": (*_DATABASE, "datastore.databases.list", "datastore.indexes.get"),
    "roles/datastore.user": (*_DATABASE, *_ENTITIES),
    "roles/datastore.owner": (
        *_DATABASE,
        *_ENTITIES,
        *_all("datastore.databases", "create delete export getIamPolicy import list setIamPolicy update"),
        *_all("datastore.indexes", "create delete get update"),
        *_all("datastore.keyVisualizerScans", "get list"),
        *_all("datastore.locations", "get list"),
        *_all("datastore.namespaces", "getIamPolicy setIamPolicy"),
        *_all("datastore.operations", "cancel delete get list"),
    ),
}
PUBSUB: Final[Mapping[str, tuple[str, ...]]] = {
    "roles/pubsub.publisher": ("pubsub.topics.publish",),
    "roles/pubsub.subscriber": (
        "pubsub.snapshots.seek",
        "pubsub.subscriptions.consume",
        "pubsub.topics.attachSubscription",
    ),
    "roles/pubsub.editor": (
        "resourcemanager.projects.get",
        *_all("pubsub.schemas", "attach create delete get list validate"),
        *_all("pubsub.snapshots", "create delete get list seek update"),
        *_all("pubsub.subscriptions", "consume create delete get list update"),
        *_all(
            "pubsub.topics",
            "attachSubscription create delete detachSubscription get list publish update updateTag",
        ),
        "serviceusage.quotas.get",
        *_all("serviceusage.services", "get list"),
    ),
}

# ---------------------------------------------------------------- jobs and who they are

_BATCH: Final = (
    *PROJECT,
    *_all("batch.jobs", "get list"),
    *_all("batch.locations", "get list"),
    *_all("batch.operations", "get list"),
    *_all("batch.tasks", "get list"),
)
BATCH: Final[Mapping[str, tuple[str, ...]]] = {
    "roles/batch.agentReporter": ("batch.states.report",),
    "roles/batch.jobsViewer": _BATCH,
    "roles/batch.jobsEditor": (*_BATCH, *_all("batch.jobs", "create delete")),
    "roles/batch.admin": (
        *_BATCH,
        *_all("batch.jobs", "create delete"),
        *_all("batch.resourceAllowances", "create delete get list update"),
    ),
}
IAM: Final[Mapping[str, tuple[str, ...]]] = {
    "roles/iam.serviceAccountUser": (*PROJECT, *_all("iam.serviceAccounts", "actAs get list")),
    "roles/iam.serviceAccountOpenIdTokenCreator": ("iam.serviceAccounts.getOpenIdToken",),
    "roles/iam.serviceAccountTokenCreator": (
        *PROJECT,
        *_all(
            "iam.serviceAccounts",
            "get getAccessToken getOpenIdToken implicitDelegation list signBlob signJwt",
        ),
    ),
}
RUN: Final[Mapping[str, tuple[str, ...]]] = {
    "roles/run.invoker": ("run.routes.invoke",),
    "roles/run.developer": (  # what concerns services; it has jobs, worker pools and recommendations besides
        *PROJECT,
        *_all("run.routes", "get invoke list"),
        *_all("run.services", "create delete get getIamPolicy list update"),
    ),
}

# ---------------------------------------------------------------- images, secrets, logs

_ARTIFACTS: Final = (
    *_all("artifactregistry.dockerimages", "get list"),
    *_all("artifactregistry.files", "get list"),
    *_all("artifactregistry.locations", "get list"),
    *_all("artifactregistry.mavenartifacts", "get list"),
    *_all("artifactregistry.npmpackages", "get list"),
    *_all("artifactregistry.packages", "get list"),
    "artifactregistry.projectsettings.get",
    *_all("artifactregistry.pythonpackages", "get list"),
    *_all(
        "artifactregistry.repositories",
        "downloadArtifacts get list listEffectiveTags listTagBindings readViaVirtualRepository",
    ),
    *_all("artifactregistry.tags", "get list"),
    *_all("artifactregistry.versions", "get list"),
)
_PUSH: Final = (
    "artifactregistry.aptartifacts.create",
    "artifactregistry.files.download",
    "artifactregistry.kfpartifacts.create",
    "artifactregistry.repositories.uploadArtifacts",
    *_all("artifactregistry.tags", "create update"),
    "artifactregistry.yumartifacts.create",
)
ARTIFACTS: Final[Mapping[str, tuple[str, ...]]] = {
    "roles/artifactregistry.reader": _ARTIFACTS,
    "roles/artifactregistry.writer": (
        *_ARTIFACTS,
        *_PUSH,
        "artifactregistry.files.update",
        "artifactregistry.packages.update",
    ),
    "roles/artifactregistry.repoAdmin": (
        *_ARTIFACTS,
        *_PUSH,
        "artifactregistry.files.delete",
        "artifactregistry.packages.delete",
        "artifactregistry.repositories.deleteArtifacts",
        "artifactregistry.tags.delete",
        "artifactregistry.versions.delete",
    ),
}
SECRETS: Final[Mapping[str, tuple[str, ...]]] = {
    "roles/secretmanager.secretAccessor": (*PROJECT, "secretmanager.versions.access"),
    "roles/secretmanager.admin": (
        *PROJECT,
        *_all("secretmanager.locations", "get list"),
        *_all("secretmanager.secrets", "create delete get getIamPolicy list setIamPolicy update"),
        *_all("secretmanager.versions", "access add destroy disable enable get list"),
    ),
}
LOGGING: Final[Mapping[str, tuple[str, ...]]] = {"roles/logging.logWriter": ("logging.logEntries.create",)}
BUILD: Final[Mapping[str, tuple[str, ...]]] = {
    "roles/cloudbuild.builds.builder": (
        *PROJECT,
        "artifactregistry.aptartifacts.create",
        *_all("artifactregistry.dockerimages", "get list"),
        *_all("artifactregistry.files", "get list"),
        *_all("artifactregistry.packages", "get list"),
        *_all("artifactregistry.repositories", "downloadArtifacts get list uploadArtifacts"),
        *_all("artifactregistry.tags", "create get list update"),
        *_all("artifactregistry.versions", "get list"),
        "artifactregistry.yumartifacts.create",
        *_all("cloudbuild.builds", "create get list update"),
        "cloudbuild.workerpools.use",
        *_all("containeranalysis.occurrences", "create delete get list update"),
        *_all("logging.logEntries", "create list"),
        "logging.privateLogEntries.list",
        "logging.views.access",
        *_all("pubsub.topics", "create publish"),
        "remotebuildexecution.blobs.get",
        *_all("source.repos", "get list"),
        *_all("storage.buckets", "create get list"),
        *_all("storage.objects", "create delete get list update"),
    ),
}

_BY_SERVICE: Final = (STORAGE, DATASTORE, PUBSUB, BATCH, IAM, RUN, ARTIFACTS, SECRETS, LOGGING, BUILD)
ROLES: Final[Mapping[str, frozenset[str]]] = {
    role: frozenset(held) for service in _BY_SERVICE for role, held in service.items()
}
