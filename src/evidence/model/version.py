"""The version, and where what is installed comes from, in a place that imports nothing."""

__version__ = "0.1.0"


def how_to_install(extra: str) -> str:
    """The fix where an extra is missing: from a clone, since no package index holds this project under its name."""
    return f"install it from a clone of this project: pip install '.[{extra}]'"
