internal import Fetchers
internal import Git
internal import NixHash
internal import Threads

/// What is fetched in a run, each thing once, however many pins are locked to it.
///
/// Two things are the same when the same bytes are read in the same way, and compared with the same that is said of them.
final class SharedFetches: Sendable {
    private let downloads = SharedWork<Download, Fetchers.Download>()
    private let checkouts = SharedWork<Checkout, Fetchers.Checkout>()

    private struct Download: Hashable {
        let url: String
        /// Whether the tree in it is hashed, and not the file.
        let isUnpacked: Bool
        /// Whether the other hash is made too.
        let hashesBoth: Bool
        let published: PublishedFile
    }

    private struct Checkout: Hashable {
        let url: GitURL
        let revision: ObjectID
        let ref: String?
        let submodules: Bool
        let lfs: Bool
    }

    /// - Throws: as `Fetchers.tarball`
    func tarball(
        _ url: String, withArchive: Bool = false, published: PublishedFile = PublishedFile(), from fetchers: Fetchers
    ) async throws -> Fetchers.Download {
        let key = Download(url: url, isUnpacked: true, hashesBoth: withArchive, published: published)
        return try await downloads.value(at: key) {
            try await fetchers.tarball(url: url, withArchive: withArchive, published: published)
        }
    }

    /// - Throws: as `Fetchers.file`
    func file(
        _ url: String, withNAR: Bool = false, published: PublishedFile = PublishedFile(), from fetchers: Fetchers
    ) async throws -> Fetchers.Download {
        let key = Download(url: url, isUnpacked: false, hashesBoth: withNAR, published: published)
        return try await downloads.value(at: key) {
            try await fetchers.file(url: url, published: published, withNAR: withNAR)
        }
    }

    /// - Throws: as `Fetchers.git`
    func git(
        _ url: GitURL, _ revision: ObjectID, ref: String?, submodules: Bool, lfs: Bool, from fetchers: Fetchers
    ) async throws -> Fetchers.Checkout {
        let key = Checkout(url: url, revision: revision, ref: ref, submodules: submodules, lfs: lfs)
        return try await checkouts.value(at: key) {
            try await fetchers.git(url: url, revision: revision, ref: ref, submodules: submodules, lfs: lfs)
        }
    }
}
