"""Whatever rows hold: they are understood, asked about or refused in words, and so is each of them."""

from hypothesis import given, settings
from hypothesis import strategies as st

from functions.on_upload.meaning.ask import short
from functions.on_upload.meaning.reading import Problem
from schemas.errors import BadInput
from tests.functions.meaning.seeing import no_image, read, seen

NAMES = st.sampled_from(
    "question answer prompt completion messages conversations instruction input output text label chosen "
    "rejected system history choices options answers context images tools role id a b body response".split()
)
KEYS = st.sampled_from(
    "role content from value parts text type messages choices message weight tool_calls name".split()
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.sampled_from(["user", "assistant", "system", "tool", "A", "1", "[", "{}", "Why?", ""])
    | st.text(max_size=8)
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
WHO = st.sampled_from(["user", "assistant", "system", "tool", "human", "gpt", "function_call", "wizard"])
TURN = st.fixed_dictionaries(
    {"role": WHO, "content": VALUES},
    optional={"weight": LEAVES, "tool_calls": VALUES, "name": LEAVES, "thinking": LEAVES},
)
ROWS = st.lists(
    st.dictionaries(NAMES, VALUES | st.lists(TURN, max_size=4), max_size=5), min_size=1, max_size=6
)


@settings(max_examples=150, deadline=None)
@given(ROWS)
def test_any_rows_are_given_a_verdict_in_words(rows):
    table = seen(*rows)
    try:
        reading = read(table)
    except BadInput as refused:
        told = refused.faults
    else:
        told = []
        assert set(reading.columns.values()) <= set(table.columns)
        for row in table.rows:
            built = reading.build(row, no_image)
            told += [built] if isinstance(built, Problem) else []
            assert isinstance(built, Problem) or short(built) is not None
    assert all(one.finding and one.next_step for one in told)
