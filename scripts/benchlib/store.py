"""Rows: what lies in a Nix store, read again and held against the hash that it has to have."""

import json

from benchlib.measure import Sample, measure, show, take_turns
from benchlib.process import run
from benchlib.rows import NIX, Bench, agree
from benchlib.table import CPU, MEMORY, SECONDS, Goal, Row


def verify(bench: Bench) -> list[Row]:
    path = run([*NIX, "store", "add-path", "--name", "source", bench.archives["tree"]])
    # A pin is made by taking it over, for which nothing is fetched.
    lock, pins = bench.work / "npins-tree.json", bench.work / "pins-tree"
    tree = {
        "type": "Tarball", "url": "https://example.org/tree.tar.gz", "locked_url": "https://example.org/tree.tar.gz",
        "hash": bench.archives.answer,
    }
    lock.write_text(json.dumps({"pins": {"tree": tree}, "version": 8}))
    run([bench.pinr, "import", "npins", lock, "-d", pins, "--offline"])
    agree(run([bench.pinr, "path", "tree", "-d", pins]), path, "pinr path")

    def ours() -> Sample:
        sample = measure([bench.pinr, "verify", "--store", "-d", pins], peak_resident=True)
        agree(sample.output, "tree: ok", "pinr verify --store")
        return sample

    show(
        "pinr verify --store    # a pin of the tree, in a store of its own",
        f"nix-store --verify-path {path}",
    )
    pinr, nix = take_turns(
        [ours, lambda: measure(["nix-store", "--verify-path", path], peak_resident=True)], bench.runs)
    what, other = "verify --store of the tree", "nix-store --verify-path"
    return [
        Row("store", f"{what}, wall time", other, SECONDS, pinr, nix, Goal(0.6)),
        Row("store", f"{what}, CPU time", other, CPU, pinr, nix),
        Row("store", f"{what}, peak memory", other, MEMORY, pinr, nix),
    ]
