"""Random work of three people against a model: state, words, versions and history agree."""

import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from db.annotations import InvalidDecision, StaleVersion, decide, write_question
from db.claims import claim_pair
from db.errors import DatabaseError
from db.history import events
from db.leases import NotFree
from db.lifecycle import Decision, PairState
from db.migrate import open_database
from db.pairs import list_cards
from db.progress import count_states, progress
from db.queue import upcoming
from db.restore import Restorer, restore
from db.undo import redo, undo
from tests.db.seeding import Seeded

N_PAIRS, PEOPLE = 3, ("ada", "ben", "cyd")
PAIRS = st.integers(1, N_PAIRS)
WHO = st.sampled_from(PEOPLE)
_template: list[tuple[Path, Seeded]] = []


Stand = tuple[str, str | None, dict[str, str]]


@dataclass
class Change:
    """One change: by whom, how the pair stood before, and the version that it made."""

    who: str
    pair_id: int
    before: Stand
    event_id: int
    after: Stand | None = None
    below: "Change | None" = None
    rows: list[object] = field(default_factory=list)


@dataclass
class Version:
    """What an event left: a decision, and the question of whoever decided."""

    event_id: int
    decision: Decision
    question: str | None


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
    undone: dict[str, list[Change]] = field(default_factory=lambda: {who: [] for who in PEOPLE})
    versions: dict[int, list[Version]] = field(default_factory=lambda: {n: [] for n in range(1, 4)})
    lease: dict[int, str] = field(default_factory=dict)

    def stand(self, pair_id: int) -> Stand:
        return self.state[pair_id], self.owner[pair_id], dict(self.questions[pair_id])

    def put(self, pair_id: int, stand: Stand) -> None:
        self.state[pair_id], self.owner[pair_id] = stand[:2]
        self.questions[pair_id] = dict(stand[2])
        self.version[pair_id] += 1

    def change(self, who: str, pair_id: int, state: str, event_id: int) -> None:
        self.standing.append(Change(who, pair_id, self.stand(pair_id), event_id))
        self.undone[who].clear()
        self.state[pair_id], self.owner[pair_id] = state, who
        self.version[pair_id] += 1

    def keep(self, who: str, pair_id: int, decision: Decision, event_id: int) -> None:
        question = self.questions[pair_id].get(who)
        self.versions[pair_id].append(Version(event_id, decision, question))

    def newest_on(self, pair_id: int) -> Change | None:
        return next((one for one in reversed(self.standing) if one.pair_id == pair_id), None)

    def held(self, who: str, pair_id: int) -> bool:
        """Whether somebody else is on the pair."""
        return self.lease.get(pair_id, who) != who

    def let_go(self, who: str, pair_id: int) -> None:
        if self.lease.get(pair_id) == who:
            del self.lease[pair_id]


