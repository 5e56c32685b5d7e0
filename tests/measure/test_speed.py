"""What `bench` measures is what it says."""

import json

from rooms import LEXICON
from typer.testing import CliRunner

from monitor.cli.app import app
from monitor.measure.speed import example_texts, ten_times


def test_ten_times_the_terms_are_ten_times_as_many_and_the_same_in_every_run():
    """Today's terms first, then made-up ones of three characters and more."""
    terms = LEXICON.terms[:300]
    made = ten_times(terms)

    assert len(made) == 3000
    assert tuple(made[:300]) == terms
    assert made == ten_times(terms)
    assert all(len(term.text) >= 3 for term in made[300:])


def test_every_example_of_the_lexicon_is_measured_on():
    """Texts and sequences alike."""
    assert len(example_texts(LEXICON)) > 100


def test_bench_tells_speed_target_and_plain_way():
    """Rows as JSON, the promised speed and the loop over words beside the automaton's."""
    done = CliRunner().invoke(app, ["bench", "--quick", "--jsonl", "-"])
    rows = {row["name"]: row for row in map(json.loads, done.stdout.splitlines())}

    assert done.exit_code == 0, done.output
    written = rows["characters in, findings out"]
    assert written["value"] > written["plain"] > 0
    assert written["target"] == 200_000
    assert rows["read and judged, one process"]["value"] > 0
