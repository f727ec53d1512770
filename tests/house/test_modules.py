"""The house rules that no linter knows: sizes, names and docstrings of our modules."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("annotator", "assets", "db", "embeddings", "evaluation")
FORBIDDEN_NAMES = {"utils", "helpers", "common", "core", "manager", "base"}
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
# The application's own functions are read through its pages and commands.
LIBRARY_MODULES = [p for p in MODULES if p.relative_to(ROOT).parts[0] != "annotator"]
IDS = [str(path.relative_to(ROOT)) for path in MODULES]


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_the_walk_finds_our_modules() -> None:
    assert len(MODULES) > 30


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_module_is_short_named_and_says_what_it_is_for(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert len(text.splitlines()) <= 300, "split it: modules stay under 300 lines"
    assert path.stem not in FORBIDDEN_NAMES, "name it after what it does"
    assert ast.get_docstring(tree), "say in one line what the module is for"
    for function in functions(tree):
        length = (function.end_lineno or function.lineno) - function.lineno + 1
        assert length <= 60, f"{function.name} has {length} lines; 60 fit on a screen"


@pytest.mark.parametrize("path", LIBRARY_MODULES, ids=str)
def test_public_functions_of_the_libraries_have_docstrings(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    public = [n for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    missing = [n.name for n in public if not n.name.startswith("_") and not ast.get_docstring(n)]
    assert not missing


def test_web_files_do_not_write_user_text_as_html() -> None:
    scripts = sorted((ROOT / "annotator").rglob("*.js"))
    assert scripts
    offenders = [p for p in scripts if "innerHTML" in p.read_text(encoding="utf-8")]
    assert not offenders, "use textContent and createElement"
