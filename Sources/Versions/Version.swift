/// A version as its publisher writes it, with its place in the order of its scheme.
///
/// `<` is a total order: precedence as the scheme defines it, then build metadata, then the spelling byte by byte, so that
/// `1.2` and `1.2.0` always stand in the same order. `==` is the same spelling. Whoever asks which version is *newer* means
/// precedence: `precedence(over:)`.
public struct Version: Sendable {
    /// As the publisher writes it.
    public let text: String
    public let scheme: VersionScheme
    /// Behind one reference, for versions are sorted and moved about by the ten thousand.
    private let reading: Reading

    private final class Reading: Sendable {
        let parsed: ParsedVersion

        init(_ parsed: ParsedVersion) { self.parsed = parsed }
    }

    var parsed: ParsedVersion { reading.parsed }

    /// nil when `text` is no version of `scheme`. Takes time in proportion to the length.
    public init?(_ text: String, scheme: VersionScheme) { self.init(text, scheme: scheme, isBound: false) }

    init?(_ text: String, scheme: VersionScheme, isBound: Bool) {
        guard let parsed = scheme.parse(Array(text.utf8)[...], isBound: isBound) else { return nil }
        self.text = text
        self.scheme = scheme
        reading = Reading(parsed)
    }

    /// Whether the scheme takes it for something before a release: what is chosen only when asked for.
    public var isPreRelease: Bool { parsed.isPreRelease }

    /// Negative, zero or positive as this version is older than, equal to or newer than `other` by precedence alone.
    ///
    /// Versions of two schemes have no precedence; they are ordered by scheme, so that the order stays a total one.
    public func precedence(over other: Version) -> Int {
        scheme == other.scheme ? VersionKey.compare(parsed.key, other.parsed.key) : scheme.place - other.scheme.place
    }

    /// Whether taking this one after `locked` would go back: lower by precedence, not only spelled differently.
    public func isOlder(than locked: Version) -> Bool { precedence(over: locked) < 0 }
}

extension Version: Comparable, Hashable {
    public static func < (left: Self, right: Self) -> Bool {
        let precedence = left.precedence(over: right)
        if precedence != 0 { return precedence < 0 }
        let tie = VersionKey.Section.compare(left.parsed.tieBreak, right.parsed.tieBreak)
        return tie != 0 ? tie < 0 : left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    // By bytes, as `<` is: to `String`, two spellings of an accent are one text.
    public static func == (left: Self, right: Self) -> Bool {
        left.scheme == right.scheme && left.text.utf8.elementsEqual(right.text.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(scheme)
        for byte in text.utf8 { hasher.combine(byte) }
    }
}

extension Version: CustomStringConvertible {
    public var description: String { text }
}

extension VersionScheme {
    fileprivate var place: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
