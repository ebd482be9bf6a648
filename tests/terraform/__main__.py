"""`make deploy-check`: the module's format, validity and own tests, without an account. See module.py."""

import sys

from tests.terraform import module as modules

COMMANDS = (("fmt", "-check", "-diff", "-recursive"), ("validate", "-no-color"), ("test", "-no-color"))


def main() -> int:
    """Run all three and print what they say; 1 if one of them refuses, 2 where there is no terraform."""
    if missing := modules.lacks():
        print(missing, file=sys.stderr)
        return 2
    failed = 0
    with modules.opened() as module:
        for command in COMMANDS:
            said = module.terraform(*command)
            print(f"terraform {' '.join(command)}\n{said.text}", flush=True)
            failed |= said.code
    return int(failed != 0)


if __name__ == "__main__":
    raise SystemExit(main())
