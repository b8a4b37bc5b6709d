"""Locks of made-up pins, as pinr writes them: nothing of what they pin is anywhere."""

import base64
import hashlib
import json


def pin(number: int, move: int = 0) -> dict:
    """A pin of a branch on GitHub, after so many moves."""
    digest = hashlib.sha256(f"{number} {move}".encode()).digest()
    revision, owner, repo = digest[:20].hex(), f"owner{number % 97}", f"repo{number}"
    return {
        "locked": {
            "fetcher": "tarball",
            "hash": f"sha256-{base64.b64encode(digest).decode()}",
            "lastModified": 1_770_000_000 + 86_400 * move + number,
            "revision": revision,
            "url": f"https://github.com/{owner}/{repo}/archive/{revision}.tar.gz",
        },
        "source": {"branch": "main", "owner": owner, "repo": repo, "type": "github"},
    }


def pins(count: int, moves: dict[int, int] | None = None) -> dict:
    """So many pins by their names, of which those at `moves` have moved so often."""
    return {name(number): pin(number, (moves or {}).get(number, 0)) for number in range(count)}


def name(number: int) -> str:
    return f"pin-{number:05}"


def text(pins: dict) -> bytes:
    return (json.dumps({"pins": pins, "version": 1}, indent=2, sort_keys=True) + "\n").encode()
