"""Fails, to show what a failed run looks like: a traceback on standard error, exit code 3."""

import sys
import traceback


def load(rows):
    return [float(row) for row in rows]


try:
    print("Reading measurements", flush=True)
    load(["1.5", "2.25", "n/a"])
except ValueError:
    traceback.print_exc()
    sys.exit(3)
