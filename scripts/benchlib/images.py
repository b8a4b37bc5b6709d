"""The image that is measured, made of this machine's own files, and the registry that has it."""

import contextlib
import hashlib
import itertools
import json
import os
import subprocess
from pathlib import Path

from benchlib.archives import compressing
from benchlib.making import make
from benchlib.process import ENVIRONMENT, fail, run
from benchlib.servers import Server, free_port

# Part of the folder's name: count it up when what is made changes.
FORM = 1
# What the layers have compressed: a system, what is installed on it, and a program.
LAYERS = (120, 60, 20)
REPOSITORY, TAG = "bench/image", "1"


class Images:
    """What a registry keeps in its folder. What is there is not made again.

    image  one image of three layers, 200 MB compressed, of this machine's own programs and libraries
    """

    def __init__(self, cache: Path):
        self.folder = cache / f"images-{FORM}"
        self.makers = {"image": self.make_image}

    def __getitem__(self, name) -> Path:
        return self.folder / name

    def prepare(self, names) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in dict.fromkeys(names):
            make(self[name], self.makers[name])

    def warm(self, names) -> None:
        for name in names:
            for path in self[name].rglob("data"):
                path.read_bytes()

    def make_image(self, partial: Path) -> None:
        layout = self.folder / "layout"
        run(["rm", "-rf", layout])
        blobs = layout / "blobs/sha256"
        blobs.mkdir(parents=True)
        files, layers, unpacked = programs(), [], []
        for megabytes in LAYERS:
            path = blobs / "layer"
            make_layer(path, files, megabytes * 1_000_000)
            unpacked.append(f"sha256:{unpacked_digest(path)}")
            layers.append(keep(path, "application/vnd.oci.image.layer.v1.tar+gzip"))
        configuration = {
            "architecture": "amd64", "os": "linux", "created": "2026-01-01T00:00:00Z",
            "config": {"Cmd": ["/bin/sh"], "Env": ["PATH=/usr/bin:/bin"]},
            "history": [{"created": "2026-01-01T00:00:00Z", "created_by": f"layer {layer}"} for layer in LAYERS],
            "rootfs": {"type": "layers", "diff_ids": unpacked},
        }
        manifest = {
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": keep_json(blobs, configuration, "application/vnd.oci.image.config.v1+json"), "layers": layers,
        }
        index = {
            "schemaVersion": 2,
            "manifests": [
                keep_json(blobs, manifest, manifest["mediaType"])
                | {"annotations": {"org.opencontainers.image.ref.name": TAG}}
            ],
        }
        (layout / "index.json").write_text(json.dumps(index))
        (layout / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
        with serving_images(self.folder / "making", partial) as host:
            run([
                "skopeo", "copy", "--insecure-policy", "--dest-tls-verify=false", f"oci:{layout}:{TAG}",
                f"docker://{host}/{REPOSITORY}:{TAG}",
            ])
        run(["rm", "-rf", layout, self.folder / "making"])

    def describe(self, name) -> str:
        sizes = [path.stat().st_size for path in self[name].rglob("data")]
        return f"{len(LAYERS)} layers, {sum(sizes) / 1e6:.0f} MB"


def programs():
    """Files of this machine as images have them, without end: each time round in another folder."""
    for generation in itertools.count(1):
        found = False
        for top in ("/usr/bin", "/usr/lib", "/usr/share"):
            for folder, folders, names in os.walk(top):
                folders.sort()
                for name in sorted(names):
                    path = Path(folder) / name
                    if not path.is_symlink() and path.is_file() and os.access(path, os.R_OK):
                        if path.stat().st_size <= 64 << 20:
                            found = True
                            yield path, f"copy{generation}{path}"
        if not found:
            fail("there are no files below /usr to make an image of")


def make_layer(path: Path, files, size: int) -> None:
    """A layer of so many bytes, of the next ones of `files`."""
    with compressing(path) as tar:
        while path.stat().st_size < size:
            source, name = next(files)
            entry = tar.gettarinfo(source, name)
            if entry.islnk():  # to an entry that may be in no layer or in another
                entry.type, entry.size = b"0", source.stat().st_size
            entry.uid = entry.gid = entry.mtime = 0
            entry.uname = entry.gname = ""
            with open(source, "rb") as contents:
                tar.addfile(entry, contents)


def unpacked_digest(path: Path) -> str:
    digest = hashlib.sha256()
    with subprocess.Popen(["gzip", "-dc", str(path)], env=ENVIRONMENT, stdout=subprocess.PIPE) as gzip:
        while chunk := gzip.stdout.read(1 << 20):
            digest.update(chunk)
    if gzip.returncode != 0:
        fail(f"gzip failed with status {gzip.returncode}")
    return digest.hexdigest()


def keep(path: Path, media_type: str) -> dict:
    """Names a blob after its digest; what a manifest says of it."""
    digest = run(["sha256sum", path]).split()[0]
    descriptor = {"mediaType": media_type, "digest": f"sha256:{digest}", "size": path.stat().st_size}
    path.rename(path.with_name(digest))
    return descriptor


def keep_json(blobs: Path, value, media_type: str) -> dict:
    (blobs / "json").write_text(json.dumps(value))
    return keep(blobs / "json", media_type)


@contextlib.contextmanager
def serving_images(folder: Path, data: Path):
    """Docker's own registry; its host and port."""
    server, port = Server(folder), free_port()
    (folder / "config.yml").write_text(f"""
version: 0.1
log: {{level: error, accesslog: {{disabled: true}}}}
storage: {{filesystem: {{rootdirectory: {data}}}}}
http: {{addr: "127.0.0.1:{port}"}}
""")
    try:
        server.start("docker-registry", "serve", folder / "config.yml")
        server.wait_until(lambda: Server.answers(port))
        yield f"127.0.0.1:{port}"
    finally:
        server.stop()
