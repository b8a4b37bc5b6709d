/// What stands before the version in a tag: `jq-` in `jq-1.7.1`, `project/` in `project/v1.2.3`.
enum ReleasePrefix {
    /// No more places than this are tried in a tag, so that a hostile one costs little.
    private static let mostPlaces = 16

    /// The prefixes of those of `tags` that end with a version, sorted.
    static func all(of tags: [String]) -> [String] {
        Set(tags.compactMap { of($0) }).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// The prefix of one tag; nil when it ends with no version.
    ///
    /// A version begins behind a separator if it can (`h2-1.4` is not 2-1.4), else behind a letter (`go1.22`), and there as
    /// early as it can. A `v` before it is the version's own.
    static func of(_ tag: String) -> String? {
        let bytes = Array(tag.utf8)
        let places = places(in: bytes).prefix(mostPlaces).filter { $0 > 0 }
        let behindSeparator = places.filter { isSeparator(bytes[$0 - 1]) }
        let behindLetter = places.filter { !isSeparator(bytes[$0 - 1]) }
        let start = (behindSeparator + behindLetter).first { ReleaseOrder.parse(bytes[$0...]) != nil }
        return start.map { String(decoding: bytes[..<$0], as: UTF8.self) }
    }

    /// Whether one of its words names pre-releases, as in `nightly-`. A letter is no word: `b4500` is build 4500.
    static func saysPreRelease(_ prefix: String) -> Bool {
        Array(prefix.utf8).split { !$0.isLetter }.filter { $0.count > 1 }.flatMap { ReleaseSuffix.read($0) }
            .contains {
                if case .unknown = $0 { false } else { $0.isPreRelease }
            }
    }

    /// Where digits begin, or the `v` before them that nothing but a separator stands before.
    private static func places(in bytes: [UInt8]) -> [Int] {
        bytes.indices.compactMap { index in
            guard bytes[index].isDigit, index > 0, !bytes[index - 1].isDigit else { return nil }
            let before = index - 1
            // Between two numbers a dot or an underline is inside of the version already.
            let isInside = bytes[before] == UInt8(ascii: ".") || bytes[before] == UInt8(ascii: "_")
            if isInside && before > 0 && bytes[before - 1].isDigit { return nil }
            let isV = bytes[before].lowercased == UInt8(ascii: "v")
            return isV && (before == 0 || isSeparator(bytes[before - 1])) ? before : index
        }
    }

    private static func isSeparator(_ byte: UInt8) -> Bool {
        byte.isSeparator || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "@")
    }
}
