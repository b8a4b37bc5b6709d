/// Something to tell the user about the release of a package that was taken, though it stops nothing.
public enum ReleaseRemark: Sendable, Equatable {
    /// Its publisher advises against it, and nothing else could be taken; the text says why, or nothing.
    case deprecated(version: String, reason: String)
    /// Its publisher withdrew it, and it was asked for by name; the text says why, or nothing.
    case withdrawn(version: String, reason: String)
    /// It is a pre-release, because there is no release.
    case onlyPreReleases(version: String)
    /// A newer one was not taken because it lacks a file of the wanted kind: `no source archive`.
    case passedOver(version: String, taken: String, lacking: String)
    /// Its registry lists the package no longer, and only keeps it in an archive.
    case notListed(String)
}
