"""A row of every kind, with everything that one may hold. No tests here."""

from schemas.samples import (
    Conversation,
    Feedback,
    Image,
    Message,
    Part,
    Preference,
    Prompts,
    Segment,
    Step,
    Stepwise,
    Text,
    ToolCall,
)

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c4944415408d763f8cfc0000000030001" + "9a60e1d50000000049454e44ae426082"
)
PICTURE = Image(data=PNG, name="lamp.png")
ASKED = Message(role="user", content="What is on it?", parts=(Part(image=0), Part(text="What is on it?")))
SEEN = Message(role="assistant", content="A lamp.", thinking="It has a shade.")
TOOLS = Conversation(
    messages=(
        Message(role="system", content="Be brief."),
        Message(role="user", content="Rain in Kiel?"),
        Message(
            role="assistant",
            content="",
            tool_calls=(ToolCall(name="rain", arguments='{"at": "Kiel"}', id="1"),),
        ),
        Message(role="tool", content='{"mm": 0}', name="rain"),
        Message(role="assistant", content="No.", learn=False),
        Message(role="user", content="And tomorrow?"),
        Message(role="assistant", content="Perhaps."),
    ),
    tools='[{"name": "rain"}]',
    line=3,
)
LAMP = Message(role="user", content="My lamp flickers.")
KIND_ANSWER = Message(role="assistant", content="Sorry! A new one is on its way.")
UNKIND_ANSWER = Message(role="assistant", content="Buy another.")

EVERY_KIND = [
    ("conversation", Conversation(messages=(ASKED, SEEN), images=(PICTURE,), line=2)),
    ("conversation", TOOLS),
    ("preference", Preference(prompt=(LAMP,), chosen=(KIND_ANSWER,), rejected=(UNKIND_ANSWER,), line=4)),
    ("feedback", Feedback(prompt=(LAMP,), completion=(UNKIND_ANSWER,), good=False, line=5)),
    ("feedback", Feedback(prompt=(LAMP,), completion=(KIND_ANSWER,), good=True, line=5)),
    ("prompts", Prompts(prompt=(LAMP,), reference='{"answer": "7"}', line=6)),
    ("text", Text(segments=(Segment(text="Once. "), Segment(text="(unlearned)", learn=False)), line=7)),
    (
        "stepwise",
        Stepwise(
            prompt=(LAMP,), steps=(Step(text="1+1=2", good=True), Step(text="2+2=5", good=False)), line=8
        ),
    ),
]
