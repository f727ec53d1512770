"""The blindness meter against the encoder itself."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from annotator.encoders import LoadedEncoders
from annotator.meter import BlindnessMeter, NoTextTower
from annotator.pipeline.vectors import open_store
from annotator.server import create_routes
from annotator.studio import Studio
from db.pairs import list_cards
from db.views import PairCard
from embeddings.encoder import load_encoder, supports_text
from tests.explorable_workspace import ROLES, open_explorable, seed_explorable

WORDS = {"text": "Is it left or right?", "option_a": "Left", "option_b": "Right"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return seed_explorable(tmp_path_factory.mktemp("explorable"))


@pytest.fixture
def studio(built: Path, tmp_path: Path) -> Iterator[Studio]:
    with open_explorable(shutil.copytree(built, tmp_path / "workspace")) as opened:
        yield opened


@pytest.fixture
def client(studio: Studio) -> TestClient:
    return TestClient(create_routes(studio))


@pytest.fixture
def card(studio: Studio) -> PairCard:
    return list_cards(studio.database)[0]


def measure(client: TestClient, pair_id: int, **words: str) -> dict[str, Any]:
    for _ in range(600):
        body = {**WORDS, **words, "pair_id": pair_id}
        found: dict[str, Any] = client.post("/api/writing/meter", json=body).json()
        if found["state"] != "working":
            return found
    raise AssertionError("it never became ready")


def test_the_matrix_is_the_encoders(client: TestClient, studio: Studio, card: PairCard) -> None:
    found = measure(client, card.id, answer_first="b")
    encoder = load_encoder(ROLES.blind, device="cpu")
    assert supports_text(encoder)
    texts = [row["text"] for row in found["rows"]]
    assert texts == ["a photo of it left", "a photo of it right"]
    store = open_store(studio, "blind", ROLES.blind)
    images = store.load([card.first.sha256, card.second.sha256])
    wanted = encoder.embed_texts(texts) @ images.T
    got = np.array([row["cosines"] for row in found["rows"]])
    assert np.allclose(got, wanted, atol=1e-4)
    for row, cosines in zip(found["rows"], wanted, strict=True):
        assert row["chosen"] == ("first", "second")[int(cosines.argmax())]
        assert row["margin"] == pytest.approx(abs(float(cosines[0] - cosines[1])), abs=1e-4)
    assert [row["right"] for row in found["rows"]] == ["second", "first"]


def test_the_verdict_follows_the_answers(client: TestClient, studio: Studio) -> None:
    seen = set()
    for card in list_cards(studio.database)[:12]:
        plain, a, b = (measure(client, card.id, answer_first=x) for x in ("", "a", "b"))
        chosen = [row["chosen"] for row in plain["rows"]]
        if chosen[0] == chosen[1]:
            wanted = ("confused", "confused", "confused")
        else:
            right = chosen == ["first", "second"]
            wanted = ("apart", "sees" if right else "swapped", "swapped" if right else "sees")
        assert (plain["verdict"], a["verdict"], b["verdict"]) == wanted
        seen.add(wanted[0])
    assert seen == {"confused", "apart"}


def test_numbers_are_read_in_both_ways(client: TestClient, studio: Studio) -> None:
    differing = 0
    for card in list_cards(studio.database)[:12]:
        words = {"text": "How many wheels?", "option_a": "3", "option_b": "four"}
        plain = measure(client, card.id, **words)
        spelled = measure(client, card.id, **{**words, "option_a": "three"})
        digits = measure(client, card.id, **{**words, "option_b": "4"})
        others = {"numbers in words": spelled, "numbers in digits": digits}
        told = {one["how"]: one["verdict"] for one in plain["variants"]}
        assert told == {
            how: other["verdict"]
            for how, other in others.items()
            if other["verdict"] != plain["verdict"]
        }
        differing += len(told)
    assert differing, "the demo's tokenizer knows no digits, so some verdict has to differ"


def test_it_is_off_while_one_verifies_the_pair(
    client: TestClient, studio: Studio, card: PairCard
) -> None:
    client.get("/api/me")
    measure(client, card.id)
    add = (
        "INSERT INTO verification_lease VALUES"
        f" ({card.id}, 'first', {{who}}, 'd', 0, 't', '{{until}} 00:00:00.000000')"
    )
    with studio.database.write() as session:
        connection = session.connection()
        (who,) = connection.execute(text("SELECT id FROM annotator WHERE name = 'Ann'")).one()
        connection.execute(text(add.format(who=who, until="2999-01-01")))
    found = measure(client, card.id)
    assert found == {
        "state": "absent",
        "reason": "Off while you are asked about this pair in blind verification.",
    }
    with studio.database.write() as session:
        session.connection().execute(
            text("UPDATE verification_lease SET expires_at = '2000-01-01 00:00:00.000000'")
        )
    assert measure(client, card.id)["state"] == "ready"


def test_an_encoder_without_a_text_tower_says_so_for_good(
    client: TestClient, studio: Studio, card: PairCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    dino = load_encoder(ROLES.reference, device="cpu")
    monkeypatch.setattr(studio.shared(LoadedEncoders), "encoder", lambda _spec, _report: dino)
    found = measure(client, card.id)
    assert (found["state"], found["lasting"]) == ("absent", True)
    assert "no text tower" in found["reason"]
    with pytest.raises(NoTextTower):
        studio.shared(BlindnessMeter)._embed(ROLES.blind, ["x"], lambda *_: None)
