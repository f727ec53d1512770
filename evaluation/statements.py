"""A question and an option as one statement that a text tower can read, as MMVP-VLM does."""

import re

# evaluate_vlm.py of MMVP puts this before every statement.
PREFIX = "a photo of "
_AUXILIARY = re.compile(r"^(?:is|are|was|were|does|do|did)\s+", re.IGNORECASE)
_HOW_MANY = re.compile(r"^how many\s+", re.IGNORECASE)
_WHERE = re.compile(r"^where\s+(?:is|are|was|were|does|do)\s+", re.IGNORECASE)
_WHAT_IS = re.compile(
    r"^(?:what|which)\s+(?:colou?r|shape|shade|condition)\s+(is|are|was|were)\s+", re.IGNORECASE
)
_IS_THERE = re.compile(r"^(?:is|are)\s+there\s+(?:an?\s+|any\s+)?", re.IGNORECASE)
_HAVE = re.compile(r"\s+(?:have|has)\s+(?:an?\s+|any\s+)?", re.IGNORECASE)
_WEARING = re.compile(r"\s+wearing\s+(?:an?\s+)?", re.IGNORECASE)
_DOING = re.compile(r"(?<=\s)\w{2,}(?:ing|ed)\b", re.IGNORECASE)
_DIGITS = {
    **{"zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6"},
    **{"seven": "7", "eight": "8", "nine": "9", "ten": "10", "eleven": "11", "twelve": "12"},
    **{"thirteen": "13", "fourteen": "14", "fifteen": "15", "sixteen": "16", "seventeen": "17"},
    **{"eighteen": "18", "nineteen": "19", "twenty": "20"},
}
_NAMES = {digits: word for word, digits in _DIGITS.items()}


def statements(question: str, option_a: str, option_b: str) -> tuple[str, str]:
    """Two texts, one an option, each with MMVP-VLM's prefix.

    The grammar is simple: where no rule fits, the option follows the question.
    """
    asked = " ".join(question.split()).rstrip(" ?.!")
    a, b = " ".join(option_a.split()).rstrip("."), " ".join(option_b.split()).rstrip(".")
    if asked and {a.casefold(), b.casefold()} == {"yes", "no"}:
        said = _yes_no(asked)
        yes_first = a.casefold() == "yes"
        found = said if yes_first else said[::-1]
    else:
        found = _of_two(asked, a, b) or _of_one(asked, a, b) or (_one(asked, a), _one(asked, b))
    return PREFIX + found[0], PREFIX + found[1]


def image_statements(
    text: str,
    option_a: str,
    option_b: str,
    answer_first: str,
    *,
    first: str | None = "",
    second: str | None = "",
) -> tuple[str, str]:
    """What MMVP-VLM says of the first and of the second image, without the prefix.

    Args:
        first: words of a person for the first image; without them, what the question says counts.
        second: the same for the second image.
    """
    a, b = (one.removeprefix(PREFIX) for one in statements(text, option_a, option_b))
    said = (a, b) if answer_first == "a" else (b, a)
    return (first or "").strip() or said[0], (second or "").strip() or said[1]


def _yes_no(asked: str) -> tuple[str, str]:
    """What is said with yes and with no."""
    if _IS_THERE.match(asked):
        thing = _IS_THERE.sub("", asked)
        plural = asked.casefold().startswith("are")
        return (thing if plural else _with_article(thing)), f"no {thing}"
    clause = _AUXILIARY.sub("", asked)
    for said in (_HAVE, _WEARING):
        if said.search(clause):
            owner, thing = said.split(clause, maxsplit=1)
            return f"{owner} with {_with_article(thing)}", f"{owner} without {thing}"
    denied = _deny(clause)
    if clause != asked and denied:
        return clause, denied
    return f"{asked}? Yes", f"{asked}? No"


def _deny(clause: str) -> str:
    """The clause with "not" where it reads well; empty where that is not plain."""
    doing = _DOING.search(clause)
    if doing:
        return f"{clause[: doing.start()]}not {clause[doing.start() :]}"
    start, _, last = clause.rpartition(" ")
    return f"{start} not {last}" if start.count(" ") == 1 else ""


def _with_article(thing: str) -> str:
    first = thing.split(" ", 1)[0].casefold()
    if first.endswith("s") or first in {"the", "snow", "smoke", "water", "hair", "fur"}:
        return thing
    return f"{'an' if first[:1] in 'aeiou' else 'a'} {thing}"


def _of_two(asked: str, a: str, b: str) -> tuple[str, str] | None:
    """Both options stand in the question, joined by "or": each takes the place of the two."""
    for one, other in ((a, b), (b, a)):
        between = r"\b(?:(?! or ).)*? or (?:\S+ ){0,3}?"
        both = rf"(?<!\w){re.escape(one)}{between}{re.escape(other)}(?!\w)"
        found = re.search(both, asked, re.IGNORECASE)
        if found and one and other:
            before, after = _AUXILIARY.sub("", asked[: found.start()]), asked[found.end() :]
            return _lower(before, a) + after, _lower(before, b) + after
    return None


def _of_one(asked: str, a: str, b: str) -> tuple[str, str] | None:
    """One of the options stands in a question that begins with a verb: the other replaces it."""
    if not _AUXILIARY.match(asked):
        return None
    for one in (a, b):
        found = re.search(rf"(?<!\w){re.escape(one)}(?!\w)", asked, re.IGNORECASE)
        if found and one:
            before, after = _AUXILIARY.sub("", asked[: found.start()]), asked[found.end() :]
            return _lower(before, a) + after, _lower(before, b) + after
    return None


def _lower(before: str, option: str) -> str:
    return before + (option[:1].lower() + option[1:] if option[1:2].islower() else option)


def _one(asked: str, option: str) -> str:
    small = _lower("", option)
    if not asked:
        return small
    if _HOW_MANY.match(asked):
        return f"{small} {_HOW_MANY.sub('', asked)}"
    if _WHERE.match(asked):
        return f"{_WHERE.sub('', asked)} {small}"
    kind = _WHAT_IS.match(asked)
    if kind:
        return f"{_WHAT_IS.sub('', asked)} {kind[1].lower()} {small}"
    return f"{asked}? {option}"


def with_digits(text: str) -> str:
    """Number words up to twenty as digits: "three dogs" becomes "3 dogs"."""
    return _replace(text, _DIGITS)


def with_number_words(text: str) -> str:
    """Digits up to 20 as words: "3 dogs" becomes "three dogs"."""
    return _replace(text, _NAMES)


def _replace(text: str, table: dict[str, str]) -> str:
    return re.sub(r"(?<![\w.])\w+(?![\w.]\w)", lambda m: table.get(m[0].casefold(), m[0]), text)
