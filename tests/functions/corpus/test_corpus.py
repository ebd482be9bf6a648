"""Every file of the corpus is understood as a person would, asked about, or refused in words.

`python -m tests.functions.corpus` prints the whole table.
"""

import pytest

from tests.functions.corpus.judged import ALL, judged, wrong


@pytest.mark.parametrize("case", ALL, ids=lambda case: f"{case.about} ({case.file})")
def test_a_file_is_what_a_person_takes_it_for(case, tmp_path):
    assert wrong(case, judged(case, tmp_path)) == []


def test_the_corpus_is_large_and_holds_what_must_be_asked_or_refused():
    assert len(ALL) >= 150
    assert sum(case.expected in ("ask", "refuse") for case in ALL) >= 25
