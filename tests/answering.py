"""Models that answer a workspace's questions by rule: runs for the tests of the Results page."""

import random
from collections.abc import Callable

from annotator.results import Results
from annotator.studio import Studio
from db.annotations import decide, write_question
from db.blind_questions import ask
from db.lifecycle import Decision
from db.pairs import get_card, list_cards
from db.verification import Given, answer
from evaluation.items import Item
from evaluation.mllms.asking import Answer, Answers
from evaluation.mllms.judging import Verdicts
from evaluation.results.rescoring import questions_digest
from evaluation.results.stored import Manifest, StoredRun, keep_run, stored

PATTERNS = ("orientation", "presence", "state", "quantity", "color", "text")
Says = Callable[[Item], str]


def ask_all_pairs(
    studio: Studio, author: int, *, options: tuple[str, str] = ("Left", "Right")
) -> None:
    """All pairs with a question each, of several patterns; the first image is always (a)."""
    for number, card in enumerate(list_cards(studio.database)):
        decide(
            studio.database, card.id, version=card.version, annotator_id=author,
            decision=Decision.accept,
        )  # fmt: skip
        reword(studio, card.id, author, f"Where is door {number}?", options=options)


def reword(
    studio: Studio,
    pair_id: int,
    author: int,
    text: str,
    *,
    options: tuple[str, str] = ("Left", "Right"),
    first: str = "a",
) -> None:
    """Another question about a pair."""
    card = get_card(studio.database, pair_id)
    assert card is not None
    write_question(
        studio.database, pair_id, version=card.version, annotator_id=author, text=text,
        option_a=options[0], option_b=options[1], answer_first=first,
        answer_second="b" if first == "a" else "a", pattern=PATTERNS[pair_id % len(PATTERNS)],
    )  # fmt: skip


def answer_blind(studio: Studio, annotator_id: int) -> None:
    """Somebody answers all blind questions by the keys."""
    firsts = {card.first.id for card in list_cards(studio.database)}
    while question := ask(studio.database, annotator_id).question:
        right_option = "Left" if question.image.id in firsts else "Right"
        place = Given.option_1 if question.options[0] == right_option else Given.option_2
        answer(studio.database, annotator_id=annotator_id, token=question.token, given=place)


def keep_answers(
    studio: Studio,
    name: str,
    says: Says,
    *,
    model: str = "",
    label: str = "",
    verdicts: Verdicts | None = None,
) -> StoredRun:
    """A run of the model of this name, which says this of every item."""
    questions = studio.shared(Results).asked().questions
    answers: Answers = {
        (item.pair_id, item.side, 1): Answer(text=says(item)) for item in questions.items
    }
    manifest = Manifest(
        model=model or name, label=label, benchmark=questions.name,
        benchmark_sha256=questions_digest(questions), grader="strict", source=name,
        at="2026-11-26T08:00:00+00:00",
    )  # fmt: skip
    return keep_run(studio.workspace.results, name, manifest, stored(questions, answers, verdicts))


def right(item: Item) -> str:
    """The letter of the key."""
    return item.gold.upper()


def wrong(item: Item) -> str:
    """The other letter."""
    return "B" if item.gold == "a" else "A"


def skilled(share: float, seed: int) -> Says:
    """Right about so many images, by lot, in the words of a chatty model now and then."""
    lot = random.Random(seed)

    def says(item: Item) -> str:
        letter = right(item) if lot.random() < share else wrong(item)
        option = item.option_a if letter == "A" else item.option_b
        forms = (letter, f"({letter.lower()}) {option}", f"{letter}. {option}", option,
                 f"The answer is {letter}.", "It could be either of them.")  # fmt: skip
        return lot.choices(forms, weights=(50, 14, 14, 12, 7, 3))[0]

    return says
