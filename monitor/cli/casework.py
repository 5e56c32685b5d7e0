"""Commands over what was found: cases, verdicts, holds, retention, the audit log and the rules."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor import config
from monitor.cli.options import By, FlagId, Lexicons, Workspace

evidence_app = typer.Typer(help="Check and hand out what was kept of a flag.", no_args_is_help=True)
audit_app = typer.Typer(help="The log of every act, which nobody can bend unseen.", no_args_is_help=True)
retention_app = typer.Typer(help="Delete what was kept long enough.", no_args_is_help=True)
rules_app = typer.Typer(help="The rules that flags cite, and how far each is verified.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Gives the program these commands."""
    for command in (verdict, appeal, hold):
        app.command()(command)
    app.add_typer(evidence_app, name="evidence")
    app.add_typer(audit_app, name="audit")
    app.add_typer(retention_app, name="retention")
    app.add_typer(rules_app, name="rules")


def verdict(
    flag: FlagId,
    decision: Annotated[str | None, typer.Argument(help="confirm, dismiss or undecided; none: its history.")] = None,
    reason: Annotated[list[str] | None, typer.Option(help="Why it is dismissed: 误听, 语境无害, …")] = None,
    severity: Annotated[str | None, typer.Option(help="slight, ordinary, serious or very_serious.")] = None,
    note: Annotated[str, typer.Option(help="In your own words.")] = "",
    by: By = None,
    seen: Annotated[int | None, typer.Option(help="Decisions that you knew; refused when there are more.")] = None,
    workspace: Workspace = None,
) -> None:
    """Confirm or dismiss a flag, or show what was decided. Verdicts are appended, never edited."""
    from monitor.cli import review

    settings = config.load(workspace=workspace)
    if decision is None:
        if reason or severity or note or by or seen is not None:
            raise typer.BadParameter(f"give a decision too: {', '.join(review.DECISIONS)}")
        review.history(settings, flag)
    else:
        review.decide(settings, flag, decision, reasons=reason or [], severity=severity, note=note, by=by, seen=seen)


def appeal(
    flag: FlagId,
    upheld: Annotated[bool, typer.Option("--upheld", help="The appeal was right: the flag falls.")] = False,
    rejected: Annotated[bool, typer.Option("--rejected", help="The flag stands.")] = False,
    note: Annotated[str, typer.Option(help="In your own words.")] = "",
    by: By = None,
    workspace: Workspace = None,
) -> None:
    """Note an appeal against a confirmed flag, or the answer to it."""
    from monitor.cli import review

    review.appeal(config.load(workspace=workspace), flag, upheld=upheld, rejected=rejected, note=note, by=by)


def hold(
    flag: Annotated[str | None, typer.Argument(help="Id of the flag; none lists what is on hold.")] = None,
    why: Annotated[str, typer.Option(help="Reason; needed.")] = "",
    release: Annotated[bool, typer.Option("--release", help="Lift its holds.")] = False,
    by: By = None,
    workspace: Workspace = None,
) -> None:
    """Keep a flag's evidence whatever its age, or lift that."""
    from monitor.cli import review

    settings = config.load(workspace=workspace)
    if flag is None:
        if why or release or by:
            raise typer.BadParameter("give the flag's id too")
        review.list_holds(settings)
    else:
        review.hold(settings, flag, why=why, release=release, by=by)


@retention_app.command("apply")
def retention_apply(
    plan: Annotated[str | None, typer.Option(help="Id of the plan to do; without one it is only shown.")] = None,
    by: By = None,
    workspace: Workspace = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
) -> None:
    """Show what is due and delete nothing; with `--plan ID` do exactly that."""
    from monitor.cli.review import apply_retention

    apply_retention(config.load(workspace=workspace), plan, by=by, quiet=quiet)


@evidence_app.command("verify")
def evidence_verify(
    paths: Annotated[list[Path], typer.Argument(help="Evidence folders, exported zips, unpacked exports.")],
    key: Annotated[Path | None, typer.Option(help="Public key (PEM) by which all must be signed.")] = None,
    source: Annotated[
        list[Path] | None, typer.Option(help="Recording of the case: hashed, and the clip cut from it again.")
    ] = None,
    unsigned: Annotated[bool, typer.Option("--unsigned", help="Accept cases that nobody signed.")] = False,
) -> None:
    """Check evidence against manifest and signature; exit 1 on any mismatch. Needs neither workspace nor network."""
    from monitor.cli.evidence import verify_evidence

    raise typer.Exit(verify_evidence(paths, config.load(), key=key, sources=source or [], unsigned=unsigned))


