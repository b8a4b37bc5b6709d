#!/usr/bin/env python3
"""image-diff.py: what differs between two images (or two trees of files) that should be the same.

usage: image-diff.py [--report FILE] [--rows N] [--names FIRST SECOND] FIRST SECOND

FIRST and SECOND are each a folder in OCI's layout or skopeo's (`dir:`), an archive of an image as Docker, podman or Nix
write it (packed or not), any other archive, a folder, or a file. The report is Markdown: which layer, which file, and of
it what: contents (size, the first byte that differs), mode, owner, time, kind, target of a link. It goes to standard
output, and is added to FILE too, such as $GITHUB_STEP_SUMMARY. N rows a table (50) at most. --names says what the report
calls the two.

Nothing is unpacked to where it says that it belongs, and nothing in an image has a say in how the report looks.

Exit status: 0 the same, 104 not the same (as nix-build --check has it), 1 something could not be read, 64 wrong arguments.
"""

import argparse
import collections
import gzip
import hashlib
import html
import io
import json
import lzma
import os
import re
import stat
import sys
import tarfile
import tempfile
import time

SAME, DIFFERENT, FAILED, MISUSED = 0, 104, 1, 64
KINDS = {tarfile.DIRTYPE: "folder", tarfile.SYMTYPE: "link", tarfile.LNKTYPE: "hard link", tarfile.FIFOTYPE: "pipe",
         tarfile.CHRTYPE: "character device", tarfile.BLKTYPE: "block device"}


class Unreadable(Exception):
    """What is no image, or one that cannot be read here."""


# One file of a layer or a tree; `open` gives its bytes.
Entry = collections.namedtuple("Entry", "kind mode owner time size target more open")


# --- Reading -----------------------------------------------------------------------------------------------------------


def unpacked(stream, what):
    """The bytes of a file that may be compressed, as a file that can be searched, and that has no name."""
    stream.seek(0)
    magic = stream.read(6)
    stream.seek(0)
    if magic.startswith(b"\x1f\x8b"):
        source = gzip.GzipFile(fileobj=stream)
    elif magic.startswith(b"\xfd7zXZ\0"):
        source = lzma.LZMAFile(stream)
    elif magic.startswith(b"\x28\xb5\x2f\xfd"):
        raise Unreadable(f"{what} is packed with zstd: copy it first, skopeo copy … oci:FOLDER, without --preserve-digests")
    else:
        return stream
    result = tempfile.TemporaryFile()
    try:
        while piece := source.read(1 << 20):
            result.write(piece)
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise Unreadable(f"{what} cannot be unpacked: {error}") from error
    result.seek(0)
    return result


def tar(stream, what):
    try:
        return tarfile.open(fileobj=stream, mode="r:", encoding="utf-8", errors="surrogateescape")
    except tarfile.TarError as error:
        raise Unreadable(f"{what} is no archive: {error}") from error


def tar_entries(stream, what):
    """What is in an archive, by its path. Of a path that is there twice the last counts, as when it is unpacked."""
    archive = tar(stream, what)
    entries = {}
    for member in archive:
        path = "/" + member.name.removeprefix("./").strip("/")
        kind = "file" if member.isreg() else KINDS.get(member.type, f"type {member.type!r}")
        target = member.linkname if member.issym() or member.islnk() else f"{member.devmajor}:{member.devminor}"
        more = {key: value for key, value in member.pax_headers.items() if key.startswith(("SCHILY.", "LIBARCHIVE."))}
        contents = (lambda m=member: archive.extractfile(m)) if member.isreg() else None
        names = f" ({member.uname}:{member.gname})" if member.uname or member.gname else ""
        entries.pop(path, None)
        entries[path] = Entry(kind, stat.S_IMODE(member.mode), f"{member.uid}:{member.gid}{names}", member.mtime,
                              member.size, target, more, contents)
    return entries


def folder_entries(root):
    """What is in a folder or file, by its path. Owners and times are left out: those of a store are always the same,
    and elsewhere they are of the copy."""
    entries = {}

    def add(path, shown):
        status = os.lstat(path)
        if stat.S_ISDIR(status.st_mode):
            entries[shown or "/"] = Entry("folder", stat.S_IMODE(status.st_mode), "", 0, 0, "", {}, None)
            for name in sorted(os.listdir(path)):
                add(os.path.join(path, name), f"{shown}/{name}")
        elif stat.S_ISLNK(status.st_mode):
            entries[shown or "/"] = Entry("link", 0o777, "", 0, 0, os.readlink(path), {}, None)
        elif stat.S_ISREG(status.st_mode):
            entries[shown or "/"] = Entry("file", stat.S_IMODE(status.st_mode), "", 0, status.st_size, "", {},
                                          lambda: open(path, "rb"))
        else:
            # Not opened: a pipe would wait for a writer.
            entries[shown or "/"] = Entry("pipe, socket or device", stat.S_IMODE(status.st_mode), "", 0, 0,
                                          f"{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}", {}, None)

    add(root, "")
    return entries


