"""Rows: git repositories, beside git itself and the same server."""

import itertools
import json
import shutil

from benchlib.measure import Sample, counting, measure, show, take_turns
from benchlib.process import fail, run
from benchlib.repositories import BRANCH, PINNED_BRANCHES, PINNED_REPOSITORIES, REFS, TAGS, Repositories, release_tags
from benchlib.rows import Bench, agree
from benchlib.servers import serving_repositories
from benchlib.table import ASKED, CPU, MEMORY, SECONDS, WIRE, Ceiling, Exactly, Goal, Row


def checking(bench: Bench, pins, count):
    """A contender: `pinr update --check` of pins that are up to date."""

    def sample() -> Sample:
        sample = measure([bench.pinr, "update", "--check", "-d", pins])
        agree(sample.output, "1 pin is up to date" if count == 1 else f"{count} pins are up to date", "update --check")
        return sample

    return sample


def one_of_many_refs(bench: Bench) -> list[Row]:
    rows = []
    with serving_repositories(bench.work / "refs", bench.repositories.folder) as server:
        for name, count in REFS.items():
            url, pins, branch = f"{server.url}/{name}", bench.work / f"pins-{name}", "topic/01234"
            run([bench.pinr, "init", "--bare", "-d", pins])
            run([bench.pinr, "add", f"git+{url}", "--branch", branch, "-d", pins])
            show(
                f"pinr update --check    # a pin of {branch}; {bench.repositories.describe(name)}",
                f"git ls-remote {url} refs/heads/{branch}",
            )
            pinr, git = take_turns(
                [
                    counting(server, checking(bench, pins, 1)),
                    counting(server, lambda: measure(["git", "ls-remote", "-q", url, f"refs/heads/{branch}"])),
                ],
                bench.runs)
            what, other = f"update --check of one of {count:,} refs", "git ls-remote URL refs/heads/X"
            rows += [
                Row("refs", f"{what}, wall time", other, SECONDS, pinr, git, Goal(0.1)),
                Row("refs", f"{what}, on the wire", other, WIRE, pinr, git, Goal(0.01)),
            ]
    return rows


def add(bench: Bench) -> list[Row]:
    name = "history.git"
    folders = (bench.work / f"add-{number}" for number in itertools.count())
    with serving_repositories(bench.work / "history", bench.repositories.folder) as server:
        url = f"{server.url}/{name}"

        def pinr() -> Sample:
            pins = next(folders)
            run([bench.pinr, "init", "--bare", "-d", pins])
            sample = measure([bench.pinr, "add", f"git+{url}", "--branch", "main", "-d", pins], peak_resident=True)
            answer = bench.repositories.answer(name)
            if answer not in (pins / "pins.json").read_text():
                fail(f"pinr add locked something else than {answer}")
            return sample

        def fetch() -> Sample:
            repository = next(folders)
            run(["git", "init", "-q", "--bare", repository])
            sample = measure(
                ["git", "-C", repository, "fetch", "-q", "--depth", "1", url, BRANCH], peak_resident=True)
            shutil.rmtree(repository)
            return sample

        def clone() -> Sample:
            repository = next(folders)
            sample = measure(["git", "clone", "-q", "--bare", url, repository])
            shutil.rmtree(repository)
            return sample

        show(
            f"pinr add git+{url} --branch main    # {bench.repositories.describe(name)}",
            f"git fetch --depth 1 URL {BRANCH}    # into a new repository each time",
            "git clone --bare URL    # once, for its bytes",
        )
        ours, theirs = take_turns([counting(server, pinr), counting(server, fetch)], bench.runs)
        whole = [counting(server, clone)()]
    what, other = "add of one branch, 22,000 commits", "git fetch --depth 1"
    return [
        Row("add", f"{what}, wall time", other, SECONDS, ours, theirs, Goal(1.2)),
        Row("add", f"{what}, CPU time", other, CPU, ours, theirs),
        Row("add", f"{what}, peak memory", other, MEMORY, ours, theirs),
        Row("add", f"{what}, on the wire", other, WIRE, ours, theirs),
        Row("add", f"{what}, on the wire", "git clone", WIRE, ours, whole, Goal(0.15)),
    ]


