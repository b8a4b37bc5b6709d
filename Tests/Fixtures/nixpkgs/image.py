"""image.py CONF TAG: writes the docker-archive that a configuration describes to standard output.

Layers are those of the image below it, the files of the machine that the programs in it are links to, the paths of the
store (one each as long as there are layers), and the root. The same configuration always gives the same bytes.
"""

import hashlib
import io
import json
import os
import sqlite3
import subprocess
import sys
import tarfile
import tempfile


def closure(graph):
    """The paths of the store, and for each what Nix's database has of it: lines of exportReferencesGraph."""
    lines = iter(open(graph).read().splitlines())
    paths = {}
    for path in lines:
        deriver, count = next(lines), int(next(lines))
        paths[path] = [next(lines) for _ in range(count)]
    return paths


def real(path):
    """Where a file is: its folder without links, as /lib is one on most machines."""
    return os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))


def libraries(path):
    """The libraries that a program loads, as ldd finds them."""
    with open(path, "rb") as file:
        if file.read(4) != b"\x7fELF":
            return []
    said = subprocess.run(["/usr/bin/ldd", path], capture_output=True, text=True).stdout
    words = [line.split() for line in said.splitlines()]
    return [word for line in words for word in line if word.startswith("/")]


def machine_files(paths):
    """The files of the machine that packages are made of, with the libraries that these need."""
    wanted = set()
    for path in paths:
        listing = f"{path}/nix-support/machine"
        if os.path.exists(listing):
            wanted.update(open(listing).read().split())
    files, waiting = set(), sorted(wanted)
    while waiting:
        path = waiting.pop()
        if real(path) in files or not os.path.exists(path):
            continue
        files.add(real(path))
        if os.path.isdir(path) and not os.path.islink(path):
            waiting += [f"{path}/{name}" for name in os.listdir(path)]
        else:
            waiting += libraries(path)
    return files


def add(tar, path, name, follow=False):
    info = tar.gettarinfo(path, name)
    if follow and info.issym():
        info = tar.gettarinfo(os.path.realpath(path), name)
    info.mtime, info.uid, info.gid, info.uname, info.gname = 1, 0, 0, "", ""
    if info.islnk():
        info.type, info.size = tarfile.REGTYPE, os.path.getsize(path)
    if info.isreg():
        with open(path, "rb") as file:
            tar.addfile(info, file)
    else:
        tar.addfile(info)


def folder(tar, name, mode=0o755):
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.mtime = tarfile.DIRTYPE, mode, 1
    tar.addfile(info)


def parents(tar, names):
    """The folders above files, unless they are among them: in an archive nothing may be twice."""
    above = set()
    for name in names:
        while "/" in name:
            name = name.rpartition("/")[0]
            above.add(name)
    for name in sorted(above - set(names)):
        folder(tar, name)


def layer_of_machine(file, files):
    with tarfile.open(fileobj=file, mode="w", format=tarfile.GNU_FORMAT) as tar:
        parents(tar, [path[1:] for path in files])
        for path in sorted(files):
            add(tar, path, path[1:], follow=not os.path.isdir(path))
        # Scripts of the machine begin with it.
        if "/usr/bin/bash" in files:
            folder(tar, "bin")
            add(tar, "/usr/bin/bash", "bin/bash")
        # The folders that are links on a machine whose /usr is merged; /bin is the image's own.
        for name in ("lib", "lib32", "lib64"):
            if os.path.islink(f"/{name}") and os.path.isdir(f"/{name}"):
                add(tar, f"/{name}", name)


def layer_of_store(file, paths):
    with tarfile.open(fileobj=file, mode="w", format=tarfile.GNU_FORMAT) as tar:
        folder(tar, "nix")
        folder(tar, "nix/store")
        for top in sorted(paths):
            add(tar, top, top[1:])
            if os.path.islink(top):
                continue
            for where, folders, files in os.walk(top):
                folders.sort()
                for name in sorted(folders + files):
                    add(tar, f"{where}/{name}", f"{where}/{name}"[1:])


