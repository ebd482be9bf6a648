"""The machines of Compute Engine that Jinko asks for, and what an hour of each cost when this was written.

Written down on 2026-11-25 for us-central1, in US dollars an hour, the machine with its GPUs, disks left out.
On demand: Google's price list as copied by Cyclenerd's google-cloud-pricing on 2026-09-24 (g2), on
2026-08-22 from the billing catalogue (a2-highgpu), from the billing catalogue on 2026-09-26 (H100, local
SSDs left out), from Google's GPU price table (a2-ultragpu, its local SSD included; g4, 2026-07-18), from the
public price list (e2, n2). Two and more GPUs are as many times the price of one, as Google charges; the other
g2 sizes follow from 0.56 for an L4 and 0.1468 for each 4 CPUs with 16 GiB.
Spot: the same places, and 0.6 of the price on demand for g2 (0.424 of 0.7068 was seen); a2-ultragpu is from
an older copy of SkyPilot's catalogue. Spot prices change every month: look again before relying on one.

`usd` None: lent as Spot only (the small a3). `spot_usd` None: no price was found, so Spot is not offered.
`gpu_gib` is what the maker names; a driver leaves a little less (an L4 of 24 has 22.5 to use).
"""

import difflib
from typing import Final

from infra.ports import Machine
from schemas.errors import BadInput, Fault

L4: Final = "NVIDIA L4"
A100_40: Final = "NVIDIA A100 40 GB"
A100_80: Final = "NVIDIA A100 80 GB"
H100: Final = "NVIDIA H100 80 GB"
RTX_PRO: Final = "NVIDIA RTX PRO 6000"

MACHINES: Final[tuple[Machine, ...]] = (
    # name, CPUs, GiB, GPU, how many, their GiB, on demand, Spot
    Machine("e2-standard-8", 8, 32, None, 0, 0, 0.2681, None),
    Machine("e2-standard-16", 16, 64, None, 0, 0, 0.5361, None),
    Machine("n2-highmem-8", 8, 64, None, 0, 0, 0.5241, None),
    Machine("n2-highmem-16", 16, 128, None, 0, 0, 1.0481, None),
    Machine("g2-standard-4", 4, 16, L4, 1, 24, 0.7068, 0.4240),
    Machine("g2-standard-8", 8, 32, L4, 1, 24, 0.8536, 0.5122),
    Machine("g2-standard-12", 12, 48, L4, 1, 24, 1.0004, 0.6002),
    Machine("g2-standard-16", 16, 64, L4, 1, 24, 1.1472, 0.6883),
    Machine("g2-standard-32", 32, 128, L4, 1, 24, 1.7344, 1.0406),
    Machine("g2-standard-24", 24, 96, L4, 2, 48, 2.0008, 1.2005),
    Machine("g2-standard-48", 48, 192, L4, 4, 96, 4.0016, 2.4010),
    Machine("g2-standard-96", 96, 384, L4, 8, 192, 8.0032, 4.8019),
    Machine("a2-highgpu-1g", 12, 85, A100_40, 1, 40, 3.6734, 2.1208),
    Machine("a2-highgpu-2g", 24, 170, A100_40, 2, 80, 7.3468, 4.2416),
    Machine("a2-highgpu-4g", 48, 340, A100_40, 4, 160, 14.6936, 8.4832),
    Machine("a2-highgpu-8g", 96, 680, A100_40, 8, 320, 29.3872, 16.9664),
    Machine("a2-ultragpu-1g", 12, 170, A100_80, 1, 80, 5.0688, 2.5138),
    Machine("a2-ultragpu-2g", 24, 340, A100_80, 2, 160, 10.1376, 5.0276),
    Machine("a2-ultragpu-4g", 48, 680, A100_80, 4, 320, 20.2752, 10.0552),
    Machine("a2-ultragpu-8g", 96, 1360, A100_80, 8, 640, 40.5504, 20.1104),
    Machine("g4-standard-48", 48, 180, RTX_PRO, 1, 96, 4.4999, None),
    Machine("g4-standard-96", 96, 360, RTX_PRO, 2, 192, 8.9999, None),
    Machine("g4-standard-192", 192, 720, RTX_PRO, 4, 384, 17.9997, None),
    Machine("g4-standard-384", 384, 1440, RTX_PRO, 8, 768, 35.9994, None),
    Machine("a3-highgpu-1g", 26, 234, H100, 1, 80, None, 6.5710),
    Machine("a3-highgpu-2g", 52, 468, H100, 2, 160, None, 13.1420),
    Machine("a3-highgpu-4g", 104, 936, H100, 4, 320, None, 26.2840),
    Machine("a3-highgpu-8g", 208, 1872, H100, 8, 640, 87.8328, 52.5680),
)
CPU_MACHINE: Final = "n2-highmem-8"  # of jobs that name none: an export holds a whole model in memory
HYPERDISK_ONLY: Final = ("g4-",)  # families that no persistent disk can be attached to


def machine(name: str) -> Machine:
    """The machine of that name. Raises BadInput, which names the nearest ones, if it is not in the table."""
    for one in MACHINES:
        if one.name == name:
            return one
    names = [one.name for one in MACHINES]
    near = difflib.get_close_matches(name, names, n=3) or names
    finding = f"There is no machine {name!r} in Jinko's table."
    raise BadInput(Fault(place="machine", finding=finding, next_step=f"Name one of: {', '.join(near)}."))


def lent(name: str, spot: bool) -> Machine:
    """The same, if it is lent in that way: Spot, or on demand. Raises BadInput."""
    found = machine(name)
    if spot and found.spot_usd is None:
        finding, step = f"{name} is not offered as Spot.", "Set spot: false, or name another machine."
        raise BadInput(Fault(place="spot", finding=finding, next_step=step))
    if not spot and found.usd is None:
        finding, step = f"{name} is lent as Spot only.", "Set spot: true, or name another machine."
        raise BadInput(Fault(place="spot", finding=finding, next_step=step))
    return found


def boot_disk_type(name: str) -> str:
    """The type of boot disk that a machine takes."""
    return "hyperdisk-balanced" if name.startswith(HYPERDISK_ONLY) else "pd-balanced"
