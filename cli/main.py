"""The command line. Each command is a module in `commands/`, loaded when it is called.

Exit codes: 0 done, 1 the program or the data is wrong, 2 wrong usage, 3 the parties disagree, 4 a peer or the
network failed, 70 a bug in Cloister, 130 interrupted.
"""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Sequence

from .arguments import parse
from .blas import pin
from .modules import load
from .streams import Unread, settle


def entry() -> None:
    """The console script."""
    settle()
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, signal.default_int_handler)  # as Ctrl-C: what was started is ended too
    raise SystemExit(main())


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    try:
        code = _run(argv)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except Unread:  # nothing is left to say
        return 0
    except Exception as error:
        code = int(load(f"{__package__}.failures").explain(error))
        with contextlib.suppress(Unread, OSError):  # one error is enough
            sys.stdout.flush()
        return code


def _run(argv: Sequence[str] | None) -> int:
    try:
        arguments = parse(argv)
    except SystemExit as ended:  # all is said
        return int(ended.code or 0)
    if getattr(arguments, "local", False):
        pin()
    code: int = load(f"{__package__}.commands.{arguments.module}").run(arguments)
    return code


if __name__ == "__main__":
    entry()
