internal import Lockfile
internal import NixHash
internal import Versions

/// One release of a package, as its registry lists it.
struct RegistryRelease: Sendable {
    /// What its publisher or the registry say of it.
    enum Standing: Equatable, Sendable {
        case offered
        /// Its publisher advises against it, and may say why: it is taken when nothing else is there.
        case deprecated(String)
        /// Its publisher withdrew it, and may say why: it is taken when it is asked for by name.
        case withdrawn(String)
        /// It has no file of the kind that is wanted: a phrase such as `no source archive`.
        case lacksFile(String)
    }

    /// The version as the publisher writes it.
    let version: String
    var standing = Standing.offered
    /// Reads its file out of the list, where the list says so much. Of the releases that are not taken nobody reads it, so
    /// that an odd one among them does no harm.
    var file: (@Sendable () throws(ResolveError) -> RegistryFile)?
    /// Finds the file that is locked among all those of it that would do; nil where it is none of them, or no longer.
    var otherFile: (@Sendable (Locked) -> RegistryFile?)?

    /// What is against it where one of many is chosen.
    func objection(takingDeprecated: Bool) -> ReleaseChoice.Offer.Objection? {
        switch standing {
        case .offered: nil
        case .deprecated(let reason):
            takingDeprecated ? nil : .unusable(reason.isEmpty ? "it is deprecated" : "it is deprecated: \(reason)")
        case .withdrawn(let reason): .yanked(reason.isEmpty ? nil : reason)
        case .lacksFile(let what): .unusable("it has \(what)")
        }
    }
}

/// The file of a release, and what the registry says about it.
struct RegistryFile: Equatable, Sendable {
    var url: String
    /// The name of its store path; nil for the last component of the URL.
    var name: String?
    var digests: [PublishedDigest] = []
    /// Its length in bytes.
    var size: Int64?
    /// When it was uploaded, in seconds since 1970 UTC; nil where only the server's `Last-Modified` tells.
    var uploaded: Int64?
}

extension RegistryFile {
    /// Whether it is the file that is locked: by its address, or by what its publisher says of its contents.
    func isLocked(as locked: Locked) -> Bool {
        if let lockedURL = locked.fetch.url, lockedURL.utf8.elementsEqual(url.utf8) { return true }
        guard case .file(_, let hash, _) = locked.fetch else { return false }
        return digests.contains { $0.algorithm == .sha256 && $0.bytes == hash.bytes }
    }
}

/// All that a registry offers of a package.
struct RegistryCatalogue: Sendable {
    var releases: [RegistryRelease]
    /// The version that the publisher calls the newest one; nil where the highest version is that.
    var latest: String?
    /// Where the list is from.
    var url: String
    var remarks: [ReleaseRemark] = []
}
