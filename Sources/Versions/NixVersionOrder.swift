/// The order of versions that Nix uses for package names, `builtins.compareVersions`.
///
/// A version falls into runs of digits and runs of anything else, split also at `.` and `-`. Numbers compare as
/// numbers; `pre` comes before everything, the empty run included; a number comes after any other text.
public enum NixVersionOrder {
    /// Negative, zero or positive as `left` is older than, the same as or newer than `right`.
    public static func compare(_ left: String, _ right: String) -> Int {
        VersionKey.compare(parse(Array(left.utf8)[...]).key, parse(Array(right.utf8)[...]).key)
    }

    static func parse(_ bytes: ArraySlice<UInt8>) -> ParsedVersion {
        var rest = bytes
        var parts: [VersionKey.Part] = []
        while let first = rest.first {
            if isSplit(first) {
                rest = rest.dropFirst()
            } else if first.isDigit {
                parts.append(.number(rest.take(while: \.isDigit)))
            } else {
                let text = rest.take { !$0.isDigit && !isSplit($0) }
                parts.append(text.elementsEqual("pre".utf8) ? .before : .text(text, .textBelowNumbers))
            }
        }
        func key(_ parts: [VersionKey.Part]) -> VersionKey {
            VersionKey(sections: [VersionKey.Section(parts, padding: .end)])
        }
        let isPreRelease = parts.contains(.before)
        return ParsedVersion(
            key: key(parts), numbers: [], isPreRelease: isPreRelease, hasSuffix: true,
            floor: isPreRelease ? nil : key(parts + [.lowest]))
    }

    private static func isSplit(_ byte: UInt8) -> Bool { byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") }
}
