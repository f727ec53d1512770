"""`python -m annotator.cli` is `mmvp`."""

from annotator.cli import main

main()
