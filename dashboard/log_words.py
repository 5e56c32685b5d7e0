"""The audit log in Chinese: what was done, and what an entry says of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from dashboard.data import DECISION_NAMES, REASON_NAMES, ROLE_NAMES, ROUND_NAMES, Act, Role
from dashboard.texts import length, scheme_name, severity_name

ACT_NAMES: Mapping[str, str] = {
    Act.SCAN_BEGUN: "开始扫描",
    Act.SCAN_ENDED: "结束扫描",
    Act.STREAM_DONE: "录像扫描完成",
    Act.STREAM_FAILED: "录像扫描失败",
    Act.STREAM_STOPPED: "录像扫描中断",
    Act.FLAG: "发现线索",
    Act.CLAIM: "领取与接管",
    Act.VERDICT: "复核意见",
    Act.NOTE: "备注",
    Act.APPEAL: "申诉",
    Act.HOLD: "留存",
    Act.RELEASE: "解除留存",
    Act.EXPORT: "导出",
    Act.DELETION: "删除",
    Act.REPAIR: "修复",
    Act.LEXICON_CHANGE: "词库变更",
    Act.POLICY_CHANGE: "规则变更",
    Act.SETTING_CHANGE: "设置变更",
    Act.LOGIN: "登录",
    Act.LOGIN_FAILED: "登录失败",
    Act.LOGOUT: "退出",
    Act.GOLD_FLAG: "质检样题",
    Act.GOLD_ANSWER: "质检答题",
    Act.ROLE_CHANGE: "角色变更",
    Act.KEY_CHANGE: "密码变更",
    Act.UNMASKING: "显示观众信息",
}

_NAMES: Mapping[str, str] = {
    "active": "启用",
    "bytes": "大小",
    "batch": "批次",
    "before": "原先",
    "command": "命令",
    "count": "线索数",
    "decision": "意见",
    "deletions_ended": "补完的删除",
    "end_ms": "时长",
    "expected": "已知意见",
    "exit_code": "退出码",
    "file_sha256": "文件摘要",
    "filter_sha256": "筛选摘要",
    "heard_ms": "听过",
    "key": "密钥",
    "key_id": "签名密钥",
    "kept_as": "类别",
    "kind": "方式",
    "lexicon": "词库",
    "logged_out": "退出的登录",
    "made": "新建",
    "manifest_sha256": "证据清单",
    "media": "录像",
    "missing": "缺失",
    "note_sha256": "备注摘要",
    "oidc": "企业账号",
    "password": "密码",
    "plan": "计划",
    "policy": "规则",
    "position": "此前意见数",
    "queued": "队列更正",
    "reasons": "理由",
    "removed": "清除",
    "role": "角色",
    "round": "轮次",
    "rules": "所用规则",
    "scheme": "类型",
    "second_review": "需复审",
    "seen_ms": "看过",
    "session": "登录号",
    "shown": "显示名",
    "severity": "程度",
    "stream": "录像",
    "stream_id": "录像号",
    "taken_from": "接管自",
    "versions": "版本",
    "why": "原因",
    "withheld": "未带出的文件",
    "why_sha256": "原因摘要",
    "zip_sha256": "压缩包",
}
_VALUES: Mapping[str, str] = {
    **DECISION_NAMES,
    **ROUND_NAMES,
    **{reason.value: name for reason, name in REASON_NAMES.items()},
    "true": "是",
    "false": "否",
    "raw": "原始内容",
    "clip": "片段",
    "password": "密码",
    "oidc": "企业账号",
    "unknown": "没有这个账号",
    "inactive": "账号已停用",
    "case": "案卷",
    "csv": "表格（CSV）",
    "jsonl": "数据（JSONL）",
}
_SUBJECTS: Mapping[str, str] = {
    "account": "账号", "stream": "录像", "run": "运行", "sha256": "版本", "evidence": "证据", "flags": "线索列表",
}  # fmt: skip
_DIGEST = re.compile(r"\b([0-9a-f]{8})[0-9a-f]{24,}\b")
"""128 bits in hex and more: the table shows the beginning, as `monitor audit show` does."""


def fact_name(name: str) -> str:
    """What an entry's field is called; the field's own name where it has none here."""
    return _NAMES.get(name, name)


def fact(name: str, value: str) -> str:
    """A field's value as people read it."""
    if name.endswith("_ms") and value.isdigit():
        return length(int(value))
    if name == "scheme":
        return scheme_name(value)
    if name == "severity":
        return severity_name(value)
    if value in ROLE_NAMES:
        return ROLE_NAMES[Role(value)]
    if value.startswith("["):
        return "、".join(_VALUES.get(str(one), str(one)) for one in json.loads(value))
    if value.startswith("{"):
        return "，".join(f"{key} {_short(str(one))}" for key, one in json.loads(value).items())
    return _VALUES.get(value, _short(value))


def subject(name: str) -> str:
    """What it was done to: an account's login, a flag, a recording."""
    kind, _, rest = name.partition(":")
    return f"{_SUBJECTS[kind]} {_short(rest)}".rstrip() if kind in _SUBJECTS else _short(name)


def _short(value: str) -> str:
    return _DIGEST.sub(r"\1…", value)
