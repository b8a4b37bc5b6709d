internal import Lockfile
internal import NixHash
internal import Resolvers

extension Resolution {
    /// What is wrong when upstream says of the very thing that is locked that it has another hash; nil where it does not, or
    /// says nothing that can be compared with what is locked.
    func contradiction(of locked: Locked) -> Problem? {
        switch (fetch, locked.fetch) {
        case (.file(let url, _), .file(_, let hash, _)):
            guard let version, locked.version == version,
                let stated = publishedDigests.first(where: { $0.algorithm == .sha256 }), stated.bytes != hash.bytes
            else { return nil }
            return .replaced(url, version: version)
        case (.tarball(let url), .tarball(_, let hash, _)):
            guard let statedHash, statedHash != hash, isLocked(as: locked) else { return nil }
            return .restated(url, as: statedHash, locked: hash)
        default: return nil
        }
    }
}

extension Pinr {
    /// Refuses another file in the place of one that its registry has published, where a version is the same for ever.
    /// - Throws: `Problem`
    static func requireSameFile(_ source: any SourceType, old: Locked, new: Locked) throws(Problem) {
        guard source.keepsReleases, let version = new.version, old.version == version,
            new.fetch.fetcher == old.fetch.fetcher, new.fetch.hash != old.fetch.hash
        else { return }
        throw .replaced(new.fetch.url ?? "", version: version)
    }
}
