"""Settings: command line over environment (`MONITOR_…`) over `monitor.toml` over the defaults below."""

from __future__ import annotations

import errno
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from monitor.errors import UsageError

PACKAGE = Path(__file__).resolve().parent
FILE = Path("monitor.toml")
LEAST_CONFIRMED_DAYS = 1095
"""Three years: so long 令第117号 第十六条 has platforms keep replays and interaction records, and evidence of a
confirmed flag may be all that is left of them."""


def lexicon_folder() -> Path:
    """`lexicons/` of a checkout, else the copy inside the installed package."""
    checkout = PACKAGE.parent / "lexicons"
    return checkout if checkout.is_dir() else PACKAGE / "_lexicons"


def cache_folder() -> Path:
    """Where joined models are kept: `$XDG_CACHE_HOME/livestream-monitor`, else under `~/.cache`."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "livestream-monitor"


def key_folder() -> Path:
    """Where signing keys are kept: `$XDG_CONFIG_HOME/livestream-monitor/keys`, else under `~/.config`."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "livestream-monitor" / "keys"


class Settings(BaseSettings):
    """Every knob, with its unit, default and reason."""

    model_config = SettingsConfigDict(env_prefix="MONITOR_", toml_file=FILE, frozen=True, extra="forbid")

    workspace: Path = Field(Path("workspace"), description="folder of `monitor.db` and `evidence/`")
    lexicons: Path = Field(default_factory=lexicon_folder, description="folder of schemes and policies")
    cache: Path = Field(default_factory=cache_folder, description="folder of joined models")
    platform: str = Field("", description="platform of streams whose source does not say")
    creator: str = Field("", description="creator of streams whose source does not say")
    host_account: str = Field("", description="chat account of the host where the source does not say")
    time_zone: str = Field("Asia/Shanghai", description="zone of recorders' file names, which carry none")
    keys: Path = Field(default_factory=key_folder, description="folder of the key that signs; never in a workspace")
    database_url: str = Field("", description="PostgreSQL instead of the workspace's own `monitor.db`")
    timestamp_url: str = Field("", description="time-stamp authority (RFC 3161) for the audit log's heads; empty: none")
    retain_raw_days: int = Field(90, ge=1, description="what was heard and read of a stream is kept so long")
    retain_clip_days: int = Field(365, ge=1, description="evidence of flags that nobody confirmed is kept so long")
    retain_confirmed_days: int = Field(
        LEAST_CONFIRMED_DAYS,
        ge=LEAST_CONFIRMED_DAYS,
        description="evidence of confirmed flags is kept so long after its hold ended; three years at least",
    )
    privacy_key: str = Field("", description="key for hashing viewers' names; made in the workspace's `keys/` if empty")

    speech_model: str = Field("base", description="model name, folder, or `base` from its two packages")
    speech_device: str = Field("auto", description="`cpu`, `cuda` or `auto`")
    speech_beam: int = Field(5, ge=1, description="beam width")
    speech_threads: int = Field(1, ge=1, description="threads of one recogniser; rooms are the parallelism")

    screen_every_ms: int = Field(2000, ge=100, description="at least one look at the picture in so many ms")
    screen_side_px: int = Field(960, ge=320, description="longest side given to text detection")
    screen_threads: int = Field(1, ge=1, description="threads of one text reader")

    danmaku_offset_ms: int = Field(0, description="added to each danmaku time; recorders drift by 5 to 10 s")
    lead_in_ms: int = Field(5000, ge=0, description="clip before the flag")
    lead_out_ms: int = Field(5000, ge=0, description="clip after the flag")
    long_flag_ms: int = Field(60_000, ge=1000, description="a longer flag's clip shows its start, its end and each hit")
    settle_s: float = Field(10.0, ge=0, description="a file changed more recently is taken to be still recording")
    jobs: int = Field(0, ge=0, description="rooms scanned at a time; 0: as many as cores and memory bear")
    decode_memory_mb: int = Field(2048, ge=256, description="address space of the decoding process")
    decode_stall_s: float = Field(20.0, gt=0, description="a decoder that comes no further for so long is killed")
    worker_stall_s: float = Field(
        600.0, gt=0, description="a worker silent for so long is killed, its stream gone on with"
    )
    lock_wait_s: float = Field(30.0, ge=0, description="wait for another writer of the workspace")

    dashboard_address: str = Field("127.0.0.1", description="address that the dashboard listens on")
    dashboard_port: int = Field(8501, ge=1, le=65535, description="port of the dashboard")
    dashboard_hosts: str = Field("", description="names under which browsers may ask for it, with commas; empty: local")
    dashboard_https: bool = Field(False, description="a proxy in front speaks HTTPS: cookies are sent over that alone")
    login_hours: int = Field(12, ge=1, description="who logged in must log in again after so long")
    claim_lease_s: int = Field(
        600, ge=30, description="a claimed flag is handed on after so long without a sign of life"
    )
    second_review_percent: int = Field(10, ge=0, le=100, description="share of verdicts that a second reviewer checks")
    gold_percent: int = Field(2, ge=0, le=50, description="share of flags handed out whose answer is known already")
    overdue_hours: int = Field(
        24, ge=1, description="a flag that waits longer is overdue; very serious ones: a quarter"
    )

    @field_validator("keys")
    @classmethod
    def _outside_the_workspace(cls, keys: Path, info: ValidationInfo) -> Path:
        workspace = info.data.get("workspace")
        if workspace and Path(os.path.realpath(keys)).is_relative_to(os.path.realpath(workspace)):
            raise ValueError("lies in the workspace, where whoever can alter evidence could sign it too")
        return keys

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load(**given: Any) -> Settings:
    """The settings in force; `given` comes from the command line, and None in it means not given.

    Raises UsageError that names each wrong setting and where it stands.
    """
    own = {name: value for name, value in given.items() if value is not None}
    try:
        if FILE.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        return Settings(**own)
    except ValidationError as error:
        wrong = "; ".join(
            f"{_where(str(e['loc'][0]) if e['loc'] else '', own)}: {e['msg'].removeprefix('Value error, ')}"
            for e in error.errors()
        )
        raise UsageError(wrong, where="settings", todo="see `docs/settings.md`") from error
    except tomllib.TOMLDecodeError as error:
        todo = "write lines of `name = value`, words in quotes"
        raise UsageError(f"not TOML: {error}", where=FILE.resolve(), todo=todo) from error
    except UnicodeDecodeError as error:
        raise UsageError("not UTF-8", where=FILE.resolve(), todo="save it as UTF-8") from error
    except OSError as error:
        todo = "check its owner and permissions"
        raise UsageError(f"cannot be read ({error.strerror})", where=FILE.resolve(), todo=todo) from error


def _where(name: str, given: Mapping[str, Any]) -> str:
    """Where a setting's value comes from: the first of command line, environment and file that has it."""
    if name in given:
        return f"--{name.replace('_', '-')}"
    variable = f"MONITOR_{name}".upper()
    return next((key for key in os.environ if key.upper() == variable), f"{FILE}: {name}")
