"""Rows: what happened to pins, what differs, merging and committing them, beside git and jq."""

import itertools
import json
import os
import re
import shutil
from pathlib import Path

from benchlib import locks
from benchlib.measure import Sample, measure, show, take_turns
from benchlib.process import ENVIRONMENT, fail, run
from benchlib.repositories import (
    LOG_CHANGES, LOG_COMMITS, LOG_MOVED, LOG_PINS, STAGED_FILES, Repositories, log_moves)
from benchlib.rows import Bench, agree
from benchlib.table import CPU, MEMORY, SECONDS, Ceiling, Goal, Row

PINS = 20_000
CHANGED = 1_000
REPORTED = 300


def log(bench: Bench) -> list[Row]:
    project, number = checkout(bench, "log.git"), LOG_PINS // 2
    pins, name = project / "pins", locks.name(number)
    moves = sum(number in moved for moved in log_moves())

    def pinr() -> Sample:
        sample = measure([bench.pinr, "log", name, "-d", pins], peak_resident=True)
        found = [line for line in sample.output.splitlines() if re.match(r"\d{4}-\d\d-\d\d  [0-9a-f]{12}", line)]
        # Those that moved it, and the one that added it.
        agree(str(len(found)), str(moves + 1), f"events of pinr log {name}")
        return sample

    page = bench.work / "log.html"

    def report() -> Sample:
        return measure([bench.pinr, "report", "--offline", "--html", page, "-d", pins], peak_resident=True)

    show(
        f"pinr log {name}    # {moves} of {LOG_CHANGES} changes of {LOG_PINS} pins, in {LOG_COMMITS:,} commits",
        f"pinr report --offline --html pins.html    # of the {LOG_PINS} pins, with what happened to each",
        "git log -p -- pins/pins.json > /dev/null",
    )
    ours, page_of_all, theirs = take_turns(
        [
            pinr, report,
            lambda: measure(
                ["git", "-C", project, "log", "-p", "--", "pins/pins.json"], peak_resident=True, discard=True),
        ],
        bench.runs)
    what, other = f"log of a pin, {LOG_CHANGES} of {LOG_COMMITS:,} commits", "git log -p"
    return [
        Row("log", f"{what}, wall time", other, SECONDS, ours, theirs, Goal(1)),
        Row("log", f"{what}, CPU time", other, CPU, ours, theirs),
        Row("log", f"{what}, peak memory", other, MEMORY, ours, theirs, Ceiling(96)),
        Row("log", f"report --html of the {LOG_PINS} pins there, wall time", "log", SECONDS, page_of_all, ours, Goal(1.5)),
        Row("log", f"report --html of the {LOG_PINS} pins there, peak memory", "log", MEMORY, page_of_all, ours),
    ]


