"""Rows: how long a program takes to start."""

import shutil

from benchlib.measure import Sample, measure, show, take_turns
from benchlib.process import ENVIRONMENT
from benchlib.rows import Bench
from benchlib.table import MILLISECONDS, Row


def start(bench: Bench) -> list[Row]:
    def starting(program):
        argv = [shutil.which(program, path=ENVIRONMENT["PATH"]) or program, "--version"]

        def sample() -> Sample:
            # One start is too short for a clock that other processes disturb: the best of several.
            return min((measure(argv) for _ in range(8)), key=lambda sample: sample.seconds)

        return sample

    show("pinr --version", "git --version", "nix --version    # each the best of 8 in every round")
    pinr, git, nix = take_turns([starting(bench.pinr), starting("git"), starting("nix")], bench.runs)
    return [
        Row("start", "--version", "git --version", MILLISECONDS, pinr, git),
        Row("start", "--version", "nix --version", MILLISECONDS, pinr, nix),
    ]
