"""What the documents say is what the program does."""

import re
from pathlib import Path

import typer.main
from typer.testing import CliRunner

from monitor.cli.app import app
from monitor.config import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands() -> list[str]:
    def names(part: typer.Typer, prefix: str) -> list[str]:
        return [prefix + (c.name or c.callback.__name__) for c in part.registered_commands if c.callback]

    groups = [(group.typer_instance, f"{group.name} ") for group in app.registered_groups]
    return [name for part, prefix in [(app, ""), *groups] if part for name in names(part, prefix)]


def test_every_command_is_in_the_readme():
    """A command that nobody can find does not exist."""
    assert [c for c in commands() if f"`monitor {c}" not in README] == []


def test_the_readme_names_no_command_that_is_not_there():
    """And none is promised."""
    groups = "|".join(str(group.name) for group in app.registered_groups)
    promised = set(re.findall(rf"\| `monitor ((?:(?:{groups}) )?[a-z]+)", README))

    assert promised <= set(commands())


def test_every_command_has_help():
    """`--help` works for each and says what it does."""
    for command in commands():
        result = CliRunner().invoke(app, [*command.split(), "--help"])
        assert result.exit_code == 0, command
        assert len(result.stdout) > 100


def test_every_setting_is_documented():
    """`docs/settings.md` has a row for each setting and no other."""
    rows = set(re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "settings.md").read_text(encoding="utf-8"), re.MULTILINE))

    assert rows == set(Settings.model_fields)


def test_linked_files_exist():
    """No link of the documents leads nowhere."""
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md"), ROOT / "lexicons" / "README.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
