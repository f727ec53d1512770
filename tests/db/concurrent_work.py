"""Threads that annotate at once and keep a record: what `tests.work_checks` looks at."""

import random
import threading
import time

from db.annotations import StaleVersion, decide, write_question
from db.claims import Claim, claim
from db.database import Database
from db.leases import NotFree, release
from db.lifecycle import Decision
from db.undo import undo
from tests.work_checks import Hold, Write


class Crowd:
    """Some people who work on one database for a while.

    Args:
        annotator_ids: one thread each.
    """

    def __init__(self, database: Database, annotator_ids: list[int]) -> None:
        self.database, self.annotator_ids = database, annotator_ids
        self.holds: list[Hold] = []
        self.writes: list[Write] = []
        self.n_refused = 0
        self.failures: list[BaseException] = []

    def work(self, seconds: float) -> None:
        """Everybody works; what goes wrong in a thread is in `failures`."""
        until = time.monotonic() + seconds
        threads = [
            threading.Thread(target=self._guarded, args=(who, until)) for who in self.annotator_ids
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(seconds + 60)

    def _guarded(self, who: int, until: float) -> None:
        chance = random.Random(who)
        try:
            while time.monotonic() < until:
                self._step(who, chance)
        except BaseException as error:  # noqa: BLE001 - handed to the test
            self.failures.append(error)

    def _step(self, who: int, chance: random.Random) -> None:
        shown = claim(self.database, who, minutes=5)
        since = time.time()
        if shown.pair is None:  # all is done: back to some of it
            self._undo(who)
            return
        time.sleep(chance.random() / 50)
        self.holds.append(Hold(who, shown.pair.id, since, time.time()))
        try:
            self._change(who, shown, chance)
        except (StaleVersion, NotFree):
            self.n_refused += 1
            self._leave(who, shown)

    def _change(self, who: int, shown: Claim, chance: random.Random) -> None:
        pair, dice = shown.pair, chance.random()
        if pair is None or dice < 0.15:
            self._leave(who, shown)
        elif dice < 0.3:
            self._leave(who, shown)
            self._undo(who)
        elif pair.state == "accepted":
            self._write(who, pair.id, pair.version)
        else:
            decision = chance.choice(list(Decision))
            # a page that is out of date, now and then
            version = pair.version - (pair.version > 0 and chance.random() < 0.1)
            reason = "unsuitable" if decision is Decision.reject else None
            card = decide(
                self.database,
                pair.id,
                version=version,
                annotator_id=who,
                decision=decision,
                reason=reason,
            )
            values = {"decision": decision.value, "reason": reason}
            self.writes.append(Write(who, pair.id, "decision", card.version, values))
            if card.state == "accepted":
                self._write(who, pair.id, card.version)

    def _undo(self, who: int) -> None:
        try:
            card = undo(self.database, annotator_id=who)
        except (StaleVersion, NotFree):
            self.n_refused += 1
            return
        if card is not None:
            self.writes.append(Write(who, card.id, "undo", card.version))

    def _write(self, who: int, pair_id: int, version: int) -> None:
        text = f"Is it left or right? {who} {version}"
        card = write_question(
            self.database,
            pair_id,
            version=version,
            annotator_id=who,
            text=text,
            option_a="left",
            option_b="right",
            answer_first="a",
            answer_second="b",
            pattern="state",
        )
        self.writes.append(Write(who, pair_id, "question", card.version, {"question": text}))

    def _leave(self, who: int, shown: Claim) -> None:
        if shown.pair is not None:
            release(self.database, annotator_id=who, pair_id=shown.pair.id, token=shown.token)
