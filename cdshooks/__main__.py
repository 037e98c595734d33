"""``python -m cdshooks``: the same as ``ros1-cds``."""

from __future__ import annotations

from cdshooks.cli import main

if __name__ == "__main__":
    main(prog_name="ros1-cds")
