"""Regular expressions of graders: what no engine takes is refused, what only the job knows is left to it."""

import pytest

from schemas.defaults import Known
from tests.schemas.test_methods import faults_of, resolved


@pytest.mark.parametrize("pattern", ["(a", "a)", "[a", "a\\\\"])
def test_a_pattern_that_no_engine_takes_is_refused_before_a_machine_starts(pattern):
    (fault,) = faults_of(f'training: {{graders: [{{grader: regex, pattern: "{pattern}"}}]}}', None)
    assert fault.place == "mine.yaml"
    assert fault.finding.startswith(
        f"{pattern.encode().decode('unicode_escape')!r} is no regular expression: "
    )


@pytest.mark.parametrize("pattern", [r"^\p{L}+$", "(?<=a*)b", "(?|(a)|(b))", "$?", "a{9999999999}"])
def test_a_pattern_that_pythons_own_engine_does_not_know_is_left_to_the_jobs(pattern):
    text = f"training: {{method: grpo, graders: [{{grader: regex, pattern: '{pattern}'}}]}}"
    (grader,) = resolved(text, Known("prompts", 100)).recipe.training.graders
    assert grader.pattern == pattern
