"""What may be the name of somebody at the desk."""

from __future__ import annotations

from monitor.audit import SYSTEM
from monitor.store.accounts import AccountError
from monitor.store.verdicts import MOST_NAME_CHARS

MOST_OIDC_CHARS = 1000
"""Of an issuer's address; OpenID Connect Core 1.0, 2, allows a subject 255."""


def check_login(login: str) -> None:
    """Raises AccountError for what is no login, given as `login_of` spells it."""
    if not login or login == SYSTEM or len(login) > MOST_NAME_CHARS or not login.isprintable() or " " in login:
        raise AccountError(
            "cannot be a login",
            where=f"account {login}",
            todo=f"take at most {MOST_NAME_CHARS} characters that print, without blanks, and not `{SYSTEM}`",
            shown=f"账号名须为 {MOST_NAME_CHARS} 个以内的可见字符，不含空格",
        )


def checked_shown(shown: str) -> str:
    """Without blanks round it; empty is none. Raises AccountError for what cannot be shown."""
    shown = shown.strip()
    if len(shown) > MOST_NAME_CHARS or not shown.isprintable():
        raise AccountError(
            "cannot be shown",
            where="--shown",
            todo=f"take at most {MOST_NAME_CHARS} characters that print",
            shown=f"显示名须为 {MOST_NAME_CHARS} 个以内的可见字符",
        )
    return shown


def fitting(name: str) -> str:
    """A name from outside, or nothing where it cannot be shown."""
    name = name.strip()
    return name if len(name) <= MOST_NAME_CHARS and name.isprintable() else ""


def checked_oidc(oidc: tuple[str, str] | None) -> tuple[str, str] | None:
    """Issuer and subject. Raises AccountError for what cannot be either."""
    if oidc is None:
        return None
    if not all(part.strip() == part and part.isprintable() and 0 < len(part) <= MOST_OIDC_CHARS for part in oidc):
        raise AccountError(
            "no issuer and subject",
            where="--oidc",
            todo="give both as the identity provider's tokens have them (`iss`, `sub`)",
            shown="请按身份提供方令牌中的 iss 与 sub 填写",
        )
    return oidc
