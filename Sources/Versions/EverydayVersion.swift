/// A version that is not SemVer: fewer or more numbers, `_` and `-` between them, dates, words and letters behind them.
struct EverydayVersion {
    private var numbers: [ArraySlice<UInt8>] = []
    private var suffix: [ReleaseSuffix] = []
    private var build: ArraySlice<UInt8> = []

    /// nil when `bytes`, which have no `v` in front any more, are no version.
    init?(_ bytes: ArraySlice<UInt8>) {
        let plus = bytes.firstIndex(of: UInt8(ascii: "+")) ?? bytes.endIndex
        if plus < bytes.endIndex {
            build = bytes[(plus + 1)...]
            guard !build.isEmpty, build.allSatisfy(\.isOfVersion) else { return nil }
        }
        let fields = bytes[..<plus].split(omittingEmptySubsequences: false, whereSeparator: \.isSeparator)
        guard bytes[..<plus].allSatisfy(\.isOfVersion), fields.allSatisfy({ !$0.isEmpty && !$0.isWildcard }) else {
            return nil
        }
        guard let count = takeNumbers(fields, in: bytes), count > 0 else { return nil }
        for field in fields[count...] { suffix += ReleaseSuffix.read(field) }
    }

    /// Takes the numbers in front, and what is stuck to the last of them.
    ///
    /// - Returns: how many of `fields` that are; nil for `1.2foo`, which may mean anything.
    private mutating func takeNumbers(_ fields: [ArraySlice<UInt8>], in bytes: ArraySlice<UInt8>) -> Int? {
        // After a dot or an underline a hyphen no longer separates numbers: `1.0-1` is a patch of `1.0`, `2024-01-15` a date.
        var hyphensSeparate = true
        var hasTime = false
        for (index, field) in fields.enumerated() {
            var isHyphen = false
            if index > 0 {
                isHyphen = bytes[field.startIndex - 1] == UInt8(ascii: "-")
                if isHyphen && !hyphensSeparate { return index }
                if !isHyphen { hyphensSeparate = false }
            }
            var rest = field
            let number = rest.take(while: \.isDigit)
            guard !number.isEmpty else { return index }
            if rest.isEmpty {
                numbers.append(number)
            } else if let attached = ReleaseSuffix.read(attached: rest, isLetterPatch: !numbers.isEmpty) {
                numbers.append(number)
                suffix = attached
                return index + 1
            } else if numbers.count == 2, rest.first == UInt8(ascii: "T"), rest.dropFirst().isNumber {
                numbers += [number, rest.dropFirst()]
                hasTime = true
            } else if hasTime, index == fields.count - 1, rest.elementsEqual("Z".utf8) {
                numbers.append(number)
            } else {
                return isHyphen ? index : nil
            }
        }
        return fields.count
    }

    var parsed: ParsedVersion {
        let parts = suffix.drop { $0 == .neutral }
        let phase = parts.first.map { $0.isPreRelease ? VersionKey.Part.before : .after } ?? .end
        let key = Self.key(parts, isPatch: phase == .after)
        let isPreRelease = parts.contains(where: \.isPreRelease)
        return ParsedVersion(
            key: ReleaseOrder.key(numbers, phase, key), numbers: numbers, isPreRelease: isPreRelease,
            hasSuffix: !suffix.isEmpty || !build.isEmpty,
            floor: isPreRelease ? nil : ReleaseOrder.key(numbers, phase == .end ? .before : phase, key + [.lowest]),
            tieBreak: ReleaseOrder.tieBreak(build: build))
    }

    private static func key(_ suffix: ArraySlice<ReleaseSuffix>, isPatch: Bool) -> [VersionKey.Part] {
        suffix.enumerated().flatMap { index, part -> [VersionKey.Part] in
            switch part {
            case .neutral: []
            case .number(let digits): [.number(digits)]
            case .letters(let letters): [.text(letters)]
            // The first one is what being a patch means: `1.0p1`, `1.0.post1` and `1.0-1` are the same.
            case .patch: index == 0 ? [] : [.text(Array("patch".utf8)[...])]
            case .development: [.before]
            // A pre-release of a patch comes before the patch, but not before the release.
            case .pre(let word): [.text(Array(word.utf8)[...], isPatch ? .before : .textAboveNumbers)]
            case .unknown(let text): [.text(text, isPatch ? .before : .textAboveNumbers)]
            }
        }
    }
}

extension UInt8 {
    fileprivate var isOfVersion: Bool { isDigit || isLetter || isSeparator }
}

extension ArraySlice<UInt8> {
    /// `1.x` is a name for many versions, and none itself.
    fileprivate var isWildcard: Bool { count == 1 && first?.lowercased == UInt8(ascii: "x") }
}
