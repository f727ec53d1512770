"""Our own rules: what a careful person would accept, and nothing that could mean both options."""

import re
import unicodedata

from evaluation.question import Choice

_DRESS = re.compile(r"[*_`\"'\u201c\u201d\u2018\u2019$]|\\boxed|\\text")
_ANSWER_IS = re.compile(r"^.*\b(?:answer|option|choice)\b(?:\s+is\b)?\s*:?\s*", re.I | re.S)
_LETTER_ALONE = re.compile(r"^[(\[{]?([ab])[)\]}]?[.:,;!]*$", re.IGNORECASE)
# A bare "A" before other words may be the article, so the letter must be marked as one.
_LETTER_MARKED = re.compile(r"^(?:[(\[{]([ab])[)\]}]|([ab])[).:,;])[.:,;]*\s+(.*)$", re.I | re.S)

_DENIAL = re.compile(
    r" (?:not|never|neither|nor|cannot|(?:is|are|was|were|do|does|did|ca|has|have)nt)(?: \w+)?$"
)


def read(response: str, option_a: str, option_b: str) -> Choice | None:
    """The letter, alone or before an option's text; else the option's text.

    A letter before the text of the other option, or before both texts, is no answer.
    """
    text = _undressed(response)
    for part in (text, _ANSWER_IS.sub("", text, count=1)):
        alone, marked = _LETTER_ALONE.match(part), _LETTER_MARKED.match(part)
        if alone:
            letter, named = _choice(alone[1]), _named(part, option_a, option_b)
        elif marked:
            letter, named = _choice(marked[1] or marked[2]), _named(marked[3], option_a, option_b)
        else:
            continue
        return letter if named <= {letter} else None
    return option_text(response, option_a, option_b)


def option_text(response: str, option_a: str, option_b: str) -> Choice | None:
    """The one option whose text the answer is or contains as whole words.

    Of two options of which one contains the other, the longer is meant where it stands. An option
    that comes right after a "not" is not chosen, and neither is then the other.
    """
    named = _named(_undressed(response), option_a, option_b)
    return named.pop() if len(named) == 1 else None


def _named(text: str, option_a: str, option_b: str) -> set[Choice]:
    """The options that the text names; both if it denies one."""
    words, a, b = _words(text), _words(option_a), _words(option_b)
    if a == b:
        return set()
    longer, shorter = (b, a) if a in b else (a, b)
    named: set[Choice] = set()
    for option in (longer, shorter):
        if option.strip() and option in words:
            if _DENIAL.search(words[: words.index(option)]):
                return {"a", "b"}
            named.add("a" if option == a else "b")
            # One space stays, so that its neighbours do not grow together.
            words = words.replace(option, " ")
    return named


def _words(text: str) -> str:
    """Small words with one space around each, so that "open" is not found in "opened"."""
    kept = "".join(c if c.isalnum() or c in "-+%°.,/" else " " for c in _folded(text))
    return f" {' '.join(word.strip('.,') or word for word in kept.split())} "


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _undressed(response: str) -> str:
    plain = _DRESS.sub("", unicodedata.normalize("NFKC", response))
    return plain.strip().strip("{}").strip()


def _choice(letter: str) -> Choice:
    return "a" if letter in "aA" else "b"
