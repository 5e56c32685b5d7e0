"""One base error; a message says what is wrong, where, and what to do."""

from __future__ import annotations

from monitor.plain import plain


class MonitorError(Exception):
    """Whatever this program refuses on purpose.

    `str(error)` is one line: where, what, what to do. `exit_code` is what the command line returns for it
    (`docs/concepts.md`, exit codes).
    """

    exit_code = 1

    def __init__(self, what: str, *, where: object = None, todo: str | None = None) -> None:
        self.what, self.where, self.todo = what, where, todo
        super().__init__(what)

    def __str__(self) -> str:
        where = f"{self.where}: " if self.where is not None else ""
        todo = f"; {self.todo}" if self.todo else ""
        return plain(f"{where}{self.what}{todo}")


class UsageError(MonitorError):
    """A wrong argument, setting or configuration file."""

    exit_code = 2


class DataError(MonitorError):
    """Lexicon or policy data that cannot be used; carries every problem found, one `path:line: message` a line."""

    exit_code = 2

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))

    def __str__(self) -> str:
        return "\n".join(map(plain, self.problems))


class InputError(MonitorError):
    """One input that cannot be read; the others go on."""

    exit_code = 3


class NothingReadableError(MonitorError):
    """No input at all could be read."""

    exit_code = 4


class MissingComponentError(MonitorError):
    """A model or an optional package is missing or is not what it should be."""

    exit_code = 5


class WorkspaceError(MonitorError):
    """The workspace cannot be written: disk full, locked, not a folder, of a newer version."""

    exit_code = 6


class IntegrityError(MonitorError):
    """Evidence that does not match its manifest."""

    exit_code = 1
