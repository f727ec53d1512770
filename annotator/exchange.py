"""Between the database and the benchmark document: complete pairs out, images verified."""

import hashlib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
