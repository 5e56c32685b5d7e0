"""Lines of live sale about prices: `early` ones written before the rules, `late` and `last` ones after them.

Of the comparisons 24 of 30 `late` ones and 13 of 20 `last` ones were found before
any rule was changed for them, with 1 and 0 false alarms.
"""

import csv
from pathlib import Path

import pytest

from monitor.config import lexicon_folder
from monitor.judging import CHANNELS, judge_text, judging

with Path(__file__).with_name("price_lines.tsv").open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.fixture(scope="module")
def judge():
    return judging(lexicon_folder(), learned=False)


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(row, marks=[pytest.mark.xfail(strict=True, reason=row["known"])] if row["known"] else [])
        for row in ROWS
    ],
    ids=[f"{row['half']}-{row['expect']}-{number}" for number, row in enumerate(ROWS, 1)],
)
def test_a_comparison_is_put_up_and_other_sums_are_left_alone(judge, row: dict[str, str]):
    """Each line is flagged as a price comparison, or not, as a reviewer would, by the price rules alone."""
    schemes = judge_text(judge, row["text"], CHANNELS[row["channel"]]).schemes

    assert ("fake_price_comparison" in schemes) == (row["expect"] == "flag")