@evidence_app.command("export")
def evidence_export(
    flag: FlagId,
    out: Annotated[Path, typer.Option(help="The zip to write.")],
    workspace: Workspace = None,
    with_raw_stills: Annotated[
        bool, typer.Option("--with-raw-stills", help="Unmasked stills too: viewers' names stand on them.")
    ] = False,
    no_clip: Annotated[bool, typer.Option("--no-clip", help="Leave the clip out.")] = False,
    by: By = None,
) -> None:
    """Write a flag's case as a signed zip with a page that opens offline, viewers' names masked on its stills."""
    from monitor.cli.evidence import export_case

    settings = config.load(workspace=workspace)
    export_case(flag, out, settings, raw_stills=with_raw_stills, clip=not no_clip, by=by)


@audit_app.command("verify")
def audit_verify(
    proofs: Annotated[list[Path] | None, typer.Argument(help="Proofs to check, instead of a workspace's log.")] = None,
    head: Annotated[
        list[Path] | None, typer.Option(help="Heads exported earlier; the log must go on from them.")
    ] = None,
    key: Annotated[list[Path] | None, typer.Option(help="Public keys (PEM) that may have signed.")] = None,
    authority: Annotated[Path | None, typer.Option(help="Root certificate of the time-stamp authority (PEM).")] = None,
    workspace: Workspace = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
) -> None:
    """Check every entry and head of the audit log, or proofs taken from it; exit 1 on any problem."""
    from monitor.cli import audit

    settings = config.load(workspace=workspace)
    if proofs:
        raise typer.Exit(audit.verify_proofs(settings, proofs, key or []))
    raise typer.Exit(audit.verify_log(settings, head or [], key or [], authority, quiet=quiet))


@audit_app.command("head")
def audit_head(
    out: Annotated[Path | None, typer.Option(help="File for it; standard output by default.")] = None,
    workspace: Workspace = None,
) -> None:
    """Sign what the log is now. A head kept elsewhere proves later that nothing was cut off or changed."""
    from monitor.cli import audit

    audit.seal(config.load(workspace=workspace), out)


@audit_app.command("show")
def audit_show(
    last: Annotated[int, typer.Option(min=1, help="So many of the newest.")] = 20,
    act: Annotated[list[str] | None, typer.Option(help="Only these acts.")] = None,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="One JSON object a line.")] = False,
    workspace: Workspace = None,
) -> None:
    """List the newest acts."""
    from monitor.cli import audit

    audit.show(config.load(workspace=workspace), last, act or [], jsonl=jsonl)


@audit_app.command("prove")
def audit_prove(
    seq: Annotated[int | None, typer.Argument(help="Number of the entry.")] = None,
    out: Annotated[Path, typer.Option(help="File for the proof.")] = Path("proof.json"),
    since: Annotated[Path | None, typer.Option(help="A head exported earlier: the log grew from it.")] = None,
    workspace: Workspace = None,
) -> None:
    """Write a proof that an entry is in the log, or that the log only grew; `audit verify` checks it anywhere."""
    from monitor.cli import audit

    settings = config.load(workspace=workspace)
    if (seq is None) == (since is None):
        raise typer.BadParameter("give the number of an entry, or --since HEAD")
    if since is not None:
        audit.prove_since(settings, since, out)
    elif seq is not None:
        audit.prove(settings, seq, out)


@rules_app.command("show")
def rules_show(
    rule: Annotated[str, typer.Argument(help="Id, such as douyin.refund-hype.2.")],
    day: Annotated[str | None, typer.Option(help="The stream's day, YYYY-MM-DD; today by default.")] = None,
    industry: Annotated[str, typer.Option(help="Main industry of the host, as rooms.csv has it.")] = "",
    shop_score: Annotated[float | None, typer.Option(help="Score that the shop shows.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as one JSON object.")] = False,
    lexicons: Lexicons = None,
) -> None:
    """A rule's card: clause, source, measures, and what of it is verified."""
    from monitor.cli.rules import show_rule

    settings = config.load(lexicons=lexicons)
    show_rule(rule, settings, day=day, industry=industry, shop_score=shop_score, as_json=as_json)


@rules_app.command("list")
def rules_list(
    platform: Annotated[str | None, typer.Option(help="What applies there: its own rules and the state's.")] = None,
    scheme: Annotated[str | None, typer.Option(help="Only the rules against this scheme.")] = None,
    day: Annotated[str | None, typer.Option(help="As on this day, YYYY-MM-DD; today by default.")] = None,
    lexicons: Lexicons = None,
) -> None:
    """List the rules that apply."""
    from monitor.cli.rules import list_rules

    list_rules(config.load(lexicons=lexicons), platform=platform, scheme=scheme, day=day)
