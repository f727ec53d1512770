"""Browser widgets: a `gr.HTML` subclass beside its real .html, .css and .js files."""

from pathlib import Path


def read_beside(module_file: str, *names: str) -> str:
    """Joins the text of the files `names` that lie in the folder of `module_file`."""
    folder = Path(module_file).parent
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names)
