/// The order of PEP 440, for PyPI: epoch, release, pre-release, post-release, development release, local version.
///
/// Every spelling that the specification normalises is read: capital letters, `v`, `alpha`, `c`, `preview`, `rev`, `-1`,
/// any of `.`, `-` and `_` or nothing between the parts, and white space around it all.
enum PEP440Order {
    static func parse(_ bytes: ArraySlice<UInt8>) -> ParsedVersion? {
        var rest = bytes.trimmed.lowercased
        if rest.first == UInt8(ascii: "v") { rest = rest.dropFirst() }

        var epoch: ArraySlice<UInt8> = [UInt8(ascii: "0")]
        var numbers = [rest.take(while: \.isDigit)]
        if rest.first == UInt8(ascii: "!") {
            epoch = numbers[0]
            rest = rest.dropFirst()
            numbers = [rest.take(while: \.isDigit)]
        }
        while rest.first == UInt8(ascii: "."), rest.dropFirst().first?.isDigit == true {
            rest = rest.dropFirst()
            numbers.append(rest.take(while: \.isDigit))
        }
        guard epoch.isNumber, numbers[0].isNumber else { return nil }

        let pre = takeSuffix(&rest, named: preReleases)
        let post = takeImplicitPost(&rest) ?? takeSuffix(&rest, named: postReleases)
        let development = takeSuffix(&rest, named: developments)
        guard let local = takeLocal(&rest), rest.isEmpty else { return nil }

        let preParts: [VersionKey.Part]
        if let pre {
            preParts = [.text(Array(pre.name.utf8)[...]), .number(pre.number)]
        } else {
            // A development release of the release itself comes before all of its pre-releases.
            preParts = [post == nil && development != nil ? .before : .after, .zero]
        }
        let postPart = post.map { VersionKey.Part.number($0.number) } ?? .end
        func key(_ suffix: [VersionKey.Part], _ local: [ArraySlice<UInt8>] = []) -> VersionKey {
            VersionKey(sections: [
                VersionKey.Section([.number(epoch)], padding: .zero),
                VersionKey.Section(numbers.map { .number($0) }, padding: .zero),
                VersionKey.Section(suffix, padding: .end),
                VersionKey.Section(
                    local.map { $0.isNumber ? .number($0) : .text($0, .textBelowNumbers) }, padding: .end),
            ])
        }
        let isFinal = pre == nil && development == nil
        let floor = isFinal ? key(post == nil ? [.lowest] : preParts + [postPart, .lowest]) : nil
        let ceiling = post == nil && development == nil ? key(preParts + [.after]) : nil
        return ParsedVersion(
            key: key(preParts + [postPart, development.map { .number($0.number) } ?? .after], local),
            numbers: numbers, epoch: .number(epoch), isPreRelease: !isFinal,
            hasSuffix: pre != nil || post != nil || development != nil || !local.isEmpty,
            isLocal: !local.isEmpty, floor: floor, ceiling: ceiling, publicSections: 3)
    }

    private typealias Suffix = (name: String, number: ArraySlice<UInt8>)

    // Longer spellings stand before those that they begin with.
    private static let preReleases = [
        ("alpha", "a"), ("a", "a"), ("beta", "b"), ("b", "b"), ("preview", "rc"), ("pre", "rc"), ("c", "rc"),
        ("rc", "rc"),
    ]
    private static let postReleases = [("post", "post"), ("rev", "post"), ("r", "post")]
    private static let developments = [("dev", "dev")]

    /// A word with or without separators around it and a number behind it, which is 0 when it is left out.
    private static func takeSuffix(_ rest: inout ArraySlice<UInt8>, named names: [(String, String)]) -> Suffix? {
        var end = rest
        if end.first?.isSeparator == true { end = end.dropFirst() }
        for (spelling, name) in names where end.starts(with: spelling.utf8) {
            end = end.dropFirst(spelling.utf8.count)
            if end.first?.isSeparator == true { end = end.dropFirst() }
            let number = end.take(while: \.isDigit)
            rest = end
            return (name, number)
        }
        return nil
    }

    /// `-1`, which is `.post1`.
    private static func takeImplicitPost(_ rest: inout ArraySlice<UInt8>) -> Suffix? {
        guard rest.first == UInt8(ascii: "-"), rest.dropFirst().first?.isDigit == true else { return nil }
        rest = rest.dropFirst()
        return ("post", rest.take(while: \.isDigit))
    }

    /// What stands after `+`; nothing when there is no `+`, and nil when it is malformed.
    private static func takeLocal(_ rest: inout ArraySlice<UInt8>) -> [ArraySlice<UInt8>]? {
        guard rest.first == UInt8(ascii: "+") else { return [] }
        let segments = rest.dropFirst().split(omittingEmptySubsequences: false, whereSeparator: \.isSeparator)
        guard segments.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0.isDigit || $0.isLetter } }) else { return nil }
        rest = []
        return segments
    }
}
