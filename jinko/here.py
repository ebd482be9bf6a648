"""The ground that the command works on: this folder's, or a Google Cloud project's (JINKO_PROJECT).

What stands in the way is told as the person's to mend. Not here: which ground that is (`infra.settings`),
making what is in it (`infra.local.ground`, `infra.gcp.ground`).
"""

from dataclasses import dataclass

from infra import ground, settings
from infra.local.ground import LocalGround
from infra.ports import Cloud
from schemas import names
from schemas.errors import BadInput, Fault, Unavailable


@dataclass(frozen=True)
class Here:
    """A ground opened for the command. `name` is what a person calls it: the folder, or the project.

    `local` is the folder's own ground, which this process may work; None in the cloud, where the deployed
    functions do the work and the command only asks and watches.
    """

    cloud: Cloud
    name: str
    local: LocalGround | None = None

    def place(self, name: str) -> str | None:
        """Where an object of the outbox, or a folder of them (ending in a slash), lies; None if it does not.

        A path of this machine, or a `gs://` address.
        """
        outbox = self.cloud.outbox
        if self.local is not None:
            path = self.local.home / outbox / name
            return str(path) if path.exists() else None
        there = next(self.cloud.store.list(outbox, name), None)
        return names.address(outbox, name) if there is not None else None


def opened() -> Here:
    """The ground that the environment names. Raises BadInput where it cannot be opened."""
    chosen = settings.read()
    if chosen.google is not None:
        return Here(ground.cloud(chosen), f"project {chosen.google.project}")
    return of_folder(opened_folder())


def opened_folder() -> LocalGround:
    """The folder's ground alone, for what only a folder has. Raises BadInput in the cloud."""
    chosen = settings.read()
    if chosen.google is not None:
        finding = f"JINKO_PROJECT is set, so Jinko works in project {chosen.google.project}, not in a folder."
        step = "Its functions answer what is dropped there. To work in a folder: env -u JINKO_PROJECT jinko …"
        raise BadInput(Fault(place="JINKO_PROJECT", finding=finding, next_step=step))
    try:
        return ground.local(chosen)
    except OSError as error:
        raise _no_home(str(chosen.home), error.strerror or str(error)) from error
    except Unavailable as error:
        if "locked" in str(error):  # somebody writes for very long: that passes
            raise
        raise _no_home(str(chosen.home), str(error.__cause__)) from error


def of_folder(local: LocalGround) -> Here:
    """A folder's ground, for verbs that work on either."""
    return Here(local.cloud, str(local.home), local)


def _no_home(home: str, reason: str) -> BadInput:
    finding = f"Jinko cannot keep its files in this folder: {reason}."
    step = "Go to a folder that you may write to, or name one: JINKO_HOME=/a/folder jinko …"
    return BadInput(Fault(place=home, finding=finding, next_step=step))
