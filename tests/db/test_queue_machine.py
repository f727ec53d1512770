"""Several people at one queue: whatever they do in whatever order, the promises hold."""

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import text

from db.annotations import InvalidDecision, StaleVersion, decide, write_question
from db.annotators import ensure_annotator
from db.claims import Claim, claim, claim_pair
from db.history import events
from db.leases import NotFree, release, renew
from db.lifecycle import Decision, PairState
from db.migrate import open_database
from db.pairs import get_card, list_cards
from db.policy import Policy, get_policy, set_policy
from db.queue_tables import QueueOrder
from db.selections import create_selection, set_filter
from db.undo import undo
from tests.db.seeding import Seeded

PEOPLE = ("ada", "ben", "cyd", "dot")
WHO = st.sampled_from(PEOPLE)
PAIRS = st.integers(1, 6)
MINUTES = 5
_template: list[tuple[Path, Seeded]] = []


class Working(RuleBasedStateMachine):
    """Each person has one page; a page decides only what it shows, as in the browser."""

    def __init__(self) -> None:
        super().__init__()
        path, seeded = _template[0]
        self.folder = tempfile.TemporaryDirectory()
        shutil.copy(path, self.folder.name)
        self.database = open_database(f"sqlite:///{self.folder.name}/{path.name}")
        self.ids = {who: getattr(seeded, who) for who in PEOPLE[:3]}
        self.ids["dot"] = ensure_annotator(self.database, "Dot")
        self.pages: dict[str, Claim | None] = dict.fromkeys(PEOPLE)
        self.offered: dict[tuple[str, int], int] = {}
        self.n_written = 0
        self.overlap = self.most_overlap = 1
        self.selected: list[int] = []
        self.filtered: set[str] = set()

    @initialize(
        overlap=st.integers(1, 3),
        order=st.sampled_from(QueueOrder),
        selected=st.sets(PAIRS, min_size=1),
    )
    def begin(self, overlap: int, order: QueueOrder, selected: set[int]) -> None:
        set_policy(self.database, Policy(overlap=overlap, order=order, quota=1))
        self.overlap = self.most_overlap = overlap
        self.selected = sorted(selected)
        create_selection(
            self.database, "some", annotator_id=self.ids["ada"], pair_ids=self.selected
        )

    def teardown(self) -> None:
        self.database.close()
        self.folder.cleanup()

    def finished(self, who: str, pair_id: int) -> bool:
        """Whether this person's own word on a pair is in and whole."""
        query = text(
            "SELECT count(*) FROM annotation WHERE pair_id = :pair AND annotator_id = :me"
            " AND (decision = 'reject' OR question IS NOT NULL AND decision = 'accept')"
        )
        values = {"pair": pair_id, "me": self.ids[who]}
        with self.database.read() as session:
            return bool(session.connection().execute(query, values).scalar_one())

    @rule(who=WHO)
    def next_pair(self, who: str) -> None:
        page = self.pages[who]
        after = page.pair.id if page and page.pair else None
        shown = claim(self.database, self.ids[who], minutes=MINUTES, after_pair_id=after)
        self.pages[who] = shown
        if shown.pair is None:
            return
        assert shown.obstacle is None
        assert shown.pair.id != after
        assert not self.finished(who, shown.pair.id), "nobody is offered a pair that they finished"
        if who in self.filtered:
            assert shown.pair.id in self.selected

    @rule(who=WHO, pair_id=PAIRS)
    def follow_a_link(self, who: str, pair_id: int) -> None:
        page = self.pages[who]
        after = page.pair.id if page and page.pair else None
        shown = claim_pair(
            self.database,
            pair_id,
            annotator_id=self.ids[who],
            minutes=MINUTES,
            after_pair_id=after,
        )
        assert shown is not None
        self.pages[who] = shown

    @rule(who=WHO, decision=st.sampled_from(Decision))
    def decide(self, who: str, decision: Decision) -> None:
        page = self.pages[who]
        if page is None or page.pair is None:
            return
        version = page.pair.version
        try:
            done = decide(
                self.database,
                page.pair.id,
                version=version,
                annotator_id=self.ids[who],
                decision=decision,
                reason="unsuitable",
            )
        except (StaleVersion, InvalidDecision):
            assert page.until is not None or page.obstacle is not None
            self.pages[who] = None
            return
        except NotFree:
            self.pages[who] = None
            return
        stays = decision is Decision.accept
        self.pages[who] = Claim(done, [], page.token, page.until) if stays else None

    @rule(who=WHO)
    def write(self, who: str) -> None:
        page = self.pages[who]
        if page is None or page.pair is None:
            return
        self.n_written += 1
        with suppress(StaleVersion, InvalidDecision, NotFree):
            write_question(
                self.database,
                page.pair.id,
                version=page.pair.version,
                annotator_id=self.ids[who],
                text=f"Question {self.n_written} of {who}?",
                option_a="yes",
                option_b="no",
                answer_first="b",
                answer_second="a",
                pattern="state",
            )
        self.pages[who] = None

    @rule(who=WHO)
    def undo(self, who: str) -> None:
        try:
            card = undo(self.database, annotator_id=self.ids[who])
        except (StaleVersion, NotFree):
            return
        if card is not None:
            self.follow_a_link(who, card.id)

    @rule(who=WHO)
    def crash(self, who: str) -> None:
        self.pages[who] = None  # nothing is said to the server: the lease stays

    @rule(who=WHO)
    def close(self, who: str) -> None:
        page = self.pages[who]
        if page and page.pair:
            release(
                self.database,
                annotator_id=self.ids[who],
                pair_id=page.pair.id,
                token=page.token,
            )
        self.pages[who] = None

    @rule(who=WHO)
    def beat(self, who: str) -> None:
        page = self.pages[who]
        if page and page.pair:
            kept = renew(
                self.database,
                page.pair.id,
                annotator_id=self.ids[who],
                token=page.token,
                minutes=MINUTES,
            )
            if kept.obstacle:
                self.pages[who] = None

    @rule(who=WHO)
    def time_passes(self, who: str) -> None:
        """One person's leases run out; their page does not know until it asks."""
        past = "UPDATE lease SET expires_at = '2020-01-01 00:00:00.000000' WHERE annotator_id = :me"
        with self.database.write() as session:
            session.connection().execute(text(past), {"me": self.ids[who]})
        self.pages[who] = None

    @rule(who=WHO, wanted=st.booleans())
    def filter(self, who: str, wanted: bool) -> None:
        set_filter(self.database, 1 if wanted else None, annotator_id=self.ids[who])
        self.filtered = self.filtered | {who} if wanted else self.filtered - {who}

    @rule(overlap=st.integers(1, 3))
    def ask_for_other_numbers(self, overlap: int) -> None:
        policy = get_policy(self.database)
        if policy.overlap == overlap:
            return
        set_policy(self.database, Policy(overlap=overlap, order=policy.order, quota=1))
        self.overlap, self.most_overlap = overlap, max(overlap, self.most_overlap)
        self.pages = dict.fromkeys(PEOPLE)

    @invariant()
    def a_pair_is_on_as_many_pages_as_there_are_places(self) -> None:
        on: dict[int, int] = {}
        for page in self.pages.values():
            if page is not None and page.pair is not None and page.until is not None:
                on[page.pair.id] = on.get(page.pair.id, 0) + 1
        assert all(n <= self.overlap for n in on.values())

    @invariant()
    def no_pair_gets_more_than_it_needs(self) -> None:
        if self.overlap == 1:
            return
        for card in list_cards(self.database):
            if card.state in (PairState.partial, PairState.unreviewed):
                assert self.n_in(card.id) <= self.most_overlap

    def n_in(self, pair_id: int) -> int:
        query = "SELECT count(*) FROM annotation WHERE pair_id = :pair AND decision <> 'skip'"
        with self.database.read() as session:
            return session.connection().execute(text(query), {"pair": pair_id}).scalar_one()

    @invariant()
    def a_settled_pair_has_its_words(self) -> None:
        for card in list_cards(self.database):
            if card.state is PairState.complete:
                assert card.annotation is not None
                assert card.annotation.question is not None

    @invariant()
    def what_one_sees_is_ones_own(self) -> None:
        for who, page in self.pages.items():
            note = page.pair.annotation if page and page.pair else None
            if self.overlap > 1 and note is not None:
                assert note.annotator.lower() == who

    @rule()
    def each_version_has_its_event(self) -> None:
        for card in list_cards(self.database):
            assert len(events(self.database, pair_id=card.id)) == card.version

    @rule(who=WHO)
    def everybody_gone_one_person_is_offered_all_that_is_open(self, who: str) -> None:
        """Nothing is left behind: whoever goes on alone sees every pair that wants their word."""
        with self.database.write() as session:
            session.connection().execute(text("DELETE FROM lease"))
        self.pages = dict.fromkeys(PEOPLE)
        set_filter(self.database, None, annotator_id=self.ids[who])
        self.filtered.discard(who)
        seen: list[int] = []
        for _ in range(12):
            shown = claim(self.database, self.ids[who], minutes=MINUTES)
            if shown.pair is None:
                break
            seen.append(shown.pair.id)
            card = get_card(self.database, shown.pair.id)
            assert card is not None
            decide(
                self.database,
                shown.pair.id,
                version=card.version,
                annotator_id=self.ids[who],
                decision=Decision.reject,
                reason="unsuitable",
            )
        assert len(seen) == len(set(seen))
        for card in list_cards(self.database):
            if card.state in (PairState.unreviewed, PairState.skipped):
                pytest.fail(f"pair {card.id} was never offered")
            if card.state is PairState.partial:
                own = self.finished(who, card.id)
                assert own or self.n_in(card.id) >= self.overlap
        with self.database.write() as session:
            session.connection().execute(text("DELETE FROM lease"))


def test_many_people_at_one_queue(seeded_file: tuple[Path, Seeded]) -> None:
    _template[:] = [seeded_file]
    machine = Working.TestCase
    machine.settings = settings(max_examples=15, stateful_step_count=40, deadline=None)
    machine("runTest").runTest()
