"""Speaks CDS Hooks 2.0.1, ready for 3.0; knows no medicine."""

__version__ = "0.1.0"
"""Of this software, as pyproject.toml has it; the knowledge has a release of its own."""
