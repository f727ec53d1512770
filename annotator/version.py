"""The product's name and version, as printed and as written into what it exports."""

from importlib.metadata import PackageNotFoundError, version

PRODUCT = "mmvp-studio"


def product_version() -> str:
    """Version of the installed product; "0+unknown" when run from sources only."""
    try:
        return version(PRODUCT)
    except PackageNotFoundError:
        return "0+unknown"
