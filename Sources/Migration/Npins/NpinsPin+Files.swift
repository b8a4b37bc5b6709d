internal import JSON
internal import Lockfile
internal import NixHash
internal import OCI
internal import Resolvers

// What is behind a URL of its own. `fetchurl` takes the hash of the file, and `fetchTarball` that of the tree in it.
extension NpinsPin {
    /// `PyPi {name, version_upper_bound?, version, url, hash}`: the source archive as it is.
    func pypi() throws -> ForeignPin {
        var members: JSONObject = ["name": .string(try fields.required(fields.text, "name"))]
        members["range"] = try fields.text("version_upper_bound").map { .string("<\($0)") }
        let source = try source("pypi", members, from: fields, calling: ["range": "version_upper_bound"])
        guard let url = try url("url"), let version = try fields.text("version") else {
            throw SkipReason.notLocked
        }
        let name = Notation.storeName(of: url)
        let resolution = Resolution(.file(url: url, name: name), version: version, dating: .server)
        return try pin(source, state(resolution) { .file(url: url, hash: $0, name: name) })
    }

    /// `Channel {name, artifact?, url, hash}`: the tree of the release's file, whichever of them it is.
    func channel() throws -> ForeignPin {
        let channel = ForeignChannel(try fields.required(fields.text, "name"), artifact: try fields.text("artifact"))
        let source = try source("channel", channel.fields, from: fields, calling: ["channel": "name"])
        guard let url = try url("url") else { throw SkipReason.notLocked }
        let resolution = Resolution(
            .tarball(url: url), version: channel.release(in: url), dating: .newestEntry)
        return try pin(source, state(resolution) { .tarball(url: url, hash: $0) })
    }

    /// `Tarball {url, locked_url?, hash}`, until version 7: with `locked_url`, where `url` led to.
    func tarball() throws -> ForeignPin {
        let url = try fields.required(fields.text, "url")
        let locked = try fields.text("locked_url")
        return try file(of: url, lockedURL: locked ?? url, mutable: locked != nil, unpacks: true)
    }

    /// `Url {url, unpack, hash}` and `MutableUrl {update_url, unpack, url, hash}`.
    func file(of url: String) throws -> ForeignPin { try file(of: url, lockedURL: url, mutable: false) }

    func file(of url: String, lockedURL: String?, mutable: Bool, unpacks: Bool? = nil) throws -> ForeignPin {
        let unpacks = try unpacks ?? fields.required(fields.bool, "unpack")
        var options = SourceOptions()
        if mutable { options.mutable = true }
        let source = try Notation.parse((unpacks ? "tarball+" : "file+") + url, options: options)
        guard let lockedURL else { throw SkipReason.notLocked }
        // Read as one that is added, because it is as public.
        _ = try Notation.parse("file+" + lockedURL, options: SourceOptions())
        func fetch(_ url: String) -> Resolution.Fetch {
            unpacks ? .tarball(url: url) : .file(url: url, name: Notation.storeName(of: url))
        }
        // What redirected may have given a ticket along, which is good for a day and for one.
        if mutable, ExpiringURL.isOne(lockedURL) {
            var resolution = Resolution(fetch(url), dating: .server)
            resolution.isMutable = true
            if case .sha256(let hash) = try hash() {
                return try pin(source, .unhashed(resolution, stated: .exact(hash), because: .secretInURL))
            }
            return try pin(source, .unhashed(resolution, because: .secretInURL))
        }
        var resolution = Resolution(fetch(lockedURL), dating: .server)
        resolution.isMutable = mutable && lockedURL.utf8.elementsEqual(url.utf8)
        return try pin(
            source,
            state(resolution) { hash in
                unpacks
                    ? .tarball(url: lockedURL, hash: hash)
                    : .file(url: lockedURL, hash: hash, name: Notation.storeName(of: lockedURL))
            })
    }

    /// `Container {image_name, image_tag, image_digest, arch?, hash}`: what `dockerTools.pullImage` makes of it, for amd64
    /// where nothing else is said, as nix-prefetch-docker does.
    func container() throws -> ForeignPin {
        let text = try fields.required(fields.text, "image_name")
        guard let name = try? ImageName(parsing: text) else { throw fields.problem(.notImageName(text), "image_name") }
        let tag = try fields.required(fields.text, "image_tag")
        let arch = try fields.text("arch") ?? "amd64"
        let os = "linux"
        let source = try source(
            "oci", ["image": .string(name.text), "tag": .string(tag), "os": .string(os), "arch": .string(arch)],
            from: fields, calling: ["image": "image_name", "tag": "image_tag"])
        guard let text = try fields.imageDigest("image_digest"), let digest = SHA256Digest(image: text) else {
            throw SkipReason.notLocked
        }
        let image = ImageFetch(name: name, tag: tag, digest: digest, os: os, architecture: arch)
        let resolution = Resolution(.oci(image), version: tag, dating: .unknown)
        return try pin(
            source,
            state(resolution) { hash in
                .oci(OCIFetch(image: name.text, tag: tag, digest: text, os: os, arch: arch, hash: hash))
            })
    }
}
