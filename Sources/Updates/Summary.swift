public import Lockfile
internal import NixHash

/// What tells one state of a pin from another, in one short text: the version, the revision, or the hash.
public enum Summary {
    /// The shortest text that differs between the two states of a change, where that is possible.
    public static func of(_ locked: Locked, versus other: Locked) -> String {
        if let version = locked.version, version != other.version { return version }
        if let revision = locked.revision, revision != other.revision { return short(revision) }
        if case .oci(let image) = locked.fetch, case .oci(let before) = other.fetch, image.digest != before.digest {
            return shortDigest(image.digest)
        }
        if let url = locked.fetch.url, url != other.fetch.url { return url }
        return locked.fetch.hash?.sri ?? locked.fetch.fetcher
    }

    /// What a pin is locked to: its version and revision, or else where it comes from.
    public static func of(_ locked: Locked) -> String {
        let digest: String? = if case .oci(let image) = locked.fetch { shortDigest(image.digest) } else { nil }
        let known = [locked.version, locked.revision.map(short), digest].compactMap { $0 }
        if !known.isEmpty { return known.joined(separator: " ") }
        return locked.fetch.url ?? locked.fetch.fetcher
    }

    /// An image's digest as people write it: its algorithm and first twelve digits.
    public static func shortDigest(_ digest: String) -> String { String(digest.prefix("sha256:".count + 12)) }

    /// A revision as people write it: its first twelve digits.
    public static func short(_ revision: String) -> String { String(revision.prefix(12)) }
}
