"""Two texts for one pair: what somebody else saved meanwhile, and what could not be saved."""

from collections.abc import Mapping
from typing import Any

from annotator.history import decided_words
from annotator.patterns import pattern_names
from annotator.review import changed_by_somebody
from annotator.statements import whole_statements
from annotator.studio import Studio
from annotator.timeline import as_words
from annotator.wording import word_diff
from db.annotations import STATEMENT_FIELDS
from db.lifecycle import Decision
from db.views import PairCard

_WORDS = ("text", "option_a", "option_b", *STATEMENT_FIELDS)
_NO_QUESTION = dict.fromkeys((*_WORDS, "answer_first", "answer_second", "pattern"), "")


def conflict(studio: Studio, current: PairCard, mine: Mapping[str, str], me: str) -> dict[str, Any]:
    """Both texts with what differs, for a page to show side by side.

    Args:
        current: the pair as it is now.
        mine: the write form's fields that were refused.
    """
    note = current.annotation
    # a rejected pair keeps its question, which does not stand then
    written = note.question if note and note.decision is Decision.accept else None
    theirs = as_words(written) if written else None
    standing = theirs or _NO_QUESTION
    names = pattern_names(studio)
    mine = dict(mine) | whole_statements(mine)
    return {
        "by": note.annotator if note else "",
        "is_me": note is not None and note.annotator == me,
        "told": changed_by_somebody(current, me),
        "decided": decided_words(note.decision.value, note.reason) if note else "reopened it",
        "theirs": theirs and {**theirs, "note": note.note if note else ""},
        "mine": mine,
        "diff": {name: word_diff(standing[name], mine[name].strip()) for name in _WORDS},
        "patterns": {
            slug: names.get(slug, slug) for slug in (standing["pattern"], mine["pattern"]) if slug
        },
    }
