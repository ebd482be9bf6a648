"""Whole conversations, in the shapes in which other tools and services keep them."""

# fmt: off
import json

from tests.functions.corpus.case import Case, array, chat, jsonl, said, table

HELLO = said("Do you ship to Norway?", "Yes, in four to six days.")
LAMP = said("My lamp flickers.", "Please send its number.", "It is 4471.", "A new one is on its way.")
SYSTEM = [("system", "Be brief.")]
TURNS, LONG = [text for _, text in HELLO], [text for _, text in LAMP]
GPT = ("human", "gpt")
TOOLS = [{"type": "function", "function": {"name": "track", "parameters": {"type": "object"}}}]
CALL = {"id": "c1", "type": "function", "function": {"name": "track", "arguments": '{"number": 7}'}}
GEMINI = ("user", "model")


def parts(*turns: str) -> list[dict]:
    """Gemini's own turns."""
    return [{"role": GEMINI[n % 2], "parts": [{"text": text}]} for n, text in enumerate(turns)]


def log(custom: str, *turns: str) -> dict:
    """A line of a service's batch output, joined with what was asked."""
    answer = {"message": {"role": "assistant", "content": turns[-1]}}
    return {
        "custom_id": custom,
        "body": {"model": "gpt-4o", "messages": chat(*turns[:-1])},
        "response": {"status_code": 200, "body": {"choices": [answer]}},
    }