def layer_of_database(file, paths):
    """Nix's own database of the paths, made by Nix itself from what is known of them."""
    root = tempfile.mkdtemp()
    environment = {"NIX_REMOTE": f"local?root={root}", "HOME": root, "PATH": "/usr/bin"}
    environment["NIX_CONFIG"] = "build-users-group =\nsubstituters ="
    said = []
    for path, references in sorted(paths.items()):
        dump = subprocess.run(
            ["/usr/bin/nix-store", "--dump", path], stdout=subprocess.PIPE, env=environment, check=True).stdout
        said += [path, hashlib.sha256(dump).hexdigest(), str(len(dump)), "", str(len(references))] + references
    subprocess.run(
        ["/usr/bin/nix-store", "--load-db"], input="\n".join(said) + "\n", text=True, env=environment, check=True)
    database = f"{root}/nix/var/nix/db/db.sqlite"
    # Times of registration are those of this run.
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("update ValidPaths set registrationTime = 1")
    connection.execute("pragma wal_checkpoint(truncate)")
    connection.execute("pragma journal_mode = delete")
    connection.execute("vacuum")
    connection.close()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.GNU_FORMAT) as tar:
        parents(tar, ["nix/var/nix/db/x", "nix/var/nix/gcroots/docker/x"])
        add(tar, database, "nix/var/nix/db/db.sqlite")
        add(tar, f"{root}/nix/var/nix/db/schema", "nix/var/nix/db/schema")
        for path in sorted(paths):
            info = tarfile.TarInfo(f"nix/var/nix/gcroots/docker/{os.path.basename(path)}")
            info.type, info.linkname, info.mtime = tarfile.SYMTYPE, path, 1
            tar.addfile(info)


def digest_of(file):
    file.seek(0)
    digest = hashlib.sha256()
    while chunk := file.read(1 << 20):
        digest.update(chunk)
    return digest.hexdigest()


def main():
    conf, tag = json.load(open(sys.argv[1])), sys.argv[2]
    layers, config = [], json.load(open(conf["base"]))
    below = {"config": {}, "history": []}
    if conf["fromImage"]:
        with tarfile.open(conf["fromImage"]) as archive:
            manifest = json.load(archive.extractfile("manifest.json"))[0]
            below = json.load(archive.extractfile(manifest["Config"]))
            for name in manifest["Layers"]:
                member = archive.getmember(name)
                target = os.path.normpath(os.path.join(os.path.dirname(name), member.linkname))
                layer = tempfile.TemporaryFile()
                layer.write(archive.extractfile(target if member.issym() else name).read())
                layers.append(layer)

    paths = closure(conf["closure"])
    paths.pop(conf["base"], None)
    writers = []
    files = machine_files(paths)
    if files:
        writers.append(lambda file: layer_of_machine(file, files))
    ordered = sorted(paths)
    room = max(conf["maxLayers"] - len(layers) - 3, 1)
    groups = [[path] for path in ordered[: room - 1]] + ([ordered[room - 1 :]] if ordered[room - 1 :] else [])
    writers += [lambda file, group=group: layer_of_store(file, group) for group in groups]
    if conf["database"]:
        writers.append(lambda file: layer_of_database(file, paths))
    for write in writers:
        layer = tempfile.TemporaryFile()
        write(layer)
        layers.append(layer)
    layers.append(open(conf["customisation"], "rb"))

    digests = [digest_of(layer) for layer in layers]
    inherited = below.get("config", {})
    own = config.pop("config")
    if "Env" in inherited:
        own = own | {"Env": inherited["Env"] + own.get("Env", [])}
    document = config | {
        "created": conf["created"],
        "config": own,
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}" for digest in digests]},
        "history": [{"created": conf["created"]} for _ in digests],
    }
    text = json.dumps(document, sort_keys=True).encode()
    name = hashlib.sha256(text).hexdigest()
    manifest = [
        {"Config": f"{name}.json", "RepoTags": [f"{conf['name']}:{tag}"], "Layers": [f"{d}.tar" for d in digests]}
    ]
    with tarfile.open(fileobj=sys.stdout.buffer, mode="w|", format=tarfile.GNU_FORMAT) as archive:
        written = set()

        def put(name, size, file):
            if name in written:
                return
            written.add(name)
            info = tarfile.TarInfo(name)
            info.size, info.mtime, info.mode = size, 1, 0o444
            archive.addfile(info, file)

        for digest, layer in zip(digests, layers):
            layer.seek(0, 2)
            size = layer.tell()
            layer.seek(0)
            put(f"{digest}.tar", size, layer)
        put(f"{name}.json", len(text), io.BytesIO(text))
        listing = json.dumps(manifest).encode()
        put("manifest.json", len(listing), io.BytesIO(listing))


main()
