internal import Archive
public import Git
public import NixHash
public import SourceTree
internal import Threads
public import Transfer

/// The fetches that Nix can do, each done and hashed here in one pass.
public struct Fetchers: Sendable {
    private let transfer: TransferEngine
    private let remotes: GitRemotes
    private let limits: TreeLimits
    private let temporaryDirectory: String

    /// - Parameters:
    ///   - limits: how much an archive may unpack to.
    ///   - temporaryDirectory: where unlinked files and temporary repositories lie.
    public init(
        transfer: TransferEngine, git: GitRemotes, limits: TreeLimits = TreeLimits(), temporaryDirectory: String
    ) {
        self.transfer = transfer
        self.limits = limits
        remotes = git
        self.temporaryDirectory = temporaryDirectory
    }

    /// An archive or file that was fetched.
    public struct Download: Sendable {
        /// The NAR hash of an unpacked archive, the flat hash of a file.
        public let hash: SHA256Digest
        /// The newest time in the archive, for an archive; in seconds since 1970 UTC.
        public let newestEntry: Int64?
        /// What the server's `Last-Modified` says, in seconds since 1970 UTC.
        public let lastModified: Int64?
        /// What the server can be asked with whether it still has these very bytes.
        public let validator: Validator?
        /// Whether the server says that a file is a web page.
        public let isCalledWebPage: Bool
        /// Whether an archive's only top-level directory was taken for its root; true for a file.
        public let isStripped: Bool
        /// Whether it is a zip archive; false for a file.
        public let isZip: Bool
        /// What versions of Nix see differently in an archive.
        public let divergences: [Divergence]
        /// The flat hash of an archive, where it was asked for and the server sent the archive as it is.
        public let archive: SHA256Digest?
        /// The hash of the NAR that holds a file and nothing else, where it was asked for.
        public var nar: SHA256Digest?
    }

    /// Downloads an archive and hashes its tree, as `builtins.fetchTarball` does.
    /// - Parameters:
    ///   - withArchive: whether the archive itself is hashed too, in the same pass.
    ///   - published: what the archive, as it lies on the server, is compared with in the same pass.
    /// - Throws: `TransferError`, `ArchiveError`, `TreeError`, `FetchError`, `DigesterError`, `CancellationError`.
    public func tarball(
        url: String, withArchive: Bool = false, published: PublishedFile = PublishedFile()
    ) async throws -> Download {
        let (spool, limits) = (temporaryDirectory, limits)
        // A file can be read again at no cost, and a download cannot.
        var plan = ReadingPlan(
            excess: url.hasPrefix("file:") ? .isTrusted : .spills, hashesArchive: withArchive)
        while true {
            let reading = plan
            let comparison = ComparedSource.Outcome(published)
            let beginning = BodyBeginning()
            let (outcome, response) = try await stream(url, comparison, beginning) { source, cancellation in
                try ArchiveHash.hash(
                    source, plan: reading, spoolDirectory: spool, limits: limits, cancellation: cancellation)
            }
            switch outcome {
            case .hashed(let summary):
                try comparison.check(url)
                return Self.download(summary, response)
            case .toBeReadAgain(let next): plan = next
            }
        }
    }

    private static func download(_ summary: TreeSummary, _ response: TransferResponse?) -> Download {
        let encoding = response?.headers["Content-Encoding"] ?? ""
        return Download(
            hash: summary.nar.digest, newestEntry: summary.lastModified,
            lastModified: response.flatMap(\.lastModified), validator: response.flatMap(\.validator),
            isCalledWebPage: response?.isCalledWebPage ?? false, isStripped: summary.isStripped,
            isZip: summary.isZip, divergences: summary.divergences,
            archive: Self.isIdentity(encoding) ? summary.archive : nil)
    }

    /// Downloads a file and hashes its bytes, as `builtins.fetchurl` does.
    /// - Parameters:
    ///   - published: what it is compared with in the same pass.
    ///   - withNAR: whether the NAR that holds the file is hashed too, for which its bytes are kept until the end.
    /// - Throws: `TransferError`, `ArchiveError.unreadable` and `.notRegularFile`, `FetchError`, `DigesterError`,
    ///   `CancellationError`; `ArchiveError.spoolFailed` when bytes are kept.
    public func file(
        url: String, published: PublishedFile = PublishedFile(), withNAR: Bool = false
    ) async throws -> Download {
        let comparison = ComparedSource.Outcome(published)
        let spool = temporaryDirectory
        let ((hash, nar), response) = try await stream(url, comparison, acceptsEncoding: false) {
            source, cancellation -> (SHA256Digest, SHA256Digest?) in
            guard withNAR else { return (try FlatHash.hash(source, cancellation: cancellation), nil) }
            let hashes = try FileHashes.hash(source, spoolDirectory: spool, cancellation: cancellation)
            return (hashes.flat, hashes.nar)
        }
        try comparison.check(url)
        return Download(
            hash: hash, newestEntry: nil, lastModified: response.flatMap(\.lastModified),
            validator: response.flatMap(\.validator), isCalledWebPage: response?.isCalledWebPage ?? false,
            isStripped: true, isZip: false, divergences: [], archive: nil, nar: nar)
    }

