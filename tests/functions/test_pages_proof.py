"""What a person reads of how models compare: before and after, and all that was made of the weights."""

import pytest

from functions import status
from schemas.errors import Fault
from schemas.results import ExportResult, GgufResult, Quantized
from schemas.scores import Comparison, Proof, Score
from tests.functions.test_pages_report import RUN, both
from tests.functions.test_pages_status import a_success

COMPARISON = Comparison(
    measure="exact answers", rows=50, better=41, worse=2, before=0.18, after=0.96, low=0.66, high=0.88
)


def proof(format, beside, alike=314, **changes):
    told = {"prompts": 5, "tokens": 5, "choices": 320, "compared": 8, "same": 7, "stopped": 8, "loss": 0.1945}
    return Proof(format=format, beside=beside, alike=alike, **told | changes)


def made():
    merged = ExportResult(run_id=RUN, attempt=1, merged="runs/merged/", proof=proof("merged", "adapter"))
    files = tuple(
        Quantized(format=name, path=f"g/model-{name}.gguf", size=size, proof=proof(name, beside, alike=alike))
        for name, beside, size, alike in (("f16", "merged", 1_872_352, 320), ("q4_k_m", "f16", 760_288, 300))
    )
    refusal = Fault(
        place="export: q5_k_m",
        finding="Its loss on wanted answers is 0.9, that of the f16 file 0.2; proof.loss allows 0.1 more.",
        next_step="Ask for a more exact format.",
    )
    return merged, GgufResult(run_id=RUN, attempt=1, folder="g/", files=files, refused=(refusal,))


@pytest.mark.parametrize("form", [0, 1], ids=["markdown", "html"])
def test_the_report_says_how_much_better_and_how_each_format_did(form):
    exported, gguf = made()
    page = both(exported=exported, gguf=gguf, comparison=COMPARISON)[form]
    for told in (
        "Better on 41 of 50, worse on 2. Exactly right: 18% before, 96% after",
        "95 % interval: +0.66 to +0.88",
        "Perplexity",
        "Loaded anew and asked",
        "q4_k_m",
        "93.8%",
        "7 of 8",
        "760 kB",
        "Formats that did not pass",
        "that of the f16 file 0.2",
    ):
        assert told in page, told


def test_the_status_page_tells_it_too():
    exported, gguf = made()
    story = a_success(comparison=COMPARISON)._replace(exported=exported, gguf=gguf)
    page = status.render([story])
    assert "Better on 41 of 50, worse on 2." in page
    assert "| q4_k_m | the f16 file | 93.8% | 7 of 8 |" in page
    assert "### Formats that did not pass, and are not there" in page


def test_a_model_that_forgot_is_told_in_bold_and_long_answers_by_their_wording():
    before = Score(rows=20, exact_match=0, loss=4.2, chrf=0.31, general_loss=3.0)
    after = Score(rows=20, exact_match=0, loss=1.0, chrf=0.78, general_loss=4.5)
    for page in both(before=before, after=after):
        assert "Wording as wanted" in page
        assert "31%" in page
        assert "Loss on everyday text" in page
        assert "rose from 3.00 to 4.50" in page


def test_what_was_not_measured_is_not_told():
    for page in both():
        for absent in (
            "Wording as wanted",
            "everyday",
            "interval",
            "Loaded anew",
            "did not pass",
            "forgotten",
        ):
            assert absent not in page