class Image:
    """An image: its digest, its configuration, and its layers, which are opened when they are looked at."""

    def __init__(self, digest, configuration, layers):
        self.digest, self.configuration, self.layers = digest, configuration, layers
        diffs = configuration.get("rootfs", {}).get("diff_ids", [])
        if len(diffs) != len(layers):
            raise Unreadable(f"an image has {len(layers)} layers, and {len(diffs)} in its configuration")
        self.diffs = diffs

    def verify(self, path):
        """Throws when a layer is another one than the configuration says: then no digest says anything."""
        for (name, opened), expected in zip(self.layers, self.diffs):
            digest = hashlib.sha256()
            with opened() as packed, unpacked(packed, name) as stream:
                while piece := stream.read(1 << 20):
                    digest.update(piece)
            if f"sha256:{digest.hexdigest()}" != expected:
                raise Unreadable(f"{path}: the layer {name} is not {expected}, as the configuration says")


def digest_parts(digest):
    """The two parts of a digest. What is none is no name of a file either: it may lead out of the folder."""
    if not re.fullmatch(r"sha(256:[0-9a-f]{64}|512:[0-9a-f]{128})", digest):
        raise Unreadable(f"{digest!r} is no digest")
    return digest.split(":")


def configuration_of(manifest, read, name):
    """The configuration that a manifest names, by whose digest an image is known."""
    digest = manifest["config"]["digest"]
    algorithm, expected = digest_parts(digest)
    contents = read(name(digest))
    if hashlib.new(algorithm, contents).hexdigest() != expected:
        raise Unreadable(f"the configuration is not {digest}, as the manifest says")
    return json.loads(contents)


def oci_image(read, opened, what):
    """An image in OCI's layout; `read` gives the bytes of a file in it, `opened` a file that can be searched."""
    manifests = json.loads(read("index.json"))["manifests"]
    if len(manifests) != 1:
        raise Unreadable(f"{what} has {len(manifests)} images: one is wanted")
    digest = manifests[0]["digest"]
    contents = read(blob(digest))
    manifest = json.loads(contents)
    if hashlib.new(digest_parts(digest)[0], contents).hexdigest() != digest_parts(digest)[1]:
        raise Unreadable(f"the manifest in {what} is not {digest}, as its index says")
    if "layers" not in manifest:
        raise Unreadable(f"{what} has an index of images, not an image: copy the one of a platform")
    layers = [(layer["digest"], (lambda d=layer["digest"]: opened(blob(d)))) for layer in manifest["layers"]]
    return Image(digest, configuration_of(manifest, read, blob), layers)


def dir_image(read, opened):
    """An image as skopeo writes it into a folder: the manifest, and each blob under the hexadecimal part of its digest."""
    manifest = json.loads(read("manifest.json"))
    def name(digest):
        return digest_parts(digest)[1]
    layers = [(layer["digest"], (lambda d=layer["digest"]: opened(name(d)))) for layer in manifest["layers"]]
    configuration = configuration_of(manifest, read, name)
    return Image(f"sha256:{hashlib.sha256(read('manifest.json')).hexdigest()}", configuration, layers)


def blob(digest):
    return "blobs/" + "/".join(digest_parts(digest))


