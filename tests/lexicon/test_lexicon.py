import csv
import json
import shutil
from pathlib import Path

import jsonschema
import pytest
import yaml

from monitor.config import lexicon_folder
from monitor.errors import DataError
from monitor.lexicon import SCHEMES, load_lexicon, load_rules
from monitor.lexicon.schemas import schemas
from monitor.lexicon_examples import Result, run_examples

ROOT = Path(__file__).parent.parent.parent
CASES = ROOT.parent / "shared" / "cases"
RUN = 8
LEXICON = load_lexicon(lexicon_folder())
EXAMPLES = run_examples(LEXICON)


@pytest.mark.parametrize("result", EXAMPLES, ids=[r.where for r in EXAMPLES])
def test_example(result: Result):
    """Each example of the lexicons does what it says."""
    assert result.right, f"{result.text}: {result.said}"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme_has_examples_both_ways_and_a_source(scheme: str):
    """No scheme stands without positive and negative examples and the notice it comes from."""
    entry = LEXICON.schemes[scheme]

    assert len(entry.examples.fires) >= 5
    assert len(entry.examples.silent) >= 5
    assert "抖音" in entry.source or "快手" in entry.source


@pytest.mark.parametrize(("name", "content"), schemas().items(), ids=lambda v: v if isinstance(v, str) else "")
def test_schemas_are_those_of_the_models_and_fit_the_files(name: str, content: dict):
    """The published schemas are current, and the files validate against them."""
    folder = lexicon_folder()
    kind = name.removesuffix(".schema.json")
    files = sorted((folder / "schemes").glob("*.yaml")) if kind == "scheme" else [folder / f"{kind}.yaml"]

    assert json.loads((folder / "schema" / name).read_text(encoding="utf-8")) == content
    for file in files:
        jsonschema.validate(yaml.safe_load(file.read_text(encoding="utf-8")), content)


def broken(tmp_path: Path, file: str, change) -> list[str]:
    folder = tmp_path / "lexicons"
    shutil.copytree(lexicon_folder(), folder)
    path = folder / file
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        load_lexicon(folder)
    return caught.value.problems


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t + "\nsurprise: 1\n", "unknown field"),
        (lambda t: t.replace("phrases:", "phrases:\n  - ''", 1), "empty; write a word"),
        (lambda t: t.replace("phrases:", 'phrases:\n  - "七天\u202e无理由"', 1), "U+202E"),
        (lambda t: t.replace("phrases:", "phrases: []\nphrases:", 1), "duplicate key"),
        (lambda t: t.replace("phrases:", "phras\u200bes:", 1), "benign.yaml:3: invisible character U+200B"),
        (lambda t: "# \u2067 in a remark\n" + t, "benign.yaml:1: invisible character U+2067"),
        (lambda t: t.replace("phrases:", 'phrases:\n  - "七天\\u200b无理由"', 1), "invisible character U+200B"),
        (lambda t: t + "\0", "invisible character U+0000"),
        (lambda t: t + "x: " + "[" * 3000, "too many to follow"),
        (lambda t: "", "should hold fields"),
        (lambda t: t + "\n- [", "benign.yaml:"),
        (lambda t: "phrases: &p [七天无理由]\nmore: *p\n", "alias"),
    ],
    ids=[
        "unknown-field",
        "empty-term",
        "bidi",
        "duplicate-key",
        "in-a-key",
        "in-a-remark",
        "escaped",
        "nul",
        "deep",
        "empty-file",
        "no-yaml",
        "alias",
    ],
)
def test_wrong_data_is_refused_with_file_and_line(tmp_path: Path, change, said: str):
    """Each fault of a lexicon file is named where it stands."""
    problems = broken(tmp_path, "benign.yaml", change)

    assert any(said in problem for problem in problems)
    assert all("benign.yaml:" in problem for problem in problems)


def test_all_problems_are_told_at_once(tmp_path: Path):
    """An editor sees every problem of every file in one go."""
    folder = tmp_path / "lexicons"
    shutil.copytree(lexicon_folder(), folder)
    for name in ("benign.yaml", "denials.yaml"):
        path = folder / name
        path.write_text(path.read_text(encoding="utf-8") + "\nsurprise: 1\n", encoding="utf-8")

    with pytest.raises(DataError) as caught:
        load_lexicon(folder)

    assert {problem.split(":")[0].split("/")[-1] for problem in caught.value.problems} == {
        "benign.yaml",
        "denials.yaml",
    }


