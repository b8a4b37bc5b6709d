extension VersionRange {
    /// Reads a range such as `>=1.2,<2`. Takes time in proportion to the length.
    public init(parsing text: String, scheme: VersionScheme) throws(VersionRangeError) {
        let bytes = Array(text.utf8)
        var clauses: [Clause] = []
        for field in bytes.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            clauses.append(try Clause(field, scheme: scheme))
        }
        try self.init(scheme: scheme, clauses: clauses)
    }
}

extension VersionRange.Clause {
    /// Reads what stands between two commas.
    fileprivate init(_ field: ArraySlice<UInt8>, scheme: VersionScheme) throws(VersionRangeError) {
        var rest = field.drop(while: \.isSpace)
        guard !rest.isEmpty else { throw .emptyClause(at: field.startIndex) }
        let operatorAt = rest.startIndex
        let spelling = rest.take {
            !$0.isDigit && !$0.isLetter && !$0.isSpace && !$0.isSeparator && $0 != UInt8(ascii: "*")
        }
        let version = rest.drop(while: \.isSpace)
        let comparison: Comparison
        if spelling.isEmpty, version.trimmed.hasWildcard {
            comparison = .equal
        } else if spelling.isEmpty {
            throw .missingOperator(Self.text(version.trimmed), at: operatorAt)
        } else if spelling.elementsEqual("==".utf8) {
            comparison = .equal
        } else if let known = Comparison(rawValue: Self.text(spelling)), scheme.has(known) {
            comparison = known
        } else {
            throw .unknownOperator(Self.text(spelling), scheme, at: operatorAt)
        }
        try self.init(comparison, version: version, operatorAt: operatorAt, scheme: scheme)
    }

    /// - Throws: `VersionRangeError`, with places in the text that `field` is a slice of
    init(
        _ comparison: Comparison, version field: ArraySlice<UInt8>, operatorAt: Int, scheme: VersionScheme
    ) throws(VersionRangeError) {
        let field = field.trimmed
        guard !field.isEmpty else { throw .missingVersion(operator: comparison.rawValue, at: operatorAt) }
        if let space = field.firstIndex(where: \.isSpace) {
            throw .missingComma(Self.text(field), at: space)
        }
        let isWildcard = field.hasWildcard
        let text = Self.text(isWildcard ? field.dropLast(2) : field)
        guard let bound = Version(text, scheme: scheme, isBound: true) else {
            throw .notAVersion(Self.text(field), scheme, at: field.startIndex)
        }
        self.comparison = comparison
        self.bound = bound
        self.isWildcard = isWildcard
        let numbers = bound.parsed.numbers
        switch comparison {
        case .compatible:
            // As in PEP 440: with one number nothing would be left to be the same.
            sameNumbers = numbers.count - 1
        case .pessimistic: sameNumbers = max(1, numbers.count - 1)
        case .tilde: sameNumbers = min(2, numbers.count)
        // As Cargo and npm have it: up to the first number that is not 0, or all when all are.
        case .caret: sameNumbers = (numbers.firstIndex { VersionKey.Part.number($0) != .zero } ?? numbers.count - 1) + 1
        default: sameNumbers = numbers.count
        }
        let fits =
            isWildcard
            ? (comparison == .equal || comparison == .notEqual) && !bound.parsed.hasSuffix
            : comparison == .equal || comparison == .notEqual || !bound.parsed.isLocal
        guard fits, sameNumbers > 0 || !comparison.countsNumbers else {
            throw .versionDoesNotFit(Self.text(field), operator: comparison.rawValue, at: field.startIndex)
        }
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}

extension VersionRange.Clause.Comparison {
    fileprivate var countsNumbers: Bool {
        switch self {
        case .compatible, .pessimistic, .caret, .tilde: true
        default: false
        }
    }
}

extension ArraySlice<UInt8> {
    /// Whether it ends with `.*`.
    fileprivate var hasWildcard: Bool { suffix(2).elementsEqual(".*".utf8) }
}
