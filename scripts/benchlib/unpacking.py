"""Rows: `pinr hash --unpack` of local archives, beside Nix, the floor, xz and itself."""

import base64
import itertools
import shutil
import statistics

from benchlib.measure import Sample, measure, show, take_turns
from benchlib.process import ENVIRONMENT, run
from benchlib.rows import NIX, Bench, agree
from benchlib.table import CPU, MEMORY, SECONDS, USER, Ceiling, Goal, Growth, Row


def against_nix(bench: Bench) -> list[Row]:
    archive = bench.archives["source.tar.gz"]
    digest = base64.b64decode(bench.archives.answer.removeprefix("sha256-")).hex()
    answer = run(["nix-hash", "--type", "sha256", "--to-base32", digest])
    stores = itertools.count()

    def theirs() -> Sample:
        # A store that is new each time, for Nix does nothing when it has the path.
        root = bench.work / f"store-{next(stores)}"
        environment = ENVIRONMENT | {"NIX_REMOTE": f"local?root={root}", "XDG_CACHE_HOME": f"{root}/cache"}
        sample = measure(["nix-prefetch-url", "--unpack", f"file://{archive}"], environment, peak_resident=True)
        agree(sample.output.splitlines()[-1], answer, "nix-prefetch-url --unpack")
        run(["chmod", "-R", "u+w", root])
        shutil.rmtree(root)
        return sample

    show(
        "pinr hash --unpack source.tar.gz",
        "NIX_REMOTE='local?root=NEW' nix-prefetch-url --unpack file://…/source.tar.gz    # a new store each time",
    )
    pinr, nix = take_turns([bench.hashing("--unpack", archive, peak_resident=True), theirs], bench.runs)
    other = "nix-prefetch-url --unpack"
    return [
        Row("nix", "hash --unpack .tar.gz, wall time", other, SECONDS, pinr, nix, Goal(0.02)),
        Row("nix", "hash --unpack .tar.gz, CPU time", other, CPU, pinr, nix),
        Row("nix", "hash --unpack .tar.gz, of it in the program", other, USER, pinr, nix),
        Row("nix", "hash --unpack .tar.gz, peak memory", other, MEMORY, pinr, nix),
    ]


def against_the_floor(bench: Bench) -> list[Row]:
    """No program can be faster than the slower of inflating and hashing, when the two overlap."""
    archive, tar = bench.archives["source.tar.gz"], bench.archives["source.tar"]
    show(
        "pinr hash --unpack source.tar.gz",
        "igzip -dc source.tar.gz > /dev/null",
        "openssl dgst -sha256 source.tar",
    )
    pinr, igzip, openssl = take_turns(
        [
            bench.hashing("--unpack", archive),
            lambda: measure(["igzip", "-dc", archive], discard=True),
            lambda: measure(["openssl", "dgst", "-sha256", tar]),
        ],
        bench.runs)
    rows = [
        Row("floor", "hash --unpack .tar.gz", "igzip -dc", SECONDS, pinr, igzip),
        Row("floor", "hash --unpack .tar.gz", "openssl dgst -sha256", SECONDS, pinr, openssl),
    ]
    slower = max(rows, key=lambda row: statistics.median(row.theirs))
    slower.peer += ", the floor"
    slower.goal = Goal(1.5, aim=1.25)
    return rows


def memory(bench: Bench) -> list[Row]:
    small, large = bench.archives["source.tar.gz"], bench.archives["tenfold.tar.gz"]
    show("pinr hash --unpack source.tar.gz", "pinr hash --unpack tenfold.tar.gz")
    pinr, tenfold = take_turns(
        [
            bench.hashing("--unpack", small, peak_resident=True),
            bench.hashing("--unpack", large, answer=bench.archives.answer_tenfold, peak_resident=True),
        ],
        bench.runs)
    what = "hash --unpack .tar.gz"
    return [
        Row("memory", f"{what}, peak memory", "", MEMORY, pinr, goal=Ceiling(48)),
        Row("memory", f"{what} ten times as large, peak memory", "the small one", MEMORY, tenfold, pinr, Growth(2)),
        Row("memory", f"{what} ten times as large, wall time", "the small one", SECONDS, tenfold, pinr),
    ]


def random_order(bench: Bench) -> list[Row]:
    ordered, shuffled = bench.archives["source.tar.gz"], bench.archives["shuffled.tar.gz"]
    show("pinr hash --unpack shuffled.tar.gz", "pinr hash --unpack source.tar.gz")
    pinr, in_order, watched = take_turns(
        [
            bench.hashing("--unpack", shuffled, peak_resident=True),
            bench.hashing("--unpack", ordered, peak_resident=True),
            bench.hashing("--unpack", shuffled, peak_anonymous=True),
        ],
        bench.runs)
    what = "hash --unpack .tar.gz in random order"
    return [
        Row("order", f"{what}, wall time", "in git's order", SECONDS, pinr, in_order, Goal(1.5)),
        Row("order", f"{what}, peak memory but for files", "", MEMORY, watched, goal=Ceiling(96)),
        Row("order", f"{what}, peak memory", "in git's order", MEMORY, pinr, in_order),
    ]


def against_xz(bench: Bench) -> list[Row]:
    one, many = bench.archives["one-block.tar.xz"], bench.archives["many-blocks.tar.xz"]

    def xz(archive):
        return lambda: measure(["xz", "-dc", "-T2", archive], peak_resident=True, discard=True)

    for archive in (one, many):
        show(f"pinr hash --unpack {archive.name}", f"xz -dc -T2 {archive.name} > /dev/null")
    samples = take_turns(
        [
            bench.hashing("--unpack", one, peak_resident=True), xz(one),
            bench.hashing("--unpack", many, peak_resident=True), xz(many),
        ],
        bench.runs)
    rows = []
    for blocks, pinr, theirs in (("one block", *samples[:2]), ("many blocks", *samples[2:])):
        what = f"hash --unpack .tar.xz, {blocks}"
        rows += [
            Row("xz", f"{what}, wall time", "xz -dc -T2", SECONDS, pinr, theirs, Goal(1.1)),
            Row("xz", f"{what}, peak memory", "xz -dc -T2", MEMORY, pinr, theirs),
        ]
    return rows


def folder(bench: Bench) -> list[Row]:
    tree = bench.archives["tree"]

    def theirs() -> Sample:
        sample = measure([*NIX, "hash", "path", tree])
        agree(sample.output.splitlines()[-1], bench.archives.answer, "nix hash path")
        return sample

    show("pinr hash tree", "nix --extra-experimental-features nix-command hash path tree")
    pinr, nix = take_turns([bench.hashing(tree), theirs], bench.runs)
    return [Row("folder", "hash FOLDER, wall time", "nix hash path", SECONDS, pinr, nix, Goal(0.5))]
