"""Rows: an archive and many repositories from a server on the loopback interface."""

import random
from pathlib import Path

from benchlib.measure import Sample, measure, show, take_turns
from benchlib.process import fail, run
from benchlib.rows import Bench, agree
from benchlib.servers import serving_files, serving_repositories
from benchlib.table import SECONDS, Goal, Row

BYTES_A_SECOND = 20_000_000


def download(bench: Bench) -> list[Row]:
    archive = bench.archives["source.tar.gz"]
    with serving_files(bench.work / "files", archive.parent, BYTES_A_SECOND) as url:

        def curl() -> Sample:
            sample = measure([
                "curl", "--silent", "--show-error", "--fail", "--output", "/dev/null", "--write-out",
                "%{size_download}", f"{url}/{archive.name}",
            ])
            agree(sample.output, str(archive.stat().st_size), "curl --write-out %{size_download}")
            return sample

        show(
            f"pinr hash --unpack http://…/source.tar.gz    # nginx on loopback, limit_rate {BYTES_A_SECOND}",
            "curl -o /dev/null http://…/source.tar.gz",
        )
        pinr, transfer = take_turns([bench.hashing("--unpack", f"{url}/{archive.name}"), curl], bench.runs)
    return [Row("http", "hash --unpack http://… at 20 MB/s", "curl -o /dev/null", SECONDS, pinr, transfer, Goal(1.05))]


def make_repositories(root: Path, count: int) -> list[str]:
    """Small repositories with a few branches and tags; the same every time."""
    root.mkdir()
    names = [f"repository-{number:02}.git" for number in range(1, count + 1)]
    for name in names:
        lines = []
        for number in range(1, 4):
            text = f"{name} {number} {random.Random(name + str(number)).random()}\n"
            lines += [
                "commit refs/heads/main", f"committer bench <bench@example.org> {1_770_000_000 + number} +0000",
                "data <<END", f"change {number}", "END", "M 100644 inline file.txt", "data <<END", text.strip(), "END",
                f"reset refs/tags/v{number}", "from refs/heads/main", "",
            ]
        run(["git", "init", "-q", "--bare", "--initial-branch=main", root / name])
        run(["git", "-C", root / name, "fast-import", "--quiet"], input="\n".join(lines) + "\n")
    return names


def update(bench: Bench) -> list[Row]:
    root = bench.work / "repositories"
    names = make_repositories(root, bench.pins)
    with serving_repositories(bench.work / "git", root) as server:
        url = server.url
        pins = bench.work / "pins"
        run([bench.pinr, "init", "--bare", "-d", pins])
        for name in names:
            run([bench.pinr, "add", f"git+{url}/{name}", "-d", pins])
        before = (pins / "pins.json").read_bytes()
        urls = bench.work / "urls"
        urls.write_text("".join(f"{url}/{name}\n" for name in names))
        show(
            f"pinr update    # {bench.pins} repositories on loopback, nginx in front of git http-backend",
            "xargs -n1 git ls-remote -q < URLS",
            "xargs -n1 -P8 git ls-remote -q < URLS",
        )
        pinr, one_by_one, eight_at_once = take_turns(
            [
                lambda: measure([bench.pinr, "update", "-d", pins]),
                lambda: measure(["xargs", "-n1", "-a", urls, "git", "ls-remote", "-q"]),
                lambda: measure(["xargs", "-n1", "-P8", "-a", urls, "git", "ls-remote", "-q"]),
            ],
            bench.runs)
        if (pins / "pins.json").read_bytes() != before:
            fail("an update of what has not moved changed pins.json")
    what = f"update of {bench.pins} unchanged git pins"
    return [
        Row("update", what, f"{bench.pins} × git ls-remote", SECONDS, pinr, one_by_one),
        Row("update", what, "the same, xargs -P8", SECONDS, pinr, eight_at_once),
    ]