def test_a_doubled_key_hides_nothing_else_in_its_file(tmp_path: Path):
    """What is wrong as YAML, as a field and as a term is told together."""
    problems = broken(
        tmp_path,
        "benign.yaml",
        lambda t: t.replace("phrases:", "phrases:\n  - (甲|乙\n  - ''\n", 1) + "\nphrases: []\nsurprise: 1\n",
    )

    assert [
        said for said in ("duplicate key", "unknown field") if not any(said in problem for problem in problems)
    ] == []


def test_lexicon_tables_and_rules_are_told_at_once(tmp_path: Path):
    """Terms, tables and the platforms' rules: one go, each with its file and line."""
    folder = tmp_path / "lexicons"
    shutil.copytree(lexicon_folder(), folder)
    slots = (folder / "slots.yaml").read_text("utf-8")
    (folder / "slots.yaml").write_text(slots.replace("      - 返现\n", "      - 返现\n      - 返现\n", 1), "utf-8")
    (folder / "learned" / "weights.tsv").write_bytes(b"ok\t1\n\xff\n")
    (folder / "confusions.tsv").write_bytes(b"\xff")
    policy = folder / "policies" / "douyin.yaml"
    policy.write_text(policy.read_text("utf-8") + "\ncolour: red\n", "utf-8")

    with pytest.raises(DataError) as caught:
        load_rules(folder)

    problems = caught.value.problems
    assert "term `返现` stands twice" in problems[0]
    assert any("weights.tsv:2: not UTF-8" in problem for problem in problems)
    assert any("confusions.tsv" in problem for problem in problems)
    assert any("policies/douyin.yaml:" in problem and "unknown field" in problem for problem in problems)
    with pytest.raises(DataError, match="no such folder"):
        load_rules(tmp_path / "none")


def test_a_byte_order_mark_is_no_fault(tmp_path: Path):
    """Editors on Windows write one."""
    folder = tmp_path / "lexicons"
    shutil.copytree(lexicon_folder(), folder)
    benign = folder / "benign.yaml"
    benign.write_bytes(b"\xef\xbb\xbf" + benign.read_bytes())

    assert load_lexicon(folder).digest == LEXICON.digest


def test_a_slot_that_does_not_exist_is_named(tmp_path: Path):
    """A pattern's slip of the pen is found before a stream starts."""
    (problem,) = broken(
        tmp_path, "schemes/misery_selling.yaml", lambda t: t.replace("unless: [fine]", "unless: [fien]", 1)
    )

    assert "no slot is called `fien`" in problem


def own_texts() -> list[tuple[Path, str]]:
    """Every text that the project wrote itself, one by one: lexicons, samples, corpus, tests, documents."""
    places = [lexicon_folder(), ROOT / "samples", ROOT / "tests", ROOT / "docs"]
    suffixes = {".yaml", ".tsv", ".xml", ".jsonl", ".py", ".md"}
    files = [p for place in places for p in place.rglob("*") if p.suffix in suffixes]
    texts: list[tuple[Path, str]] = []
    for path in files:
        content = path.read_text(encoding="utf-8")
        lines = scalars(yaml.safe_load(content)) if path.suffix == ".yaml" else content.splitlines()
        texts += [(path, line) for line in lines]
    return texts


def scalars(data: object) -> list[str]:
    """Every string in a YAML file, keys too."""
    if isinstance(data, dict):
        return [s for pair in data.items() for part in pair for s in scalars(part)]
    if isinstance(data, list):
        return [s for item in data for s in scalars(item)]
    return [data] if isinstance(data, str) else []


def runs(text: str) -> set[str]:
    plain = "".join(c for c in text if c.isalnum())
    return {plain[i : i + RUN] for i in range(len(plain) - RUN + 1) if not plain[i : i + RUN].isascii()}


@pytest.mark.skipif(not CASES.exists(), reason="the open cases are not beside this checkout")
def test_no_line_is_copied_from_the_open_cases():
    """Nothing of ours shares a run of eight characters with a labelled case: those are for measuring."""
    open_runs: set[str] = set()
    with (CASES / "text" / "utterances.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            open_runs |= runs(row["text"])
    for path in (CASES / "rooms").glob("*.yaml"):
        script = yaml.safe_load(path.read_text(encoding="utf-8"))
        for text in (
            *(line["say"] for line in script["lines"]),
            *(o["text"] for o in script.get("overlays") or ()),
            *(d["text"] for d in script.get("danmaku") or ()),
        ):
            open_runs |= runs(text)

    written = [*own_texts(), *((Path(term.slot), term.text) for term in LEXICON.terms)]
    shared = sorted({f"{path.name}: {run}" for path, line in written for run in runs(line) & open_runs})

    assert len(open_runs) > 3000
    assert shared == []
