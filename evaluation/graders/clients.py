"""The rules of the programs that score MMVP, quirks included, so that scores can be compared.

Each function is our own statement of a client's documented behaviour, with (a) and (b) for its
A and B, and None for whatever the client counts as no answer.
"""

import re

from evaluation.question import Choice

_REFUSALS = (
    "Sorry, I can't help with images of people yet.",
    "I can't process this file.",
    "I'm sorry, but without the image provided",
    "Cannot determine the answer",
)
_VLMEVALKIT_PUNCTUATION = str.maketrans(dict.fromkeys(".()[],:;!*#{}", " "))
_VLMEVALKIT_ANSWER_IS = re.compile(r"answer\s+is\s+\**([ABCD])", re.IGNORECASE)
_LAST_TOKENS = 4

_LMMS_EVAL = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"^\s*\(?([AB])\)?\.?\s*$",
        r"^\s*\(?([AB])\)?[.\s]",
        r"answer\s+is\s+\(?([AB])\)?",
        r"option\s+\(?([AB])\)?",
        r"\(?([AB])\)?(?:\s|$)",
    )
]


def vlmevalkit(response: str, option_a: str, option_b: str) -> Choice | None:
    """VLMEvalKit's exact matching: one capital letter near the end, then "answer is", then text.

    Source: VLMEvalKit, vlmeval/utils/matching_util.py, ``can_infer``. Where it finds nothing, the
    kit may ask a judge; exact matching does not.
    """
    refused = any(refusal in response for refusal in _REFUSALS)
    tokens = response.translate(_VLMEVALKIT_PUNCTUATION).split()
    letters = [letter for letter in "AB" if letter in tokens]
    if refused or (not letters and "Z" in tokens):
        return None
    if "Failed to obtain answer via API" not in response:
        if len(letters) == 1 and tokens.index(letters[0]) >= len(tokens) - _LAST_TOKENS:
            return _choice(letters[0])
        said = _VLMEVALKIT_ANSWER_IS.search(response)
        if said and said[1].upper() in "AB":
            return _choice(said[1])
    if len(response) > 2 * (len(option_a) + len(option_b)):
        return None
    return _only_one(option_a.lower() in response.lower(), option_b.lower() in response.lower())


def lmms_eval(response: str, option_a: str, option_b: str) -> Choice | None:  # noqa: ARG001
    """lmms-eval: the first of five patterns that finds a letter, else the first character.

    Source: lmms-eval, tasks/mmvp/utils.py, ``_extract_answer_letter``. It never looks at options.
    """
    text = response.strip()
    for pattern in _LMMS_EVAL:
        found = pattern.search(text)
        if found:
            return _choice(found[1])
    return _choice(text[:1])


def cambrian(response: str, option_a: str, option_b: str) -> Choice | None:
    """Cambrian: after "answer is" or "answer:" nothing but the letter or an option's whole text.

    Source: Cambrian, eval/eval/mmvp/mmvp_test.py, ``extract_mcq_answer``. Where an option's text is
    the other option's letter, Cambrian accepts it for both; here the letter wins.
    """
    text = response.lower().strip()
    for keyword in ("answer is", "answer is:", "answer:"):
        text = text.split(keyword)[-1]
    text = text.strip().rstrip(".:,").lstrip("(").rstrip(")")
    if text in ("a", "b"):
        return _choice(text)
    return _only_one(text == option_a.lower(), text == option_b.lower())


def internvl(response: str, option_a: str, option_b: str) -> Choice | None:
    """InternVL: the first character if it is a capital A or B, else the first option in the text.

    Source: InternVL, internvl_chat/eval/mmvp/evaluate_mmvp.py, ``post_process``. An answer of one
    character is never looked up among the options; an empty one, which stops it, is none here.
    """
    text = response.strip()
    if text[:1] in ("A", "B"):
        return _choice(text[0])
    if len(text) > 1 and option_a in text:
        return "a"
    return "b" if len(text) > 1 and option_b in text else None


def _choice(letter: str) -> Choice | None:
    match letter.lower():
        case "a":
            return "a"
        case "b":
            return "b"
    return None


def _only_one(a: bool, b: bool) -> Choice | None:
    if a == b:
        return None
    return "a" if a else "b"