def tree(bench: Bench) -> list[Row]:
    name = "tree.git"
    repository, pins = bench.repositories[name], bench.work / "pins-tree"
    run([bench.pinr, "init", "--bare", "-d", pins])

    def pinr() -> Sample:
        sample = measure([bench.pinr, "add", "-n", "--json", f"git+file://{repository}", "-d", pins], peak_resident=True)
        if bench.repositories.answer(name) not in sample.output:
            fail(f"pinr add says {sample.output}, and the hash is {bench.repositories.answer(name)}")
        return sample

    show(
        f"pinr add -n git+file://…/{name}    # {bench.repositories.describe(name)}",
        f"git archive {BRANCH} > /dev/null",
    )
    ours, theirs = take_turns(
        [
            pinr,
            lambda: measure(["git", "-C", repository, "archive", BRANCH], peak_resident=True, discard=True),
        ],
        bench.runs)
    what = "add -n of a local repository, 32,000 files"
    return [
        Row("tree", f"{what}, wall time", "git archive", SECONDS, ours, theirs, Goal(0.7)),
        Row("tree", f"{what}, CPU time", "git archive", CPU, ours, theirs),
        Row("tree", f"{what}, peak memory", "git archive", MEMORY, ours, theirs, Ceiling(96)),
    ]


def many_pins(bench: Bench) -> list[Row]:
    names, branches = Repositories.pinned(), Repositories.pinned_branches()
    with serving_repositories(bench.work / "pinned", bench.repositories.folder) as server:
        pins, urls = bench.work / "pins-pinned", bench.work / "urls-pinned"
        run([bench.pinr, "init", "--bare", "-d", pins])
        for name in names:
            for branch in branches:
                run([
                    bench.pinr, "add", f"git+{server.url}/{name}", "--branch", branch, "-d", pins,
                    "--name", f"{name}-{branch}",
                ])
        urls.write_text("".join(f"{server.url}/{name}\n" for name in names))
        count = PINNED_REPOSITORIES * PINNED_BRANCHES
        show(
            f"pinr update --check    # {count} pins of {PINNED_REPOSITORIES} repositories",
            "xargs -n1 -P8 git ls-remote -q < URLS",
        )
        ours, theirs = take_turns(
            [
                counting(server, checking(bench, pins, count)),
                counting(server, lambda: measure(["xargs", "-n1", "-P8", "-a", urls, "git", "ls-remote", "-q"])),
            ],
            bench.runs)
    what, other = f"update --check of {count} git pins of {PINNED_REPOSITORIES} repositories", "git ls-remote, xargs -P8"
    return [
        Row("pins", f"{what}, wall time", other, SECONDS, ours, theirs, Goal(0.3)),
        Row("pins", f"{what}, for refs", other, ASKED, ours, theirs, Exactly(PINNED_REPOSITORIES)),
    ]


def releases(bench: Bench) -> list[Row]:
    name, pins = "tags.git", bench.work / "pins-tags"
    with serving_repositories(bench.work / "tags", bench.repositories.folder) as server:
        url = f"{server.url}/{name}"
        run([bench.pinr, "init", "--bare", "-d", pins])
        run([bench.pinr, "add", f"git+{url}", "--release", "-d", pins])
        (pin,) = json.loads((pins / "pins.json").read_text())["pins"].values()
        agree(pin["locked"]["version"], release_tags()[-1], "pinr add --release")
        show(
            f"pinr update --check    # the highest of {TAGS:,} tags; {bench.repositories.describe(name)}",
            f"git ls-remote --tags {url}",
        )
        ours, theirs = take_turns(
            [
                counting(server, checking(bench, pins, 1)),
                counting(server, lambda: measure(["git", "ls-remote", "-q", "--tags", url], discard=True)),
            ],
            bench.runs)
    what, other = f"update --check, highest of {TAGS:,} tags", "git ls-remote --tags URL"
    return [
        Row("releases", f"{what}, wall time", other, SECONDS, ours, theirs),
        Row("releases", f"{what}, CPU time", other, CPU, ours, theirs),
        Row("releases", f"{what}, on the wire", other, WIRE, ours, theirs, Goal(1.02)),
    ]
