internal import Fetchers
internal import Git
internal import JSON
internal import Lockfile
internal import NixHash
internal import OCI
internal import Resolvers
internal import Transfer

/// What was fetched and hashed.
struct Fetched {
    let locked: Locked
    /// The tree, where it is that of a git commit.
    let checkout: Fetchers.Checkout?
}

extension Pinr {
    /// Fetches what a source resolved to and hashes it.
    /// - Parameter old: what was locked before; what this version does not know of it is kept.
    /// - Throws: what the fetchers throw.
    func fetch(_ resolution: Resolution, pin name: String, replacing old: Locked? = nil) async throws -> Locked {
        try await fetched(resolution, pin: name, replacing: old).locked
    }

    /// Fetches what a source resolved to and hashes it.
    ///
    /// - Parameters:
    ///   - old: what was locked before; what this version does not know of it is kept.
    ///   - fileNAR: the hash that the NAR of a file has to have.
    /// - Throws: what the fetchers throw.
    func fetched(
        _ resolution: Resolution, pin name: String, replacing old: Locked? = nil, fileNAR: SHA256Digest? = nil
    ) async throws -> Fetched {
        tell(resolution.remarks, pin: name)
        context.console.progress("fetching \(name)")
        var lastModified: Int64?
        var commit = resolution.revision
        var validator: Validator?
        var tree: Fetchers.Checkout?
        let fetch: Fetch
        switch resolution.fetch {
        case .tarball(let url):
            let download = try await tarball(url, pin: name, published: resolution.published)
            try Self.check(download.hash, against: resolution.statedHash, of: url)
            lastModified = resolution.dating == .newestEntry ? download.newestEntry : download.lastModified
            validator = download.validator
            fetch = .tarball(url: url, hash: download.hash, isStripped: download.isStripped)
        case .file(let url, let fileName):
            let (hash, download) = try await file(
                url, stated: resolution.statedHash, published: resolution.published, nar: fileNAR, pin: name)
            lastModified = download.lastModified
            validator = download.validator
            fetch = .file(url: url, hash: hash, name: fileName)
        case .git(let url, let ref, let revision, let contents):
            let checkout = try await Problem.at(url.text) {
                do {
                    return try await context.fetches.git(
                        url, revision, ref: ref, submodules: contents.submodules, lfs: contents.lfs,
                        from: context.fetchers)
                } catch GitError.notACommit where resolution.choice != nil {
                    throw Problem(
                        .badGit, "the tag `\(printable(resolution.tag ?? ref))` leads to no commit",
                        hint: "`--range` or `--upper-bound` leaves it out")
                }
            }
            lastModified = checkout.committed
            // Whoever asked may have named a tag object; what is locked is a commit, always.
            commit = checkout.revision.hex
            fetch = .git(
                GitFetch(
                    url: url.text, ref: ref, revision: checkout.revision.hex, hash: checkout.hash,
                    submodules: contents.submodules, lfs: contents.lfs, attributes: checkout.attributes))
            tell(of: checkout, with: contents, pin: name)
            tree = checkout
        case .oci(let image):
            fetch = .oci(
                OCIFetch(
                    image: image.name.text, tag: image.tag, digest: image.digest.imageText, os: image.os,
                    arch: image.architecture, hash: try await hash(of: image, pin: name)))
        }
        if case .stated(let time) = resolution.dating { lastModified = time }
        let locked = Locked(
            fetch: fetch, revision: commit, version: resolution.version,
            lastModified: lastModified.flatMap(Self.writable),
            // What never changes is never asked about.
            validator: resolution.isMutable ? validator?.text : nil,
            unknown: old.flatMap { $0.fetch.isKnown ? $0.unknown : nil } ?? [:])
        return Fetched(locked: locked, checkout: tree)
    }

    /// Fetches and hashes an archive, and warns of what versions of Nix see differently in it.
    /// - Parameters:
    ///   - name: the pin that it is for, if any.
    ///   - withArchive: whether the archive itself is hashed too, in the same pass.
    ///   - published: what its publisher says about the archive.
    /// - Throws: what the fetchers throw.
    func tarball(
        _ url: String, pin name: String?, withArchive: Bool = false, published: PublishedFile = PublishedFile()
    ) async throws -> Fetchers.Download {
        let download = try await Problem.at(url) {
            try await context.fetches.tarball(
                url, withArchive: withArchive, published: published, from: context.fetchers)
        }
        if download.isZip && !Self.isCalledZip(url) {
            context.console.warn(
                Notice(
                    "this is a zip archive whose URL does not end in `.zip`: Nix 2.21 and later may see other modes "
                        + "and symbolic links in it", pin: name, hint: "if there are any, pin a tar archive instead"))
        }
        for divergence in download.divergences { context.console.warn(Notice(divergence, pin: name)) }
        return download
    }

    /// Fetches an image and hashes the archive that `dockerTools.pullImage` makes of it.
    /// - Throws: `OCIError`, `TransferError`, `ArchiveError`, `CancellationError`
    private func hash(of image: ImageFetch, pin name: String) async throws -> SHA256Digest {
        let archive = try await context.images.hash(
            of: image.name, digest: image.digest, tag: image.tag,
            platform: ImagePlatform(os: image.os, architecture: image.architecture))
        if archive.credentials != nil {
            context.console.warn(
                Notice(
                    "`\(printable(image.name.registry))` does not give it to everybody, and `dockerTools.pullImage` asks as "
                        + "a stranger", pin: name,
                    hint:
                        "copy it to a registry that builds may read, or load it into the store with `nix-store --add-fixed "
                        + "sha256` of what `skopeo copy` makes"))
        }
        return archive.hash
    }

