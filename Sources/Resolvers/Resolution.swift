public import Git
public import Lockfile
public import NixHash
public import OCI
public import Versions

/// What a source means now: one of the fetches Nix can do, and what is known before anything is fetched.
public struct Resolution: Sendable, Equatable {
    /// A fetch that is still to be done, so that there is no hash yet.
    public enum Fetch: Sendable, Equatable {
        case tarball(url: String)
        case file(url: String, name: String)
        case git(url: GitURL, ref: String, revision: ObjectID, contents: TreeContents = TreeContents())
        case oci(ImageFetch)
    }

    /// Where a pin's `lastModified` comes from.
    public enum Dating: Sendable, Equatable {
        /// The newest time in the archive: a release's, or the commit's where a forge packs it.
        case newestEntry
        /// The server's `Last-Modified`.
        case server
        /// The committer's date.
        case commit
        /// What upstream states, in seconds since 1970 UTC.
        case stated(Int64)
        /// Nobody says.
        case unknown
    }

    /// Something to tell the user, though it stops nothing.
    public enum Remark: Sendable, Equatable {
        /// The channel's host did not redirect, so that what is behind the URL will change.
        case mutableURL(String)
        /// The channel does not say which revision it was made of.
        case unknownRevision(channel: String)
        /// What is behind the URL changes, and it leads to nothing that does not.
        case noImmutableURL(String)
        /// The same of a URL that leads to another, which is not good for long or is the same at another host.
        case noLastingURL(String)
        /// The REF names a branch and a tag; the branch is tracked.
        case branchAndTag(String)
        /// Tags of one and the same version, at different commits; the first was taken.
        case sameRelease(String, others: [String])
        /// The tag that is locked leads to another commit now.
        case releaseMoved(String, revision: String)
        /// The tag that is locked is no longer there.
        case releaseGone(String)
        /// Something about the release of a package that was taken.
        case release(ReleaseRemark)
    }

    public var fetch: Fetch
    /// The commit, in hex.
    public var revision: String?
    public var version: String?
    public var dating: Dating
    public var remarks: [Remark] = []
    /// What the publisher says that the digests of the file are, to be compared with it (`PublishedFile`).
    public var publishedDigests: [PublishedDigest] = []
    /// The length of the file in bytes, as the publisher says.
    public var publishedSize: Int64?
    /// The hash that upstream says the fetch has: of an archive, that of its tree.
    public var statedHash: SHA256Digest?
    /// Whether what is behind the URL may change, so that what the server can be asked with about it is kept.
    public var isMutable = false
    /// Whether upstream says of what is behind such a URL that it is what is locked.
    public var isNotModified = false
    /// The full name of the ref that led here, where a repository was asked.
    public var ref: String?
    /// The annotated tag that led to the commit, in hex: other tools take its id for the revision.
    public var tagObject: String?
    /// Other URLs of the same archive of the same commit, which other tools lock.
    public var otherURLs: [String] = []
    /// What there was to choose from, where versions were compared.
    public var choice: ReleaseChoice?
    /// How old it is; nil where nobody asked.
    public var aging: Aging?

    public init(
        _ fetch: Fetch, revision: String? = nil, version: String? = nil, dating: Dating, remarks: [Remark] = []
    ) {
        self.fetch = fetch
        self.revision = revision
        self.version = version
        self.dating = dating
        self.remarks = remarks
    }

    /// Whether it is what is behind the URL that is locked, as far as a URL whose contents change says that.
    public func isSamePlace(as locked: Locked) -> Bool {
        var unchanging = self
        unchanging.isMutable = false
        return isMutable && unchanging.isLocked(as: locked)
    }

    /// Whether `locked` is this very thing, so that there is nothing to fetch.
    ///
    /// A revision that upstream does not tell (any more) is no other revision, nor is one that was never told of what a URL
    /// leads to for ever.
    public func isLocked(as locked: Locked) -> Bool {
        guard !isMutable || isNotModified, locked.version == version else { return false }
        let isSameRevision = revision == nil || locked.revision == revision || isTagged(locked)
        guard isSameRevision || isUntold(locked) else { return false }
        switch (fetch, locked.fetch) {
        case (.tarball(let url), .tarball(let lockedURL, _, _)):
            return url == lockedURL || isSameRevision && revision != nil && otherURLs.contains(lockedURL)
        case (.file(let url, let name), .file(let lockedURL, _, let lockedName)):
            return url == lockedURL && name == lockedName
        case (.git(let url, let ref, _, let contents), .git(let git)):
            return url.text == git.url && (ref == git.ref || !git.isRefTold)
                && contents == TreeContents(submodules: git.submodules, lfs: git.lfs)
        case (.oci(let image), .oci(let lockedImage)):
            return image.name.text == lockedImage.image && image.tag == lockedImage.tag
                && image.digest == SHA256Digest(image: lockedImage.digest) && image.os == lockedImage.os
                && image.architecture == lockedImage.arch
        default: return false
        }
    }
}

extension Resolution {
    /// Whether the revision that is locked is that of the annotated tag which led to the commit.
    private func isTagged(_ locked: Locked) -> Bool { tagObject != nil && locked.revision == tagObject }

    /// Whether no revision is locked, of what is the same one for ever: the release of a channel.
    private func isUntold(_ locked: Locked) -> Bool {
        guard case .tarball = fetch else { return false }
        return locked.revision == nil && version != nil && ref == nil
    }

    /// The same lock with what is known of it now: the commit, where it had none, or the id of a tag instead; and the ref
    /// that leads to the commit, where it had none, or `HEAD` instead.
    ///
    /// Another tool may have written it, or another version of this one.
    public func completing(_ locked: Locked) -> Locked {
        guard isLocked(as: locked) else { return locked }
        switch (fetch, locked.fetch) {
        case (.tarball, .tarball):
            guard let revision, locked.revision != revision else { return locked }
            return Locked(
                fetch: locked.fetch, revision: revision, version: locked.version, lastModified: locked.lastModified,
                validator: locked.validator, unknown: locked.unknown)
        case (.git(_, let ref, _, _), .git(var git)):
            var completed = locked
            git.ref = ref
            completed.fetch = .git(git)
            return completed
        default: return locked
        }
    }
}

/// An image that is to be fetched.
public struct ImageFetch: Sendable, Equatable {
    public let name: ImageName
    /// The tag that the archive names it by.
    public let tag: String
    /// The digest of the image's manifest, or of the list that it is in.
    public let digest: SHA256Digest
    /// Which image of a list: the operating system and the processor, in Go's words for them.
    public let os: String
    public let architecture: String

    public init(name: ImageName, tag: String, digest: SHA256Digest, os: String, architecture: String) {
        self.name = name
        self.tag = tag
        self.digest = digest
        self.os = os
        self.architecture = architecture
    }
}
