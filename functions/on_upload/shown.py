"""The first rows that stay, to be shown to people as they will be trained."""

from itertools import islice

import numpy as np

from functions.on_upload.kept import Kept
from schemas.samples import Kind, Sample, from_row


class Shown:
    """At most `most` rows; what else comes by is let go."""

    def __init__(self, kind: Kind, most: int) -> None:
        self.kind, self.most = kind, most
        self.samples: list[Sample] = []

    def take(self, kept: Kept) -> None:
        """Take rows as long as there are too few."""
        wanted = self.most - len(self.samples)
        if wanted > 0:
            rows = kept.table(np.arange(min(wanted, kept.rows))).to_pylist()
            self.samples += [from_row(self.kind, row) for row in islice(rows, wanted)]
