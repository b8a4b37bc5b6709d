"""The git repositories that are measured: made of random text, the same ones everywhere."""

import hashlib
import random
import subprocess
import tempfile
from pathlib import Path

from benchlib import locks
from benchlib.making import make
from benchlib.process import ENVIRONMENT, fail, run
from benchlib.text import Text, sri

# Part of the folder's name: count it up when what is made changes.
FORM = 1
TAGS = 20_000
REFS = {"refs.git": 120_000, "more-refs.git": 400_000}
PINNED_REPOSITORIES, PINNED_BRANCHES = 20, 10
LOG_COMMITS, LOG_CHANGES, LOG_PINS, LOG_MOVED = 5_000, 300, 200, 4
STAGED_FILES = 50_000
BRANCH = "refs/heads/main"


class Repositories:
    """Bare repositories in a folder of their own. What is there is not made again.

    refs.git     few commits and 120,000 refs, most of them of pull requests, and more-refs.git with 400,000
    tags.git     few commits and 20,000 tags: releases and pre-releases, every second one annotated
    history.git  5,000 files, and 22,000 commits with over 100 MB of history
    tree.git     32,000 files in a few hundred commits
    log.git      2,000 files and 5,000 commits, of which 300 change a lock of 200 pins
    staged.git   50,000 small files in one commit; staged.upstream is a small one with two tags
    pinned-…     small ones, with as many branches as pins shall share one

    All are packed as `git gc` leaves them, with a bitmap, so that a server has little to do.
    """

    def __init__(self, cache: Path):
        self.folder = cache / f"repositories-{FORM}"
        self.makers = {
            **{name: lambda path, count=count: self.make_refs(path, count) for name, count in REFS.items()},
            "tags.git": self.make_tags,
            "history.git": lambda path: self.make_history(path, files=5_000, commits=22_000, edits=4),
            "tree.git": lambda path: self.make_history(path, files=32_000, commits=600, edits=20),
            "log.git": self.make_log,
            "staged.git": self.make_staged,
            "staged.upstream": self.make_upstream,
            **{name: self.make_pinned for name in self.pinned()},
            # What the tree of history.git and tree.git is to Nix.
            "history.answer": lambda path: self.make_answer(path, "history.git"),
            "tree.answer": lambda path: self.make_answer(path, "tree.git"),
        }

    def __getitem__(self, name) -> Path:
        return self.folder / name

    @staticmethod
    def pinned() -> list[str]:
        return [f"pinned-{number:02}.git" for number in range(1, PINNED_REPOSITORIES + 1)]

    @staticmethod
    def pinned_branches() -> list[str]:
        return [f"release-{number:02}" for number in range(1, PINNED_BRANCHES + 1)]

    def prepare(self, names) -> None:
        """Makes what is not there yet."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in dict.fromkeys(names):
            make(self[name], self.makers[name])

    def warm(self, names) -> None:
        """Reads packs and refs into the page cache."""
        for name in names:
            if self[name].is_dir():
                for path in self[name].rglob("*"):
                    if path.is_file():
                        path.read_bytes()

    def answer(self, name) -> str:
        """The hash that Nix has for the tree of a repository, of which `NAME.answer` was prepared."""
        return self[name.replace(".git", ".answer")].read_text().strip()

    def describe(self, name) -> str:
        """How much is in one of the repositories."""
        git = ["git", "-C", self[name]]
        files = run([*git, "ls-tree", "-r", "--long", BRANCH]).splitlines()
        unpacked = sum(int(line.split()[3]) for line in files)
        packed = sum(path.stat().st_size for path in self[name].glob("objects/pack/*.pack"))
        return (f"{name}: {len(files):,} files, {unpacked / 1e6:.0f} MB; {run([*git, 'rev-list', '--count', BRANCH])} "
                f"commits, {packed / 1e6:.0f} MB packed; {len(run([*git, 'for-each-ref']).splitlines()):,} refs")

    # Making them

    def make_refs(self, path: Path, count: int) -> None:
        with importing(path) as stream:
            for number in range(400):
                stream.commit(number)
                stream.file("file.txt", f"change {number}\n".encode())
        commits = run(["git", "-C", path, "rev-list", "--reverse", BRANCH]).splitlines()
        pack(path)
        # As `git pack-refs` writes them, and a hundred thousand times as fast to make.
        names = [f"refs/heads/topic/{number:05}" for number in range(count // 12)]
        names += [f"refs/tags/v{number // 100}.{number % 100}" for number in range(count // 60)]
        names += [f"refs/pull/{number}/head" for number in range(1, count - len(names))]
        refs = {name: commits[number % len(commits)] for number, name in enumerate(names)} | {BRANCH: commits[-1]}
        (path / BRANCH).unlink(missing_ok=True)
        (path / "packed-refs").write_text("# pack-refs with: peeled fully-peeled sorted \n" + "".join(
            f"{refs[name]} {name}\n" for name in sorted(refs)))

    def make_tags(self, path: Path) -> None:
        with importing(path) as stream:
            for number in range(400):
                stream.commit(number)
                stream.file("file.txt", f"change {number}\n".encode())
        commits = run(["git", "-C", path, "rev-list", "--reverse", BRANCH]).splitlines()
        with importing(path) as stream:
            for number, name in enumerate(release_tags()):
                stream.tag(name, commits[number * len(commits) // TAGS], is_annotated=number % 2 == 0)
        pack(path)

    def make_history(self, path: Path, files: int, commits: int, edits: int) -> None:
        """Files of source code in folders of some twenty; one commit adds a share of them and changes others."""
        text = Text(seed=path.name)
        folders = max(1, files // 20)
        names, contents = [], []
        with importing(path) as stream:
            for commit in range(commits):
                stream.commit(commit)
                changed = set()
                while len(names) < files * min(1, (commit + 1) * 3 / commits):
                    number = len(names)
                    folder = text.below(folders)
                    names.append(f"src/area{folder % 29:02}/module-{folder:04}/{text.word()}-{number}.{text.suffix()}")
                    contents.append(text.lines(text.length()))
                    changed.add(number)
                for _ in range(edits):
                    number = text.below(len(names))
                    lines = contents[number]
                    replaced = min(len(lines), 1 + text.below(300))
                    begin = text.below(len(lines) - replaced + 1)
                    lines[begin:begin + replaced] = text.lines(replaced)
                    changed.add(number)
                for number in sorted(changed):
                    stream.file(names[number], b"".join(contents[number]), is_executable=number % 50 == 0)
        pack(path)

    def make_log(self, path: Path) -> None:
        changes, moves = iter(log_moves()), {}
        with importing(path) as stream:
            for number in range(LOG_COMMITS):
                stream.commit(number)
                if number == 0:
                    for file in range(2_000):
                        stream.file(f"src/area{file % 40:02}/file-{file}.txt", f"{file}\n".encode())
                if number % (LOG_COMMITS // LOG_CHANGES) == 0 and (moved := next(changes, None)) is not None:
                    moves |= {pin: moves.get(pin, 0) + 1 for pin in moved}
                    stream.file("pins/pins.json", locks.text(locks.pins(LOG_PINS, moves)))
                else:
                    file = number * 7 % 2_000
                    stream.file(f"src/area{file % 40:02}/file-{file}.txt", f"change {number}\n".encode())
        pack(path)

    def make_staged(self, path: Path) -> None:
        with importing(path) as stream:
            stream.commit(0)
            for number in range(STAGED_FILES):
                stream.file(f"src/area{number % 50:02}/part{number % 1000:03}/{number}.txt", f"{number}\n".encode())
        pack(path)

    def make_upstream(self, path: Path) -> None:
        with importing(path) as stream:
            for number in (1, 2):
                stream.commit(number)
                stream.file("file.txt", f"{number}\n".encode())
        for number, revision in (1, "main~1"), (2, "main"):
            run(["git", "-C", path, "tag", f"v{number}", revision])
        pack(path)

    def make_pinned(self, path: Path) -> None:
        with importing(path) as stream:
            for number, branch in enumerate(["main", *self.pinned_branches()]):
                stream.commit(number, branch=f"refs/heads/{branch}")
                stream.file("file.txt", f"{path.name} {branch}\n".encode())
        pack(path)

    def make_answer(self, path: Path, name: str) -> None:
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            with subprocess.Popen(
                ["git", "-C", str(self[name]), "archive", "--format=tar", BRANCH], env=ENVIRONMENT,
                stdout=subprocess.PIPE) as archive:
                run(["tar", "--extract", "--directory", folder], stdin=archive.stdout)
            if archive.returncode != 0:
                fail(f"git archive failed with status {archive.returncode}")
            digest = hashlib.sha256()
            with subprocess.Popen(["nix-store", "--dump", folder], env=ENVIRONMENT, stdout=subprocess.PIPE) as dump:
                while chunk := dump.stdout.read(1 << 20):
                    digest.update(chunk)
            if dump.returncode != 0:
                fail(f"nix-store --dump failed with status {dump.returncode}")
        path.write_text(sri(digest.digest()) + "\n")


class importing:
    """A new bare repository, and what `git fast-import` is to put into it."""

    def __init__(self, path: Path):
        self.path = path
        run(["git", "init", "-q", "--bare", "--initial-branch=main", "--template=", path])

    def __enter__(self):
        self.process = subprocess.Popen(
            ["git", "-C", str(self.path), "fast-import", "--quiet"], env=ENVIRONMENT, stdin=subprocess.PIPE)
        self.write = self.process.stdin.write
        return self

    def commit(self, number: int, branch=BRANCH) -> None:
        message = f"change {number}\n".encode()
        self.write(b"commit %s\ncommitter bench <bench@example.org> %d +0000\ndata %d\n%s" % (
            branch.encode(), 1_770_000_000 + 60 * number, len(message), message))

    def file(self, name: str, contents: bytes, is_executable=False) -> None:
        self.write(b"M %s inline %s\ndata %d\n%s\n" % (
            b"100755" if is_executable else b"100644", name.encode(), len(contents), contents))

    def tag(self, name: str, commit: str, is_annotated: bool) -> None:
        if is_annotated:
            message = f"release {name}\n".encode()
            self.write(b"tag %s\nfrom %s\ntagger bench <bench@example.org> 1770000000 +0000\ndata %d\n%s" % (
                name.encode(), commit.encode(), len(message), message))
        else:
            self.write(b"reset refs/tags/%s\nfrom %s\n\n" % (name.encode(), commit.encode()))

    def __exit__(self, kind, *_):
        self.process.stdin.close()
        if self.process.wait() != 0 and kind is None:
            fail(f"git fast-import failed with status {self.process.returncode}")


def release_tags() -> list[str]:
    """The names of the tags, the oldest first: releases, one in four with two candidates before it."""
    names, number = [], 0
    while len(names) < TAGS:
        version = f"v{number // 400}.{number // 20 % 20}.{number % 20}"
        names += [f"{version}-rc{candidate}" for candidate in (1, 2) if number % 4 == 0] + [version]
        number += 1
    return names[-TAGS:]


def log_moves() -> list[set[int]]:
    """Which pins each change of the lock of log.git moves; the first one makes it."""
    return [set()] + [
        {(change * LOG_MOVED + pin) * 37 % LOG_PINS for pin in range(LOG_MOVED)} for change in range(LOG_CHANGES - 1)]


def pack(path: Path) -> None:
    """What `git gc` does, with all deltas made anew, and a bitmap as servers have."""
    run(["git", "-C", path, "pack-refs", "--all"])
    run(["git", "-C", path, "repack", "-q", "-a", "-d", "-f", "--write-bitmap-index"])
    run(["git", "-C", path, "commit-graph", "write", "--reachable"])
