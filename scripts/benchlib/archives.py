"""The archives that are measured: one tree of this machine's own files, in several forms."""

import copy
import hashlib
import os
import random
import subprocess
import sysconfig
import tarfile
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchlib.making import make
from benchlib.process import ENVIRONMENT, fail, run
from benchlib.text import sri

# Part of the folder's name: count it up when what is made changes.
FORM = 2
COPIES = 10


def machine_files():
    """Files of this machine, always in the same order; not the many that only link to others."""
    for top in ("/usr/include", sysconfig.get_path("stdlib"), "/usr/lib/python3", "/usr/share"):
        for folder, folders, names in os.walk(top):
            folders.sort()
            for name in sorted(names):
                path = Path(folder) / name
                if not path.is_symlink() and path.is_file() and os.access(path, os.R_OK):
                    if path.stat().st_size <= 4 << 20:
                        yield path


class Archives:
    """The files of one size, in a folder of their own. What is there is not made again.

    source.tar.gz       as `git archive` writes it
    source.tar          the same, uncompressed
    tree                the same, unpacked
    shuffled.tar.gz     its entries in random order, the folders after what is in them too; the same each time
    tenfold.tar.gz      in git's order, with the tree under ten folders
    one-block.tar.xz    source.tar, as xz writes it on one thread
    many-blocks.tar.xz  source.tar, as xz writes it on several
    """

    def __init__(self, cache: Path, megabytes: int):
        self.folder = cache / f"archives-{megabytes}-{FORM}"
        self.megabytes, self.minimum_files = megabytes, 125 * megabytes  # as many as source code has
        self.described = set()
        self.makers = {
            "source.tar.gz": self.make_source,
            "source.tar": lambda partial: self.filter(["gzip", "-dc"], "source.tar.gz", partial),
            "tree": self.make_tree,
            "shuffled.tar.gz": self.make_shuffled,
            "tenfold.tar.gz": self.make_tenfold,
            "one-block.tar.xz": lambda partial: self.filter(["xz", "-6", "-T1", "-c"], "source.tar", partial),
            "many-blocks.tar.xz": lambda partial: self.filter(["xz", "-6", "-T2", "-c"], "source.tar", partial),
            "answers": self.make_answers,
        }

    def __getitem__(self, name) -> Path:
        return self.folder / name

    def prepare(self, names) -> None:
        """Makes what is not there yet: first what all the rest is made of, then two at a time."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in ("source.tar.gz", "source.tar", "tree", "answers"):
            make(self[name], self.makers[name])
        with ThreadPoolExecutor(max_workers=2) as pool:
            list(pool.map(lambda name: make(self[name], self.makers[name]), sorted(set(names))))
        self.answer, self.answer_tenfold = self["answers"].read_text().split()

    def warm(self, names) -> None:
        """Reads files into the page cache, and says what they are when it is for the first time."""
        for name in names:
            if self[name].is_dir():
                for path in self[name].rglob("*"):
                    if path.is_file():
                        path.read_bytes()
                continue
            digest = hashlib.sha256()
            with open(self[name], "rb") as file:
                while chunk := file.read(1 << 20):
                    digest.update(chunk)
            if name not in self.described:
                self.described.add(name)
                blocks = ""
                if name.endswith(".xz"):
                    totals = run(["xz", "--robot", "--list", self[name]]).splitlines()[-1].split("\t")
                    blocks = f", {totals[2]} block{'' if totals[2] == '1' else 's'}"
                print(f"{name}: {self[name].stat().st_size / 2**20:.1f} MiB{blocks}, sha256 {digest.hexdigest()}")

    def describe(self) -> str:
        files = [line.split() for line in self.list() if line.startswith("-")]
        unpacked = sum(int(fields[2]) for fields in files)
        return (f"tree: {len(files):,} files, {unpacked / 1e6:.0f} MB ({unpacked / 2**20:.0f} MiB), "
                f"in {self.folder}, NAR {self.answer}")

    def list(self) -> list[str]:
        return run(["tar", "--list", "--verbose", "--file", self["source.tar"]]).splitlines()

    def filter(self, argv, name, partial) -> None:
        with open(self[name], "rb") as source, open(partial, "wb") as target:
            run(argv, stdin=source, stdout=target)

    def make_source(self, partial) -> None:
        """A tarball as `git archive` writes it, of so many megabytes and at least `minimum_files`.

        The machine's own files, as often as it takes, each copy under another folder and with a line of its own at the
        end, so that no two are the same; some are executable, some are linked to.
        """
        files = list(machine_files())
        if not files:
            fail("there are no files below /usr to make an archive of")
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            tree = Path(folder) / "tree"
            size = count = generation = 0
            while size < self.megabytes << 20 or count < self.minimum_files:
                generation += 1
                for path in files:
                    # Not copy-1: what would wait for a folder `copy` is whole folders nowhere but here.
                    target = tree / f"copy{generation}" / path.relative_to("/")
                    target.parent.mkdir(parents=True, exist_ok=True)
                    contents = path.read_bytes() + f"\n# {generation} {count}\n".encode()
                    target.write_bytes(contents)
                    size, count = size + len(contents), count + 1
                    if count % 11 == 0:
                        target.chmod(0o755)
                    if count % 97 == 0 and not (link := target.with_name(target.name + ".link")).exists():
                        link.symlink_to(target.name)
                    if size >= self.megabytes << 20 and count >= self.minimum_files:
                        break
            git = ["git", "-C", tree, "-c", "user.name=bench", "-c", "user.email=bench@example.org"]
            run([*git, "init", "-q"])
            # The .gitignore and .gitattributes among the files are files here and nothing more.
            (tree / ".git/info/attributes").write_text("* -text -filter -ident -export-ignore -export-subst\n")
            run([*git, "add", "--all", "--force"])
            run([*git, "commit", "-q", "-m", "bench"])
            run([*git, "archive", "--format=tar.gz", "--prefix=source-1/", f"--output={partial}", "HEAD"])

    def make_tree(self, partial) -> None:
        partial.mkdir()
        run(["tar", "--extract", "--strip-components=1", "--file", self["source.tar"], "--directory", partial])

    def make_answers(self, partial) -> None:
        """The hashes of the tree and of ten of it, from what Nix says the tree's NAR is."""
        nar = subprocess.run(
            ["nix-store", "--dump", self["tree"]], env=ENVIRONMENT, stdout=subprocess.PIPE, check=True).stdout
        magic = nar_strings("nix-archive-1")
        node = memoryview(nar)[len(magic):]
        tenfold = hashlib.sha256(magic + nar_strings("(", "type", "directory"))
        for number in range(COPIES):
            tenfold.update(nar_strings("entry", "(", "name", f"part-{number}", "node"))
            tenfold.update(node)
            tenfold.update(nar_strings(")"))
        tenfold.update(nar_strings(")"))
        partial.write_text(f"{sri(hashlib.sha256(nar).digest())}\n{sri(tenfold.digest())}\n")

    def make_shuffled(self, partial) -> None:
        with tarfile.open(self["source.tar"]) as source, compressing(partial) as target:
            entries = source.getmembers()
            random.Random(20260101).shuffle(entries)
            for entry in entries:
                add(target, entry, entry.name, source)

    def make_tenfold(self, partial) -> None:
        with tarfile.open(self["source.tar"]) as source, compressing(partial) as target:
            top, *entries = source.getmembers()
            add(target, top, top.name, source)
            for number in range(COPIES):
                folder = f"{top.name}/part-{number}"
                add(target, top, folder, source)
                for entry in entries:
                    add(target, entry, folder + entry.name.removeprefix(top.name), source)