class Annotating(RuleBasedStateMachine):
    """Every rule is one call of the service layer and its echo in the model."""

    def __init__(self) -> None:
        super().__init__()
        path, seeded = _template[0]
        self.folder = tempfile.TemporaryDirectory()
        shutil.copy(path, self.folder.name)
        self.url = f"sqlite:///{self.folder.name}/{path.name}"
        self.database = open_database(self.url)
        self.ids = {who: getattr(seeded, who) for who in PEOPLE}
        self.model = Model()
        self.n_written = 0

    def teardown(self) -> None:
        self.database.close()
        self.folder.cleanup()

    def newest_event(self) -> int:
        return events(self.database, limit=1)[0].id

    def rows(self, pair_id: int) -> list[object]:
        """All that the database has on a pair but its version."""
        with self.database.read() as session:
            connection = session.connection()
            annotations = "SELECT * FROM annotation WHERE pair_id = ? ORDER BY id"
            pair = "SELECT state, decided_by, adjudicated_by FROM candidate_pair WHERE id = ?"
            return [connection.exec_driver_sql(q, (pair_id,)).all() for q in (annotations, pair)]

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
        if self.model.held(who, pair_id):
            with pytest.raises(NotFree):
                decide(self.database, pair_id, version=version, **call)
            return
        card = decide(self.database, pair_id, version=version, **call)
        assert card.state == expected
        self.model.change(who, pair_id, expected, self.newest_event())
        questions = self.model.questions[pair_id]
        if expected == "complete" and who not in questions:
            assert card.annotation is not None
            assert card.annotation.question is not None
            assert card.annotation.question.text in questions.values()
            questions[who] = card.annotation.question.text
        self.model.keep(who, pair_id, decision, self.newest_event())
        if decision is not Decision.accept:
            self.model.let_go(who, pair_id)

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
        if self.model.held(who, pair_id):
            with pytest.raises(NotFree):
                call()
            return
        call()
        self.model.change(who, pair_id, "complete", self.newest_event())
        self.model.questions[pair_id][who] = text
        self.model.keep(who, pair_id, Decision.accept, self.newest_event())
        self.model.let_go(who, pair_id)

    @rule(who=WHO)
    def undo(self, who: str) -> None:
        mine = [change for change in self.model.standing if change.who == who]
        if not mine:
            assert undo(self.database, annotator_id=self.ids[who]) is None
            return
        last, pair_id = mine[-1], mine[-1].pair_id
        if self.model.newest_on(pair_id) is not last:
            with pytest.raises(StaleVersion):
                undo(self.database, annotator_id=self.ids[who])
            return
        if self.model.held(who, pair_id):
            with pytest.raises(NotFree):
                undo(self.database, annotator_id=self.ids[who])
            return
        last.after, last.rows = self.model.stand(pair_id), self.rows(pair_id)
        card = undo(self.database, annotator_id=self.ids[who])
        assert card is not None
        assert card.id == pair_id
        self.model.standing.remove(last)
        self.model.put(pair_id, last.before)
        last.below = self.model.newest_on(pair_id)
        self.model.undone[who].append(last)

    @rule(who=WHO)
    def redo(self, who: str) -> None:
        if not self.model.undone[who]:
            assert redo(self.database, annotator_id=self.ids[who]) is None
            return
        last = self.model.undone[who][-1]
        pair_id = last.pair_id
        if self.model.newest_on(pair_id) is not last.below:
            with pytest.raises(StaleVersion):
                redo(self.database, annotator_id=self.ids[who])
            return
        if self.model.held(who, pair_id):
            with pytest.raises(NotFree):
                redo(self.database, annotator_id=self.ids[who])
            return
        card = redo(self.database, annotator_id=self.ids[who])
        assert card is not None
        assert card.id == pair_id
        assert self.rows(pair_id) == last.rows, "exactly as before the undo"
        assert last.after is not None
        self.model.undone[who].pop()
        self.model.put(pair_id, last.after)
        self.model.standing.append(last)

    @precondition(lambda self: any(self.model.versions.values()))
    @rule(who=WHO, pick=st.integers(0, 99), is_reviewer=st.booleans())
    def restore(self, who: str, pick: int, is_reviewer: bool) -> None:
        known = [(n, one) for n, found in self.model.versions.items() for one in found]
        pair_id, version = known[pick % len(known)]
        state, decision = self.model.state[pair_id], version.decision

        def call() -> None:
            restore(
                self.database,
                pair_id,
                version=self.model.version[pair_id],
                event_id=version.event_id,
                restorer=Restorer(self.ids[who], is_reviewer),
            )

        is_unwriting = decision is Decision.accept and not version.question
        settled = ("accepted", "complete") if is_unwriting else ("complete", "rejected")
        putting_back = is_unwriting or decision is Decision.skip
        if putting_back and state in settled and not is_reviewer:
            with pytest.raises(InvalidDecision):
                call()
            return
        if self.model.held(who, pair_id):
            with pytest.raises(NotFree):
                call()
            return
        call()
        written = "complete" if version.question else "accepted"
        after = {Decision.accept: written, Decision.reject: "rejected", Decision.skip: "skipped"}
        self.model.change(who, pair_id, after[decision], self.newest_event())
        if version.question:
            self.model.questions[pair_id][who] = version.question
        else:
            self.model.questions[pair_id].pop(who, None)
        self.model.keep(who, pair_id, decision, self.newest_event())
        if after[decision] != "accepted":
            self.model.let_go(who, pair_id)

    @rule(pair_id=PAIRS, who=WHO)
    def claim(self, pair_id: int, who: str) -> None:
        claim_pair(self.database, pair_id, annotator_id=self.ids[who], minutes=5, n_ahead=0)
        self.model.lease.setdefault(pair_id, who)

    @rule()
    def expire(self) -> None:
        with self.database.write() as session:
            session.connection().exec_driver_sql("UPDATE lease SET expires_at = '2020-01-01'")
        self.model.lease.clear()

    @rule(pair_id=PAIRS, who=WHO, what=st.sampled_from(["decide", "undo", "redo", "restore"]))
    def crash(self, pair_id: int, who: str, what: str) -> None:
        """The program dies just before it would commit, and starts anew."""
        me, version = self.ids[who], self.model.version[pair_id]
        with (
            patch("db.changes.add_event", side_effect=MemoryError),
            suppress(MemoryError, DatabaseError),
        ):
            if what == "decide":
                decide(
                    self.database,
                    pair_id,
                    version=version,
                    annotator_id=me,
                    decision=Decision.reject,
                    reason="unsuitable",
                )
            elif what == "restore":
                for known in self.model.versions[pair_id][-1:]:
                    restore(
                        self.database,
                        pair_id,
                        version=version,
                        event_id=known.event_id,
                        restorer=Restorer(me, is_reviewer=True),
                    )
            else:
                (undo if what == "undo" else redo)(self.database, annotator_id=me)
        self.database.close()
        self.database = open_database(self.url)

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
                if not self.model.held(who, pair_id)
                and (
                    state in ("unreviewed", "skipped")
                    or (state == "accepted" and self.model.owner[pair_id] == who)
                )
            }
            assert len(offered) == len(set(offered))


def test_random_work_agrees_with_the_model(three_pairs: tuple[Path, Seeded]) -> None:
    _template[:] = [three_pairs]
    machine = Annotating.TestCase
    machine.settings = settings(max_examples=20, stateful_step_count=40, deadline=None)
    machine("runTest").runTest()
