"""Complete pairs of houses, and blind answers to them: what tests of verification start from."""

from db.annotations import decide, write_question
from db.database import Database
from db.lifecycle import Decision, VerificationPolicy
from db.pairs import get_card, list_cards
from db.verdicts import set_verification_policy

QUESTION = "On which side of the window is the door?"
# In the pictures of `tests.seeding` the door of the first image is on the left.
LEFT, RIGHT = "To its left", "To its right"
PATTERN = "orientation"


def complete_all(database: Database, author: int, *, first: str = "a") -> list[int]:
    """All pairs with a question by this person, ``first`` the key of their first images."""
    ids = [card.id for card in list_cards(database)]
    for pair_id in ids:
        decide(database, pair_id, version=0, annotator_id=author, decision=Decision.accept)
        write(database, pair_id, author, first=first)
    return ids


def write(database: Database, pair_id: int, author: int, *, first: str = "a") -> None:
    """The question of a pair, with the door of its number in it so that no two are the same."""
    card = get_card(database, pair_id)
    assert card is not None
    write_question(
        database,
        pair_id,
        version=card.version,
        annotator_id=author,
        text=f"{pair_id}: {QUESTION}",
        option_a=LEFT,
        option_b=RIGHT,
        answer_first=first,
        answer_second="b" if first == "a" else "a",
        pattern=PATTERN,
    )


def switch_on(database: Database, answers: int = 2, agreements: int = 2) -> None:
    """Ask for blind answers from now on."""
    set_verification_policy(database, VerificationPolicy(True, answers, agreements))


def state_of(database: Database, pair_id: int) -> str:
    """Where a pair stands."""
    card = get_card(database, pair_id)
    assert card is not None
    return card.state.value
