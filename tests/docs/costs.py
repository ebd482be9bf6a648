"""What a training run costs by the rules of this house: the second table of docs/costs.md.

    python -m tests.docs.costs    # writes it anew, where the rule or its prices have changed

The machine is the one that the machine rule takes, the price that of `infra.gcp.machines`, with its disk.
The time is arithmetic: 6 operations for each weight and token (forward, backward, and forward again where
activations were not kept), at a share of what the GPU's maker names. Nobody has measured it.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from functions.on_dataset_ready.plan import plan
from infra.gcp.machines import A100_40, A100_80, L4, MACHINES, RTX_PRO, machine
from schemas import layers
from schemas.orders import BasePin
from tests.house.tree import ROOT

PAGE: Final = ROOT / "docs" / "costs.md"
SHOWN: Final = re.compile(r"<!-- runs -->\n(.*?)<!-- end -->", re.DOTALL)
# Operations a second in bfloat16, dense, as the maker names them.
PEAK: Final = {L4: 121e12, A100_40: 312e12, A100_80: 312e12, RTX_PRO: 504e12}
SHARE: Final = 0.3  # of it, taken to be reached
OPERATIONS: Final = 6
TOKENS: Final = 256  # of a row, question and answer
EPOCHS: Final = 3
BESIDES: Final = 0.5  # hours: two machines' starts, loading, the held-out rows before and after, the export
SETTINGS: Final = {"training.lora_rank": "16", "training.batch_size": "4", "training.epochs": str(EPOCHS)}
BASES: Final = (0.27, 1, 4, 12)  # billion weights, of 2 bytes
ROWS: Final = (1_000, 100_000)


class Run(NamedTuple):
    """One cell: a machine, its price an hour, and the hours."""

    machine: str
    rate: float
    hours: float

    @property
    def usd(self) -> float:
        return self.rate * self.hours


def run(billion: float, rows: int) -> Run:
    """A run with these settings; what they leave out is as Jinko chooses it."""
    base = BasePin(
        name="owner/name",
        where="hub",
        location="owner/name",
        revision="0" * 40,
        weight_bytes=int(billion * 2e9),
    )
    settings = {"base_model": "owner/name", "max_cost_usd": "1000"} | SETTINGS
    planned = plan(base, layers.resolve([layers.layer_from_message(settings, "costs")]).recipe, MACHINES)
    assert planned is not None
    gpu = machine(planned.machine).gpu or ""
    seconds = OPERATIONS * billion * 1e9 * rows * TOKENS * EPOCHS / (PEAK[gpu] * SHARE)
    return Run(planned.machine, planned.usd_per_hour, seconds / 3600 + BESIDES)


def table() -> Iterator[str]:
    """The rows of the table, as the page has them."""
    for billion in BASES:
        small, large = (run(billion, rows) for rows in ROWS)
        named = f"{billion:g} billion" if billion >= 1 else f"{billion * 1000:g} million"
        cells = (f"{one.hours:.1f} h, {one.usd:.2f} USD" for one in (small, large))
        yield f"| {named} | {small.machine} | {small.rate:.2f} | {' | '.join(cells)} |"


def main() -> None:
    """Write the table into the page."""
    heads = SHOWN.search(PAGE.read_text())
    assert heads is not None
    made = "".join(f"{line}\n" for line in [*heads[1].splitlines()[:2], *table()])
    PAGE.write_text(PAGE.read_text().replace(heads[1], made))


if __name__ == "__main__":
    main()
