/// The order of RubyGems, `Gem::Version`.
///
/// A version falls into numbers and letters. A missing segment counts as 0 and letters come before every number, so that a
/// version with letters is a pre-release; zeros at the end, and before the first letters, count for nothing.
enum RubyGemsOrder {
    static func parse(_ bytes: ArraySlice<UInt8>) -> ParsedVersion? {
        let bytes = bytes.trimmed
        guard isWellFormed(bytes) else { return nil }
        let segments = segments(bytes)
        let numbers = Array(segments.prefix(while: \.isNumber))
        let suffix = segments.dropFirst(numbers.count)
        let significant = VersionKey.Section(numbers.map { .number($0) }, padding: .zero).parts
        let parts = significant + suffix.map { $0.isNumber ? .number($0) : .text($0, .textBelowNumbers) }
        func key(_ parts: [VersionKey.Part]) -> VersionKey {
            VersionKey(sections: [VersionKey.Section(parts, padding: .zero)])
        }
        return ParsedVersion(
            key: key(parts), numbers: numbers, isPreRelease: !suffix.isEmpty, hasSuffix: !suffix.isEmpty,
            floor: suffix.isEmpty ? key(parts + [.lowest]) : nil)
    }

    /// Digits, then letters and digits with dots between; after the first hyphen hyphens too.
    private static func isWellFormed(_ bytes: ArraySlice<UInt8>) -> Bool {
        let hyphen = bytes.firstIndex(of: UInt8(ascii: "-")) ?? bytes.endIndex
        let front = bytes[..<hyphen].fields
        let back = bytes[hyphen...].dropFirst().fields
        return front.first?.isNumber == true
            && front.allSatisfy { !$0.isEmpty && $0.allSatisfy { $0.isDigit || $0.isLetter } }
            && (hyphen == bytes.endIndex
                || back.allSatisfy {
                    !$0.isEmpty && $0.allSatisfy { $0.isDigit || $0.isLetter || $0 == UInt8(ascii: "-") }
                })
    }

    /// Runs of digits and runs of letters; a hyphen stands for the letters `pre`.
    private static func segments(_ bytes: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        var rest = bytes
        var segments: [ArraySlice<UInt8>] = []
        while let first = rest.first {
            if first.isDigit {
                segments.append(rest.take(while: \.isDigit))
            } else if first.isLetter {
                segments.append(rest.take(while: \.isLetter))
            } else {
                if first == UInt8(ascii: "-") { segments.append(Array("pre".utf8)[...]) }
                rest = rest.dropFirst()
            }
        }
        return segments
    }
}
