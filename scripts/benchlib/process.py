"""Running commands, away from the user's settings."""

import os
import subprocess
import sys
from pathlib import Path

ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("PINR_", "NIX_", "GIT_", "XDG_")) and not name.lower().endswith("_proxy")
}
ENVIRONMENT["PATH"] += ":/usr/local/sbin:/usr/sbin:/sbin"


def isolate(work: Path) -> None:
    """Keeps the user's settings out of what is measured, and the machine's Nix store out of reach."""
    for folder in ("home", "tmp"):
        (work / folder).mkdir()
    ENVIRONMENT.update(
        HOME=str(work / "home"), TMPDIR=str(work / "tmp"), LC_ALL="C.UTF-8", GIT_CONFIG_GLOBAL="/dev/null",
        GIT_CONFIG_NOSYSTEM="1", GIT_TERMINAL_PROMPT="0", GIT_AUTHOR_DATE="2026-01-01T00:00:00Z",
        GIT_COMMITTER_DATE="2026-01-01T00:00:00Z", NIX_CONFIG="substituters =\n",
        NIX_REMOTE=f"local?root={work}/store",
    )


def fail(message: str):
    sys.exit(f"bench: {message}")


def run(argv, **options) -> str:
    """Runs a command that has to succeed; what it printed."""
    options = {"stdout": subprocess.PIPE} | options
    try:
        result = subprocess.run(
            [str(word) for word in argv], env=ENVIRONMENT, stderr=subprocess.PIPE, text=True, **options)
    except FileNotFoundError:
        fail(f"{argv[0]} is not there: scripts/install-deps bench")
    if result.returncode != 0:
        fail(f"{argv[0]} failed with status {result.returncode}: {result.stderr.strip()}")
    return (result.stdout or "").strip()
