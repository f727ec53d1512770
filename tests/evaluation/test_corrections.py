"""Key layers: what they change and leave, what they do not fit, and the one that ships."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from evaluation.benchmark import Benchmark, BenchmarkPair, Question
from evaluation.corrections import (
    AppliedLayer,
    Correction,
    InvalidLayer,
    KeyLayer,
    UnfitLayer,
    apply,
    contested_rows,
    difference,
    dump_layer,
    load_layer,
    parse_layer,
    shipped_layer,
)
from evaluation.entries import SourceEntry
from tests.evaluation.benchmark_examples import benchmark, pair

ELEPHANT = ("Does the elephant have long or short tusks?", "Long", "Short")
ELDERLY = ("Is the elderly person standing or sitting in the picture?", "Standing", "Sitting")
MADE = benchmark()


def asked(pair_id: int, text: str, option_a: str, option_b: str) -> BenchmarkPair:
    question = Question(
        text=text, option_a=option_a, option_b=option_b, answer_first="a", answer_second="b"
    )
    return pair(pair_id, question=question)


def original(*more: BenchmarkPair, shift: int = 0) -> Benchmark:
    """The two contested pairs of MMVP between others, as an import has them."""
    source = SourceEntry(format="mmvp", name="MMVP")
    members = [asked(50 + shift, *ELEPHANT), asked(140 + shift, *ELDERLY), pair(1), *more]
    return benchmark(*members, source=source)


def key(applied: AppliedLayer) -> dict[int, str]:
    return {one.pair_id: one.question.answer_first for one in applied.benchmark.pairs}


def test_the_shipped_layer_swaps_two_pairs_and_nothing_else() -> None:
    before = original()
    found = apply(before, shipped_layer("lmms"))
    assert (found.changed, found.unchanged, found.unmatched, found.notes) == ((50, 140), (), (), ())
    assert key(found) == {1: before.pairs[0].question.answer_first, 50: "b", 140: "b"}
    assert found.benchmark.key_layer == "lmms"
    assert before == original(), "the original stays as it is"
    back = [
        replace(one, question=replace(one.question, answer_first="a", answer_second="b"))
        if one.pair_id > 1
        else one
        for one in found.benchmark.pairs
    ]
    assert replace(found.benchmark, pairs=back, key_layer=None) == before


def test_a_layer_is_laid_over_the_original_once() -> None:
    found = apply(original(), shipped_layer("lmms"))
    with pytest.raises(UnfitLayer, match="'lmms' lie over this key already"):
        apply(found.benchmark, shipped_layer("lmms"))
    again = apply(replace(found.benchmark, key_layer=None), shipped_layer("lmms"))
    assert (again.changed, again.unchanged) == ((), (50, 140))


def test_options_the_other_way_round_keep_their_meaning() -> None:
    swapped = asked(50, ELEPHANT[0].upper(), "short", "long.")
    found = apply(benchmark(swapped), shipped_layer("lmms"))
    assert (found.changed, found.unchanged) == ((), (50,))
    assert "no pair asks 'Is the elderly" in found.unmatched[0]


def test_a_shorter_form_of_a_question_is_known_by_its_number() -> None:
    short = ("Is the elderly person standing or sitting?", *ELDERLY[1:])
    found = apply(benchmark(asked(140, *short)), shipped_layer("lmms"))
    assert found.changed == (140,)
    with pytest.raises(UnfitLayer, match="none of the corrections 'lmms' belongs"):
        apply(benchmark(asked(139, *short)), shipped_layer("lmms"))


def test_a_pair_of_another_number_is_known_by_its_question_and_said() -> None:
    found = apply(original(shift=1000), shipped_layer("lmms"))
    assert found.changed == (1050, 1140)
    assert found.notes[0] == "rows 99 and 100 is pair 1050 here, known by its question."


def test_what_does_not_fit_is_told() -> None:
    twice = original(asked(7, *ELEPHANT), asked(140 + 9, ELDERLY[0], "Up", "Down"))
    assert apply(twice, shipped_layer("lmms")).changed == (50, 140), "the number decides"
    with pytest.raises(UnfitLayer, match="none of the corrections"):
        apply(MADE, shipped_layer("lmms"))
    others = benchmark(asked(50, ELEPHANT[0], "Big", "Small"), asked(140, *ELDERLY))
    found = apply(others, shipped_layer("lmms"))
    assert found.unmatched == ("rows 99 and 100: the pair with this question has other options.",)
    several = benchmark(asked(5, *ELEPHANT), asked(6, *ELEPHANT), asked(140, *ELDERLY))
    (said,) = apply(several, shipped_layer("lmms")).unmatched
    assert "several pairs ask this" in said


def test_the_difference_of_two_keys_is_a_layer() -> None:
    first, second, third = MADE.pairs
    swap = {"answer_first": second.question.answer_second}
    turned = replace(second.question, **swap, answer_second=second.question.answer_first)
    reworded = replace(third.question, text="Something else?")
    current = benchmark(first, replace(second, question=turned), replace(third, question=reworded))
    layer = difference(MADE, current, "mine", about="Ours", source="Ada")
    assert [one.pair_id for one in layer.corrections] == [2]
    assert parse_layer(dump_layer(layer)) == layer
    found = apply(MADE, layer)
    assert found.changed == (2,)
    assert found.benchmark.pairs[1] == current.pairs[1]
    images_turned = replace(second, first=second.second, second=second.first)
    other = apply(benchmark(first, images_turned), layer).benchmark.pairs[1].question
    assert other.answer_first == turned.answer_second, "the answer belongs to the image"
    assert not difference(MADE, MADE, "none").corrections
    with pytest.raises(InvalidLayer, match="original"):
        difference(MADE, current, "original")


def test_the_contested_rows_of_mmvp() -> None:
    assert [one.rows for one in contested_rows()] == [(99, 100), (279, 280)]
    assert all(one.reason and one.sources for one in contested_rows())
    with pytest.raises(UnfitLayer, match="There are: original, lmms; or give a file"):
        shipped_layer("other")


def test_a_layer_is_read_from_a_file_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    layer = shipped_layer("lmms")
    path.write_text("\ufeff" + dump_layer(layer), encoding="utf-8")
    assert load_layer(path) == layer
    assert dump_layer(load_layer(path)) == dump_layer(layer)
    with pytest.raises(UnfitLayer, match="cannot be read"):
        load_layer(tmp_path / "nowhere.json")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"answer_second": "b"}, r"corrections\[0\].answer_second: should be the other option"),
        ({"answer_first": "c"}, r"corrections\[0\].answer_first: should be 'a' or 'b'"),
        ({"rows": [100, 99]}, r"corrections\[0\].rows: should be two rows in sequence"),
        ({"rows": None}, r"corrections\[0\].rows: is missing; give the rows or the pair_id"),
        ({"question": ""}, r"corrections\[0\].question: is empty"),
        ({"key": 1}, r"corrections\[0\].key: is not a field of this document"),
        ({"first_image": "x"}, r"corrections\[0\].sha256: should be 64"),
    ],
)
def test_a_damaged_layer_is_refused_with_its_place(changes: dict[str, object], said: str) -> None:
    document = json.loads(dump_layer(shipped_layer("lmms")))
    document["corrections"][0] |= changes
    with pytest.raises(InvalidLayer, match=said):
        parse_layer(json.dumps(document))


def test_texts_that_are_no_layer() -> None:
    for text in ("", "[]", "{}", "\ud800", '{"name": "original", "about": "", "corrections": []}'):
        with pytest.raises(InvalidLayer, match="This key layer is not valid"):
            parse_layer(text)
    one = Correction(
        pair_id=1, question="Is it?", option_a="Yes", option_b="No", answer_first="a",
        answer_second="b", reason="",
    )  # fmt: skip
    assert KeyLayer(name="x", about="", corrections=[one]).corrections == (one,)
