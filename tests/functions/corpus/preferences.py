"""Better and worse answers, liked and disliked ones, in the shapes in which others keep them."""

# fmt: off
from tests.functions.corpus.case import Case, array, chat, jsonl, said, table

ASK, GOOD, BAD = "Do you ship to Norway?", "Yes, in four to six days.", "No idea."
ASK2, GOOD2, BAD2 = "My lamp flickers.", "Please send its number.", "Buy another one."
PREFERRED = ([("user", ASK)], [("assistant", GOOD)], [("assistant", BAD)])
LIKED = ([("user", ASK)], [("assistant", GOOD)], True)
GPT = ("human", "gpt")


def a(text: str) -> dict:
    return {"role": "assistant", "content": text}


def g(text: str) -> dict:
    return {"from": "gpt", "value": text}


CASES = [
    Case("prompt, chosen, rejected", "dpo.jsonl",
         jsonl({"prompt": ASK, "chosen": GOOD, "rejected": BAD}, {"prompt": ASK2, "chosen": GOOD2, "rejected": BAD2}),
         "preference", 2, PREFERRED),
    Case("prompt, chosen, rejected as CSV", "dpo.csv", table([["prompt", "chosen", "rejected"], [ASK, GOOD, BAD], [ASK2, GOOD2, BAD2]]),
         "preference", 2, PREFERRED),
    Case("prompt, chosen, rejected as message lists", "dpo.jsonl",
         jsonl({"prompt": chat(ASK), "chosen": [a(GOOD)], "rejected": [a(BAD)]}), "preference", 1, PREFERRED),
    Case("UltraFeedback: a prompt and whole lists", "uf.jsonl",
         jsonl({"prompt": ASK, "chosen": chat(ASK, GOOD), "rejected": chat(ASK, BAD), "score_chosen": 8.5, "score_rejected": 3.0},
               {"prompt": ASK2, "chosen": chat(ASK2, GOOD2), "rejected": chat(ASK2, BAD2), "score_chosen": 9.0, "score_rejected": 2.0}),
         "preference", 2, PREFERRED),
    Case("lists that repeat the prompt's", "pp.jsonl",
         jsonl({"prompt": chat(ASK), "chosen": chat(ASK, GOOD), "rejected": chat(ASK, BAD)}), "preference", 1, PREFERRED),
    Case("whole lists without a prompt", "imp.jsonl", jsonl({"chosen": chat(ASK, GOOD), "rejected": chat(ASK, BAD)}),
         "preference", 1, PREFERRED),
    Case("whole lists of several turns", "imp.jsonl",
         jsonl({"chosen": chat(ASK, GOOD, ASK2, GOOD2), "rejected": chat(ASK, GOOD, ASK2, BAD2)}), "preference", 1,
         (said(ASK, GOOD, ASK2), [("assistant", GOOD2)], [("assistant", BAD2)])),
    Case("hh-rlhf: transcripts", "hh.jsonl",
         jsonl({"chosen": f"\n\nHuman: {ASK}\n\nAssistant: {GOOD}", "rejected": f"\n\nHuman: {ASK}\n\nAssistant: {BAD}"},
               {"chosen": f"\n\nHuman: {ASK2}\n\nAssistant: {GOOD2}", "rejected": f"\n\nHuman: {ASK2}\n\nAssistant: {BAD2}"}),
         "preference", 2, PREFERRED),
    Case("ShareGPT, ranked", "rank.json",
         array({"conversations": chat(ASK, role="from", text="value", names=GPT), "chosen": g(GOOD), "rejected": g(BAD)}),
         "preference", 1, PREFERRED),
    Case("messages, ranked", "rank.jsonl", jsonl({"messages": chat(ASK), "chosen": a(GOOD), "rejected": a(BAD)}), "preference", 1, PREFERRED),
    Case("Alpaca, ranked", "rank.json",
         array({"instruction": ASK, "input": "", "chosen": GOOD, "rejected": BAD}, {"instruction": ASK2, "input": "", "chosen": GOOD2, "rejected": BAD2}),
         "preference", 2, None),
    Case("Argilla: chosen_response", "arg.jsonl",
         jsonl({"system": "Be brief.", "instruction": ASK, "chosen_response": GOOD, "rejected_response": BAD}), "preference", 1,
         ([("system", "Be brief."), ("user", ASK)], [("assistant", GOOD)], [("assistant", BAD)])),
    Case("Intel: system, question, chosen, rejected", "orca.jsonl",
         jsonl({"system": "", "question": ASK, "chosen": GOOD, "rejected": BAD}, {"system": "", "question": ASK2, "chosen": GOOD2, "rejected": BAD2}),
         "preference", 2, PREFERRED),
    Case("input, chosen, rejected", "icr.csv", table([["input", "chosen", "rejected"], [ASK, GOOD, BAD], [ASK2, GOOD2, BAD2]]),
         "preference", 2, PREFERRED),
    Case("OpenAI preference", "pref.jsonl",
         jsonl({"input": {"messages": chat(ASK), "tools": [], "parallel_tool_calls": True}, "preferred_output": [a(GOOD)], "non_preferred_output": [a(BAD)]}),
         "preference", 1, PREFERRED),
    Case("Gemini preference", "gem.jsonl",
         jsonl({"contents": [{"role": "user", "parts": [{"text": ASK}]}],
                "completions": [{"score": 1.0, "completion": {"role": "model", "parts": [{"text": GOOD}]}},
                                {"score": 0.0, "completion": {"role": "model", "parts": [{"text": BAD}]}}]}),
         "preference", 1, PREFERRED),
    Case("answers with ranks", "nectar.jsonl",
         jsonl({"prompt": ASK, "answers": [{"answer": BAD, "rank": 3}, {"answer": GOOD, "rank": 1}, {"answer": "Perhaps.", "rank": 2}]}),
         "preference", 1, PREFERRED),
    Case("responses with scores", "scores.jsonl", jsonl({"prompt": ASK, "responses": ["Perhaps.", GOOD, BAD], "scores": [0.5, 0.9, 0.1]}),
         "preference", 1, PREFERRED),
    Case("messages and a rejected response", "swift.jsonl", jsonl({"messages": chat(ASK, GOOD), "rejected_response": BAD}),
         "preference", 1, PREFERRED),
    Case("AutoTrain: prompt, text, rejected_text", "at.csv", table([["prompt", "text", "rejected_text"], [ASK, GOOD, BAD], [ASK2, GOOD2, BAD2]]),
         "preference", 2, PREFERRED),
    Case("equal answers cost their row", "eq.jsonl",
         jsonl({"prompt": ASK, "chosen": GOOD, "rejected": BAD}, {"prompt": ASK2, "chosen": GOOD2, "rejected": GOOD2}), "preference", 1, PREFERRED, dropped=1),
    Case("foreign names, given", "x.csv", table([["frage", "gut", "schlecht"], [ASK, GOOD, BAD], [ASK2, GOOD2, BAD2]]), "preference", 2, PREFERRED,
         settings={"data.columns.question": "frage", "data.columns.chosen": "gut", "data.columns.rejected": "schlecht"}),
    # ------------------------------------------------------------ feedback
    Case("KTO", "kto.jsonl", jsonl({"prompt": ASK, "completion": GOOD, "label": True}, {"prompt": ASK, "completion": BAD, "label": False}),
         "feedback", 2, LIKED),
    Case("KTO with 1 and 0", "kto.csv", table([["prompt", "completion", "label"], [ASK, GOOD, "1"], [ASK2, BAD2, "0"], [ASK2, GOOD2, "1"]]),
         "feedback", 3, LIKED),
    Case("KTO with words", "kto.csv", table([["prompt", "completion", "label"], [ASK, GOOD, "true"], [ASK2, BAD2, "false"]]), "feedback", 2, LIKED),
    Case("KTO as message lists", "kto.jsonl",
         jsonl({"prompt": chat(ASK), "completion": [a(GOOD)], "label": True}, {"prompt": chat(ASK), "completion": [a(BAD)], "label": False}),
         "feedback", 2, LIKED),
    Case("LLaMA-Factory's kto_tag", "kto.json", array({"messages": chat(ASK, GOOD), "kto_tag": True}, {"messages": chat(ASK, BAD), "kto_tag": False}),
         "feedback", 2, LIKED),
    Case("kto_tag on ShareGPT", "kto.json",
         array({"conversations": chat(ASK, GOOD, role="from", text="value", names=GPT), "kto_tag": True},
               {"conversations": chat(ASK, BAD, role="from", text="value", names=GPT), "kto_tag": False}),
         "feedback", 2, LIKED),
    Case("thumbs", "log.csv", table([["question", "answer", "thumbs"], [ASK, GOOD, "up"], [ASK2, BAD2, "down"]]), "feedback", 2, LIKED),
    Case("thumbs as signs", "log.jsonl", jsonl({"question": ASK, "answer": GOOD, "feedback": "👍"}, {"question": ASK2, "answer": BAD2, "feedback": "👎"}),
         "feedback", 2, LIKED),
    Case("all liked: nothing to tell apart", "kto.jsonl",
         jsonl({"prompt": ASK, "completion": GOOD, "label": True}, {"prompt": ASK2, "completion": GOOD2, "label": True}), "refuse"),
]