    /// A time as the lock can hold it: an archive may name one that is no integer below 2^53, which nobody needs.
    private static func writable(_ time: Int64) -> Int64? { time.magnitude < 1 << 53 ? time : nil }

    /// Fetches what is locked once more, and hashes it.
    /// - Throws: what the fetchers throw, and `Problem` for a fetch that this version cannot do.
    func refetch(_ pin: Pin, name: String) async throws -> SHA256Digest {
        context.console.progress("fetching \(name)")
        let locked = pin.locked
        switch locked.fetch {
        case .tarball(let url, let hash, let isStripped):
            return try await whereverItIs(url, pin, name: name) { url in
                let download = try await tarball(url, pin: name)
                if download.hash == hash && download.isStripped != isStripped {
                    context.console.warn(.stripRootMissing(pin: name, isStripped: download.isStripped))
                }
                return download.hash
            }
        case .file(let url, _, _):
            return try await whereverItIs(url, pin, name: name) {
                try await context.fetches.file($0, from: context.fetchers).hash
            }
        case .git(let git):
            guard let revision = ObjectID(hex: git.revision) else {
                throw Problem(.badLock, "`\(git.revision)` is not a revision")
            }
            return try await Problem.at(git.url) {
                try await context.fetches.git(
                    GitURL(parsing: git.url), revision, ref: git.ref, submodules: git.submodules, lfs: git.lfs,
                    from: context.fetchers
                ).hash
            }
        case .oci(let image):
            guard let digest = SHA256Digest(image: image.digest) else {
                throw Problem(.badLock, "`\(image.digest)` is not the digest of an image")
            }
            return try await hash(
                of: ImageFetch(
                    name: ImageName(parsing: image.image), tag: image.tag, digest: digest, os: image.os,
                    architecture: image.arch), pin: name)
        case .other(let fetcher): throw Problem.unknownFetcher(fetcher)
        }
    }

    /// Warns of what was noticed on the way to a source.
    func tell(_ remarks: [Resolution.Remark], pin name: String) {
        for remark in remarks { context.console.warn(Notice(remark, pin: name)) }
    }

    /// Whether Nix takes the archive for a zip by its URL, and so reads it as a file instead of as a stream.
    private static func isCalledZip(_ url: String) -> Bool {
        url.prefix { $0 != "?" && $0 != "#" }.lowercased().hasSuffix(".zip")
    }

    /// Says where some versions of Nix see another tree than the one that is locked.
    private func tell(of checkout: Fetchers.Checkout, with contents: TreeContents, pin name: String) {
        let converting = checkout.attributes.filter { ["eol", "ident", "filter"].contains($0) }
        if contents.lfs {
            context.console.warn(
                Notice(
                    "it is locked with objects of Git LFS, which Nix before 2.27 and Lix do not fetch: they refuse the "
                        + "pin", pin: name))
            for notice in Notice.notices(onLFS: checkout.lfsRemarks, pin: name) { context.console.warn(notice) }
        } else if checkout.hasLFSPointers {
            context.console.warn(
                Notice(
                    "it has pointers to objects of Git LFS, which are not fetched", pin: name,
                    hint: "`--lfs` fetches what they stand for"))
        }
        if !converting.isEmpty && !contents.lfs {
            context.console.warn(
                Notice(
                    "its .gitattributes use \(converting.joined(separator: ", ")), which Nix before 2.20 and Lix apply "
                        + "when they fetch: they cannot give the tree as committed, and refuse the pin", pin: name))
        }
        tell(ofArchived: checkout, with: contents, pin: name)
        if checkout.hasEmptySubtrees {
            context.console.warn(
                Notice("it has empty subtrees, which Nix before 2.20 and Lix leave out: they refuse the pin", pin: name)
            )
        }
        if checkout.hasWholeHistory {
            context.console.warn(
                Notice("its server cannot leave history out, so that all of it was fetched with the commit", pin: name))
        }
        if contents.submodules {
            for notice in Notice.notices(on: checkout.submoduleRemarks, pin: name) { context.console.warn(notice) }
        } else if !checkout.submodulePaths.isEmpty {
            let paths = checkout.submodulePaths.map { "`\(printable($0))`" }.joined(separator: ", ")
            context.console.warn(
                Notice(
                    "submodules are not fetched; empty folders stand for \(paths)", pin: name,
                    hint: "`--submodules` fetches them"))
        }
    }

    /// Old versions of Nix take what `git archive` makes of a tree, unless they are to fetch its submodules: then they
    /// check it out, and so `default.nix` has them do it where there are none.
    private func tell(ofArchived checkout: Fetchers.Checkout, with contents: TreeContents, pin name: String) {
        let archived = checkout.attributes.filter { $0.hasPrefix("export-") }.joined(separator: ", ")
        guard !archived.isEmpty, !checkout.submodulePaths.isEmpty, !contents.submodules, !contents.lfs else { return }
        context.console.warn(
            Notice(
                "its .gitattributes use \(archived), which Nix before 2.20 and Lix apply unless they fetch its submodules "
                    + "too: they refuse the pin", pin: name))
    }
}

extension Problem {
    /// What another version of pinr locked in a way that this one does not know.
    static func unknownFetcher(_ fetcher: String) -> Problem {
        Problem(
            .unsupported, "it is locked as `\(printable(fetcher))`, which this version of pinr cannot fetch",
            hint: "use the version of pinr that locked it, or a newer one")
    }
}
