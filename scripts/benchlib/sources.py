"""Rows: what is neither an archive nor a repository, from servers on the loopback interface."""

import base64
import itertools
import json
import random
from pathlib import Path

from benchlib.images import REPOSITORY, TAG, serving_images
from benchlib.measure import Sample, counting, measure, show, take_turns
from benchlib.packages import NIGHTLY, Packages
from benchlib.process import ENVIRONMENT, fail, run
from benchlib.rows import Bench, agree
from benchlib.servers import serving
from benchlib.table import CPU, MEMORY, REQUESTS, SECONDS, WIRE, Ceiling, Exactly, Goal, Row

MUTABLE = 20


def image(bench: Bench) -> list[Row]:
    folders = (bench.work / f"image-{number}" for number in itertools.count())
    with serving_images(bench.work / "registry", bench.images["image"]) as host:
        name = f"{host}/{REPOSITORY}"
        digest = run([
            "skopeo", "inspect", "--tls-verify=false", "--format", "{{.Digest}}", f"docker://{name}:{TAG}"])
        hashes = set()

        def pinr() -> Sample:
            pins = next(folders)
            run([bench.pinr, "init", "--bare", "-d", pins])
            sample = measure([bench.pinr, "add", f"oci:{name}:{TAG}", "-d", pins, "--json"], peak_resident=True)
            (pin,) = json.loads(sample.output)["pins"].values()
            hashes.add(base64.b64decode(pin["locked"]["hash"].removeprefix("sha256-")).hex())
            return sample

        def skopeo() -> Sample:
            archive = bench.work / "image.tar"
            copy = ("skopeo copy -q --insecure-policy --src-tls-verify=false "
                    f"docker://{name}@{digest} docker-archive:{archive}:{name}:{TAG}")
            sample = measure(["sh", "-c", f"{copy} && sha256sum {archive}"], peak_resident=True)
            hashes.add(sample.output.split()[-2])
            archive.unlink()
            return sample

        show(
            f"pinr add oci:{name}:{TAG}    # docker-registry on loopback; {bench.images.describe('image')}",
            f"skopeo copy docker://{name}@DIGEST docker-archive:FILE:{name}:{TAG} && sha256sum FILE",
        )
        ours, theirs = take_turns([pinr, skopeo], bench.runs)
        if len(hashes) != 1:
            fail(f"pinr and skopeo make different archives: {', '.join(sorted(hashes))}")
    what, other = "add of an image of 200 MB", "skopeo copy && sha256sum"
    return [
        Row("image", f"{what}, wall time", other, SECONDS, ours, theirs, Goal(0.7)),
        Row("image", f"{what}, CPU time", other, CPU, ours, theirs, Goal(0.7)),
        Row("image", f"{what}, peak memory", other, MEMORY, ours, theirs, Ceiling(48)),
    ]


def updating(bench: Bench, pins: Path, environment=None):
    """A contender: `pinr update` of pins that are as new as can be, which has to leave the lock alone."""
    before = (pins / "pins.json").read_bytes()

    def sample() -> Sample:
        sample = measure([bench.pinr, "update", "-d", pins], environment, peak_resident=True)
        if (pins / "pins.json").read_bytes() != before:
            fail("an update of what has not moved changed pins.json")
        return sample

    return sample


