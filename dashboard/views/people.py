"""账号: who may come in, as what. Passwords are made here and shown once."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from dashboard import data
from dashboard.data import Account, Person, Right, Role, made_password
from dashboard.texts import NONE, ROLE_NAMES, ago, date, plain_markdown, plain_text, role_name

_SAID = "people_said"
_SECRET = "people_secret"


def show() -> None:
    person = data.person()
    accounts = data.desk().accounts
    accounts.require(person, Right.USERS)
    everybody = accounts.all()
    with st.container(key="main-people"):
        _news()
        listed, acting = st.columns([3, 2], gap="large")
        with listed:
            chosen = _table(everybody)
        with acting:
            if chosen is None:
                _adding(person)
            else:
                _changing(person, chosen)


def _news() -> None:
    """What came of the last act; a password is shown this one time."""
    if said := st.session_state.pop(_SAID, None):
        kind, words = said
        (st.success if kind == "done" else st.error)(plain_markdown(words, longest=400))
    if secret := st.session_state.pop(_SECRET, None):
        name, password = secret
        with st.container(border=True):
            st.text(f"账号 {name} 的初始密码，只显示这一次：")
            with st.container(key="secret"):
                st.text(password)
            st.text("请当面或用安全的方式交给本人，并请其登录后立即修改。")


def _table(everybody: list[Account]) -> Account | None:
    now = data.now()
    rows = pd.DataFrame(
        {
            "账号": [plain_text(account.name, longest=60) for account in everybody],
            "姓名": [plain_text(account.shown, longest=60) or NONE for account in everybody],
            "角色": [role_name(account.role) for account in everybody],
            "状态": ["启用" if account.active else "停用" for account in everybody],
            "登录方式": [_ways(account) for account in everybody],
            "最近登录": [ago(account.seen_at, now) for account in everybody],
            "建立": [date(account.made_at) for account in everybody],
        }
    )
    st.caption("点选一行可以改角色、重设密码或停用；不选则新建账号。")
    picked = st.dataframe(
        rows,
        hide_index=True,
        width="stretch",
        height=min(640, 38 + 36 * max(1, len(everybody))),
        row_height=36,
        on_select="rerun",
        selection_mode="single-row",
        key="people_rows",
    )
    places = picked["selection"]["rows"]
    return everybody[places[0]] if places and places[0] < len(everybody) else None


def _ways(account: Account) -> str:
    ways = [*(["密码"] if account.has_password else []), *(["企业账号"] if account.oidc else [])]
    return "、".join(ways) or "无法登录"


def _adding(person: Person) -> None:
    st.subheader("新建账号")
    with st.form("people_add", border=True):
        name = st.text_input("账号", max_chars=100, placeholder="登录用，建立后不可改")
        shown = st.text_input("姓名", max_chars=100, placeholder="同事看到的名字，可留空")
        role = st.selectbox("角色", list(Role), format_func=ROLE_NAMES.__getitem__) or Role.READER
        if st.form_submit_button("建立账号", type="primary", width="stretch"):
            password = made_password()
            _try(
                lambda: data.desk().accounts.add(name, role, shown=shown, password=password, by=person, at=data.now()),
                done=f"已建立账号 {name}。",
                secret=(name, password),
            )


def _changing(person: Person, account: Account) -> None:
    st.subheader(plain_markdown(account.shown or account.name, longest=40))
    own = account.name == person.name
    if own:
        st.text("这是您自己的账号：角色和停用要由另一位管理员来改，密码在右上角菜单里改。")
        return
    change = data.desk().accounts.change
    with st.container(border=True):
        roles, key = list(Role), f"role-{account.name}"
        role = st.selectbox(
            "角色",
            roles,
            index=roles.index(account.role),
            format_func=ROLE_NAMES.__getitem__,
            key=key,
        )
        if st.button("改为此角色", disabled=role is account.role, width="stretch"):
            _try(
                lambda: change(account.name, role=role, by=person, at=data.now()),
                done=f"{account.name} 现在是{role_name(role)}，已退出其全部登录。",
            )
        if st.button("重设密码", width="stretch"):
            password = made_password()
            _try(
                lambda: change(account.name, password=password, by=person, at=data.now()),
                done=f"{account.name} 的密码已重设，已退出其全部登录。",
                secret=(account.name, password),
            )
        if st.button("停用账号" if account.active else "重新启用", width="stretch"):
            _try(
                lambda: change(account.name, active=not account.active, by=person, at=data.now()),
                done=f"{account.name} 已{'停用' if account.active else '启用'}。",
            )


def _try(act: Callable[[], object], *, done: str, secret: tuple[str, str] | None = None) -> None:
    """Does it and shows the page anew with what came of it."""
    try:
        act()
    except data.RefusedError as error:
        st.session_state[_SAID] = ("refused", error.what)
    except data.AccountError as error:
        st.session_state[_SAID] = ("refused", error.shown)
    else:
        st.session_state[_SAID] = ("done", done)
        if secret is not None:
            st.session_state[_SECRET] = secret
    st.rerun()
