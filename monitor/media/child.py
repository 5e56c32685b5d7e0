"""`python -m monitor.media.child PARENT MEMORY_MB WRITE_MB`: serves requests from standard input until it closes.

Requests are JSON objects, one a line, with a `do`; replies are `wire` messages on what was standard output.
"""

from __future__ import annotations

import json
import os
import sys

from monitor import heap
from monitor.errors import InputError, WorkspaceError
from monitor.media import wire
from monitor.media.confine import confine


def main() -> None:
    parent_pid, memory_mb, write_mb = map(int, sys.argv[1:])
    confine(memory_mb, write_mb, parent_pid)
    heap.steady()
    sender = wire.Sender(os.dup(1))
    os.dup2(2, 1)  # whatever a library prints must not end up between the messages
    from monitor.media.serve import Server  # PyAV comes in only after the limits hold

    server = Server(sender)
    for line in sys.stdin.buffer:
        try:
            server.answer(json.loads(line))
        except (InputError, WorkspaceError) as error:
            unwritable = isinstance(error, WorkspaceError)
            sender.tell(wire.REFUSED, {"what": error.what, "todo": error.todo, "unwritable": unwritable})
        except MemoryError:
            told = {"what": "needs more memory than the decoder may use", "todo": None, "spent": True}
            sender.tell(wire.REFUSED, told)
        except BrokenPipeError:
            return
        except Exception as error:  # hostile numbers overflow where nobody thinks of it
            sender.tell(wire.REFUSED, {"what": f"undecodable ({type(error).__name__}: {error})"[:300], "todo": None})
        heap.give_back()  # a cutter waits for long: what it does not need is the others'


if __name__ == "__main__":
    main()
