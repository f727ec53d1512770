"""What a visual pattern of a workspace consists of, and which texts it may have."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from db.errors import DatabaseError

LONGEST_NAME = 80
LONGEST_DEFINITION = 400
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,38}[a-z0-9])?")


class PatternError(DatabaseError):
    """This change of the set of visual patterns is not possible."""


@dataclass(frozen=True)
class PatternFields:
    """What a visual pattern is; ``example`` has question, option_a and option_b, or nothing."""

    slug: str
    name: str
    definition: str
    folder: str = ""
    example: Mapping[str, str] = field(default_factory=dict)


def checked_pattern(fields: PatternFields) -> PatternFields:
    """The fields with their texts on one line each.

    Raises:
        PatternError: if the slug is malformed, or a text is empty or too long.
    """
    slug, name = fields.slug.strip(), " ".join(fields.name.split())
    definition = " ".join(fields.definition.split())
    if not _SLUG.fullmatch(slug):
        raise PatternError(
            f"{slug[:60]!r} cannot be a pattern's slug.",
            hint="Use up to 40 small letters, digits, dashes and underscores: reflections.",
        )
    for what, text, longest in (
        ("name", name, LONGEST_NAME),
        ("definition", definition, LONGEST_DEFINITION),
    ):
        if not text or not text.isprintable() or len(text) > longest:
            raise PatternError(f"A pattern's {what} has 1 to {longest} printable characters.")
    example = {key: " ".join(text.split()) for key, text in fields.example.items()}
    if example and not all(example.get(key) for key in ("question", "option_a", "option_b")):
        raise PatternError("An example needs a question and both options, or leave it out.")
    if any(len(text) > LONGEST_DEFINITION for text in example.values()):
        raise PatternError(f"An example's texts have at most {LONGEST_DEFINITION} characters.")
    return PatternFields(slug, name, definition, fields.folder.strip(), example)
