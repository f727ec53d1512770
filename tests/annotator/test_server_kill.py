"""A server killed in the middle of saving loses at most the click that was on its way."""

import http.client
import json
import threading
from pathlib import Path
from typing import Any

from annotator.settings import Settings
from annotator.studio import Studio
from db.history import events
from db.lifecycle import PairState
from db.pairs import list_cards
from tests.seeding import seed
from tests.serving import Server

N_PAIRS = 12
N_CLERKS = 4


def post(server: Server, path: str, body: dict[str, Any]) -> dict[str, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        headers = {"Content-Type": "application/json"}
        connection.request("POST", path, json.dumps(body), headers)
        answer = connection.getresponse()
        content: dict[str, Any] = json.loads(answer.read())
        assert answer.status == 200, content
        return content
    finally:
        connection.close()


class Clerk(threading.Thread):
    """Decides one pair again and again, and remembers the last version that was acknowledged."""

    def __init__(self, server: Server, pair_id: int, version: int) -> None:
        super().__init__(daemon=True)
        self.server, self.pair_id, self.version = server, pair_id, version
        self.acknowledged = 0

    def run(self) -> None:
        while True:
            reason = ("unsuitable", "near_duplicate")[self.acknowledged % 2]
            body = {"version": self.version, "decision": "reject", "reason": reason}
            try:
                post(self.server, f"/api/pairs/{self.pair_id}/decision", body)
            except (OSError, http.client.HTTPException, ValueError):
                return
            self.version += 1
            self.acknowledged += 1


def test_kill_in_the_middle_of_saving(tmp_path: Path) -> None:
    seed(tmp_path, n_pairs=N_PAIRS)
    server = Server(tmp_path / "workspace").start()
    with Studio.open(server.workspace, Settings(annotator="Ann")) as studio:
        clerks = [
            Clerk(server, card.id, card.version) for card in list_cards(studio.database)[:N_CLERKS]
        ]
    for clerk in clerks:
        clerk.start()
    while sum(clerk.acknowledged for clerk in clerks) < 40:
        clerks[0].join(0.01)
    server.kill()
    for clerk in clerks:
        clerk.join(30)
    server.start()
    try:
        with Studio.open(server.workspace, Settings(annotator="Ann")) as studio:
            cards = {card.id: card for card in list_cards(studio.database)}
            history = events(studio.database, limit=10_000)
            for clerk in clerks:
                card = cards[clerk.pair_id]
                assert card.state is PairState.rejected
                assert clerk.version <= card.version <= clerk.version + 1
                own = [event for event in history if event.pair_id == clerk.pair_id]
                assert len(own) == clerk.acknowledged + card.version - clerk.version
        body = {"version": cards[clerks[0].pair_id].version, "decision": "accept"}
        desk = post(server, f"/api/pairs/{clerks[0].pair_id}/decision", body)
        assert desk["pair"]["state"] == "accepted"
    finally:
        server.kill()
