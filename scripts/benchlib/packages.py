"""What registries of packages answer, as long as their answers are, and the same each time; with gzip and without."""

import base64
import gzip
import hashlib
import json
import random
from dataclasses import dataclass
from pathlib import Path

# How many releases the packages of a registry have: few have many.
RELEASES = (8, 14, 22, 35, 50, 80, 120, 200, 350, 600)
# A package whose answer has nearly 20 MB, as those have that publish every night.
NIGHTLY = "nightly"
NIGHTLY_RELEASES = 26_000


@dataclass
class Packages:
    """The answers of three registries below a folder; `paths` says where each is, by the source as pinr is given it."""

    root: Path
    base: str

    def __post_init__(self):
        self.random = random.Random("packages").random
        self.paths = {}
        self.root.mkdir()

    def make(self) -> None:
        for name, count in [(f"package-{index:02}", count) for index, count in enumerate(RELEASES)]:
            self.answer(f"pypi:{name}", f"pypi/{name}/json", self.pypi(name, count))
            self.answer(f"crates:{name}", f"pa/ck/{name}", self.crates(name, count))
            self.answer(f"npm:{name}", name, self.npm(name, count))
        self.put("config.json", json.dumps({"dl": f"{self.base}/files"}).encode())

    def make_nightly(self) -> None:
        self.answer(f"npm:{NIGHTLY}", NIGHTLY, self.npm(NIGHTLY, NIGHTLY_RELEASES))

    def answer(self, source: str, path: str, text: str) -> None:
        self.put(path, text.encode())
        self.put(f"{path}.gz", gzip.compress(text.encode(), mtime=0))
        self.paths[source] = path

    def put(self, path: str, contents: bytes) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_bytes(contents)

    def file(self, path: str) -> bytes:
        """A released file, of the newest release: no other is fetched."""
        contents = f"{path}\n".encode()
        self.put(path, contents)
        return contents

    def digits(self, length: int) -> str:
        """Hexadecimal digits."""
        return "".join(f"{int(self.random() * 2**52):013x}" for _ in range(length // 13 + 1))[:length]

    def pypi(self, name: str, count: int) -> str:
        """The JSON API's answer: a source archive and up to eight wheels a release."""
        releases = {}
        for version in versions(count):
            files = [(f"{name}-{version}.tar.gz", "sdist", "source")]
            files += [
                (f"{name}-{version}-cp{310 + wheel}-cp{310 + wheel}-manylinux_2_17_x86_64.whl", "bdist_wheel", "cp3")
                for wheel in range(int(self.random() * 9))
            ]
            releases[version] = [self.pypi_file(*file, version == newest(count)) for file in files]
        info = {"name": name, "version": newest(count), "summary": "made", "description": "word " * 2_000}
        return json.dumps({"info": info, "last_serial": 1, "releases": releases, "urls": [], "vulnerabilities": []})

    def pypi_file(self, name: str, kind: str, python: str, is_fetched: bool) -> dict:
        path = f"packages/{name}"
        contents = self.file(path) if is_fetched and kind == "sdist" else None
        return {
            "comment_text": None,
            "digests": {
                "blake2b_256": self.digits(64), "md5": self.digits(32),
                "sha256": hashlib.sha256(contents).hexdigest() if contents else self.digits(64),
            },
            "downloads": -1, "filename": name, "has_sig": False, "md5_digest": self.digits(32),
            "packagetype": kind, "python_version": python, "requires_python": ">=3.8",
            "size": len(contents) if contents else 123_456, "upload_time": "2026-01-01T00:00:00",
            "upload_time_iso_8601": "2026-01-01T00:00:00.000000Z", "url": f"{self.base}/{path}", "yanked": False,
            "yanked_reason": None,
        }

    def crates(self, name: str, count: int) -> str:
        """The index's file: a line a release, with what it depends on."""
        lines = []
        for version in versions(count):
            is_fetched = version == newest(count)
            contents = self.file(f"files/{name}/{version}/download") if is_fetched else None
            lines.append(json.dumps({
                "name": name, "vers": version,
                "deps": [
                    {
                        "name": f"crate-{number}", "req": "^1.0", "features": [], "optional": False,
                        "default_features": True, "target": None, "kind": "normal",
                    }
                    for number in range(int(self.random() * 9))
                ],
                "cksum": hashlib.sha256(contents).hexdigest() if contents else self.digits(64),
                "features": {"default": ["std"], "std": []}, "yanked": False, "pubtime": "2026-01-01T00:00:00Z",
            }, separators=(",", ":")))
        return "\n".join(lines) + "\n"

    def npm(self, name: str, count: int) -> str:
        """The abbreviated answer."""
        releases = {}
        for version in versions(count):
            path = f"{name}-files/{name}-{version}.tgz"
            contents = self.file(path) if version == newest(count) else None
            digest = hashlib.sha512(contents).digest() if contents else bytes.fromhex(self.digits(128))
            releases[version] = {
                "name": name, "version": version,
                "dependencies": {f"dependency-{number}": "^1.2.3" for number in range(int(self.random() * 9))},
                "devDependencies": {f"tool-{number}": "^1.2.3" for number in range(int(self.random() * 9))},
                "dist": {
                    "integrity": "sha512-" + base64.b64encode(digest).decode(), "shasum": self.digits(40),
                    "tarball": f"{self.base}/{path}", "fileCount": 12, "unpackedSize": 123_456,
                    "signatures": [{"keyid": f"SHA256:{self.digits(43)}", "sig": self.digits(96)}],
                },
                "engines": {"node": ">=18"},
            }
        return json.dumps(
            {"name": name, "dist-tags": {"latest": newest(count)}, "versions": releases, "modified": "2026-01-01"},
            separators=(",", ":"))


def version(number: int) -> str:
    return f"{number // 200}.{number // 10 % 20}.{number % 10}"


def newest(count: int) -> str:
    return version(count - 1)


def versions(count: int) -> list[str]:
    """As many, the oldest first."""
    return [version(number) for number in range(count)]
