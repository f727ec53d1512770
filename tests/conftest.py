"""What every test shares: no network but loopback, no telemetry, no settings from outside."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("NO_PROXY", "127.0.0.1,localhost")

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_connect = socket.socket.connect


def _connect_to_loopback_only(self: socket.socket, address: object) -> None:
    if self.family in (socket.AF_INET, socket.AF_INET6):
        host = address[0] if isinstance(address, tuple) else address
        if host not in _LOOPBACK:
            raise OSError(f"tests may not reach the network: {address}")
    _connect(self, address)  # type: ignore[arg-type]


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    socket.socket.connect = _connect_to_loopback_only  # type: ignore[method-assign,assignment]
    yield
    socket.socket.connect = _connect  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [
        name for name in os.environ if name.startswith("MMVP_") and name != "MMVP_SKIP_BROWSER"
    ]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


_browser_outcomes: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if "browser" in report.keywords and (report.when == "call" or report.skipped):
        _browser_outcomes.append(report.outcome)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a full run in which no browser test ran, or one was skipped, is a failure."""
    if hasattr(session.config, "workerinput"):  # one of several processes: the first one judges
        return
    full_run = session.config.args_source is not pytest.Config.ArgsSource.ARGS
    if os.environ.get("CI") and full_run and set(_browser_outcomes) != {"passed"}:
        print(f"\nbrowser tests did not all pass: {_browser_outcomes or 'none ran'}")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
