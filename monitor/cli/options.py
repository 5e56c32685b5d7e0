"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Workspace = Annotated[Path | None, typer.Option(help="Folder of monitor.db and evidence/; ./workspace by default.")]
Lexicons = Annotated[Path | None, typer.Option(help="Folder of schemes and policies.")]
By = Annotated[str | None, typer.Option(help="Who does it; the name of the login by default.")]
FlagId = Annotated[str, typer.Argument(help="Id of the flag, as `monitor flags --format jsonl` has it.")]
