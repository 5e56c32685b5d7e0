"""The commands and their options; what they do stands in modules of their own, loaded when called."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer

from monitor import config
from monitor.cli import casework, people
from monitor.cli.options import Lexicons, Workspace

app = typer.Typer(
    name="monitor",
    help="Finds refund schemes in live-commerce streams and flags them with evidence.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=True,
)
lexicon_app = typer.Typer(help="Check the lexicons and run their examples.", no_args_is_help=True)
app.add_typer(lexicon_app, name="lexicon")


class Format(enum.StrEnum):
    """How `monitor flags` prints."""

    TABLE = "table"
    JSONL = "jsonl"
    CSV = "csv"


@app.command()
def scan(
    paths: Annotated[list[str], typer.Argument(help="Files or folders; `-` reads paths from standard input.")],
    workspace: Workspace = None,
    platform: Annotated[str | None, typer.Option(help="Platform where the source does not say.")] = None,
    creator: Annotated[str | None, typer.Option(help="Creator where the source does not say.")] = None,
    host_account: Annotated[str | None, typer.Option(help="The host's chat account, likewise.")] = None,
    jsonl: Annotated[
        str | None, typer.Option(help="File for all flags of these paths; `-` is standard output.")
    ] = None,
    no_clips: Annotated[bool, typer.Option("--no-clips", help="Cut no clips.")] = False,
    fail_on: Annotated[
        str | None, typer.Option(help="Exit 1 when a flag of such a scheme stands: names, or `any`.")
    ] = None,
    jobs: Annotated[int | None, typer.Option(help="Streams at a time; by default what cores and memory bear.")] = None,
    speech_model: Annotated[str | None, typer.Option(help="Name or folder of a faster-whisper model.")] = None,
    danmaku_offset_ms: Annotated[int | None, typer.Option(help="Added to each danmaku time.")] = None,
    lexicons: Lexicons = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bars.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Scan these anew, whatever the workspace holds.")] = False,
) -> None:
    """Scan recorded streams; what a workspace already holds is not done again, what was cut off goes on."""
    from monitor.cli.scan import scan_paths

    settings = config.load(
        workspace=workspace,
        platform=platform,
        creator=creator,
        host_account=host_account,
        jobs=jobs,
        speech_model=speech_model,
        danmaku_offset_ms=danmaku_offset_ms,
        lexicons=lexicons,
    )
    raise typer.Exit(
        scan_paths(paths, settings, jsonl=jsonl, clips=not no_clips, fail_on=fail_on, quiet=quiet, again=again)
    )


@app.command()
def match(
    file: Annotated[Path, typer.Argument(help="Tab-separated, with columns id, channel, text.")],
    jsonl: Annotated[Path | None, typer.Option(help="Write here instead of standard output.")] = None,
    jobs: Annotated[int | None, typer.Option(help="Processes for a large table; by default one a core.")] = None,
    lexicons: Lexicons = None,
) -> None:
    """Judge each row of a table by itself, as the host's words: one JSON line a row."""
    from monitor.cli.text import match_table

    match_table(file, config.load(lexicons=lexicons, jobs=jobs), jsonl)


@app.command()
def explain(
    text: Annotated[str, typer.Argument(help="What was said, shown or typed.")],
    channel: Annotated[str, typer.Option(help="speech, screen, chat or message.")] = "speech",
    lexicons: Lexicons = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as one JSON object.")] = False,
) -> None:
    """Tell a word editor what fired in one text, what was set aside and why, and what would have been needed."""
    from monitor.cli.explain import explain_text

    explain_text(text, channel, config.load(lexicons=lexicons), as_json=as_json)


@app.command()
def flags(
    workspace: Workspace = None,
    format: Annotated[Format, typer.Option(help="How to print them.")] = Format.TABLE,  # noqa: A002
    scheme: Annotated[list[str] | None, typer.Option(help="Only these schemes.")] = None,
    candidates: Annotated[bool, typer.Option("--candidates", help="Candidates too, in the table.")] = False,
    gaps: Annotated[bool, typer.Option("--gaps", help="Every gap of every stream, under the table.")] = False,
) -> None:
    """List stored flags, and what was heard and seen of each stream."""
    from monitor.cli.flags import list_flags

    list_flags(config.load(workspace=workspace), format.value, scheme, candidates=candidates, gaps=gaps)


