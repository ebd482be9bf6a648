"""Make the example data: messages to an appliance repair service, and the ticket line for each.

Run `python -m examples.make_tickets --out examples/tickets/tickets.csv --rows 1000 --seed 7`: under a second,
and the same file each time. All people, machines and codes are invented.

It does not split the rows: the pipeline does. Any split is clean, as every row has an item code of its own,
so no message, ticket line or code can be in both parts. Names, items, faults, days and sentence patterns do
come from the closed lists below: held-out rows are new combinations, not new words.
"""

import argparse
import csv
from pathlib import Path
from random import Random
from typing import NamedTuple

GIVEN_NAMES = """
    Abigail Alfred Alison Andrea Angela Anthony Benjamin Brenda Carol Charlotte Christopher
    Claire Colin Cynthia Denise Derek Diana Donald Douglas Duncan Edmund Elaine Elizabeth Emily Erin Frederick
    Gareth Gavin Gillian Gordon Graham Harriet Harvey Heather Hilary Ivy Jason Jennifer Jessica Jonathan
    Josephine Julie Justin Kathleen Kevin Leonora Leslie Lorna Malcolm Marcus Marion Maureen Melissa Monty
    Neil Nigel Oscar Paula Philippa Ralph Raymond Roland Rupert Sally Sarah Sebastian Sheila Simeon Suzanne
    Tabitha Terence Tracy Vivian Wesley Wilfred Winifred
""".split()
FAMILY_NAMES = """
    Armstrong Atkins Bailey Barker Becker Benson Berger Blake Bradley Briggs Bryant Calloway
    Castillo Chandler Conrad Craig Curtis Davies Delgado Doyle Drake Duarte Ellis Ericson Farrell Ferrari
    Finch Foley Garner Gilbert Goodwin Grant Griffin Haas Hammond Hartley Hayes Henning Horvath Hudson Ingram
    Jacobs Jarvis Kaplan Kemp Kramer Lang Lawson Lindqvist Lowe Maldonado Manning Marino Mason Mendes Miller
    Moreau Nash Neumann Nolan Olsen Ortega Payne Perkins Popescu Powell Rossi Russell Salazar Sawyer Schneider
    Sharpe Simmons Thornton Tucker Underwood Vance Wallace Watts Winkler Zimmer
""".split()
ITEMS = ["dishwasher", "boiler", "fridge", "oven", "washer", "dryer", "freezer", "heater", "toaster", "pump"]

# What the ticket calls the fault, and how customers put it.
FAULTS = {
    "leak": ["is leaking", "drips water", "leaves a puddle on the floor"],
    "noise": ["is very loud", "makes a strange noise", "rattles all night"],
    "no power": ["does not turn on", "is completely dead", "has no power"],
    "smell": ["smells of smoke", "has a burnt smell", "smells bad"],
    "overheating": ["gets too hot", "overheats", "runs far too hot"],
    "not heating": ["stays cold", "does not heat", "does not warm up"],
    "stuck": ["is stuck", "does not open", "is jammed"],
}
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "yesterday"]

# The ticket's priority, and the sentence that tells it. A message which says nothing of haste is normal.
PRIORITIES = {
    "high": [" It is urgent.", " Please come at once.", " I need help today."],
    "normal": ["", " Can you send someone?", " Please call me."],
    "low": [" There is no hurry.", " It can wait.", " Come when you have time."],
}
PATTERNS = [
    "Hello, my name is {name}. My {item} {code} {fault} since {day}.{haste}",
    "Hi, this is {name}. The {item} {code} {fault} since {day}.{haste}",
    "{name} here. Since {day} our {item} {code} {fault}.{haste}",
    "Good morning, the {item} in our kitchen, number {code}, {fault} since {day}.{haste} Regards, {name}",
    "Since {day} my {item} {code} {fault}.{haste} Thanks, {name}",
    "I am {name} and I need a repair: the {item} {code} {fault}. It started {on}{day}.{haste}",
]
CODE_LETTERS = "ABCDEFGHKLMPRSTW"


class Ticket(NamedTuple):
    """One row of the data: the customer's message, and the line the service writes."""

    message: str
    reply: str


def draw_codes(r: Random, count: int) -> list[str]:
    """`count` different item codes of one or two letters and a number, such as `T-48`."""
    prefixes = [first + second for first in CODE_LETTERS for second in ("", *CODE_LETTERS)]
    every = [f"{prefix}-{number}" for prefix in prefixes for number in range(10, 1000)]
    return r.sample(every, count)


def draw_ticket(r: Random, code: str) -> Ticket:
    """A random message about the item `code`, and its ticket line."""
    name = f"{r.choice(GIVEN_NAMES)} {r.choice(FAMILY_NAMES)}"
    item, day = r.choice(ITEMS), r.choice(DAYS)
    fault, priority = r.choice(list(FAULTS)), r.choice(list(PRIORITIES))
    message = r.choice(PATTERNS).format(
        name=name,
        item=item,
        code=code,
        fault=r.choice(FAULTS[fault]),
        on="" if day == "yesterday" else "on ",
        day=day,
        haste=r.choice(PRIORITIES[priority]),
    )
    return Ticket(message, f"TICKET | {name} | {item} {code} | {fault} | since {day} | {priority}")


def make_tickets(rows: int, seed: int) -> list[Ticket]:
    """`rows` tickets, no two about the same item code."""
    r = Random(seed)
    return [draw_ticket(r, code) for code in draw_codes(r, rows)]


def write_csv(path: Path, tickets: list[Ticket]) -> None:
    """Write UTF-8 with a header line and Unix line ends, so that the file is the same on every system."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Ticket._fields)
        writer.writerows(tickets)


def main() -> None:
    """Read the command line and write the file."""
    parser = argparse.ArgumentParser(prog="python -m examples.make_tickets", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("examples/tickets/tickets.csv"))
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=7)
    arguments = parser.parse_args()
    write_csv(arguments.out, make_tickets(arguments.rows, arguments.seed))
    print(f"{arguments.rows} rows, {arguments.out.stat().st_size:,} bytes in {arguments.out}")


if __name__ == "__main__":
    main()
