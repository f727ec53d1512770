"""`python app.py` opens the default workspace in the browser, like `mmvp serve`."""

import sys

from annotator.cli import main

if __name__ == "__main__":
    main(["serve", *sys.argv[1:]])
