"""Random work of three people against a model: state, words, versions and history agree."""

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from db.annotations import InvalidDecision, StaleVersion, decide, undo, write_question
from db.history import events
from db.lifecycle import Decision, PairState
from db.migrate import open_database
from db.pairs import list_cards
from db.progress import count_states, progress
from db.queue import upcoming
from tests.db.seeding import Seeded

N_PAIRS, PEOPLE = 3, ("ada", "ben", "cyd")
PAIRS = st.integers(1, N_PAIRS)
WHO = st.sampled_from(PEOPLE)
_template: list[tuple[Path, Seeded]] = []


@dataclass
class Change:
    """One standing change: by whom, and what the pair was before."""

    who: str
    pair_id: int
    before: tuple[str, str | None, dict[str, str]]


@dataclass
class Model:
    """State, who set it, and each person's question, for each pair."""

    state: dict[int, str] = field(default_factory=lambda: dict.fromkeys(range(1, 4), "unreviewed"))
    owner: dict[int, str | None] = field(default_factory=lambda: dict.fromkeys(range(1, 4)))
    questions: dict[int, dict[str, str]] = field(
        default_factory=lambda: {n: {} for n in range(1, 4)}
    )
    version: dict[int, int] = field(default_factory=lambda: dict.fromkeys(range(1, 4), 0))
    standing: list[Change] = field(default_factory=list)

    def change(self, who: str, pair_id: int, state: str) -> None:
        before = (self.state[pair_id], self.owner[pair_id], dict(self.questions[pair_id]))
        self.standing.append(Change(who, pair_id, before))
        self.state[pair_id], self.owner[pair_id] = state, who
        self.version[pair_id] += 1


class Annotating(RuleBasedStateMachine):
    """Every rule is one call of the service layer and its echo in the model."""

    def __init__(self) -> None:
        super().__init__()
        path, seeded = _template[0]
        self.folder = tempfile.TemporaryDirectory()
        shutil.copy(path, self.folder.name)
        self.database = open_database(f"sqlite:///{self.folder.name}/{path.name}")
        self.ids = {who: getattr(seeded, who) for who in PEOPLE}
        self.model = Model()
        self.n_written = 0

    def teardown(self) -> None:
        self.database.close()
        self.folder.cleanup()

    def expected(self, pair_id: int, decision: Decision) -> str | None:
        """The state after a decision, in the words of the rules and not of the program."""
        state, questions = self.model.state[pair_id], self.model.questions[pair_id]
        if decision is Decision.reject:
            return "rejected"
        if decision is Decision.skip:
            return "skipped" if state in ("unreviewed", "skipped", "accepted") else None
        if state in ("accepted", "complete"):
            return None
        return "complete" if questions else "accepted"

    @rule(pair_id=PAIRS, who=WHO, decision=st.sampled_from(Decision))
    def decide(self, pair_id: int, who: str, decision: Decision) -> None:
        expected = self.expected(pair_id, decision)
        call = {"annotator_id": self.ids[who], "decision": decision, "reason": "unsuitable"}
        version = self.model.version[pair_id]
        if expected is None:
            with pytest.raises(InvalidDecision):
                decide(self.database, pair_id, version=version, **call)
            return
        card = decide(self.database, pair_id, version=version, **call)
        assert card.state == expected
        self.model.change(who, pair_id, expected)
        questions = self.model.questions[pair_id]
        if expected == "complete" and who not in questions:
            assert card.annotation is not None
            assert card.annotation.question is not None
            assert card.annotation.question.text in questions.values()
            questions[who] = card.annotation.question.text

    @rule(pair_id=PAIRS, who=WHO)
    def write(self, pair_id: int, who: str) -> None:
        self.n_written += 1
        text = f"Question {self.n_written}?"

        def call() -> None:
            write_question(
                self.database,
                pair_id,
                version=self.model.version[pair_id],
                annotator_id=self.ids[who],
                text=text,
                option_a="yes",
                option_b="no",
                answer_first="b",
                answer_second="a",
                pattern="state",
            )

        if self.model.state[pair_id] not in ("accepted", "complete"):
            with pytest.raises(InvalidDecision):
                call()
            return
        call()
        self.model.change(who, pair_id, "complete")
        self.model.questions[pair_id][who] = text

    @rule(who=WHO)
    def undo(self, who: str) -> None:
        mine = [change for change in self.model.standing if change.who == who]
        if not mine:
            assert undo(self.database, annotator_id=self.ids[who]) is None
            return
        last, pair_id = mine[-1], mine[-1].pair_id
        if [change for change in self.model.standing if change.pair_id == pair_id][-1] is not last:
            with pytest.raises(StaleVersion):
                undo(self.database, annotator_id=self.ids[who])
            return
        card = undo(self.database, annotator_id=self.ids[who])
        assert card is not None
        assert card.id == pair_id
        self.model.standing.remove(last)
        self.model.state[pair_id], self.model.owner[pair_id], self.model.questions[pair_id] = (
            last.before
        )
        self.model.version[pair_id] += 1

    @precondition(lambda self: any(self.model.version.values()))
    @rule(pair_id=PAIRS, who=WHO, decision=st.sampled_from(Decision))
    def decide_on_an_old_page(self, pair_id: int, who: str, decision: Decision) -> None:
        if not (version := self.model.version[pair_id]):
            return
        with pytest.raises(StaleVersion):
            decide(
                self.database,
                pair_id,
                version=version - 1,
                annotator_id=self.ids[who],
                decision=decision,
                reason="unsuitable",
            )

    @invariant()
    def cards_agree_with_the_model(self) -> None:
        for card in list_cards(self.database):
            pair_id = card.id
            assert (card.state, card.version) == (
                self.model.state[pair_id],
                self.model.version[pair_id],
            )
            owner = self.model.owner[pair_id]
            assert (card.annotation.annotator.lower() if card.annotation else None) == owner
            if card.annotation and owner:
                question = card.annotation.question
                wanted = self.model.questions[pair_id].get(owner)
                assert (question.text if question else None) == wanted
                assert question is not None or card.state is not PairState.complete

    @rule()
    def each_version_has_its_event(self) -> None:
        for pair_id, version in self.model.version.items():
            assert len(events(self.database, pair_id=pair_id)) == version

    @rule()
    def progress_and_queue_count_the_same(self) -> None:
        counted = progress(self.database)
        states = list(self.model.state.values())
        assert counted.by_state == {state: states.count(state) for state in PairState}
        assert sum(day[1] for day in counted.per_day) == sum(
            state in ("accepted", "complete", "rejected") for state in states
        )
        assert sum(day[2] for day in counted.per_day) == states.count("complete")
        assert sum(counted.by_pattern.values()) == states.count("complete")
        assert count_states(self.database) == counted.by_state
        for who in PEOPLE:
            offered = [card.id for card in upcoming(self.database, self.ids[who], n=9)]
            assert set(offered) == {
                pair_id
                for pair_id, state in self.model.state.items()
                if state in ("unreviewed", "skipped")
                or (state == "accepted" and self.model.owner[pair_id] == who)
            }
            assert len(offered) == len(set(offered))


def test_random_work_agrees_with_the_model(three_pairs: tuple[Path, Seeded]) -> None:
    _template[:] = [three_pairs]
    machine = Annotating.TestCase
    machine.settings = settings(max_examples=12, stateful_step_count=30, deadline=None)
    machine("runTest").runTest()