@app.command()
def replay(
    workspace: Workspace = None,
    jsonl: Annotated[str | None, typer.Option(help="File for the lines; `-` is standard output.")] = None,
    diff: Annotated[bool, typer.Option("--diff", help="Only what differs from the stored flags, and why.")] = False,
    candidates: Annotated[bool, typer.Option("--candidates", help="Candidates too, in the table.")] = False,
    jobs: Annotated[int | None, typer.Option(help="Processes; by default one a core.")] = None,
    lexicons: Lexicons = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
) -> None:
    """Judge the stored cues again with today's lexicons; no model is needed."""
    from monitor.cli.replay import replay_workspace

    settings = config.load(workspace=workspace, jobs=jobs, lexicons=lexicons)
    replay_workspace(settings, jsonl=jsonl, diff=diff, candidates=candidates, quiet=quiet)


@app.command(name="eval")
def evaluate(
    truths: Annotated[list[Path], typer.Argument(help="Labelled tables; rooms' truth.json or folders of them.")],
    workspace: Workspace = None,
    flags: Annotated[Path | None, typer.Option(help="The rooms' flags, instead of a workspace.")] = None,
    only: Annotated[list[str] | None, typer.Option(help="COLUMN=VALUE: only these rows of the tables.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write a page with plots here.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Write the calibration plot alone here, as SVG.")] = None,
    jsonl: Annotated[str | None, typer.Option(help="File for the figures; `-` is standard output.")] = None,
    show: Annotated[bool, typer.Option("--show", help="List every miss and false alarm with its reasons.")] = False,
    ablation: Annotated[
        bool, typer.Option("--ablation", help="What each ability brings, as a Markdown table, instead.")
    ] = False,
    lexicons: Lexicons = None,
) -> None:
    """Recall and precision on labelled tables and rooms, by scheme, channel and method; what was missed, and why."""
    from monitor.cli import eval as command

    settings = config.load(workspace=workspace, lexicons=lexicons)
    rows = command.chosen(only or [])
    if ablation:
        command.print_ablation(truths, settings, only=rows)
    else:
        command.evaluate(truths, settings, flags=flags, only=rows, html=html, plot=plot, jsonl=jsonl, show=show)


@app.command()
def bench(
    quick: Annotated[bool, typer.Option("--quick", help="Texts alone, no media.")] = False,
    media: Annotated[Path | None, typer.Option(help="Recording to measure on; a sample by default.")] = None,
    jsonl: Annotated[str | None, typer.Option(help="File for the figures; `-` is standard output.")] = None,
    lexicons: Lexicons = None,
) -> None:
    """How fast this machine searches, judges, hears and reads, with the plain way beside it in the same run."""
    from monitor.cli.bench import measure

    measure(config.load(lexicons=lexicons), quick=quick, media=media, jsonl=jsonl)


@lexicon_app.command("check")
def lexicon_check(lexicons: Lexicons = None) -> None:
    """Validate lexicons and policies; all problems at once."""
    from monitor.cli.lexicon import check

    check(config.load(lexicons=lexicons))


@lexicon_app.command("lint")
def lexicon_lint(
    lexicons: Lexicons = None,
    notes: Annotated[bool, typer.Option("--notes", help="Harmless remarks too.")] = False,
) -> None:
    """Duplicates, terms that fire on everyday talk, missing sources and examples; exit 1 on errors."""
    from monitor.cli.lexicon import lint

    raise typer.Exit(lint(config.load(lexicons=lexicons), notes=notes))


@lexicon_app.command("test")
def lexicon_test(lexicons: Lexicons = None) -> None:
    """Run every example of the lexicons and tell how many patterns they make fire."""
    from monitor.cli.lexicon import test

    raise typer.Exit(test(config.load(lexicons=lexicons)))


@app.command()
def doctor(
    workspace: Workspace = None,
    lexicons: Lexicons = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as one JSON object.")] = False,
    repair: Annotated[
        bool, typer.Option("--repair", help="Put store and evidence in agreement after a crash, and say what was done.")
    ] = False,
) -> None:
    """Engines, models, codecs, disk, limits, clock: what is there, and what to do about what is not."""
    settings = config.load(workspace=workspace, lexicons=lexicons)
    if repair and as_json:
        raise typer.BadParameter("--repair tells what it did in lines; --json is for the examination alone")
    if repair:
        from monitor.cli.repair import repair as repaired

        raise typer.Exit(repaired(settings))
    from monitor.cli.doctor import examine

    raise typer.Exit(examine(settings, as_json=as_json))


@app.command()
def dashboard(
    workspace: Workspace = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port to listen on; 8501 by default.")] = None,
    lexicons: Lexicons = None,
    first_account: Annotated[
        bool, typer.Option("--first-account", help="Make an account if there is none, and print its password once.")
    ] = False,
) -> None:
    """Serve the reviewers' pages of a workspace to browsers on this machine, until it is stopped."""
    from monitor.cli.dashboard import serve

    serve(config.load(workspace=workspace, dashboard_port=port, lexicons=lexicons), first_account=first_account)


casework.add_to(app)
people.add_to(app)