def load(path):
    """An Image, or the entries of a tree."""
    if os.path.isdir(path) and not os.path.islink(path):
        def opened(name):
            return open(os.path.join(path, name), "rb")
        def read(name):
            with opened(name) as file:
                return file.read()
        if os.path.exists(os.path.join(path, "oci-layout")):
            return oci_image(read, opened, path)
        if os.path.exists(os.path.join(path, "manifest.json")) and os.path.exists(os.path.join(path, "version")):
            return dir_image(read, opened)
        return folder_entries(path)
    if os.path.islink(path) or (os.path.exists(path) and not os.path.isfile(path)):
        return folder_entries(path)
    stream = unpacked(open(path, "rb"), path)
    try:
        archive = tarfile.open(fileobj=stream, mode="r:", encoding="utf-8", errors="surrogateescape")
    except tarfile.TarError:
        return folder_entries(path)
    names = {member.name.removeprefix("./"): member for member in archive}
    def member(name):
        if name not in names:
            raise Unreadable(f"{path} has no {name}, which its manifest names")
        found = archive.extractfile(names[name])
        if found is None:
            raise Unreadable(f"{path}: {name} is no file")
        return found
    def read(name):
        return member(name).read()
    if "oci-layout" in names:
        return oci_image(read, member, path)
    if "manifest.json" in names:
        manifest = json.loads(read("manifest.json"))
        if isinstance(manifest, dict):
            return dir_image(read, member)
        if len(manifest) != 1:
            raise Unreadable(f"{path} has {len(manifest)} images: one is wanted")
        configuration = read(manifest[0]["Config"])
        digest = f"sha256:{hashlib.sha256(configuration).hexdigest()}"
        layers = [(name, (lambda n=name: member(n))) for name in manifest[0]["Layers"]]
        return Image(digest, json.loads(configuration), layers)
    stream.seek(0)
    return tar_entries(stream, path)


# --- Comparing ---------------------------------------------------------------------------------------------------------


# Between tags Markdown is Markdown still: links, pictures and code in the name of a file too.
MARKDOWN_IN_HTML = {ord(c): f"&#{ord(c)};" for c in "\\`*_[]~|!$@"}


def code(text):
    """Text from an image in a table: nothing in it is Markdown, and no byte of it moves a cursor."""
    shown = "".join(c if c.isprintable() and not 0xD800 <= ord(c) < 0xE000 else "".join(
        f"\\x{byte:02x}" for byte in c.encode("utf-8", "surrogateescape")) for c in str(text))
    shown = shown if len(shown) <= 300 else shown[:300] + "…"
    shown = html.escape(shown).replace("&#x27;", "'").translate(MARKDOWN_IN_HTML)
    return f"<code>{shown.replace('://', '&#58;//').replace('www.', 'www&#46;')}</code>"


def contents(first, second):
    """Where two files begin to differ: the offset, and some bytes of each from there; None when they never do."""
    offset = 0
    with first.open() as one, second.open() as other:
        while True:
            a, b = one.read(1 << 20), other.read(1 << 20)
            if a == b:
                if not a:
                    return None
                offset += len(a)
                continue
            at = next((i for i, pair in enumerate(zip(a, b)) if pair[0] != pair[1]), min(len(a), len(b)))
            return offset + at, a[at:at + 16], b[at:at + 16]


def when(seconds):
    try:
        return date(seconds)
    except (OverflowError, ValueError, OSError):
        return f"{seconds} s"


def date(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(seconds))) + (
        f" +{seconds % 1:.9f}".rstrip("0") if seconds % 1 else "")


def file_rows(first, second):
    """The differences of two trees: path, what, first, second."""
    for path in sorted(first.keys() | second.keys()):
        a, b = first.get(path), second.get(path)
        if a is None or b is None:
            there = a or b
            said = f"{there.kind}, {there.size} bytes" if there.kind == "file" else there.kind
            yield path, "is there", said if a else "no", said if b else "no"
            continue
        if a.kind != b.kind:
            yield path, "kind", a.kind, b.kind
            continue
        if a.open:
            found = contents(a, b)
            if found:
                at, x, y = found
                yield (path, f"contents, from byte {at}", f"{a.size} bytes: {x.hex(' ')} {x!r}",
                       f"{b.size} bytes: {y.hex(' ')} {y!r}")
        if a.mode != b.mode:
            yield path, "mode", f"{a.mode:04o}", f"{b.mode:04o}"
        if a.owner != b.owner:
            yield path, "owner", a.owner, b.owner
        if a.time != b.time:
            yield path, "time", when(a.time), when(b.time)
        if a.target != b.target:
            yield path, "target", a.target, b.target
        if a.more != b.more:
            yield path, "attributes", json.dumps(a.more, sort_keys=True), json.dumps(b.more, sort_keys=True)


def json_rows(first, second, path=""):
    """The differences of two JSON values, member by member."""
    if isinstance(first, dict) and isinstance(second, dict):
        for key in sorted(first.keys() | second.keys()):
            yield from json_rows(first.get(key), second.get(key), f"{path}.{key}" if path else key)
    elif isinstance(first, list) and isinstance(second, list) and len(first) == len(second):
        for index, (a, b) in enumerate(zip(first, second)):
            yield from json_rows(a, b, f"{path}[{index}]")
    elif first != second:
        yield path, "value", json.dumps(first), json.dumps(second)


