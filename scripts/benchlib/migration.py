"""Rows: `pinr import npins` of a large lock, beside a program that only reads and writes the same file."""

import base64
import hashlib
import itertools
import json
import shutil
from pathlib import Path

from benchlib.measure import Sample, measure, show, take_turns
from benchlib.process import fail
from benchlib.rows import Bench, agree
from benchlib.table import CPU, MEMORY, SECONDS, Goal, Row

PINS = 20_000


def write_npins(file: Path, prefix: str) -> None:
    """A lock of npins, format 8, whose pins each have a revision and a hash; nothing of it is anywhere."""

    def pin(number: int) -> dict:
        digest = hashlib.sha256(f"{prefix}{number}".encode()).digest()
        revision, owner, repo = digest[:20].hex(), f"owner{number % 97}", f"repo{number}"
        return {
            "type": "Git",
            "repository": {"type": "GitHub", "owner": owner, "repo": repo},
            "branch": "main",
            "submodules": False,
            "revision": revision,
            "url": f"https://github.com/{owner}/{repo}/archive/{revision}.tar.gz",
            "hash": f"sha256-{base64.b64encode(digest).decode()}",
        }

    pins = {f"{prefix}-{number:05}": pin(number) for number in range(PINS)}
    file.write_text(json.dumps({"pins": pins, "version": 8}, indent=2))


def of_npins(bench: Bench) -> list[Row]:
    lock, others = bench.work / "npins.json", bench.work / "npins-others.json"
    write_npins(lock, "pin")
    write_npins(others, "other")
    folders = (bench.work / f"imported-{number}" for number in itertools.count())

    def taken(file: Path, pins: Path) -> Sample:
        sample = measure([bench.pinr, "import", "npins", file, "-d", pins, "--offline"], peak_resident=True)
        agree(sample.output.splitlines()[-1], f"took {PINS} pins from {file}", "pinr import npins")
        return sample

    full = next(folders)
    taken(others, full)

    def importing(before: Path | None):
        """A contender: all pins are taken into a lock that is new, or a copy of another."""

        def sample() -> Sample:
            pins = next(folders)
            if before:
                shutil.copytree(before, pins)
            sample = taken(lock, pins)
            count = PINS * (2 if before else 1)
            if len(json.loads((pins / "pins.json").read_bytes())["pins"]) != count:
                fail(f"after pinr import npins the lock has not {count} pins")
            shutil.rmtree(pins)
            return sample

        return sample

    show(
        f"pinr import npins npins.json --offline    # {PINS:,} pins, {lock.stat().st_size / 1e6:.1f} MB, into no lock",
        f"pinr import npins npins.json --offline    # the same, into a lock of {PINS:,} others",
        "jq --sort-keys . npins.json > /dev/null",
    )
    new, added, jq = take_turns(
        [
            importing(None), importing(full),
            lambda: measure(["jq", "--sort-keys", ".", lock], peak_resident=True, discard=True),
        ],
        bench.runs)
    what, other = f"import npins of {PINS:,} pins", "jq --sort-keys ."
    more = f"{what} into a lock of as many others"
    return [
        Row("import", f"{what}, wall time", other, SECONDS, new, jq),
        Row("import", f"{what}, CPU time", other, CPU, new, jq, Goal(4)),
        Row("import", f"{what}, peak memory", other, MEMORY, new, jq),
        # Twice as many pins are read again and written.
        Row("import", f"{more}, CPU time", "into no lock", CPU, added, new, Goal(2.5)),
        Row("import", f"{more}, peak memory", "into no lock", MEMORY, added, new),
    ]

