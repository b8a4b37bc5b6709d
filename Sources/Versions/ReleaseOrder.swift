/// The order of release tags.
///
/// A text that is SemVer 2 after a leading `v` is ordered as SemVer says, unless what would be its pre-release begins with a
/// word that says what every release is. Every other text is read by the everyday rules of `docs/versions.md` and gets a key
/// of the same shape, so that both kinds stand in one order: the numbers, padded with zeros; then whether there is a
/// pre-release, nothing, or a patch; then what it says.
enum ReleaseOrder {
    static func parse(_ bytes: ArraySlice<UInt8>) -> ParsedVersion? {
        var rest = bytes
        if rest.first?.lowercased == UInt8(ascii: "v") {
            rest = rest.dropFirst()
            if rest.first?.isSeparator == true { return EverydayVersion(rest.dropFirst())?.parsed }
        }
        let semVer = SemVer(rest)
        // `1.2.3-release` is one, though SemVer would have it before 1.2.3.
        if let semVer, !semVer.saysRelease { return semVer.parsed }
        return EverydayVersion(rest)?.parsed ?? semVer?.parsed
    }

    /// The key that SemVer's precedence and the everyday rules share.
    ///
    /// - Parameter phase: `.before` for a pre-release, `.end` for the release itself, `.after` for a patch of it.
    static func key(
        _ numbers: [ArraySlice<UInt8>], _ phase: VersionKey.Part, _ suffix: [VersionKey.Part]
    ) -> VersionKey {
        VersionKey(sections: [
            VersionKey.Section(numbers.map { .number($0) }, padding: .zero), VersionKey.Section([phase], padding: .end),
            VersionKey.Section(suffix, padding: .end),
        ])
    }

    /// Build metadata has no precedence; between equals its numbers and texts decide, so that `17.0.9+10` follows `17.0.9+9`.
    static func tieBreak(build: ArraySlice<UInt8>) -> VersionKey.Section {
        var rest = build
        var parts: [VersionKey.Part] = []
        while let first = rest.first {
            if first.isSeparator {
                rest = rest.dropFirst()
            } else if first.isDigit {
                parts.append(.number(rest.take(while: \.isDigit)))
            } else {
                parts.append(.text(rest.take { !$0.isDigit && !$0.isSeparator }))
            }
        }
        return VersionKey.Section(parts, padding: .end)
    }
}
