"""Figures are what a person would count by hand."""

from rooms import LEXICON

from monitor.measure.evaluation import BENIGN, Evaluation, Given, Labelled, deciding_method

LABELLED = (
    Labelled("1", ("speech",), "pay_first_draw", "甲", found=True, any_found=True, score=0.9, method="exact"),
    Labelled("2", ("speech",), "pay_first_draw", "乙", found=False, any_found=True, score=0.0),
    Labelled("3", ("screen",), "misery_selling", "丙", found=False, any_found=False, score=0.5),
    Labelled("4", ("speech",), BENIGN, "丁", found=False, any_found=True, score=0.7),
    Labelled("5", ("speech",), BENIGN, "戊", found=False, any_found=False, score=0.0),
)
GIVEN = (
    Given("1", ("speech",), "pay_first_draw", 0.9, False, True, "exact", ("抽免单",)),
    Given("2", ("speech",), "misery_selling", 0.7, False, False, "fuzzy", ("倒闭",)),
    Given("3", ("screen",), "misery_selling", 0.5, True, True, "phonetic", ("倒闭",)),
    Given("4", ("speech",), "pay_first_draw", 0.7, False, False, "exact", ("抽",)),
)
ONE = Evaluation("t", LABELLED, GIVEN)


def test_recall_and_precision_count_flags_and_no_candidates():
    """Found under the right scheme, found at all, right of what was put up, benign rows put up."""
    assert (ONE.recall.part, ONE.recall.whole) == (1, 3)
    assert (ONE.any_recall.part, ONE.any_recall.whole) == (2, 3)
    assert (ONE.precision.part, ONE.precision.whole) == (1, 3)
    assert (ONE.false_positives.part, ONE.false_positives.whole) == (1, 2)


def test_lines_take_the_figures_apart():
    """By scheme, by channel, and by the method that decided."""
    schemes = {line.name: line for line in ONE.by_scheme()}
    assert (schemes["pay_first_draw"].recall.part, schemes["pay_first_draw"].precision.whole) == (1, 2)
    assert schemes["misery_selling"].recall.value == 0.0
    channels = {line.name: line for line in ONE.by_channel()}
    assert (channels["speech"].precision.whole, channels["screen"].precision.whole) == (3, 0)
    methods = {line.name: line for line in ONE.by_method()}
    assert (methods["exact"].recall.part, methods["exact"].recall.whole, methods["exact"].precision.value) == (
        1,
        3,
        0.5,
    )
    assert methods["fuzzy"].precision.value == 0.0


def test_bins_and_curve_rest_on_the_scores():
    """Everything said falls into one bin; recall never falls as the threshold does."""
    assert sum(b.right.whole for b in ONE.bins()) == len(GIVEN)
    assert ONE.bins()[7].right.part == 0
    assert ONE.bins()[9].right.value == 1.0
    curve = ONE.curve()
    assert curve[0] == (0.0, 0.0)
    assert curve == sorted(curve)
    assert curve[-1] == (0.5, 2 / 3)


def test_nothing_labelled_gives_no_figure_instead_of_a_wrong_one():
    """An empty table has no recall; it is not 0 and not 1."""
    empty = Evaluation("leer", (), ())

    assert empty.recall.value is None
    assert empty.figures()["precision"] is None
    assert empty.curve() == []


def test_a_flag_stands_as_firmly_as_its_least_literal_telling_word():
    """A common word heard by sound decides nothing where a telling word is written plainly."""
    telling = next(iter(LEXICON.telling_slots["pay_first_draw"]))
    common = next(iter(LEXICON.common_slots))

    assert deciding_method(LEXICON, "pay_first_draw", [(telling, "exact"), (common, "fuzzy")]) == "exact"
    assert deciding_method(LEXICON, "pay_first_draw", [(telling, "exact"), (telling, "phonetic")]) == "phonetic"
    assert deciding_method(LEXICON, "pay_first_draw", [(common, "variant")]) == "variant"
    assert deciding_method(LEXICON, "pay_first_draw", []) == ""
