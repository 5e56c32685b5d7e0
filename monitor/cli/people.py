"""Commands over who may log in to the dashboard."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor import config
from monitor.cli.options import By, Workspace

users_app = typer.Typer(help="Who may log in to the dashboard, and as what.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Login; large and small letters are one.")]
PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input; else one is made and shown.")
]


def add_to(app: typer.Typer) -> None:
    """Gives the program these commands."""
    app.add_typer(users_app, name="users")


@users_app.command("add")
def users_add(
    name: Name,
    role: Annotated[str, typer.Option(help="reviewer, lead, adjudicator, editor, admin or reader.")],
    shown: Annotated[str, typer.Option(help="What colleagues read; the login by default.")] = "",
    password_stdin: PasswordStdin = False,
    oidc: Annotated[
        tuple[str, str] | None,
        typer.Option(
            metavar="ISSUER SUBJECT", help="`iss` and `sub` of the identity provider's tokens: logs in there."
        ),
    ] = None,
    by: By = None,
    workspace: Workspace = None,
) -> None:
    """Make an account, with a password that is shown once, or bound to an identity provider."""
    from monitor.cli import users

    settings = config.load(workspace=workspace)
    users.add(settings, name, role, shown=shown, password_stdin=password_stdin, oidc=oidc, by=by)


@users_app.command("list")
def users_list(workspace: Workspace = None) -> None:
    """List all accounts, with role, state, and when they were last seen."""
    from monitor.cli import users

    users.show(config.load(workspace=workspace))


@users_app.command("role")
def users_role(
    name: Name,
    role: Annotated[str, typer.Argument(help="reviewer, lead, adjudicator, editor, admin or reader.")],
    by: By = None,
    workspace: Workspace = None,
) -> None:
    """Give somebody another role; they have to log in again."""
    from monitor.cli import users

    users.change_role(config.load(workspace=workspace), name, role, by=by)


@users_app.command("password")
def users_password(
    name: Name, password_stdin: PasswordStdin = False, by: By = None, workspace: Workspace = None
) -> None:
    """Give somebody another password, shown once; they have to log in again."""
    from monitor.cli import users

    users.change_password(config.load(workspace=workspace), name, password_stdin=password_stdin, by=by)


@users_app.command("disable")
def users_disable(name: Name, by: By = None, workspace: Workspace = None) -> None:
    """Log somebody out everywhere, and let them in no more. What they decided stays."""
    from monitor.cli import users

    users.change_active(config.load(workspace=workspace), name, active=False, by=by)


@users_app.command("enable")
def users_enable(name: Name, by: By = None, workspace: Workspace = None) -> None:
    """Let somebody who was disabled log in again."""
    from monitor.cli import users

    users.change_active(config.load(workspace=workspace), name, active=True, by=by)
