"""What a project needs before Jinko is deployed to it: a sign-in, billing, APIs, a GPU's quota. Reads only.

`examine` goes on to what has to be there afterwards (`infra.gcp.deployed`). Every finding comes with the line
that mends it. Whoever asks needs to see the project (roles/viewer is enough); what may not be seen is told as
unknown.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

from infra.checks import Check
from infra.gcp import deployed
from infra.gcp.machines import A100_40, A100_80, H100, L4, machine
from infra.gcp.project import Project, Told, Unseen
from infra.ports import Machine
from infra.settings import GoogleSettings
from schemas.errors import BadInput

BEFORE: Final = "Before the first deployment"
WANTED: Final = "g2-standard-8"  # what most runs on small models get
APIS: Final = (  # the same as infra/terraform/project.tf switches on
    *("artifactregistry", "batch", "billingbudgets", "cloudbuild", "cloudfunctions", "cloudresourcemanager"),
    *("cloudscheduler", "compute", "firestore", "iam", "logging", "monitoring", "pubsub", "run"),
    *("secretmanager", "storage"),
)
# The names that Compute Engine gives to how many of them a region may lend: on demand, and as Spot.
QUOTAS: Final[Mapping[str, str]] = {
    L4: "NVIDIA_L4_GPUS",
    A100_40: "NVIDIA_A100_GPUS",
    A100_80: "NVIDIA_A100_80GB_GPUS",
    H100: "NVIDIA_H100_GPUS",
}


def examine(google: GoogleSettings, wanted: str = WANTED) -> Iterator[Check]:
    """Everything in order, each as soon as it is known. Raises BadInput for a machine that is in no table.

    Where nobody is signed in, or the project cannot be seen, that alone is told.
    """
    on, lent = Project(google), machine(wanted)
    try:
        enabled = {one["config"]["name"] for one in _services(on)}
    except BadInput as error:
        fault = error.faults[0]
        yield Check(BEFORE, "you are signed in", "missing", fault.finding, fault.next_step.partition(": ")[2])
        return
    except Unseen as error:
        _, found, line = error.told  # whatever is in the way, nothing can be deployed
        yield Check(BEFORE, f"project {on.id}", "missing", found, line)
        return
    yield Check(BEFORE, "you are signed in", "good", f"and may see the project {on.id}")
    yield on.check(BEFORE, "billing", partial(_billing, on))
    yield _apis(on, enabled)
    for what, look in _gpu(on, lent):
        yield on.check(BEFORE, what, look)
    yield from deployed.examine(on)


def _services(on: Project) -> Iterator[Mapping[str, Any]]:
    """The APIs that are switched on."""
    more: dict[str, str] = {}
    while True:
        page = on.ask(
            "serviceusage", f"v1/projects/{on.id}/services", filter="state:ENABLED", pageSize="200", **more
        )
        yield from page.get("services", ())
        if not page.get("nextPageToken"):
            return
        more = {"pageToken": str(page["nextPageToken"])}


def _billing(on: Project) -> Told:
    found = on.ask("cloudbilling", f"v1/projects/{on.id}/billingInfo")
    if found.get("billingEnabled"):
        return "good", str(found.get("billingAccountName", "")).rpartition("/")[2], ""
    line = f"gcloud billing projects link {on.id} --billing-account=ACCOUNT"
    return "missing", "No billing account pays for this project.", line


def _apis(on: Project, enabled: set[str]) -> Check:
    off = [api for api in APIS if f"{api}.googleapis.com" not in enabled]
    if not off:
        return Check(BEFORE, "APIs", "good", f"all {len(APIS)} are switched on")
    return Check(
        BEFORE, "APIs", "missing", f"{len(off)} of {len(APIS)} are not switched on.", on.enable(*off)
    )


def _gpu(on: Project, lent: Machine) -> Iterator[tuple[str, Callable[[], Told]]]:
    """Whether the region has the machine, and the project may borrow its GPUs."""
    yield f"{lent.name} in {on.region}", partial(_zones, on, lent.name)
    if lent.gpu is None:
        return
    if lent.usd is not None:
        yield f"quota: {lent.gpu}", partial(_lendable, on, lent, "")
    if lent.spot_usd is not None:
        yield f"quota: {lent.gpu}, Spot", partial(_spot, on, lent)
    yield "quota: GPUs in all regions", partial(_everywhere, on, lent)


def _region(on: Project) -> Mapping[str, Any]:
    """What Compute Engine says of the region: its zones, and what may be borrowed there."""
    try:
        return on.ask("compute", f"compute/v1/projects/{on.id}/regions/{on.region}")
    except Unseen as error:
        if error.told[0] != "missing":
            raise
        line = f"gcloud compute regions list --project={on.id}"
        raise Unseen("missing", f"There is no region {on.region} (JINKO_REGION).", line) from None


def _zones(on: Project, name: str) -> Told:
    region = _region(on)
    zones = [str(zone).rpartition("/")[2] for zone in region.get("zones", ())]
    having = []
    for zone in zones:
        try:
            on.ask("compute", f"compute/v1/projects/{on.id}/zones/{zone}/machineTypes/{name}")
            having.append(zone)
        except Unseen as error:
            if error.told[0] != "missing":
                raise
    if having:
        return "good", f"in {', '.join(having)}", ""
    line = f"gcloud compute machine-types list --filter=name={name} --project={on.id}"
    return "missing", f"No zone of {on.region} has it; choose a region that does.", line


def _lendable(on: Project, lent: Machine, spot: str) -> Told:
    metric = QUOTAS.get(lent.gpu or "")
    if metric is None:
        return "unknown", "Compute Engine's list of quotas does not name it.", _console(on)
    wanted = f"{spot}{metric}"
    quota = f"{wanted.replace('_', '-')}-per-project-region"
    return _enough(on, _region(on), wanted, lent.gpus, quota, f" --dimensions=region={on.region}")


def _spot(on: Project, lent: Machine) -> Told:
    """The same for Spot, which a run asks for itself; needed only of what is lent as Spot alone."""
    standing, found, line = _lendable(on, lent, "PREEMPTIBLE_")
    return "note" if standing == "missing" and lent.usd is not None else standing, found, line


def _everywhere(on: Project, lent: Machine) -> Told:
    whole = on.ask("compute", f"compute/v1/projects/{on.id}")
    return _enough(on, whole, "GPUS_ALL_REGIONS", lent.gpus, "GPUS-ALL-REGIONS-per-project", "")


def _enough(
    on: Project, answer: Mapping[str, Any], metric: str, wanted: int, quota: str, dimensions: str
) -> Told:
    """Whether a limit among those answered is high enough."""
    found = next((one for one in answer.get("quotas", ()) if one.get("metric") == metric), None)
    if found is None:
        return "unknown", f"Compute Engine did not tell {metric}.", _console(on)
    limit, used = int(found.get("limit", 0)), int(found.get("usage", 0))
    told = f"{limit} may be borrowed at once, {used} are"
    if limit >= wanted or limit < 0:  # -1: as many as there are
        return "good", told, ""
    ask = f"gcloud beta quotas preferences create --service=compute.googleapis.com --project={on.id}"
    line = f"{ask} --quota-id={quota} --preferred-value={wanted}{dimensions} --email=YOUR-ADDRESS"
    return "missing", f"{told}; {wanted} wanted. Google answers a request in minutes to days.", line


def _console(on: Project) -> str:
    return f"https://console.cloud.google.com/iam-admin/quotas?project={on.id}"
