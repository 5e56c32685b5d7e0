from pathlib import Path

import pytest

from monitor.config import lexicon_folder
from monitor.errors import DataError
from monitor.lexicon import SCHEMES, load_lexicon
from monitor.lexicon.learned import load_learned

SHIPPED = lexicon_folder() / "learned" / "weights.tsv"
HEAD = (
    f"# schemes\t{' '.join(SCHEMES)}\n"
    + "# biases\t"
    + "\t".join(["-8"] * len(SCHEMES))
    + "\n# certainty\t0.1\t0.9\t0.0\t-0.1\n"
)


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "weights.tsv"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_table_is_small_plain_and_knows_every_pattern_it_weighs():
    """A few hundred kilobytes of text; a pattern that was taken out of the lexicon leaves it at the next training."""
    learned = load_learned(SHIPPED)
    patterns = {f"pattern:{scheme}:{pattern.id}" for scheme, pattern in load_lexicon(lexicon_folder()).patterns()}
    weighed = {trait for trait in learned.weights if trait.startswith("pattern:")}

    assert SHIPPED.stat().st_size < 600_000
    assert weighed <= patterns | {"pattern:fake_price_comparison:price-gap"}
    assert len(weighed) > 40


def test_a_surer_pattern_never_counts_less():
    """The weights of logit and pattern score are not negative."""
    _, logit, pattern, _ = load_learned(SHIPPED).certainty

    assert logit > 0
    assert pattern >= 0


def test_rows_and_headers_are_read_as_written(tmp_path: Path):
    """Whole tenths in the file, logits in memory; an empty cell is nothing."""
    learned = load_learned(written(tmp_path, HEAD + "返现\t\t35" + "\t" * 8 + "\n"))

    assert learned.weights["返现"] == (0.0, 3.5, *[0.0] * 8)
    assert learned.biases == (-8.0,) * 10


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + "返现\tviel" + "\t" * 9 + "\n", "weights.tsv:4: a weight is no whole number"),
        (HEAD + "返现\t1\t2\n", "weights.tsv:4: 2 weights, 10 schemes"),
        (HEAD.replace("misery_selling", "other"), "train again"),
        (HEAD.replace("# certainty\t0.1", "# certainty"), "`# certainty` is missing or has the wrong length"),
    ],
)
def test_a_faulty_table_is_named_with_its_line(tmp_path: Path, text: str, said: str):
    """Nobody judges by half a table."""
    with pytest.raises(DataError) as caught:
        load_learned(written(tmp_path, text))

    assert any(said in problem for problem in caught.value.problems)
