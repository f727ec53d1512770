"""A tiny untrained LLaVA, saved as a person would have one, answers for real."""

from pathlib import Path

import pytest

from embeddings.encoder import EncoderUnavailable
from evaluation.mllms.asking import Asking, RunStopped
from evaluation.mllms.evaluation import ask, evaluate
from evaluation.mllms.local import LocalModel
from tests.evaluation.question_sets import question_set

QUESTIONS = question_set(2)
_WORDS = ["<pad>", "<s>", "</s>", "<unk>", "<image>", "A", "B", "Open", "Closed", "Yes", "No", "."]
_TEMPLATE = (
    "{% for m in messages %}{% for c in m['content'] %}"
    "{% if c['type'] == 'image' %}<image> {% else %}{{ c['text'] }}{% endif %}"
    "{% endfor %}{% endfor %}"
)


def save_llava(folder: Path, *, template: str | None = _TEMPLATE) -> Path:
    """Untrained weights, a tokenizer of twelve words and 16-pixel images."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import (
        CLIPImageProcessor,
        CLIPVisionConfig,
        LlamaConfig,
        LlavaConfig,
        LlavaForConditionalGeneration,
        LlavaProcessor,
        PreTrainedTokenizerFast,
    )

    torch.set_num_threads(1)
    words = Tokenizer(
        models.WordLevel({word: n for n, word in enumerate(_WORDS)}, unk_token="<unk>")
    )
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="<pad>", bos_token="<s>", eos_token="</s>",
        unk_token="<unk>", additional_special_tokens=["<image>"],
    )  # fmt: skip
    size: dict[str, int] = {"hidden_size": 16, "intermediate_size": 16, "num_attention_heads": 2}
    vision = CLIPVisionConfig(
        num_hidden_layers=2, image_size=16, patch_size=8, projection_dim=16, **size
    )
    text = LlamaConfig(
        vocab_size=len(_WORDS), num_hidden_layers=1, num_key_value_heads=2,
        max_position_embeddings=512, pad_token_id=0, bos_token_id=1, eos_token_id=2, **size,
    )  # fmt: skip
    torch.manual_seed(0)
    LlavaForConditionalGeneration(
        LlavaConfig(vision_config=vision, text_config=text, image_token_index=4)
    ).save_pretrained(folder)
    LlavaProcessor(
        image_processor=CLIPImageProcessor(
            size={"shortest_edge": 16}, crop_size={"height": 16, "width": 16}
        ),
        tokenizer=tokenizer, patch_size=8, vision_feature_select_strategy="default",
        num_additional_image_tokens=1, chat_template=template,
    ).save_pretrained(folder)  # fmt: skip
    return folder


@pytest.fixture(scope="module", name="llava")
def saved_llava(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_llava(tmp_path_factory.mktemp("llava"))


def test_a_local_model_answers_and_resumes(llava: Path, tmp_path: Path) -> None:
    asking = Asking(max_tokens=4)
    model = LocalModel(str(llava), "cpu")
    answers, _, report = ask(QUESTIONS, model, asking, tmp_path)
    assert (report.answered, report.failures, report.stopped) == (4, [], "")
    assert all(answer.text for answer in answers.values())
    assert not any("Answer with" in answer.text for answer in answers.values())
    again, _, report = ask(QUESTIONS, LocalModel(str(llava), "cpu"), asking, tmp_path)
    assert (report.answered, report.known) == (0, 4)
    assert again == answers
    found = evaluate(QUESTIONS, answers, model=model.name, grader_name="strict")
    assert found.scores.overall.pair.total == 2


def test_sampling_and_missing_images_are_repeatable(llava: Path, tmp_path: Path) -> None:
    model = LocalModel(str(llava), "cpu")
    sampled = Asking(max_tokens=4, temperature=1.5, repeats=2)
    for name, asking in (("sampled", sampled), ("words", Asking(max_tokens=4, no_image=True))):
        first, _, _ = ask(QUESTIONS, model, asking, tmp_path / name / "1")
        second, _, _ = ask(QUESTIONS, model, asking, tmp_path / name / "2")
        assert first == second
        if asking.repeats == 2:
            assert any(first[pair, side, 1] != first[pair, side, 2] for pair, side, _ in first)


def test_models_that_cannot_be_asked(llava: Path, tmp_path: Path) -> None:
    with pytest.raises(EncoderUnavailable, match="cannot be loaded"):
        LocalModel(str(tmp_path))
    with pytest.raises(RunStopped, match="no chat template"):
        LocalModel(str(save_llava(tmp_path / "bare", template=None)), "cpu")
    stopped = LocalModel(str(llava), "cpu")
    stopped.stop()
    _, _, report = ask(QUESTIONS, stopped, Asking(), tmp_path / "stopped")
    assert (report.answered, report.stopped) == (0, "stopped.")
