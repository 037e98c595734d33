"""``python -m knowledge``: print the report on the knowledge; ends with 1 if something in use is past its review."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime

from knowledge.loader import load_content
from knowledge.report import report


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the report as of a day, today if none is given."""
    parser = argparse.ArgumentParser(prog="python -m knowledge", description="What of the knowledge needs a look.")
    parser.add_argument(
        "--as-of",
        type=date.fromisoformat,
        default=datetime.now(UTC).date(),
        metavar="YYYY-MM-DD",
        help="the day on which review dates are judged (default: today)",
    )
    found = report(load_content(), parser.parse_args(arguments).as_of)
    sys.stdout.write(str(found))
    return 1 if found.overdue else 0


if __name__ == "__main__":
    sys.exit(main())