class compressing:
    """A tar archive that is written through gzip as it is made."""

    def __init__(self, path: Path):
        self.path = path

    def __enter__(self) -> tarfile.TarFile:
        with open(self.path, "wb") as file:
            self.gzip = subprocess.Popen(
                ["gzip", "-n", "-6"], env=ENVIRONMENT, stdin=subprocess.PIPE, stdout=file)
        self.tar = tarfile.open(fileobj=self.gzip.stdin, mode="w|", format=tarfile.PAX_FORMAT, bufsize=1 << 20)
        return self.tar

    def __exit__(self, kind, *_):
        if kind is None:
            self.tar.close()
        self.gzip.stdin.close()
        if self.gzip.wait() != 0:
            fail(f"gzip failed with status {self.gzip.returncode}")


def add(target: tarfile.TarFile, entry: tarfile.TarInfo, name: str, source: tarfile.TarFile) -> None:
    """Adds an entry of another archive under a name."""
    added = copy.copy(entry)
    added.name = name
    added.pax_headers = {}  # which has the old name when that was long
    target.addfile(added, source.extractfile(entry) if entry.isreg() else None)


def nar_strings(*words) -> bytes:
    """Strings as a NAR has them: the length in eight bytes, and zeros up to the next multiple of eight."""
    return b"".join(
        len(word).to_bytes(8, "little") + word + bytes(-len(word) % 8) for word in (word.encode() for word in words))
