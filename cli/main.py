"""The command line. Each command is a module in `commands/`, loaded when it is called.

Exit codes: 0 done, 1 the program or the data is wrong, 2 wrong usage, 3 the parties disagree, 4 a peer or the
network failed, 70 a bug in Cloister, 130 interrupted.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence

from .arguments import parse
from .blas import pin
from .modules import load


def entry() -> None:
    """The console script."""
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.default_int_handler)  # as Ctrl-C: what was started is ended too
    raise SystemExit(main())


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    arguments = parse(argv)
    if getattr(arguments, "local", False):
        pin()
    try:
        code: int = load(f"{__package__}.commands.{arguments.module}").run(arguments)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # whoever read the output has gone: nothing is left to say, not even at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        return int(load(f"{__package__}.failures").explain(error))


if __name__ == "__main__":
    entry()
