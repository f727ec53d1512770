"""Markdown from people: what it may show, and that nothing in it can act."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.guidelines import shipped_text
from annotator.markdown import rendered

ALLOWED = {"href", "title", "src", "alt", "start", "rel"}


class Reader(HTMLParser):
    """Collects the tags and attributes of what a browser would read."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def read(html: str) -> list[tuple[str, dict[str, str | None]]]:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader.found


def harmless(html: str) -> bool:
    """Whether only plain tags, our own pictures and links that lead somewhere are in it."""
    for tag, attributes in read(html):
        if tag in {"script", "style", "iframe", "svg", "form", "input", "object", "math", "base"}:
            return False
        if not set(attributes) <= ALLOWED:
            return False
        link, source = attributes.get("href"), attributes.get("src")
        if link and not re.match(r"(https?:|mailto:|/(?![/\\])|#)", link, re.IGNORECASE):
            return False
        if source and not source.startswith(("/images/", "/thumbnails/")):
            return False
    return True


def test_the_shipped_text_keeps_its_form() -> None:
    tags = {tag for tag, _ in read(rendered(shipped_text()))}
    assert {"h1", "h2", "ul", "ol", "li", "strong", "em", "code", "table", "th", "td"} <= tags


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "<svg onload=alert(1)>",
        '<a href="javascript:alert(1)">x</a>',
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](java\tscript:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](&#x01;javascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:x)",
        "[x](//elsewhere.example/a)",
        "[x](/\\elsewhere.example)",
        "[x](\\\\elsewhere.example)",
        "<javascript:alert(1)>",
        "[x]\n\n[x]: javascript:alert(1)",
        "![x](https://elsewhere.example/pixel.png)",
        "![x](//elsewhere.example/pixel.png)",
        "![x](/logout)",
        "![x](/images/1/../../logout)",
        "![x](javascript:alert(1))",
        "![x](data:image/svg+xml;base64,PHN2Zz4=)",
        '![x" onerror="alert(1)](/images/1)',
        '[x](https://a.example "t\\" onmouseover=alert(1) ")',
        "<style>*{display:none}</style>",
        "<iframe src=/></iframe>",
        "<base href=//elsewhere.example>",
    ],
)
def test_what_could_act_or_tell_is_harmless(text: str) -> None:
    html = rendered(text)
    assert harmless(html), html
    for tag, attributes in read(html):
        if tag == "img":
            assert "src" not in attributes or attributes["src"] == "/images/1"


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("<>\"'=&;:#/\\()[]!*_`|-\n\t ajvscriptonerrimgx1")))
def test_nothing_that_can_be_typed_acts(text: str) -> None:
    assert harmless(rendered(text))


def test_html_is_shown_as_it_was_typed() -> None:
    assert "&lt;b&gt;bold&lt;/b&gt;" in rendered("<b>bold</b>")


def test_pictures_of_the_workspace_are_shown_and_can_be_left_out() -> None:
    text = "Look: ![a dog](/thumbnails/12?v=0a1b2c3d)"
    assert ("img", {"src": "/thumbnails/12?v=0a1b2c3d", "alt": "a dog"}) in read(rendered(text))
    assert all(tag != "img" for tag, _ in read(rendered(text, images=False)))


def test_links_say_that_they_do_not_vouch() -> None:
    ((_, _), (_, attributes)) = read(rendered("[paper](https://example.org/paper)"))
    assert attributes["href"] == "https://example.org/paper"
    assert "noopener" in (attributes["rel"] or "")
