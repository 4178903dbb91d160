"""`python -m rules`: exit status 0 nothing found, 1 findings, 2 the command could not do its work."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence

from rules.cli import output
from rules.cli.arguments import run
from rules.errors import UserError

FAILED = 2
INTERRUPTED = 130
BROKEN_PIPE = 141


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit status. `--help` and usage errors raise SystemExit."""
    output.prepare()
    try:
        return run(sys.argv[1:] if arguments is None else arguments)
    except UserError as error:
        print(f"greenlatch: error: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return BROKEN_PIPE
    except Exception:  # noqa: BLE001 - a crash of ours must not look like exit status 1, "findings"
        traceback.print_exc()
        print("greenlatch: error: this is a bug in Greenlatch, not in your code [internal-error]", file=sys.stderr)
        return FAILED


if __name__ == "__main__":
    sys.exit(main())
