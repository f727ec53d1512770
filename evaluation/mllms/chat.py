"""A client of OpenAI-compatible chat completions: patient, thrifty, and it can be stopped."""

import math
import random
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from evaluation.mllms.asking import AnswerFailed, Reply, RunStopped

_TRY_AGAIN: Final = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_HOPELESS: Final = {
    401: ("does not accept the key", "Check the environment variable that holds it."),
    402: ("wants to be paid first", "Check the account's balance."),
    403: ("does not allow this", "Check what the key may do."),
    404: ("does not know this address or model", "Check --base-url and --model."),
}
_LONGEST_BACKOFF: Final = 60.0
_LONGEST_WAIT: Final = 900.0


class ChatClient:
    """Sends chat completions, from several threads at once.

    A request is sent again, up to ``tries`` times, if it was refused for now (429, 5xx), the
    connection broke, or the answer was no chat completion; ``Retry-After`` is obeyed by all
    threads. One that was sent and not answered in ``timeout`` seconds is not: the server may still
    bill it. ``max_requests`` caps everything that is sent.
    """

    def __init__(
        self,
        base_url: str,
        *,
        key: str | None = None,
        timeout: float = 120,
        tries: int = 6,
        max_requests: int | None = None,
        first_backoff: float = 1.0,
        connections: int = 16,
    ) -> None:
        """Opens no connection yet. ``first_backoff`` seconds double with every try.

        Raises:
            RunStopped: the address is no http or https address.
        """
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise RunStopped(
                "this is no address of a server.",
                where=base_url,
                hint="It looks like http://localhost:8000/v1.",
            )
        self.base_url = base_url.rstrip("/")
        self.n_sent = 0
        self._key, self._tries, self._max_requests = key, tries, max_requests
        self._first_backoff = first_backoff
        self._lock, self._stopping = threading.Lock(), threading.Event()
        self._not_before = 0.0
        # Redirects are not followed: they would carry key and images to somewhere else.
        self._http = httpx.Client(
            follow_redirects=False,
            timeout=timeout,
            limits=httpx.Limits(max_connections=connections),
            headers={"Authorization": f"Bearer {key}"} if key else {},
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def stop(self) -> None:
        """Send nothing more; whoever waits to send gives up at once."""
        self._stopping.set()

    def complete(self, body: Mapping[str, Any]) -> Reply:
        """One chat completion.

        Raises:
            AnswerFailed: it was refused, or all tries failed.
            RunStopped: stopped, the cap is reached, or the server refuses everything.
        """
        reason = ""
        for number in range(self._tries):
            self._wait_for_turn()
            answer, reason = self._send(body)
            if answer is not None:
                if answer.status_code == 200:
                    reply = _reply(answer)
                    if reply is not None:
                        return reply
                    reason = f"the answer is no chat completion{self._said(answer)}"
                elif answer.status_code in _TRY_AGAIN:
                    reason = f"status {answer.status_code}{self._said(answer)}"
                else:
                    raise self._refusal(answer)
            self._back_off(number, answer)
        raise AnswerFailed(f"no answer after {self._tries} tries: {reason}.", where=self.base_url)

    def _send(self, body: Mapping[str, Any]) -> tuple[httpx.Response | None, str]:
        try:
            return self._http.post(f"{self.base_url}/chat/completions", json=body), ""
        except (httpx.ReadTimeout, httpx.WriteTimeout) as error:
            raise AnswerFailed(
                "no answer in time; it was not sent again, because it may be billed already.",
                where=self.base_url,
                hint="Run again to ask once more, with a longer --timeout.",
            ) from error
        except httpx.RequestError as error:
            return None, f"the server cannot be reached ({type(error).__name__})"
        except httpx.InvalidURL as error:
            raise RunStopped("this is no address of a server.", where=self.base_url) from error

    def _wait_for_turn(self) -> None:
        while not self._stopping.is_set():
            with self._lock:
                wait = self._not_before - time.monotonic()
                if wait <= 0:
                    if self.n_sent == self._max_requests:
                        raise RunStopped(
                            f"the cap of {self._max_requests:,} requests is reached.",
                            hint="Run the same command again to go on.",
                        )
                    self.n_sent += 1
                    return
            self._stopping.wait(wait)
        raise RunStopped("stopped.")

    def _back_off(self, number: int, answer: httpx.Response | None) -> None:
        told = _retry_after(answer)
        if told is not None and told > _LONGEST_WAIT:
            raise RunStopped(
                f"the server asks to wait {told / 60:,.0f} minutes.",
                where=self.base_url,
                hint="Run the same command again then; what was answered is kept.",
            )
        if told is not None:
            with self._lock:
                self._not_before = max(self._not_before, time.monotonic() + told)
        elif number + 1 < self._tries:
            backoff = min(_LONGEST_BACKOFF, self._first_backoff * 2**number)
            self._stopping.wait(backoff * random.uniform(0.5, 1))

    def _refusal(self, answer: httpx.Response) -> Exception:
        status = answer.status_code
        if status in _HOPELESS or answer.is_redirect:
            what, hint = _HOPELESS.get(status, ("sends us elsewhere", "Give its real address."))
            return RunStopped(
                f"the server {what} (status {status}).", where=self.base_url, hint=hint
            )
        return AnswerFailed(f"status {status}{self._said(answer)}.", where=self.base_url)

    def _said(self, answer: httpx.Response) -> str:
        """What the server says about it, short and never with our key."""
        text = " ".join(answer.text.split())
        with suppress(ValueError, KeyError, TypeError):
            text = str(answer.json()["error"]["message"])
        if self._key:
            text = text.replace(self._key, "…")
        return f": {text[:200]}" if text else ""


def _reply(answer: httpx.Response) -> Reply | None:
    """The completion in an answer; None if there is none in it."""
    try:
        found = answer.json()
        choice = found["choices"][0]
        content, refusal = choice["message"].get("content"), choice["message"].get("refusal")
        if isinstance(content, list):
            content = "".join(part["text"] for part in content if part.get("type") == "text")
        usage, finish = found.get("usage"), choice.get("finish_reason")
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return None
    text = content if content is not None else refusal or ""
    if not isinstance(text, str):
        return None
    return Reply(
        text=text,
        finish_reason=finish if isinstance(finish, str) else None,
        usage=usage if isinstance(usage, dict) else {},
    )


def _retry_after(answer: httpx.Response | None) -> float | None:
    """The seconds that the server asks to wait: a number or a date."""
    told = answer.headers.get("retry-after", "") if answer is not None else ""
    with suppress(ValueError):
        return max(0.0, float(told)) if math.isfinite(float(told)) else None
    try:
        moment = parsedate_to_datetime(told)
    except (ValueError, TypeError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
