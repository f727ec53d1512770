"""What is said to a language model: our own words, or those of a file."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Final

from assets import asset
from evaluation.errors import EvaluationError

_NEEDED: Final = {
    "propose": {"questions", "patterns", "most"},
    "assign": {"questions", "patterns"},
    "repair": {"reason"},
}


class UnreadablePrompt(EvaluationError):
    """The file with the prompts cannot be used."""


@dataclass(frozen=True, kw_only=True)
class Prompts:
    """The three texts, with ``$`` and a name where something is put in."""

    propose: str
    assign: str
    repair: str


def prompts_file() -> Path:
    """The file that ships."""
    return asset("prompts/patterns.toml")


def read_prompts(path: Path | None = None) -> Prompts:
    """The prompts of a file; what it leaves out is as it ships.

    Raises:
        UnreadablePrompt: it is no TOML, or a text lacks what has to be put in, or has more.
    """
    texts = _texts(prompts_file())
    if path is not None:
        given = _texts(path)
        unknown = sorted(set(given) - set(_NEEDED))
        if unknown:
            what = f"there is no prompt {unknown[0]!r}; there are {', '.join(_NEEDED)}."
            raise UnreadablePrompt(what, where=str(path))
        texts |= given
    for name, needed in _NEEDED.items():
        template = Template(texts[name])
        found = set(template.get_identifiers())
        if found != needed or not template.is_valid():
            wanted = ", ".join(f"${one}" for one in sorted(needed))
            raise UnreadablePrompt(
                f"{name} needs {wanted} and nothing else after a dollar sign.",
                where=str(path or prompts_file()),
                hint="Write $$ for a dollar sign.",
            )
    return Prompts(**texts)


def filled(template: str, **values: object) -> str:
    """The text with its values put in."""
    return Template(template).substitute({name: str(value) for name, value in values.items()})


def _texts(path: Path) -> dict[str, str]:
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UnreadablePrompt(f"it cannot be read: {reason}.", where=str(path)) from error
    if not all(isinstance(text, str) for text in found.values()):
        raise UnreadablePrompt("every prompt should be a text.", where=str(path))
    return found
