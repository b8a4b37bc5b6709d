public import NixHash

extension Fetch {
    /// The path that the source has in Nix's store: what `sources.NAME` is, and of an image `sources.NAME { pkgs }`.
    ///
    /// - Parameter directory: of the store, such as `/nix/store`.
    /// - Returns: nil for a fetcher that is not known.
    /// - Throws: `StorePathError` where Nix has no path for it.
    public func storePath(in directory: String = StorePath.storeDirectory) throws(StorePathError) -> StorePath? {
        switch self {
        case .tarball(_, let hash, _): try StorePath(recursive: hash, name: Self.treeName, in: directory)
        case .file(_, let hash, let name): try StorePath(flat: hash, name: name, in: directory)
        case .git(let git): try StorePath(recursive: git.hash, name: Self.treeName, in: directory)
        case .oci(let image): try StorePath(flat: image.hash, name: image.storeName, in: directory)
        case .other: nil
        }
    }

    /// What every tree is called, as flakes call it and `nix-prefetch-url --unpack --name source`.
    private static let treeName = "source"
}

extension OCIFetch {
    /// As many bytes as Nixpkgs leaves of a name, so that `.drv` finds room behind it; the last ones.
    private static let longestName = 207

    /// What `dockerTools.pullImage` calls the archive: `docker-image-IMAGE-TAG.tar`, with hyphens for `/` and `:`.
    ///
    /// What no store path can have in it is one hyphen where it stands, and of a long name the end is taken
    /// (`lib.strings.sanitizeDerivationName`, which every name in Nixpkgs goes through).
    var storeName: String {
        let whole = Array("docker-image-\(image)-\(tag).tar".utf8).map { byte in
            "/:".utf8.contains(byte) ? UInt8(ascii: "-") : byte
        }
        var name: [UInt8] = []
        var isReplacing = false
        for byte in whole {
            let isAllowed = StorePath.isAllowed(byte)
            if isAllowed { name.append(byte) } else if !isReplacing { name.append(UInt8(ascii: "-")) }
            isReplacing = !isAllowed
        }
        return String(decoding: name.suffix(Self.longestName), as: UTF8.self)
    }
}
