"""The front matter of a dataset card, as the Hugging Face hub reads it."""

import json
import re

from evaluation.benchmark import Benchmark
from evaluation.card_facts import CardFacts

# The hub's own identifiers; anything else is told as "other" with its name.
_LICENCES = {
    *("apache-2.0", "mit", "bsd-3-clause", "cc0-1.0", "odc-by", "odbl", "pddl"),
    *("cc-by-3.0", "cc-by-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0", "cc-by-nd-4.0"),
    *("cc-by-nc-2.0", "cc-by-nc-3.0", "cc-by-nc-4.0", "cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0"),
    *("cc-by-nc-nd-3.0", "cc-by-nc-nd-4.0", "cdla-permissive-2.0", "cdla-sharing-1.0"),
}
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def front_matter(benchmark: Benchmark, configs: str = "") -> str:
    """YAML between two lines of dashes.

    Args:
        configs: more lines of YAML, from the format.
    """
    fields = (benchmark.card or CardFacts()).fields
    lines = [f"pretty_name: {_string(benchmark.name)}"]
    if fields.licence:
        lines += _licence(fields.licence)
    if fields.language_codes:
        lines += ["language:", *(f"- {_string(code)}" for code in fields.language_codes)]
    lines += ["task_categories:", "- visual-question-answering"]
    lines += ["size_categories:", f"- {_size(2 * len(benchmark.pairs))}"]
    lines += [configs.strip("\n")] if configs.strip() else []
    return "\n".join(["---", *lines, "---"])


def _string(text: str) -> str:
    """A JSON string is also a YAML string, whatever is in it."""
    return json.dumps(text, ensure_ascii=False)


def _licence(licence: str) -> list[str]:
    known = re.sub(r"\s+", "-", licence.strip().casefold())
    if known in _LICENCES:
        return [f"license: {known}"]
    name = re.sub(r"[^a-z0-9.]+", "-", licence.casefold()).strip("-.") or "other"
    return ["license: other", f"license_name: {_string(name)}"]


def _size(n_rows: int) -> str:
    return next((name for limit, name in _SIZES if n_rows < limit), "n>1M")