    /// A git tree that was fetched.
    public struct Checkout: Sendable {
        /// The commit, also when an annotated tag that leads to it was asked for.
        public let revision: ObjectID
        /// The NAR hash of the tree as committed.
        public let hash: SHA256Digest
        /// The committer's date, in seconds since 1970 UTC.
        public let committed: Int64
        /// Which of `export-ignore`, `export-subst`, `eol`, `ident` and `filter` the tree uses, sorted.
        public let attributes: [String]
        /// Whether some subtree is empty, which old versions of Nix leave out.
        public let hasEmptySubtrees: Bool
        /// The paths of submodules that are empty folders in the tree.
        public let submodulePaths: [String]
        /// Where versions of Nix see submodules differently.
        public let submoduleRemarks: [SubmoduleRemark]
        /// Whether all of the commit's history had to be fetched with it, because the server can leave none out.
        public let hasWholeHistory: Bool
        /// Where versions of Nix see objects of Git LFS differently.
        public let lfsRemarks: [LFSRemark]
        /// Whether the tree has pointers to objects of Git LFS that were not fetched.
        public let hasLFSPointers: Bool
    }

    /// Fetches one commit and hashes its tree as committed.
    /// - Parameters:
    ///   - revision: the commit, or an annotated tag that leads to it.
    ///   - ref: a ref that leads to the commit, for servers that give no bare revision.
    ///   - submodules: whether submodules, and theirs, are fetched into their places.
    ///   - lfs: whether the objects of Git LFS are fetched for the pointers to them.
    /// - Throws: `GitError`, `SubmoduleError`, `LFSError`, `TransferError`, `CancellationError`.
    public func git(
        url: GitURL, revision: ObjectID, ref: String?, submodules: Bool = false, lfs: Bool = false
    ) async throws -> Checkout {
        let tree = try await remotes.tree(
            ofCommit: revision, of: url, ref: ref, submodules: submodules, lfs: lfs)
        return try await onThread { cancellation in
            defer { tree.close() }
            let hash = try tree.hash(cancellation: cancellation)
            return Checkout(
                revision: tree.commit.id, hash: hash.summary.digest, committed: tree.commit.committerTime,
                attributes: hash.attributes, hasEmptySubtrees: hash.hasEmptySubtrees,
                submodulePaths: hash.gitlinks.map { String(decoding: $0.path, as: UTF8.self) },
                submoduleRemarks: tree.remarks, hasWholeHistory: tree.hasWholeHistory, lfsRemarks: tree.lfsRemarks,
                hasLFSPointers: !lfs && hash.hasLFSPointers)
        }
    }

    // MARK: Streams

    /// Whether a `Content-Encoding` leaves a body as it is.
    private static func isIdentity(_ encoding: String) -> Bool {
        encoding.isEmpty || encoding.lowercased() == "identity"
    }

    /// Lets the bytes behind a URL in while a thread consumes them.
    ///
    /// Nix decodes a body that its server says is encoded, asked to or not. So is an archive's body here: a zip archive
    /// that is left in its coat would be read as a stream, without the modes and links that stand at its end. A file's
    /// hash depends on what a version of Nix takes for an encoding, so that `acceptsEncoding` is false for files.
    ///
    /// - Parameter comparison: told of the bytes as they lie on the server.
    private func stream<Value: Sendable>(
        _ url: String, _ comparison: ComparedSource.Outcome, _ beginning: BodyBeginning? = nil,
        acceptsEncoding: Bool = true,
        _ consume: @escaping @Sendable (sending any ByteSource, Cancellation) throws -> Value
    ) async throws -> (Value, TransferResponse?) {
        if url.hasPrefix("file:") {
            guard let path = FileURL.path(of: url) else { throw FetchError.malformedFileURL(url) }
            let value = try await onThread { try consume(comparison.source(FileByteSource(path: path)), $0) }
            return (value, nil)
        }
        let bodyEncoding = ResponseBody.Encoding()
        let expansion = DecompressionLimits(ratio: limits.ratio)
        let request = TransferRequest(url: url, headers: [("Accept-Encoding", "identity")])
        let (value, response) = try await transfer.stream(request) { head in
            beginning?.set(head)
            let encoding = head.headers["Content-Encoding"]?.lowercased() ?? ""
            if Self.isIdentity(encoding) { return bodyEncoding.set(false) }
            guard acceptsEncoding, ResponseBody.canDecode(encoding) else {
                throw FetchError.encodedFile(url: head.printableURL, encoding: encoding)
            }
            bodyEncoding.set(true)
        } consume: {
            let body = ResponseBody(try comparison.source($0), bodyEncoding, limits: expansion)
            guard let beginning else { return try consume(body, $1) }
            do {
                return try consume(ObservedSource(body, beginning), $1)
            } catch let error as ArchiveError {
                // What broke is not the archive: there never was one.
                if case .expandsTooMuch = error { throw error }
                guard let page = beginning.webPage else { throw error }
                throw FetchError.webPage(url: page)
            }
        }
        return (value, response)
    }
}

/// Why nothing was hashed, though the transfer itself did not fail.
public enum FetchError: Error, Equatable, Sendable {
    /// A `file:` URL that names no absolute path on this machine.
    case malformedFileURL(String)
    /// A server that sends a file encoded though it was asked not to, so that Nix would see other bytes; or an archive,
    /// in an encoding that is not decoded here.
    case encodedFile(url: String, encoding: String)
    /// A file that is not the one that its publisher describes; `published` are the digests of the algorithm of `actual`.
    case differsFromPublished(url: String, published: [PublishedDigest], actual: PublishedDigest)
    /// A file of another length, in bytes, than its publisher says.
    case sizeDiffersFromPublished(url: String, published: Int64, actual: Int64)
    /// A file that could not be compared with what its publisher says, because the server sends it in an encoding.
    case notCompared(url: String)
    /// A web page where an archive was expected: a page to log in, or about the archive.
    case webPage(url: String)
}
