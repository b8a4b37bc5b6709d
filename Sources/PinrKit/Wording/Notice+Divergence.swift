internal import NixHash
internal import SourceTree

extension Notice {
    /// The warning of something that versions of Nix see differently: what it is, and who sees what instead.
    /// - Parameter name: the pin whose archive it is in, if any.
    init(_ divergence: Divergence, pin name: String? = nil) {
        let readers = divergence.readers.map { Self.words(for: $0) }
        let consequence = readers.isEmpty ? "Nix takes it all the same" : readers.joined(separator: "; ")
        self.init("\(Self.subject(of: divergence)): \(consequence)", pin: name)
        let isAboutTop = [.severalAtTop, .singleFileAtTop, .nothing].contains(divergence.kind)
        if name != nil && isAboutTop {
            hint = "there, `sources.NAME { inherit pkgs; }` gives the tree that is locked"
        } else if divergence.kind == .wrongChecksum {
            hint = "it may be damaged; compare it with what its publisher says"
        }
    }

    private static func subject(of divergence: Divergence) -> String {
        let path = "`\(printable(divergence.path ?? []))`"
        return switch divergence.kind {
        case .severalAtTop: "the archive has several entries at its top"
        case .singleFileAtTop: "the archive has a single file or symbolic link at its top, and no directory"
        case .nothing: "there is nothing in the archive"
        case .parentComponent: "there is a `..` in \(path), or in where it leads"
        case .absoluteName: "\(path), or where it leads, begins with a slash"
        case .hardLinkBeforeTarget: "the hard link \(path) comes before its file"
        case .hardLinkToReplaced: "the hard link \(path) leads to a file that is in the archive once more, behind it"
        case .hardLinkToItself: "\(path) is a hard link to itself"
        case .hardLinkWithContents: "the hard link \(path) comes with contents that are not those of its file"
        case .holeAtEnd: "the sparse file \(path) ends in a hole"
        case .tooDeep: "\(path) lies more than \(NARLimits.depth) directories deep"
        case .pathTooLong: "\(path) is longer than 4095 bytes"
        case .wrongChecksum: "the archive's gzip checksum is not that of its data"
        }
    }

    /// `nix-prefetch-url refuses it`, `fetchTarball of Nix before 2.24 and of Lix sees another tree`
    private static func words(for reader: DivergentReader) -> String {
        let versions =
            switch (reader.since > NixVersion(0, 0) ? reader.since : nil, reader.before) {
            case (nil, nil): ""
            case (let since?, nil): "\(since) and later"
            case (nil, let before?): "before \(before)"
            case (let since?, let before?): "\(since) to \(last(before: before))"
            }
        var who: String
        switch reader.tool {
        case .prefetch: who = versions.isEmpty ? "nix-prefetch-url" : "nix-prefetch-url of Nix \(versions)"
        case .fetchTarball:
            who = versions.isEmpty ? "every fetchTarball" : "fetchTarball of Nix \(versions)"
            // Lix began as Nix 2.18.
            if !versions.isEmpty, reader.since <= NixVersion(2, 18),
                reader.before.map({ $0 > NixVersion(2, 18) }) ?? true
            {
                who += " and of Lix"
            }
        }
        if let version = reader.libarchiveBefore { who += " with libarchive before \(version)" }
        return "\(who) \(reader.effect == .refuses ? "refuses it" : "sees another tree")"
    }

    /// The release, or the series of releases, before one.
    private static func last(before version: NixVersion) -> NixVersion {
        version.patch > 0
            ? NixVersion(version.major, version.minor, version.patch - 1)
            : NixVersion(version.major, version.minor - 1)
    }
}
