"""The command line: the only room that prints. Results on standard output, progress and problems on standard error."""

from __future__ import annotations

import os
import sys

from monitor.errors import DataError, MonitorError


def main() -> None:
    """Run the command line and exit with the code that `docs/concepts.md` gives each outcome."""
    from monitor.cli.app import app
    from monitor.cli.exit_codes import INTERRUPTED

    try:
        app()
    except DataError as error:  # a place at the start of each line, as editors want it
        sys.stderr.write(f"{error}\n")
        raise SystemExit(error.exit_code) from None
    except MonitorError as error:
        sys.stderr.write(f"monitor: {error}\n")
        raise SystemExit(error.exit_code) from None
    except KeyboardInterrupt:
        sys.stderr.write("monitor: interrupted; what was finished is kept, the same command goes on from there\n")
        raise SystemExit(INTERRUPTED) from None
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
