"""`python -m annotator.cli` is `mmvp`."""

from annotator.cli import main

if __name__ == "__main__":  # worker processes import this module again
    main()
