"""The day in China of a stored time, told by the database itself, so that rows can be counted by day there."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class china_day(FunctionElement[str]):  # noqa: N801 - it stands in statements as a function does
    """`2026-11-22`: China has one zone and no summer time."""

    type = Text()
    inherit_cache = True


@compiles(china_day, "sqlite")
def _sqlite(element: china_day, compiler: SQLCompiler, **more: Any) -> str:
    return f"date({compiler.process(element.clauses, **more)}, '+8 hours')"


@compiles(china_day, "postgresql")
def _postgresql(element: china_day, compiler: SQLCompiler, **more: Any) -> str:
    return f"to_char({compiler.process(element.clauses, **more)} AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD')"
