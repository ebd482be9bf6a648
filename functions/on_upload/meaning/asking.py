"""Whether a text asks or tells somebody to do something: its marks, and how it begins, in many languages."""

import re
from typing import Final

_MARKS: Final = ("?", "？", "؟", "՞", "፧", "⁇", "?!")
_ENDS: Final = ".!。！…।"
_CLOSING: Final = " \t\r\n\"'”»)]*_”’"
_FIRST: Final = frozenset(
    """
what what's whats who whom whose when where where's why which how how's is are am can could do does did
will would should may has have isn't aren't can't don't was wer wen wem wie wann wo warum wieso weshalb
welche welcher welches wohin woher wieviel kann können könnte gibt ist sind darf muss quel quelle quels
quelles qui que qu'est-ce comment pourquoi quand où est-ce combien puis-je peut-on peux-tu pouvez-vous
qué cuál cuáles quién cómo cuándo dónde cuánto cuántos puedo puede che chi come quando dove perché
quanto quale quali posso può qual quem onde quanto quantos por wat waar wanneer waarom hoe hoeveel welke
kan kun co kto gdzie kiedy dlaczego jak ile czy który jaka jaki kdo kde kdy proč kolik který jaký ne kim
nerede neden nasıl kaç hangi niçin что кто где когда почему как сколько какой какая какие можно ли зачем
що хто де коли чому як скільки який яка чи apa siapa kapan mengapa bagaimana berapa apakah di_mana ما من
متى أين لماذا كيف هل كم أي מה מי איפה מתי למה איך האם כמה איזה क्या कौन कहाँ कब क्यों कैसे कितने कितना vad
hur varför hvad hvor hvorfor mitä miten miksi missä kuinka write explain describe list give translate
summarize summarise name tell define compare create generate explique explica explícame escribe schreibe
erkläre erklären nenne übersetze écris expliquez écrivez traduis spiega scrivi traduci explique escreva
traduza напиши объясни опиши переведи назови перечисли
""".split()
)
_INSIDE: Final = re.compile(
    r"什么|什麼|谁|哪[个里些儿]?|吗[？?。]?$|如何|怎么|怎樣|为什么|為什麼|多少|几[个点天岁]|か[。？?]?$|何|どこ|なぜ|どう|いつ|だれ|誰|"
    r"까[요?]?[.?]?$|나요[.?]?$|무엇|어떻게|왜|어디|언제|누구|얼마|"
    r"là gì|thế nào|tại sao|ở đâu|bao nhiêu|không$|phải làm sao"
)


def asks(text: str) -> bool:
    """Whether this text asks: it ends with a question's mark, or begins as questions and requests do."""
    text = text.strip()
    bare = text.rstrip(_CLOSING)
    if not bare:
        return False
    if bare.endswith(_MARKS) or text.startswith("¿"):
        return True
    if len(bare) > 400 or bare[-1] in _ENDS:
        return not text.isascii() and len(bare) < 80 and bool(_INSIDE.search(text)) and "か。" in text
    first = bare.split(maxsplit=1)[0].casefold().strip(",:;¡")
    return first in _FIRST or (not bare.isascii() and len(bare) < 80 and bool(_INSIDE.search(bare)))
