/// What a version is compared by: sections in turn, the first difference deciding.
///
/// Every scheme turns its texts into keys, and keys alone are compared. That makes each order a total one by construction:
/// no rule looks at two texts at once, so none can contradict another.
struct VersionKey: Sendable, Equatable {
    let sections: [Section]
    /// The first three numbers of the first section as one, which orders keys as these do; nil where they are no small
    /// numbers, or zeros do not follow them. Most keys differ in them, and a number is compared much faster.
    private let beginning: UInt64?

    init(sections: [Section]) {
        self.sections = sections
        beginning = sections.first?.beginning
    }

    /// Negative, zero or positive as `left` is older than, the same as or newer than `right`, by the first `count` sections.
    static func compare(_ left: Self, _ right: Self, sections count: Int = .max) -> Int {
        if count > 0, let first = left.beginning, let second = right.beginning, first != second {
            return first < second ? -1 : 1
        }
        for index in 0..<min(count, left.sections.count, right.sections.count) {
            let order = Section.compare(left.sections[index], right.sections[index])
            if order != 0 { return order }
        }
        return 0
    }

    /// Parts in a row, as if endless padding followed them. Sections that are compared have the same padding.
    struct Section: Sendable, Equatable {
        let parts: [Part]
        let padding: Part

        /// Without the padding that `parts` already ends with, so that equal sections are equal values.
        init(_ parts: [Part], padding: Part) {
            let count = parts.lastIndex { $0 != padding }.map { $0 + 1 } ?? 0
            self.parts = Array(parts.prefix(count))
            self.padding = padding
        }

        /// Three numbers of up to six digits each, padding included, as one.
        fileprivate var beginning: UInt64? {
            guard padding == .zero else { return nil }
            var beginning: UInt64 = 0
            for index in 0..<3 {
                let part = index < parts.count ? parts[index] : padding
                guard part.rank == .number, part.bytes.count <= 6 else { return nil }
                let number = part.bytes.reduce(0) { 10 * $0 + UInt64($1 - UInt8(ascii: "0")) }
                beginning = beginning * 1_000_000 + number
            }
            return beginning
        }

        static func compare(_ left: Self, _ right: Self) -> Int {
            for index in 0..<max(left.parts.count, right.parts.count) {
                let first = index < left.parts.count ? left.parts[index] : left.padding
                let second = index < right.parts.count ? right.parts[index] : right.padding
                let order = Part.compare(first, second)
                if order != 0 { return order }
            }
            return 0
        }
    }

    /// A number, a text, or a mark that stands for one; first the rank counts, then numbers as numbers and texts by bytes.
    struct Part: Sendable, Equatable {
        /// What comes before what, in every scheme that has both.
        enum Rank: Int, Sendable {
            /// Lower than whatever a version says, for the place below all pre-releases.
            case lowest
            /// Lower than nothing at all: what makes a version older by being there.
            case before
            /// Nothing.
            case end
            case textBelowNumbers
            case number
            case textAboveNumbers
            /// Higher than everything.
            case after
        }

        let rank: Rank
        let bytes: ArraySlice<UInt8>

        static let lowest = Self(rank: .lowest, bytes: [])
        static let before = Self(rank: .before, bytes: [])
        static let end = Self(rank: .end, bytes: [])
        static let after = Self(rank: .after, bytes: [])
        static let zero = Self(rank: .number, bytes: [])

        /// A number of any length, from its digits: nothing overflows.
        static func number(_ digits: ArraySlice<UInt8>) -> Self {
            Self(rank: .number, bytes: digits.drop { $0 == UInt8(ascii: "0") })
        }

        static func text(_ bytes: ArraySlice<UInt8>, _ rank: Rank = .textAboveNumbers) -> Self {
            Self(rank: rank, bytes: bytes)
        }

        static func compare(_ left: Self, _ right: Self) -> Int {
            if left.rank != right.rank { return left.rank.rawValue < right.rank.rawValue ? -1 : 1 }
            if left.rank == .number && left.bytes.count != right.bytes.count {
                return left.bytes.count < right.bytes.count ? -1 : 1
            }
            if left.bytes == right.bytes { return 0 }
            return left.bytes.lexicographicallyPrecedes(right.bytes) ? -1 : 1
        }
    }
}

extension UInt8 {
    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
    var isLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(lowercased) }
    /// Of ASCII's capital letters the small ones; any other byte as it is.
    var lowercased: UInt8 { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self }
    /// Whether it is `.`, `-` or `_`.
    var isSeparator: Bool { self == UInt8(ascii: ".") || self == UInt8(ascii: "-") || self == UInt8(ascii: "_") }
    var isSpace: Bool { self == UInt8(ascii: " ") || (9...13).contains(self) }
}

extension ArraySlice<UInt8> {
    /// Whether there are digits and nothing else.
    var isNumber: Bool { !isEmpty && allSatisfy(\.isDigit) }
    var lowercased: Self { Self(map(\.lowercased)) }

    /// Without white space at either end.
    var trimmed: Self {
        let rest = drop(while: \.isSpace)
        guard let last = rest.lastIndex(where: { !$0.isSpace }) else { return [] }
        return rest[...last]
    }

    /// Takes the longest beginning of which `holds` is true.
    mutating func take(while holds: (UInt8) -> Bool) -> Self {
        let taken = prefix(while: holds)
        self = self[taken.endIndex...]
        return taken
    }
}
