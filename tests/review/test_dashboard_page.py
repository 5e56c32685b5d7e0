"""What `docs/dashboard.md` says about rights is what the program allows."""

from __future__ import annotations

from pathlib import Path

from monitor.review.passwords import LEAST_CHARS, MOST_CHARS
from monitor.roles import RIGHT_NAMES, RIGHTS, ROLE_NAMES, Right, Role
from monitor.store.logins import ALTOGETHER, PER_BROWSER, PER_NAME

PAGE = (Path(__file__).parents[2] / "docs" / "dashboard.md").read_text("utf-8")


def test_the_table_of_roles_and_rights_is_the_programs() -> None:
    """Each role and each right once, with a mark where the role has it."""
    table = PAGE[PAGE.index("| 角色 |") :].split("\n\n")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    heading, _, *lines = rows
    assert heading == ["角色", *(RIGHT_NAMES[right] for right in Right)]
    rights = {name: right for right, name in RIGHT_NAMES.items()}
    assert set(rights.values()) == set(Right)
    told = {}
    for first, *marks in lines:
        name, _, role = first.partition(" ")
        assert ROLE_NAMES[Role(role.strip("`"))] == name
        assert set(marks) <= {"✓", ""}
        told[Role(role.strip("`"))] = {
            rights[right] for right, mark in zip(heading[1:], marks, strict=True) if mark == "✓"
        }
    assert told == RIGHTS
    assert len(lines) == len(Role)


def test_the_numbers_of_the_page_are_the_programs() -> None:
    """How long a password is, and how often somebody may try."""
    assert f"A password has {LEAST_CHARS} to {MOST_CHARS} characters" in PAGE
    assert (PER_NAME.at_once, PER_NAME.every.total_seconds()) == (10, 60)
    assert (ALTOGETHER.at_once, ALTOGETHER.every.total_seconds()) == (60, 2)
    assert PER_BROWSER == PER_NAME
    assert "Of one name ten tries may fail at once, then one a minute" in " ".join(PAGE.split())
    assert "of all names together sixty, then one in two seconds" in " ".join(PAGE.split())