def packages(bench: Bench) -> list[Row]:
    root = bench.work / "packages"
    with serving(bench.work / "packages-server", f"root {root}; gzip_static on;") as server:
        answers = Packages(root, server.url)
        answers.make()
        answers.make_nightly()
        environment = ENVIRONMENT | {f"PINR_{registry}_HOST": server.url for registry in ("PYPI", "CRATES", "NPM")}
        urls = {source: f"{server.url}/{path}" for source, path in answers.paths.items()}

        def pinned(name: str, sources) -> Path:
            pins = bench.work / name
            measure([bench.pinr, "init", "--bare", "-d", pins], environment)
            for source in sources:
                measure([
                    bench.pinr, "add", source, "-d", pins, "--name", source.replace(":", "-"),
                ], environment)
            return pins

        many = [source for source in urls if NIGHTLY not in source]
        pins, one = pinned("pins-packages", many), pinned("pins-nightly", [f"npm:{NIGHTLY}"])

        # What pinr asks for: the index of crates says once where its files are.
        asked = [urls[source] for source in many] + [f"{server.url}/config.json"]
        read = f"curl --silent --show-error --fail --compressed {' '.join(asked)} | jq empty"

        def curl(options):
            argv = ["curl", "--silent", "--show-error", "--fail", "--compressed", *options]
            for url in asked:
                argv += ["--output", "/dev/null", url]
            return lambda: measure(argv)

        jq = f"curl --silent --show-error --fail --compressed {urls[f'npm:{NIGHTLY}']} | jq -r '.\"dist-tags\".latest'"
        sizes = [(root / path).stat().st_size for path in answers.paths.values()]
        show(
            f"pinr update    # {len(many)} pins of PyPI, crates.io and npm, answers of "
            f"{min(sizes) / 1000:.0f} kB to {max(sizes[:-1]) / 1e6:.1f} MB",
            "curl --compressed URL…    # the same answers, one after the other",
            "curl --compressed --parallel URL…",
            "curl --compressed URL… | jq empty",
            f"pinr update    # one pin of npm, an answer of {sizes[-1] / 1e6:.1f} MB",
            jq.replace(server.url, "…"),
        )
        ours, sequential, parallel, parsed, ours_one, theirs_one = take_turns(
            [
                counting(server, updating(bench, pins, environment)), counting(server, curl([])),
                counting(server, curl(["--parallel"])), lambda: measure(["sh", "-c", read]),
                updating(bench, one, environment), lambda: measure(["sh", "-c", jq], peak_resident=True),
            ],
            bench.runs)
    what = f"update of {len(many)} unchanged pins of registries"
    nightly = f"update of one npm pin, an answer of {sizes[-1] / 1e6:.0f} MB"
    return [
        Row("packages", f"{what}, wall time", "curl", SECONDS, ours, sequential),
        Row("packages", f"{what}, wall time", "curl --parallel", SECONDS, ours, parallel),
        Row("packages", f"{what}, CPU time", "curl and jq", CPU, ours, parsed, Goal(1)),
        Row("packages", f"{what}, requests", "curl --parallel", REQUESTS, ours, parallel, Exactly(len(asked))),
        Row("packages", f"{what}, on the wire", "curl --parallel", WIRE, ours, parallel, Goal(1.02)),
        Row("packages", f"{nightly}, wall time", "curl and jq", SECONDS, ours_one, theirs_one),
        Row("packages", f"{nightly}, CPU time", "curl and jq", CPU, ours_one, theirs_one, Goal(1)),
        Row("packages", f"{nightly}, peak memory", "curl and jq", MEMORY, ours_one, theirs_one),
    ]


def mutable(bench: Bench) -> list[Row]:
    root, pins, tags = bench.work / "mutable", bench.work / "pins-mutable", bench.work / "etags"
    for folder in (root, tags):
        folder.mkdir()
    names = [f"file-{number:02}" for number in range(1, MUTABLE + 1)]
    for name in names:
        (root / name).write_bytes(random.Random(name).randbytes(1_000_000))
    with serving(bench.work / "mutable-server", f"root {root};") as server:
        run([bench.pinr, "init", "--bare", "-d", pins])
        for name in names:
            url = f"{server.url}/{name}"
            run([bench.pinr, "add", "--mutable", f"file+{url}", "-d", pins, "--name", name])
            run(["curl", "--silent", "--fail", "--etag-save", tags / name, "--output", "/dev/null", url])
        # Options are an operation's own, so that each URL has its tag.
        transfers = bench.work / "transfers"
        transfers.write_text("next\n".join(
            f'url = "{server.url}/{name}"\noutput = "/dev/null"\nwrite-out = "%{{http_code}} "\n'
            f'etag-compare = "{tags / name}"\n' for name in names))

        def curl(options):
            def sample() -> Sample:
                sample = measure(["curl", "--no-progress-meter", *options, "--config", transfers])
                agree(sample.output, " ".join(["304"] * MUTABLE), "curl --etag-compare")
                return sample

            return sample

        show(
            f"pinr update    # {MUTABLE} files of 1 MB, pinned with --mutable",
            "curl --etag-compare TAG URL --next …    # one after the other",
            "curl --parallel --etag-compare TAG URL --next …",
        )
        ours, sequential, parallel = take_turns(
            [
                counting(server, updating(bench, pins)), counting(server, curl([])),
                counting(server, curl(["--parallel"])),
            ],
            bench.runs)
    what = f"update of {MUTABLE} unchanged mutable URLs"
    return [
        Row("mutable", f"{what}, wall time", "curl --etag-compare", SECONDS, ours, sequential),
        Row("mutable", f"{what}, wall time", "the same, --parallel", SECONDS, ours, parallel),
        Row("mutable", f"{what}, requests", "curl --etag-compare", REQUESTS, ours, sequential, Exactly(MUTABLE)),
        Row("mutable", f"{what}, on the wire", "curl --etag-compare", WIRE, ours, sequential, Goal(1.5)),
    ]
