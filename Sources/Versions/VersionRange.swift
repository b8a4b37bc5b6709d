/// Which versions are wanted: clauses with commas between, all of which have to hold. `docs/versions.md` has the grammar.
public struct VersionRange: Sendable {
    public let scheme: VersionScheme
    let clauses: [Clause]

    /// As it is written to the lock: `>=1.2,<2`, without white space, and `=` for `==`.
    public var text: String { clauses.map(\.text).joined(separator: ",") }

    /// Whether `version`, which is of the range's scheme, is in the range. Pre-releases are judged like all others, but for
    /// one thing: `<2` leaves out those of 2.
    public func contains(_ version: Version) -> Bool { firstUnmetClause(by: version) == nil }

    /// The first clause that does not hold for `version`, as it is written; nil when all do.
    public func firstUnmetClause(by version: Version) -> String? {
        clauses.first { version.scheme != scheme || !$0.holds(for: version) }?.text
    }

    /// Whether one version is named with `=`, and it is `version`. Who does that wants it, a pre-release too.
    public func names(_ version: Version) -> Bool {
        version.scheme == scheme
            && clauses.contains { $0.comparison == .equal && $0.holds(for: version) && !$0.isWildcard }
    }

    /// The same range with `<V` behind it.
    ///
    /// - Throws: `VersionRangeError`, whose places are in `version`
    public func adding(upperBound version: String) throws(VersionRangeError) -> VersionRange {
        let bound = try Self.below(version, scheme: scheme)
        if clauses.contains(where: { $0.text == bound.text }) { return self }
        return try VersionRange(scheme: scheme, clauses: clauses + bound.clauses)
    }

    /// `<V` and nothing else.
    ///
    /// - Throws: `VersionRangeError`, whose places are in `version`
    public static func below(_ version: String, scheme: VersionScheme) throws(VersionRangeError) -> VersionRange {
        try VersionRange(
            scheme: scheme,
            clauses: [Clause(.less, version: Array(version.utf8)[...], operatorAt: 0, scheme: scheme)])
    }

    /// - Throws: `VersionRangeError.nothingFits`
    init(scheme: VersionScheme, clauses: [Clause]) throws(VersionRangeError) {
        for lower in clauses where lower.isLowerBound {
            for upper in clauses where upper.isUpperBound {
                let order = lower.bound.precedence(over: upper.bound)
                let includesBoth = lower.comparison != .greater && upper.comparison != .less
                if order > 0 || order == 0 && !includesBoth { throw .nothingFits(lower.text, upper.text) }
            }
        }
        self.scheme = scheme
        self.clauses = clauses
    }
}

extension VersionRange: Hashable, CustomStringConvertible {
    public static func == (left: Self, right: Self) -> Bool { left.scheme == right.scheme && left.text == right.text }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(scheme)
        hasher.combine(text)
    }

    public var description: String { text }
}

/// Why a text is no range. Places are offsets in bytes from the beginning of the text.
public enum VersionRangeError: Error, Hashable, Sendable {
    /// There is nothing between two commas, or nothing at all.
    case emptyClause(at: Int)
    /// A version without an operator, which some tools take for `=` and some for `^`.
    case missingOperator(String, at: Int)
    /// An operator without a version.
    case missingVersion(operator: String, at: Int)
    /// White space inside of a clause, where a comma was meant.
    case missingComma(String, at: Int)
    case notAVersion(String, VersionScheme, at: Int)
    /// The scheme has no such operator, or nobody has.
    case unknownOperator(String, VersionScheme, at: Int)
    /// `.*` or a local version (PEP 440) behind an operator that compares, or `~=` with one number.
    case versionDoesNotFit(String, operator: String, at: Int)
    /// No version can meet both clauses.
    case nothingFits(String, String)
}