CASES = [
    Case("OpenAI chat", "chat.jsonl", jsonl({"messages": chat(*TURNS)}, {"messages": chat(*LONG)}),
         "conversation", 2, HELLO),
    Case("OpenAI chat, system first", "chat.jsonl",
         jsonl({"messages": [{"role": "system", "content": "Be brief."}, *chat(*TURNS)]}),
         "conversation", 1, SYSTEM + HELLO),
    Case("OpenAI chat, developer first", "chat.jsonl",
         jsonl({"messages": [{"role": "developer", "content": "Be brief."}, *chat(*TURNS)]}),
         "conversation", 1, SYSTEM + HELLO),
    Case("OpenAI chat, a key that says nothing", "export.jsonl", jsonl({"data_0": chat(*TURNS)}),
         "conversation", 1, HELLO),
    Case("OpenAI chat, with weights", "weights.jsonl",
         jsonl({"messages": [*chat(LONG[0]), {"role": "assistant", "content": LONG[1], "weight": 0}, *chat(*LONG[2:])]}),
         "conversation", 1, LAMP),
    Case("OpenAI chat, content in parts", "parts.jsonl",
         jsonl({"messages": [{"role": "user", "content": [{"type": "text", "text": TURNS[0]}]},
                             {"role": "assistant", "content": TURNS[1]}]}),
         "conversation", 1, HELLO),
    Case("OpenAI chat with a tool's call and result", "tools.jsonl",
         jsonl({"messages": [{"role": "user", "content": "Where is 7?"},
                             {"role": "assistant", "content": None, "tool_calls": [CALL]},
                             {"role": "tool", "tool_call_id": "c1", "content": "Oslo"},
                             {"role": "assistant", "content": "It is in Oslo."}], "tools": TOOLS}),
         "conversation", 1,
         [("user", "Where is 7?"), ("assistant", ""), ("tool", "Oslo"), ("assistant", "It is in Oslo.")]),
    Case("OpenAI chat as one array", "chat.json", array({"messages": chat(*TURNS)}, {"messages": chat(*LONG)}),
         "conversation", 2, HELLO),
    Case("OpenAI chat, pretty-printed", "chat.json", array({"messages": chat(*TURNS)}, indent=2),
         "conversation", 1, HELLO),
    Case("OpenAI chat under a key", "chat.json", json.dumps({"data": [{"messages": chat(*TURNS)}]}).encode(),
         "conversation", 1, HELLO),
    Case("OpenAI chat, the turns as JSON text in a CSV", "chat.csv",
         table([["id", "messages"], ["1", json.dumps(chat(*TURNS))], ["2", json.dumps(chat(*LONG))]]),
         "conversation", 2, HELLO),
    Case("turns as JSON text under a foreign name", "chat.csv",
         table([["nr", "gespräch"], ["1", json.dumps(chat(*TURNS))], ["2", json.dumps(chat(*LONG))]]),
         "conversation", 2, HELLO),
    Case("ShareGPT", "share.json", array({"id": "a", "conversations": chat(*TURNS, role="from", text="value", names=GPT)}),
         "conversation", 1, HELLO),
    Case("ShareGPT with a system column", "share.jsonl",
         jsonl({"system": "Be brief.", "conversations": chat(*LONG, role="from", text="value", names=GPT)}),
         "conversation", 1, SYSTEM + LAMP),
    Case("ShareGPT whose system is a turn", "share.jsonl",
         jsonl({"conversations": [{"from": "system", "value": "Be brief."},
                                  *chat(*TURNS, role="from", text="value", names=GPT)]}),
         "conversation", 1, SYSTEM + HELLO),
    Case("ShareGPT with function calls", "share.jsonl",
         jsonl({"conversations": [{"from": "human", "value": "Where is 7?"},
                                  {"from": "function_call", "value": '{"name": "track", "arguments": {"number": 7}}'},
                                  {"from": "observation", "value": "Oslo"},
                                  {"from": "gpt", "value": "It is in Oslo."}],
                "tools": json.dumps(TOOLS)}),
         "conversation", 1,
         [("user", "Where is 7?"), ("assistant", ""), ("tool", "Oslo"), ("assistant", "It is in Oslo.")]),
    Case("ShareGPT's shape under another name", "x.jsonl",
         jsonl({"thread": chat(*TURNS, role="from", text="value", names=("user", "chatgpt"))}),
         "conversation", 1, HELLO),
    Case("conversations of role and content", "c.jsonl", jsonl({"conversations": chat(*TURNS)}, {"conversations": chat(*LONG)}),
         "conversation", 2, HELLO),
    Case("dialogue of role and content", "c.jsonl", jsonl({"dialogue": chat(*LONG), "topic": "lamps"}),
         "conversation", 1, LAMP),
    Case("messages of from and value", "m.jsonl", jsonl({"messages": chat(*TURNS, role="from", text="value", names=GPT)}),
         "conversation", 1, HELLO),
    Case("messages of from and value, bot's names", "m.jsonl",
         jsonl({"messages": chat(*LONG, role="from", text="value", names=("Human", "bot"))}), "conversation", 1, LAMP),
    Case("Pygmalion: role and value", "p.jsonl", jsonl({"conversations": chat(*TURNS, role="role", text="value")}),
         "conversation", 1, HELLO),
    Case("Pygmalion, another key", "p.jsonl",
         jsonl({"verlauf": chat(*LONG, role="role", text="value", names=("human", "model"))}), "conversation", 1, LAMP),
    Case("Gemini", "g.jsonl", jsonl({"contents": parts(*TURNS)}, {"contents": parts(*LONG)}), "conversation", 2, HELLO),
    Case("Gemini with its instruction", "g.jsonl",
         jsonl({"systemInstruction": {"role": "system", "parts": [{"text": "Be brief."}]}, "contents": parts(*TURNS)}),
         "conversation", 1, SYSTEM + HELLO),
    Case("Gemini, snake case", "g.jsonl",
         jsonl({"system_instruction": {"parts": [{"text": "Be brief."}]}, "contents": parts(*TURNS)}),
         "conversation", 1, SYSTEM + HELLO),
    Case("Gemini's older messages", "g.jsonl", jsonl({"messages": chat(*TURNS, names=GEMINI)}), "conversation", 1, HELLO),
    Case("PaLM chat", "palm.jsonl",
         jsonl({"context": "Be brief.", "messages": chat(*TURNS, role="author", text="content", names=("user", "bot"))}),
         "conversation", 1, SYSTEM + HELLO),
    Case("PaLM chat without context", "palm.jsonl",
         jsonl({"messages": chat(*LONG, role="author", text="content", names=("0", "1"))}), "conversation", 1, LAMP),
    Case("PaLM text", "palm.jsonl", jsonl({"input_text": TURNS[0], "output_text": TURNS[1]}, {"input_text": "a?", "output_text": "b"}),
         "conversation", 2, HELLO),
    Case("Bedrock: a system text beside messages", "b.jsonl", jsonl({"system": "Be brief.", "messages": chat(*TURNS)}),
         "conversation", 1, SYSTEM + HELLO),
    Case("Anthropic: content in parts", "a.jsonl",
         jsonl({"system": "Be brief.", "messages": [{"role": "user", "content": [{"type": "text", "text": TURNS[0]}]},
                                                    {"role": "assistant", "content": [{"type": "text", "text": TURNS[1]}]}]}),
         "conversation", 1, SYSTEM + HELLO),
    Case("a batch's requests and answers", "log.jsonl", jsonl(log("r-1", *TURNS), log("r-2", *LONG)), "conversation", 2, HELLO),
    Case("a batch's requests and answers, one failed", "log.jsonl",
         jsonl(log("r-1", *TURNS), {"custom_id": "r-2", "body": {"messages": chat(LONG[0])}, "response": None, "error": {"code": "x"}}),
         "conversation", 1, HELLO, dropped=1),
    Case("Alpaca with a history", "h.json",
         array({"instruction": LONG[2], "input": "", "output": LONG[3], "history": [[LONG[0], LONG[1]]]},
               {"instruction": "Hi", "input": "", "output": "Hello", "history": []}),
         "conversation", 2, LAMP),
    Case("a question with earlier turns as text", "h.jsonl",
         jsonl({"history": [[LONG[0], LONG[1]]], "question": LONG[2], "answer": LONG[3]}), "conversation", 1, LAMP),
    Case("OpenOrca", "orca.jsonl", jsonl({"id": "f.1", "system_prompt": "Be brief.", "question": TURNS[0], "response": TURNS[1]}),
         "conversation", 1, SYSTEM + HELLO),
    Case("OpenOrca as CSV, system sometimes empty", "orca.csv",
         table([["system_prompt", "question", "response"], ["", *TURNS], ["Be brief.", "Why?", "Because."]]),
         "conversation", 2, HELLO),
    Case("reflection", "r.jsonl",
         jsonl({"instruction": "Add 2 and 2.", "input": "", "output": "5", "reflection": "That is wrong.", "corrected": "4"}),
         "conversation", 1, None),
    Case("a transcript in one column", "t.csv",
         table([["text"], [f"Human: {LONG[0]}\n\nAssistant: {LONG[1]}\n\nHuman: {LONG[2]}\n\nAssistant: {LONG[3]}"],
                ["Human: Why?\n\nAssistant: Because."]]),
         "conversation", 2, LAMP),
    Case("a transcript of User and Bot", "t.jsonl",
         jsonl({"text": f"User: {TURNS[0]}\nBot: {TURNS[1]}"}, {"text": "User: Why?\nBot: Because."}), "conversation", 2, HELLO),
    Case("ChatML in one column", "t.jsonl",
         jsonl({"text": f"<|im_start|>user\n{TURNS[0]}<|im_end|>\n<|im_start|>assistant\n{TURNS[1]}<|im_end|>\n"}),
         "conversation", 1, HELLO),
    Case("the last turn is the person's: one row left out", "l.jsonl",
         jsonl({"messages": chat(*TURNS)}, {"messages": chat(*LONG[:3])}), "conversation", 1, HELLO, dropped=1),
    Case("an unknown role costs its row", "l.jsonl",
         jsonl({"messages": chat(*TURNS)}, {"messages": chat(*TURNS, names=("user", "wizard"))}, {"messages": chat(*LONG)}),
         "conversation", 2, HELLO, dropped=1),
    Case("both text and messages: messages are read", "b.jsonl", jsonl({"text": "user: …", "messages": chat(*TURNS)}),
         "conversation", 1, HELLO),
]
