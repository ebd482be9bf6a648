"""Closed word lists of the synthetic world, and random details drawn from them.

Not a program: `messages` and `chats` draw from here. It holds no real person's data; names are ordinary given
names or made-up words.
"""

from random import Random

GIVEN_NAMES = """
    Adele Agata Alan Alba Alma Amara Amina Andre Anton Aria Astrid Axel Basil Bella Berta Bjorn
    Boris Bridget Camila Carmen Casper Celia Chloe Claude Cora Cyril Dalia Daria Dario Delia Dmitri Donna
    Doris Edgar Edwin Eliza Ella Elsa Emre Enzo Erica Ernest Eva Fabio Fatima Felicia Flora Franz Frida Gerard
    Gloria Gunnar Gustav Hassan Hector Henrik Hilda Ingrid Iris Ismail Ivo Jasper Jenny Joanna Jorge Josef
    Julian Kamil Katya Kira Klaus Lars Layla Leila Leon Lidia Lorenzo Luca Lydia Magda Manuel Marta Mateo Max
    May Mirko Mohamed Monica Nelly Neo Nikolai Noor Odette Otto Pablo Paula Pia Quentin Ralf Rania Regina
    Rosalie Ruben Sabine Salma Sasha Sergio Sigrid Silas Simone Sven Tara Tariq Tessa Tobias Ulrich Ursula
    Valentin Vlad Willa Xenia Yannis Yasmin Yvonne Zelda
""".split()

# Made-up words are joined from these. An entry that occurs more than once is drawn more often.
SILENT = [""]
ONSETS = """
    b bl br c ch cl cr d dr f fl fr g gl gr h j k kl kn kr l m n p ph pl pr qu r s sh sk sl sm sn sp st str t
    th tr v w wh x y z
""".split()
ONSETS += SILENT * 5
VOWELS = "a a a e e e i i i o o o u u y ai au ea ee ei ey ia ie io oa oo ou".split()
CODAS = """
    b ck d ff g l ll ld lt m mb n nd ng nn ns nt p r rd rg rk rl rm rn rs rt s sh sk ss st t th tt tz x
""".split()
CODAS += SILENT * 36

ITEMS = """
    dishwasher boiler fridge oven washer dryer freezer heater toaster pump printer laptop phone camera
    lamp kettle radio monitor router scanner mixer blender fan drill mower bicycle scooter piano violin chair
    table sofa desk shelf mirror carpet clock watch tent jacket
""".split()
CITIES = """
    Bristol Exeter Derby Lincoln Aarhus Tromso Pisa Verona Lille Rouen Braga Lublin Linz Salzburg Bern
    Lugano Bruges Uppsala Tartu Vilnius
""".split()
COLOURS = "red blue green amber violet silver black white brown grey pink orange".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday yesterday today".split()
DAY_PARTS = "morning afternoon evening".split()

# Each kind of fault, and ways in which a customer may put it.
FAULTS = {
    "leak": ["is leaking", "drips water", "leaks", "leaves a puddle", "loses water"],
    "noise": ["is very loud", "makes a strange noise", "rattles", "hums loudly", "makes noise"],
    "no power": ["is dead", "does not turn on", "has no power", "does not start", "stays dark"],
    "smell": ["smells bad", "smells of smoke", "has a burnt smell", "gives off a bad smell"],
    "overheating": ["gets too hot", "overheats", "is far too hot", "runs hot"],
    "not heating": ["stays cold", "does not heat", "does not warm up", "no longer gets warm"],
    "stuck": ["is stuck", "does not open", "is jammed", "is blocked"],
    "broken part": ["is cracked", "has a broken part", "has a broken handle", "has a loose part"],
    "display": ["shows an error", "has a blank display", "has a flickering display", "shows a strange code"],
    "too slow": ["is too slow", "takes hours", "takes far too long", "has become slow"],
}

# How soon help is wanted, and ways to say so.
HASTE = {
    "urgent": [
        "It is urgent.",
        "Please come at once.",
        "This cannot wait.",
        "I need it today.",
        "Please be quick.",
    ],
    "no hurry": ["There is no hurry.", "It can wait.", "Take your time.", "Come when you have time."],
}

CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"  # no I and no O: they are read as digits
MADE_UP_SHARE = (
    0.7  # of name words; with ordinary names alone the model memorises them and copies nothing else
)

Record = dict[str, str]


def made_up_word(r: Random) -> str:
    """A capitalised word of one to three syllables that nobody is called."""
    syllables = r.choice((1, 2, 2, 2, 3))
    return "".join(
        r.choice(ONSETS) + r.choice(VOWELS) + r.choice(CODAS) for _ in range(syllables)
    ).capitalize()


def pick_name(r: Random, words: int = 0) -> str:
    """A name of `words` words; 0 draws one or two."""
    count = words or r.choice((1, 2, 2))
    return " ".join(
        made_up_word(r) if r.random() < MADE_UP_SHARE else r.choice(GIVEN_NAMES) for _ in range(count)
    )


def pick_code(r: Random) -> str:
    """An item code such as `T-48` or `KB-903`."""
    letters = "".join(r.choice(CODE_LETTERS) for _ in range(r.choice((1, 2))))
    return f"{letters}-{r.randrange(10, 1000)}"


def pick_phrase(r: Random) -> str:
    """One way to put one fault."""
    return r.choice(r.choice(list(FAULTS.values())))


def pick_record(r: Random) -> Record:
    """All details of one made-up case: what a message may tell, by field name.

    `phrase` and `plea` are the customer's words for `fault` and `haste`.
    """
    fault = r.choice(list(FAULTS))
    haste = r.choice(list(HASTE))
    return {
        "name": pick_name(r),
        "item": r.choice(ITEMS),
        "code": pick_code(r),
        "city": r.choice(CITIES),
        "colour": r.choice(COLOURS),
        "day": r.choice(DAYS),
        "part": r.choice(DAY_PARTS),
        "number": str(r.randrange(2, 100)),
        "fault": fault,
        "phrase": r.choice(FAULTS[fault]),
        "haste": haste,
        "plea": r.choice(HASTE[haste]),
    }
