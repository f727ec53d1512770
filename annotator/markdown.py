"""Markdown from people as HTML that can do nothing: no scripts, no foreign images."""

import re
from functools import cache

import nh3
from markdown_it import MarkdownIt

_TAGS = {
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "blockquote", "pre", "code"),
    *("ul", "ol", "li", "strong", "em", "s", "a", "img"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt", "title"}, "ol": {"start"}}
# an image of the workspace by its number; any other would tell its server who reads this
_OWN_IMAGE = re.compile(r"/(?:images|thumbnails)/[0-9]+(?:\?v=[0-9a-f]+)?")
_OWN_LINK = re.compile(r"(?:/(?![/\\])|#)[^\s\\]*|(?:https?|mailto):[^\s]*", re.IGNORECASE)


def rendered(text: str, *, images: bool = True) -> str:
    """HTML of a Markdown text: headings, lists, tables, links, code, pictures of the workspace.

    HTML in the text is shown as it was typed. Links lead to this site or by http, https or mailto.

    Args:
        images: without them a picture is left out whole.
    """
    tags = _TAGS if images else _TAGS - {"img"}
    return nh3.clean(
        _parser().render(text),
        tags=tags,
        attributes={tag: names for tag, names in _ATTRIBUTES.items() if tag in tags},
        attribute_filter=_kept,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def _kept(_tag: str, attribute: str, value: str) -> str | None:
    if attribute == "src":
        return value if _OWN_IMAGE.fullmatch(value) else None
    if attribute == "href":
        return value if _OWN_LINK.fullmatch(value) else None
    return value
