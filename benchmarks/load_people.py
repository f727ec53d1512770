"""People who annotate over HTTP as browsers would, and sometimes push: for benchmarks.load."""

import asyncio
import random
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from evaluation.patterns import load_patterns
from tests.work_checks import Hold, Write

ACCEPTABLE = {"unreviewed", "skipped", "rejected", "partial"}
SKIPPABLE = {"unreviewed", "skipped", "partial", "accepted"}
WRITABLE = {"accepted", "complete", "final", "contested"}
PATTERNS = [pattern.slug for pattern in load_patterns()]
REASONS = ["near_duplicate", "no_visible_difference", "unsuitable", "other: too dark"]
TIMED = {"decision", "question", "undo"}


@dataclass
class Log:
    """What all people saw; latencies in milliseconds by what was asked."""

    holds: list[Hold] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    latencies: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    refused: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    problems: list[str] = field(default_factory=list)


class Person:
    """One annotator with a browser's cookies and cache.

    Args:
        think: seconds between two actions, in the middle.
    """

    def __init__(
        self, url: str, name: str, password: str, number: int, log: Log, think: float
    ) -> None:
        self.name, self.password, self.log, self.think = name, password, log, think
        self.annotator_id = 0
        self.chance = random.Random(number)
        self.client = httpx.AsyncClient(
            base_url=url, timeout=60, limits=httpx.Limits(keepalive_expiry=100)
        )
        self.desk: dict[str, Any] = {}
        self.since = 0.0
        self.until = 0.0
        self.cached: set[str] = set()
        self.decided: list[tuple[int, int]] = []  # pair and the version it had before

    async def work(self, annotator_id: int, stop_at: float) -> None:
        """Log in and annotate until then."""
        self.annotator_id = annotator_id
        async with self.client:
            await asyncio.sleep(self.chance.random() * self.think)
            if not await self.log_in():
                return
            await self.look(await self.ask("review", "GET", "/api/review"))
            while time.time() < stop_at:
                await self.act()
            self.let_go()
            if lease := self.desk.get("lease"):
                body = {"pair_id": self.desk["pair"]["id"], "token": lease["token"]}
                await self.ask("leave", "POST", "/api/review/leave", body)

    async def log_in(self) -> bool:
        """Through the form, as a browser does, and then the page itself."""
        await self.ask("login page", "GET", "/login")
        started = time.perf_counter()
        form = {"name": self.name, "password": self.password, "next": "/"}
        answer = await self.client.post("/login", data=form)
        self.log.latencies["login"].append(1000 * (time.perf_counter() - started))
        if answer.status_code != 303:
            self.log.problems.append(f"{self.name} could not log in: {answer.status_code}")
            return False
        await self.ask("page", "GET", "/")
        return True

    async def ask(
        self, what: str, method: str, path: str, body: dict[str, Any] | None = None
    ) -> httpx.Response:
        """One request, timed; failures of the server are problems, refusals are not."""
        started = time.perf_counter()
        try:
            answer = await self.client.request(method, path, json=body)
        except httpx.TransportError as error:
            self.log.problems.append(f"{what} by {self.name}: no answer, {error!r}")
            return httpx.Response(503, json={})
        self.log.latencies[what].append(1000 * (time.perf_counter() - started))
        if answer.status_code >= 500 or answer.status_code in {400, 401, 403, 404, 422}:
            told = answer.text[:200]
            self.log.problems.append(f"{what} by {self.name}: {answer.status_code} {told}")
        elif answer.status_code == 409:
            self.log.refused[what] += 1
        return answer

    async def look(self, answer: httpx.Response) -> None:
        """Show what an answer brings; from now on the page holds its pair, if it says so."""
        content = answer.json()
        if "pair" not in content:
            return
        self.let_go()
        self.desk = content
        if content["lease"] and not content["obstacle"]:
            self.since, self.until = time.time(), _seconds(content["lease"]["until"])
        for card in [content["pair"], *content["upcoming"]]:
            if card is not None:
                for image in (card["first"], card["second"]):
                    await self.fetch(image["url"])

    async def fetch(self, url: str) -> None:
        """A picture that the browser does not have yet."""
        if url not in self.cached:
            self.cached.add(url)
            await self.ask("image", "GET", url)

    def let_go(self) -> None:
        """The page moves on: call it before the request that does so is sent."""
        until = min(self.until, time.time())
        if self.since and until > self.since:
            self.log.holds.append(
                Hold(self.annotator_id, self.desk["pair"]["id"], self.since, until)
            )
        self.since = 0.0

    async def pause(self, factor: float = 1.0) -> None:
        """Think, with the heartbeats and drafts of a page that is in use."""
        left = min(self.chance.lognormvariate(0, 0.6), 4) * self.think * factor
        lease, pair = self.desk.get("lease"), self.desk.get("pair")
        while pair and lease and self.since and left > lease["beat_seconds"]:
            await asyncio.sleep(lease["beat_seconds"])
            left -= lease["beat_seconds"]
            await self.beat(pair["id"], lease["token"])
        await asyncio.sleep(left)

    async def beat(self, pair_id: int, token: str) -> None:
        """Keep the pair."""
        body = {"pair_id": pair_id, "token": token}
        answer = await self.ask("heartbeat", "POST", "/api/review/lease", body)
        if answer.status_code != 200:
            return
        kept = answer.json()
        if kept["until"]:
            if time.time() > self.until:  # it was free for a while in between
                self.let_go()
                self.since = time.time()
            self.until = _seconds(kept["until"])
        else:
            self.let_go()
            self.desk["obstacle"] = kept["obstacle"]

    async def act(self) -> None:
        """One thing that people do, most often the next decision."""
        pair, dice = self.desk.get("pair"), self.chance.random()
        await self.pause()
        if pair is None or self.desk["obstacle"] or dice < 0.04:
            await self.move_on()
        elif dice < 0.08:
            await self.open_link()
        elif dice < 0.14:
            await self.undo()
        elif dice < 0.18 and self.decided:
            await self.push_stale()
        elif dice < 0.19:
            await asyncio.sleep(max(0, self.until - time.time()) + 2)  # slept past the lease
            await self.decide(pair)
        elif pair["state"] in WRITABLE:
            await self.write(pair)
        else:
            await self.decide(pair)

    async def move_on(self) -> None:
        """To the next pair, without a decision."""
        pair = self.desk.get("pair")
        query = f"?after={pair['id']}" if pair else ""
        self.let_go()
        await self.look(await self.ask("review", "GET", f"/api/review{query}"))

    async def open_link(self) -> None:
        """To a pair that this person, or somebody else at the moment, has something to do with."""
        here = self.desk["pair"]["id"]
        wanted = max(1, here + self.chance.randint(-12, 12))
        self.let_go()
        query = f"?pair={wanted}&after={here}"
        await self.look(await self.ask("link", "GET", f"/api/review{query}"))

    async def undo(self) -> None:
        """Take back one's last step."""
        self.let_go()
        answer = await self.ask("undo", "POST", "/api/review/undo")
        content = answer.json()
        if answer.status_code == 200 and content.get("message", "").startswith("Taken back"):
            pair_id = int(content["message"].split("pair ")[1].split()[0])
            self.log.writes.append(Write(self.annotator_id, pair_id, "undo"))
        await self.look(answer)

    async def push_stale(self) -> None:
        """What a forgotten window would send: a version that the pair no longer has."""
        pair_id, version = self.chance.choice(self.decided)
        body = {"version": version, "decision": "reject", "reason": "unsuitable"}
        self.let_go()
        answer = await self.ask("stale write", "POST", f"/api/pairs/{pair_id}/decision", body)
        if answer.status_code != 409:
            told = f"a stale write was answered {answer.status_code}"
            self.log.problems.append(f"{told}: pair {pair_id}, version {version}, {self.name}")
        await self.look(answer)

    async def decide(self, pair: dict[str, Any]) -> None:
        """Accept, reject or skip; sometimes twice at once, as an impatient double click would."""
        choices = [("accept", 5)] if pair["state"] in ACCEPTABLE else []
        choices += [("skip", 2)] if pair["state"] in SKIPPABLE else []
        choices += [("reject", 3)]
        names, weights = zip(*choices, strict=True)
        (decision,) = self.chance.choices(names, weights)
        reason = self.chance.choice(REASONS) if decision == "reject" else None
        body = {"version": pair["version"], "decision": decision, "reason": reason}
        await self.submit("decision", pair, body, {"decision": decision, "reason": reason})

    async def write(self, pair: dict[str, Any]) -> None:
        """Type a question, with its drafts, and save it."""
        words = f"{self.name} on {pair['id']}, {self.chance.randrange(10**6)}"
        first = self.chance.choice("ab")
        fields = {
            "text": f"Is the door left or right? {words}",
            "option_a": f"left {words}",
            "option_b": f"right {words}",
            "answer_first": first,
            "answer_second": "b" if first == "a" else "a",
            "pattern": self.chance.choice(PATTERNS),
            "note": words,
        }
        for _ in range(2):
            await self.pause(0.7)
            path = f"/api/pairs/{pair['id']}/draft"
            await self.ask("draft", "PUT", path, {"fields": {"text": fields["text"][:20]}})
        if self.desk["obstacle"]:
            return
        kept = {name: value for name, value in fields.items() if name != "text"}
        values = {"question": fields["text"], "decision": "accept", **kept}
        await self.submit("question", pair, {"version": pair["version"], **fields}, values)

    async def submit(
        self, kind: str, pair: dict[str, Any], body: dict[str, Any], values: dict[str, Any]
    ) -> None:
        """Send a write; of two equal ones at most one may be accepted."""
        path, before = f"/api/pairs/{pair['id']}/{kind}", pair["version"]
        n_sent = 2 if self.chance.random() < 0.06 else 1
        self.let_go()
        answers = await asyncio.gather(*(self.ask(kind, "POST", path, body) for _ in range(n_sent)))
        accepted = [answer for answer in answers if answer.status_code == 200]
        if len(accepted) > 1:
            told = f"both of two equal requests were accepted: {kind}"
            self.log.problems.append(f"{told} on pair {pair['id']}, version {before}")
        if accepted:
            write = Write(self.annotator_id, pair["id"], kind, before + 1, values)
            self.log.writes.append(write)
            self.decided.append((pair["id"], before))
        await self.look((accepted or answers)[-1])


def _seconds(until: str) -> float:
    return datetime.fromisoformat(until).timestamp()