def difference(bench: Bench) -> list[Row]:
    old, new = bench.work / "old.json", bench.work / "new.json"
    old.write_bytes(locks.text(locks.pins(PINS)))
    new.write_bytes(locks.text(locks.pins(PINS, {number: 1 for number in range(0, PINS, PINS // CHANGED)})))

    def pinr() -> Sample:
        sample = measure([bench.pinr, "diff", old, new, "--offline"], peak_resident=True)
        found = sum(line.startswith("pin-") for line in sample.output.splitlines())
        agree(str(found), str(CHANGED), "the number of pins that pinr diff tells")
        return sample

    show(
        f"pinr diff old.json new.json --offline    # {CHANGED:,} of {PINS:,} pins moved, {old.stat().st_size / 1e6:.1f} MB",
        "jq --sort-keys . old.json new.json > /dev/null",
        "git diff --no-index old.json new.json    # of lines",
    )
    ours, jq, git = take_turns(
        [
            pinr,
            lambda: measure(["jq", "--sort-keys", ".", old, new], peak_resident=True, discard=True),
            lambda: failing(["git", "diff", "--no-index", old, new]),
        ],
        bench.runs)
    what, other = f"diff of {PINS:,} pins", "jq --sort-keys of both"
    return [
        Row("diff", f"{what}, wall time", other, SECONDS, ours, jq),
        Row("diff", f"{what}, CPU time", other, CPU, ours, jq, Goal(1.5)),
        Row("diff", f"{what}, peak memory", other, MEMORY, ours, jq, Goal(4)),
        Row("diff", f"{what}, CPU time", "git diff --no-index", CPU, ours, git),
    ]


def merging(bench: Bench) -> list[Row]:
    folder = bench.work / "merging"
    folder.mkdir()
    base, ours, theirs, current = (folder / f"{name}.json" for name in ("base", "ours", "theirs", "current"))
    step = PINS // CHANGED
    # Every tenth change is of a pin that the other side has moved too, and further.
    mine = {number: 1 for number in range(0, PINS, step)}
    others = {number + (0 if index % 10 == 0 else step // 2): 2 for index, number in enumerate(mine)}
    for path, moves in (base, {}), (ours, mine), (theirs, others):
        path.write_bytes(locks.text(locks.pins(PINS, moves)))
    answer = locks.text(locks.pins(PINS, mine | others))

    def pinr() -> Sample:
        shutil.copyfile(ours, current)
        sample = measure([bench.pinr, "merge-driver", "--offline", base, current, theirs], peak_resident=True)
        if current.read_bytes() != answer:
            fail("pinr merge-driver made something else of the three states than it has to")
        return sample

    def git() -> Sample:
        shutil.copyfile(ours, current)
        return failing(["git", "merge-file", "-q", current, base, theirs])

    show(
        f"pinr merge-driver --offline base.json ours.json theirs.json    # {PINS:,} pins, {CHANGED:,} moved on each side, "
        f"{CHANGED // 10} of them on both",
        "jq --sort-keys . base.json ours.json theirs.json > /dev/null",
        "git merge-file ours.json base.json theirs.json    # of lines, and leaves conflicts",
    )
    driver, jq, file = take_turns(
        [
            pinr,
            lambda: measure(["jq", "--sort-keys", ".", base, ours, theirs], peak_resident=True, discard=True),
            git,
        ],
        bench.runs)
    what, other = f"merge-driver, {PINS:,} pins", "jq --sort-keys of the three"
    return [
        Row("merge", f"{what}, wall time", other, SECONDS, driver, jq),
        Row("merge", f"{what}, CPU time", other, CPU, driver, jq, Goal(2)),
        Row("merge", f"{what}, peak memory", other, MEMORY, driver, jq, Goal(4)),
        Row("merge", f"{what}, CPU time", "git merge-file", CPU, driver, file),
    ]


def commit(bench: Bench) -> list[Row]:
    """A pin goes to and fro between two tags of a small repository on this disk: what that takes is measured as well."""
    project, upstream = checkout(bench, "staged.git"), bench.repositories["staged.upstream"]
    pins, tags = project / "pins", itertools.cycle(["v1", "v2"])  # main is at v2
    run([bench.pinr, "init", "-q", "--bare", "-d", pins])
    run([bench.pinr, "add", "-q", f"git+file://{upstream}", "--branch", "main", "--name", "lib", "-d", pins])
    git = ["git", "-C", project, "-c", "user.name=bench", "-c", "user.email=bench@example.org"]
    run([*git, "add", "pins"])
    run([*git, "commit", "-q", "-m", "pins"])
    run(["git", "-C", project, "config", "user.name", "bench"])
    run(["git", "-C", project, "config", "user.email", "bench@example.org"])

    def update(*options) -> Sample:
        return measure(
            [bench.pinr, "update", "lib", "--to", next(tags), "-d", pins, *options], peak_resident=True)

    def committed() -> None:
        agree(run(["git", "-C", project, "status", "--porcelain"]), "", "git status after the commit")
        agree(
            run(["git", "-C", project, "show", "--format=", "--name-only"]), "pins/pins.json", "the commit")

    def pinr() -> Sample:
        sample = update("--commit")
        committed()
        return sample

    plain: list[Sample] = []

    def by_hand() -> Sample:
        plain.append(update())
        sample = measure(
            ["git", "-C", project, "commit", "-q", "-m", "pins: update", "--", "pins/pins.json"], peak_resident=True)
        committed()
        return sample

    show(
        f"pinr update lib --to TAG --commit    # {bench.repositories.describe('staged.git')}, all in the index",
        "pinr update lib --to TAG    # without",
        "git commit -m 'pins: update' -- pins/pins.json",
    )
    ours, theirs = take_turns([pinr, by_hand], bench.runs)
    both = [added(one, other) for one, other in zip(plain, theirs)]
    other, what = "update, then git commit", f"update --commit, {STAGED_FILES:,} files in the index"
    return [
        Row("commit", f"{what}, wall time", other, SECONDS, ours, both, Goal(1)),
        Row("commit", f"{what}, CPU time", other, CPU, ours, both, Goal(1)),
        Row("commit", f"{what}, peak memory", "git commit", MEMORY, ours, theirs),
        Row("commit", "of that, what is not the commit, wall time", "git commit", SECONDS, plain, theirs),
    ]


def report(bench: Bench) -> list[Row]:
    folder, page = bench.work / "reported", bench.work / "report.html"
    folder.mkdir()
    lock = folder / "pins.json"
    lock.write_bytes(locks.text(locks.pins(REPORTED)))

    def pinr() -> Sample:
        sample = measure([bench.pinr, "report", "--offline", "--html", page, "-d", folder], peak_resident=True)
        agree(str(page.read_text().count("<article")), str(REPORTED), "the number of pins on the page")
        return sample

    show(
        f"pinr report --offline --html pins.html    # {REPORTED} pins, outside of any repository",
        "jq --sort-keys . pins.json > /dev/null",
    )
    ours, jq = take_turns(
        [pinr, lambda: measure(["jq", "--sort-keys", ".", lock], peak_resident=True, discard=True)], bench.runs)
    what, other = f"report --html of {REPORTED} pins", "jq --sort-keys ."
    return [
        Row("report", f"{what}, wall time", other, SECONDS, ours, jq),
        Row("report", f"{what}, CPU time", other, CPU, ours, jq, Goal(4)),
        Row("report", f"{what}, peak memory", other, MEMORY, ours, jq, Ceiling(48)),
    ]


def undo(bench: Bench) -> list[Row]:
    rows = []
    for count, goal in (REPORTED, 2), (PINS, 1.3):
        folder, words = bench.work / f"noted-{count}", map(str, itertools.count())
        folder.mkdir()
        (folder / "pins.json").write_bytes(locks.text(locks.pins(count)))
        states = bench.work / f"states-{count}"

        def note(state: Path) -> Sample:
            return measure(
                [bench.pinr, "note", locks.name(0), next(words), "-q", "-d", folder],
                environment={**ENVIRONMENT, "XDG_STATE_HOME": str(state)}, peak_resident=True)

        show(
            f"pinr note {locks.name(0)} TEXT    # one of {count:,} pins, with and without a folder for states")
        with_states, without = take_turns([lambda: note(states), lambda: note(Path("/dev/null"))], bench.runs)
        steps = list(states.glob("pinr/locks/*/steps.json"))
        if len(steps) != 1:
            fail("pinr note has not kept what it did")
        what, other = f"note on one of {count:,} pins, kept for undo", "the same, not kept"
        rows += [
            Row("undo", f"{what}, wall time", other, SECONDS, with_states, without),
            Row("undo", f"{what}, CPU time", other, CPU, with_states, without, Goal(goal)),
            Row("undo", f"{what}, peak memory", other, MEMORY, with_states, without),
        ]
    return rows


# What they share


def checkout(bench: Bench, name: str) -> Path:
    """A clone of one of the repositories with all its files, each time a new one, since it is written to."""
    project = bench.work / name.removesuffix(".git")
    run(["git", "clone", "-q", "--local", bench.repositories[name], project])
    return project


def failing(argv) -> Sample:
    """A program whose status says that there are differences or conflicts."""
    return measure(["sh", "-c", '"$@"; test $? -lt 128', "sh", *argv], peak_resident=True, discard=True)


def added(one: Sample, other: Sample) -> Sample:
    """One after the other."""
    sum_of_both = Sample.__new__(Sample)
    sum_of_both.seconds, sum_of_both.cpu = one.seconds + other.seconds, one.cpu + other.cpu
    sum_of_both.user, sum_of_both.mebibytes = one.user + other.user, max(one.mebibytes, other.mebibytes)
    sum_of_both.output = ""
    return sum_of_both
