"""The OpenAPI document, its page, and a fuzzer that goes by it."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import ignored_auth, response_schema_conformance

from annotator.accounts import create_token
from annotator.credentials import TOKEN_PATHS
from annotator.server import create_routes
from annotator.studio import Studio
from tests.annotator.people import id_of, logged_in, open_shared


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with open_shared(tmp_path_factory.mktemp("shared")) as opened:
        yield opened


@pytest.fixture(scope="module")
def app(studio: Studio) -> FastAPI:
    return create_routes(studio)


@pytest.fixture(scope="module")
def document(app: FastAPI) -> dict[str, Any]:
    found: dict[str, Any] = logged_in(app, "Ann").get("/api/openapi.json").json()
    return found


def test_every_operation_says_what_it_does(document: dict[str, Any]) -> None:
    assert {"/api/review", "/api/people", "/images/{image_id}"} <= set(document["paths"])
    assert document["security"] == [{"token": []}]
    for path, item in document["paths"].items():
        assert path.startswith(TOKEN_PATHS)
        for method, operation in item.items():
            assert operation["summary"], (path, method)
            assert operation["description"], f"{method} {path}: give its function a docstring"
            assert operation["tags"], (path, method)
            assert {"401", "403"} <= set(operation["responses"])


def test_the_page_loads_nothing_from_elsewhere(app: FastAPI) -> None:
    client = logged_in(app, "Ann")
    page = client.get("/api/docs")
    assert "https://" not in page.text
    for name in ("swagger-ui-bundle.js", "swagger-ui.css"):
        assert f"/api/docs/{name}" in page.text
        assert client.get(f"/api/docs/{name}").status_code == 200
    assert client.get("/api/docs/redoc.standalone.js").status_code == 404
    assert client.get("/docs").status_code == client.get("/openapi.json").status_code == 404


def test_a_fuzzer_finds_no_crash_and_no_way_in(app: FastAPI, studio: Studio) -> None:
    """Schemathesis makes requests up from the document, as an admin, and again without a token."""
    made = create_token(studio, id_of(studio, "Ada"), "fuzzer")
    headers = {"Authorization": f"Bearer {made.secret}"}
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", app, headers=headers)
    operations = [found.ok() for found in schema.get_all_operations()]
    # what may end the fuzzer's own account or token comes last
    operations.sort(key=lambda op: (op.path.startswith(("/api/people", "/api/tokens")), op.path))
    statuses: Counter[int] = Counter()
    for operation in operations:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            fuzz(operation, mode, headers, statuses)
    assert sum(statuses.values()) > 300
    assert statuses[200] > 50
    assert not [status for status in statuses if status >= 500]


def fuzz(
    operation: APIOperation, mode: GenerationMode, headers: dict[str, str], statuses: Counter[int]
) -> None:
    """Some requests of one operation: right ones, or ones that break its schema."""
    checks = [not_a_server_error, response_schema_conformance]
    if mode is GenerationMode.POSITIVE:
        checks.append(ignored_auth)

    @settings(
        max_examples=10,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def check(case: schemathesis.Case) -> None:
        answer = case.call_and_validate(headers=headers, checks=checks)
        statuses[answer.status_code] += 1

    try:
        check()
    except Unsatisfiable:  # nothing in it can be wrong
        assert mode is GenerationMode.NEGATIVE
