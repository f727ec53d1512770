"""The published numbers are whole, plausible and named by source."""

import pytest

from evaluation.patterns import load_patterns
from evaluation.published import (
    published_correlations,
    published_human,
    published_mixtures,
    published_mllms,
    published_vlms,
)
from evaluation.scores import CHANCE


def test_mllms_best_first_and_only_two_clearly_above_chance() -> None:
    models = published_mllms()
    accuracies = [model.pair_accuracy for model in models]
    assert accuracies == sorted(accuracies, reverse=True)
    assert [model.model for model in models if model.pair_accuracy > CHANCE] == ["Gemini", "GPT-4V"]
    assert published_human() == 0.957


@pytest.mark.parametrize("model", published_vlms(), ids=lambda m: f"{m.model} {m.image_size}")
def test_an_average_is_the_mean_of_its_nine_patterns(model) -> None:  # type: ignore[no-untyped-def]
    assert tuple(model.by_pattern) == load_patterns("mmvp").slugs
    assert sum(model.by_pattern.values()) / 9 == pytest.approx(model.average, abs=0.001)
    # Each pattern has 15 pairs, so that every accuracy is a multiple of one fifteenth.
    for accuracy in model.by_pattern.values():
        assert accuracy * 15 == pytest.approx(round(accuracy * 15), abs=0.01)


def test_there_are_ten_vlms_and_every_number_has_a_source() -> None:
    assert len({(model.model, model.image_size) for model in published_vlms()}) == 10
    everything = [
        *published_mllms(),
        *published_vlms(),
        *published_mixtures(),
        *published_correlations(),
    ]
    assert all("CVPR 2024" in one.source for one in everything)


def test_mixtures_help_on_mmvp() -> None:
    mixtures = published_mixtures()
    assert all(one.mmvp_after > one.mmvp_before for one in mixtures)
    assert [one.instructions_after for one in mixtures] == [0.758, 0.828, None]
    assert {one.model for one in published_correlations()} == {"LLaVA-1.5", "InstructBLIP"}
