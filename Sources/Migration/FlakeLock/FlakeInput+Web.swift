internal import JSON
internal import Lockfile
internal import Resolvers

extension FlakeInput {
    /// An archive or a file behind a URL.
    ///
    /// The tree of an archive is hashed as `builtins.fetchTarball` does. Of a file Nix hashes the NAR that holds it, so
    /// that its own hash is not known.
    func webPin() throws -> ForeignPin {
        let type = try node.type
        let wasWritten = try node.original.text("type").map { $0.utf8.elementsEqual(type.utf8) } == true
        let locked = try checked(node.locked, type)
        let asked = wasWritten ? try checked(node.original, type) : locked
        let isSame = asked.utf8.elementsEqual(locked.utf8)
        // A lock from before the attribute was there may have it in the URL.
        let revision = try node.revision ?? FlakeURL.revision(in: node.locked.required(node.locked.text, "url"))

        if type == "tarball", node.original.value("narHash") == nil, try node.directory == nil,
            let channel = try channel(of: asked, wasWritten: wasWritten)
        {
            return ForeignPin(
                name: name, source: try SourceTypes.read(Source(type: "channel", fields: channel.fields)),
                state: try state(
                    tarball: locked, revision: revision, version: channel.release(in: locked), isMutable: isSame))
        }

        // Nix asks again at each update, and takes what is there then.
        let isMutable = wasWritten && mayChange(asked, isSame: isSame)
        var fields = try tarballFields(asked)
        if isMutable { fields["mutable"] = true }
        if type == "file" { fields["dir"] = nil }
        let source = try SourceTypes.read(Source(type: type, fields: fields))
        if type == "tarball" {
            return ForeignPin(
                name: name, source: source,
                state: try state(tarball: locked, revision: revision, isMutable: isMutable && isSame))
        }
        var resolution = Resolution(
            .file(url: locked, name: Notation.storeName(of: locked)), revision: revision, dating: .server)
        resolution.isMutable = isMutable && isSame
        let hash = try narHash
        return ForeignPin(
            name: name, source: source,
            state: .unhashed(resolution, stated: hash.map { .ofFileNAR($0) }, because: hash == nil ? .noHash : .fileNAR)
        )
    }

    /// The URL as the server is asked for it.
    /// - Throws: `LockfileError`; `ResolveError` for one that no source may have, such as one with a password in it.
    private func checked(_ place: Fields, _ type: String) throws -> String {
        let url = FlakeURL.asked(try place.required(place.text, "url"), folder: try node.directory)
        let read = try Notation.parse("\(type)+\(url)", options: SourceOptions()).source
        return read["url"]?.string ?? url
    }

    /// Whether what is behind a URL may be something else another day. It is not where its owner has written what it has
    /// to be, and a URL with a whole revision in it is that of one commit.
    private func mayChange(_ asked: String, isSame: Bool) -> Bool {
        guard node.original.value("narHash") == nil, node.original.value("rev") == nil else { return false }
        return !isSame || !Self.hasRevision(asked)
    }

    private static func hasRevision(_ url: String) -> Bool {
        url.split { !($0.isASCII && $0.isHexDigit) }.contains { $0.utf8.count == 40 }
    }

    /// The channel that is followed, if the URL or the name in the registry is one's.
    private func channel(of asked: String, wasWritten: Bool) throws -> ForeignChannel? {
        if !wasWritten, asked.utf8.starts(with: "https://releases.nixos.org/".utf8),
            let channel = FlakeRegistry.channel(of: try node.registryName, ref: try node.ref)
        {
            return ForeignChannel(channel, artifact: asked.split(separator: "/").last.map(String.init))
        }
        return ForeignChannel(url: asked)
    }
}
