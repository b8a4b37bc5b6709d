/// A piece of what follows the numbers of an everyday version.
enum ReleaseSuffix: Equatable {
    /// A word that says pre-release, by its full name.
    case pre(String)
    /// A development version, which comes before every other pre-release.
    case development
    /// A word that says patch.
    case patch
    /// A word that says what every release is.
    case neutral
    /// The letter of a patch, as in OpenSSL's `1.1.1w`.
    case letters(ArraySlice<UInt8>)
    case number(ArraySlice<UInt8>)
    /// Anything else. Nobody can know that it is a release, so it is taken for a pre-release.
    case unknown(ArraySlice<UInt8>)

    var isPreRelease: Bool {
        switch self {
        case .pre, .development, .unknown: true
        case .patch, .neutral, .letters, .number: false
        }
    }

    private static let words: [String: Self] = [
        "a": .pre("alpha"), "alpha": .pre("alpha"), "b": .pre("beta"), "beta": .pre("beta"), "c": .pre("rc"),
        "rc": .pre("rc"), "cr": .pre("rc"), "m": .pre("milestone"), "milestone": .pre("milestone"), "pre": .pre("pre"),
        "preview": .pre("preview"), "prerelease": .pre("pre"), "snapshot": .pre("snapshot"), "nightly": .pre("nightly"),
        "canary": .pre("canary"), "ea": .pre("ea"),
        "dev": .development, "devel": .development,
        "post": .patch, "rev": .patch, "r": .patch, "p": .patch, "pl": .patch, "patch": .patch, "sp": .patch,
        "hotfix": .patch,
        "final": .neutral, "ga": .neutral, "release": .neutral, "stable": .neutral,
    ]
    private static let longestWord = words.keys.map(\.utf8.count).max() ?? 0

    /// A field between separators.
    static func read(_ field: ArraySlice<UInt8>) -> [Self] {
        field.isNumber ? [.number(field)] : chain(field) ?? [.unknown(field)]
    }

    /// What stands behind the last number with nothing between; nil when that is no suffix, so that `3rdparty` is no 3.
    ///
    /// - Parameter isLetterPatch: whether a letter alone counts. Behind a single number it does not: `2x` is no version.
    static func read(attached field: ArraySlice<UInt8>, isLetterPatch: Bool) -> [Self]? {
        // OpenSSL went on to za, zb and so on after z.
        if field.count == 1 || field.count == 2 && field.first == UInt8(ascii: "z"), field.allSatisfy(\.isLetter) {
            return isLetterPatch ? [.letters(field.lowercased)] : nil
        }
        return chain(field)
    }

    /// Known words, each with a number or without: `rc1`, `a1dev2`. nil when something else is there.
    private static func chain(_ field: ArraySlice<UInt8>) -> [Self]? {
        var rest = field
        var parts: [Self] = []
        while !rest.isEmpty {
            let letters = rest.take(while: \.isLetter)
            guard letters.count <= longestWord,
                let word = words[String(decoding: letters.lowercased, as: UTF8.self)]
            else { return nil }
            parts.append(word)
            let digits = rest.take(while: \.isDigit)
            if !digits.isEmpty { parts.append(.number(digits)) }
        }
        return parts
    }
}
