"""One party as a process of its own: `party_process.py ME PORT...` runs rounds until something ends it.

It makes no files: its key and all certificates come as PEM on standard input, separated by lines that PEM
does not have.
"""

from __future__ import annotations

import sys

from cloister.runtime.errors import RuntimeFailure
from cloister.runtime.identity import parse_certificate, parse_identity
from cloister.runtime.session import connect

SEPARATOR = b"=====\n"
FRAME = 300_000


def main() -> int:
    me, ports = int(sys.argv[1]), [int(port) for port in sys.argv[2:]]
    key, *pems = sys.stdin.buffer.read().split(SEPARATOR)
    certificates = [parse_certificate(pem, "input") for pem in pems]
    session = None
    try:
        session = connect(me, [one.name for one in certificates], [("127.0.0.1", port) for port in ports],
                          parse_identity(key, pems[me]), certificates, timeout=20)
        plan = {peer: FRAME for peer in range(len(ports)) if peer != me}
        for number in range(1 << 30):
            under_way = session.transport.begin(number, plan, plan)
            for body in under_way.out.values():
                body[:] = number % 256
            if not all((body == number % 256).all() for body in under_way.finish().values()):
                return 9
            if number == 10:
                print("running", flush=True)
    except RuntimeFailure as error:
        print(error, flush=True)
        if session is not None:
            session.close(error)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
