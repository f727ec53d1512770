"""Tiny mixtures trained, saved, loaded, asked, and resumed."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from PIL import Image
from transformers import AutoModelForImageTextToText, AutoProcessor

from assets import asset
from evaluation.mllms.asking import Asking
from evaluation.mllms.evaluation import ask
from evaluation.mllms.local import LocalModel
from evaluation.mof.configuration import MofError
from evaluation.mof.conversations import Collator, Conversations, encode, read_conversations
from evaluation.mof.recipe import read_recipe
from evaluation.mof.tower import described, pixels, squares
from evaluation.mof.training import load, start, train
from tests.evaluation.question_sets import question_set
from tests.tiny_mof import (
    BLIND,
    COLOURS,
    REFERENCE,
    save_language_model,
    write_conversations,
    write_recipe,
)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module", name="language")
def saved_language_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_language_model(tmp_path_factory.mktemp("language"))


@pytest.fixture(name="data")
def written_data(tmp_path: Path) -> Path:
    return write_conversations(tmp_path / "data")


ADDED = 'mixing = "additive"\nreference_share = 0.75'


@pytest.mark.parametrize(
    ("mixture", "tuning"),
    [
        (ADDED, ""),
        ('mixing = "interleaved"\nadapter = "linear"', "[tuning.lora]\nrank = 2\nalpha = 4"),
    ],
    ids=["A-MoF, full, float32", "I-MoF, LoRA, bfloat16"],
)
def test_trained_saved_loaded_and_asked(
    language: Path, data: Path, tmp_path: Path, mixture: str, tuning: str
) -> None:
    bf16 = bool(tuning)
    recipe = read_recipe(write_recipe(data, language, model=mixture, tuning=tuning, bf16=bf16))
    before, _ = start(recipe.model)
    folder = train(recipe, tmp_path / "out", device="cpu")
    model, processor = load(folder)
    words = before.model.language_model.layers[0].self_attn.q_proj.weight
    aligned, _ = load(tmp_path / "out" / "aligned")
    kept = aligned.model.language_model.layers[0].self_attn.q_proj.weight
    assert torch.equal(kept, words)  # stage 1 leaves the language model alone
    tuned = model.model.language_model.layers[0].self_attn.q_proj.weight
    assert not torch.equal(tuned, words)
    assert _projector(model) != _projector(aligned)

    again = AutoModelForImageTextToText.from_pretrained(folder)
    inputs = AutoProcessor.from_pretrained(folder).apply_chat_template(
        [{"role": "user", "content": [
            {"type": "image", "image": Image.new("RGB", (40, 30), COLOURS["blue"])},
            {"type": "text", "text": "which colour is it"},
        ]}],
        tokenize=True, return_dict=True, return_tensors="pt", add_generation_prompt=True,
    )  # fmt: skip
    n_seen = int((inputs["input_ids"] == processor.image_token_id).sum())
    assert n_seen == (64 if recipe.model.mixing == "additive" else 128)
    said = [
        one.eval().generate(**inputs, max_new_tokens=3, do_sample=False) for one in (model, again)
    ]
    assert torch.equal(*said)
    answers, _, report = ask(
        question_set(2), LocalModel(str(folder), "cpu"), Asking(max_tokens=3), tmp_path / "answers"
    )
    assert (report.answered, report.failures, report.stopped) == (4, [], "")
    assert len(answers) == 4


def _projector(model: torch.nn.Module) -> list[float]:
    return [float(one.detach().sum()) for one in model.model.multi_modal_projector.parameters()]


def test_an_interrupted_training_ends_where_an_unbroken_one_does(
    language: Path, data: Path, tmp_path: Path
) -> None:
    recipe = read_recipe(write_recipe(data, language, model=ADDED))
    unbroken = train(recipe, tmp_path / "unbroken", device="cpu")
    # As if it had been killed after step 2 of 4 of stage 2, with its checkpoint written.
    broken = tmp_path / "broken"
    shutil.copytree(tmp_path / "unbroken", broken)
    shutil.rmtree(broken / "model")
    shutil.rmtree(broken / "stage-2" / "checkpoint-4")
    assert (broken / "stage-2" / "checkpoint-2").is_dir()
    resumed = train(recipe, broken, device="cpu")
    first, second = load(unbroken)[0], load(resumed)[0]
    state = json.loads((broken / "stage-2" / "checkpoint-4" / "trainer_state.json").read_text())
    assert state["global_step"] == 4
    for name, weights in first.state_dict().items():
        assert torch.allclose(weights, second.state_dict()[name], atol=1e-6), name


def test_only_answers_and_their_end_are_learned(language: Path, data: Path) -> None:
    _, processor = start(read_recipe(write_recipe(data, language, model=ADDED)).model)
    found = read_conversations(data / "data.json", data / "images")
    ids, labels = encode(processor, found[-1].messages, 200)
    learned = [token for token in labels if token != -100]
    assert processor.tokenizer.convert_ids_to_tokens(learned) == ["red", "</s>", "No", "</s>"]
    assert all(label in (-100, token) for token, label in zip(ids, labels, strict=True))
    prompt = processor.apply_chat_template(found[0].messages[:1], add_generation_prompt=True)
    asked = processor.tokenizer(processor.with_places(prompt), add_special_tokens=False)
    ids, labels = encode(processor, found[0].messages, 200)
    n_asked = len(asked["input_ids"])
    assert ids[:n_asked] == asked["input_ids"]  # as generate will be asked
    assert set(labels[:n_asked]) == {-100}
    with pytest.raises(MofError, match="does not fit"):
        encode(processor, found[0].messages, 40)


def test_a_batch_may_mix_conversations_with_and_without_images(language: Path, data: Path) -> None:
    model, processor = start(read_recipe(write_recipe(data, language, model=ADDED)).model)
    rows = Conversations(read_conversations(data / "data.json", data / "images"), processor, 200)
    collator = Collator(0, processor.tower.n_values)
    batch = collator([rows[0], rows[12], rows[1]])
    assert batch["pixel_values"].shape[0] == 2
    assert batch["attention_mask"].sum(dim=1).tolist() == [
        len(rows[k]["labels"]) for k in (0, 12, 1)
    ]
    loss = model(**batch).loss
    loss.backward()
    assert torch.isfinite(loss)


def test_a_batch_without_images_trains_in_both_stages(language: Path, data: Path) -> None:
    """Also where only the mixture learns, which then has nothing to learn from."""
    model, processor = start(read_recipe(write_recipe(data, language, model=ADDED)).model)
    rows = Conversations(read_conversations(data / "data.json", data / "images"), processor, 200)
    batch = Collator(0, processor.tower.n_values)([rows[12], rows[12]])
    assert batch["pixel_values"].shape == (0, processor.tower.n_values)
    without = {name: value for name, value in batch.items() if name != "pixel_values"}
    assert torch.equal(model(**batch).loss, model(**without).loss)
    model.requires_grad_(False)
    mixture = model.model.multi_modal_projector.requires_grad_(True)
    model(**batch).loss.backward()
    for name, weights in mixture.named_parameters():
        assert weights.grad is not None, name
        assert not weights.grad.any(), name


def test_both_encoders_get_the_image_as_they_prepare_it_themselves() -> None:
    from embeddings.encoder import load_encoder

    config = described(BLIND, REFERENCE, mixing="interleaved")
    image = Image.linear_gradient("L").resize((130, 90)).convert("RGB")
    taken_apart = squares(pixels(image, config)[None], config)
    for spec, square in zip((BLIND, REFERENCE), taken_apart, strict=True):
        assert torch.equal(square[0], load_encoder(spec, device="cpu").preprocess(image))


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({"image": "none.png", "conversations": []}, "no image none.png"),
        ({"conversations": [{"from": "gpt", "value": "<image> red"}]}, "1 places for 0 image"),
        ({"conversations": [{"from": "human", "value": "what"}]}, "nobody answers"),
        ({"conversations": [{"from": "dog", "value": "what"}]}, '"from"'),
        ({"id": 3}, "no conversations"),
    ],
)
def test_data_that_cannot_be_used_say_where(
    tmp_path: Path, entry: dict[str, object], reason: str
) -> None:
    file = tmp_path / "data.json"
    file.write_text(json.dumps([entry]), encoding="utf-8")
    with pytest.raises(MofError, match=reason) as caught:
        read_conversations(file, tmp_path)
    assert "entry 0" in str(caught.value)


@pytest.mark.parametrize(
    ("model", "tuning", "reason"),
    [
        ('mixing = "additive"', "", "reference_share"),
        ("", "colour = 3", "tuning.colour"),
        (ADDED.replace("0.75", "1.75"), "", "reference_share"),
    ],
)
def test_a_recipe_that_cannot_be_used_says_why(
    data: Path, tmp_path: Path, model: str, tuning: str, reason: str
) -> None:
    recipe = write_recipe(data, tmp_path, model=model, tuning=tuning)
    with pytest.raises(MofError, match=reason):
        read_recipe(recipe)


def test_other_weights_than_those_trained_with_are_reported_once(
    language: Path, data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    recipe = read_recipe(write_recipe(data, language, model=ADDED))
    model, _ = start(recipe.model)
    tower = model.model.vision_tower
    values = torch.zeros(1, 2 * 3 * 96 * 96)
    tower(values)
    assert not caplog.messages
    tower.config.digests = ["0" * 64, tower.config.digests[1]]
    tower(values)
    tower(values)
    assert [BLIND in message for message in caplog.messages] == [True]


@pytest.mark.parametrize(
    "file", sorted(asset("recipes").glob("*.toml")), ids=lambda file: file.stem
)
def test_the_shipped_recipes_can_be_read(file: Path) -> None:
    recipe = read_recipe(file)
    assert recipe.tuning.data.is_relative_to(file.parent)
    for stage in (recipe.projector, recipe.tuning):
        assert stage.batch_size % (stage.per_device * 8) == 0  # eight GPUs, as LLaVA's scripts