class Report:
    def __init__(self, rows):
        self.lines, self.limit = [], rows

    def say(self, *lines):
        self.lines += [*lines, ""]

    def table(self, title, rows):
        lines = [f"| {title} | what | first | second |", "| --- | --- | --- | --- |"]
        rows = iter(rows)
        count = 0
        for path, what, a, b in rows:
            count += 1
            if count <= self.limit:
                lines.append(f"| {code(path)} | {what} | {code(a)} | {code(b)} |")
        if count > self.limit:
            lines.append(f"| and {count - self.limit} more | | | |")
        if count:
            self.say(*lines)
        return count


def compare_layers(report, first, second):
    for index in range(max(len(first.layers), len(second.layers))):
        title = f"### Layer {index + 1}"
        if index >= len(first.layers) or index >= len(second.layers):
            only = "first" if index < len(first.layers) else "second"
            report.say(title, f"Only the {only} image has it.")
            continue
        (a_name, a_open), (b_name, b_open) = first.layers[index], second.layers[index]
        if first.diffs[index] == second.diffs[index]:
            if a_name != b_name and a_name.startswith("sha256:") and b_name.startswith("sha256:"):
                report.say(title, f"The same files, packed otherwise: {code(a_name)} and {code(b_name)}.")
            continue
        report.say(title, f"{code(first.diffs[index])} and {code(second.diffs[index])}")
        a, b = (unpacked(opened(), f"layer {index + 1} ({name})") for name, opened in ((a_name, a_open), (b_name, b_open)))
        a_entries, b_entries = tar_entries(a, "a layer"), tar_entries(b, "a layer")
        if report.table("file", file_rows(a_entries, b_entries)):
            continue
        a.seek(0)
        b.seek(0)
        if list(a_entries) != list(b_entries):
            x, y = next(pair for pair in zip(a_entries, b_entries) if pair[0] != pair[1])
            report.say(f"The same files in another order: where the first has {code(x)}, the second has {code(y)}.")
        else:
            same = Entry("file", 0, "", 0, 0, "", {}, None)
            found = contents(same._replace(open=lambda: a), same._replace(open=lambda: b))
            report.say(f"The same files; their archives differ from byte {found[0]} on.")


def compare(first, second, rows, names):
    """The report, or nothing when the two are the same."""
    a, b = load(first), load(second)
    report = Report(rows)
    heading = ["## Not the same", "", f"First: {code(names[0])}", f"second: {code(names[1])}"]
    if isinstance(a, Image) != isinstance(b, Image):
        raise Unreadable("one of the two is an image, and the other is none")
    if not isinstance(a, Image):
        count = report.table("file", file_rows(a, b))
        return "\n".join([*heading, "", *report.lines]) if count else None
    for image, path in ((a, first), (b, second)):
        image.verify(path)
    if a.digest == b.digest:
        return None
    report.say(f"Digest of the first: {code(a.digest)}", f"digest of the second: {code(b.digest)}")
    report.table("configuration", json_rows(a.configuration, b.configuration))
    compare_layers(report, a, b)
    return "\n".join([*heading, "", *report.lines])


def main(arguments):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, usage=argparse.SUPPRESS, add_help=False)
    parser.add_argument("--help", action="store_true")
    parser.add_argument("--report")
    parser.add_argument("--rows", type=int, default=50)
    parser.add_argument("--names", nargs=2)
    parser.add_argument("paths", nargs="*")
    parser.error = lambda message: (print(f"image-diff: {message} (--help says how it is called)", file=sys.stderr),
                                    sys.exit(MISUSED))
    options = parser.parse_args(arguments)
    if options.help:
        print(__doc__.strip())
        return SAME
    if len(options.paths) != 2:
        parser.error(f"FIRST and SECOND are wanted, not {len(options.paths)} arguments")
    try:
        report = compare(*options.paths, options.rows, options.names or options.paths)
        if report is None:
            print("image-diff: the same", file=sys.stderr)
            return SAME
        print(report)
        if options.report:
            with io.open(options.report, "a", encoding="utf-8") as file:
                file.write(report + "\n")
        return DIFFERENT
    except (Unreadable, OSError, tarfile.TarError) as error:
        print(f"image-diff: {error}", file=sys.stderr)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError) as error:
        print(f"image-diff: an image is not as images are: {error!r}", file=sys.stderr)
    return FAILED


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    sys.exit(main(sys.argv[1:]))
