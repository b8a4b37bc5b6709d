/// A version of SemVer 2.0.0, strictly: three numbers, a pre-release, build metadata.
struct SemVer {
    let numbers: [ArraySlice<UInt8>]
    let preRelease: [ArraySlice<UInt8>]
    let build: ArraySlice<UInt8>

    init?(_ bytes: ArraySlice<UInt8>) {
        let plus = bytes.firstIndex(of: UInt8(ascii: "+")) ?? bytes.endIndex
        let dash = bytes[..<plus].firstIndex(of: UInt8(ascii: "-")) ?? plus
        let numbers = bytes[..<dash].fields
        guard numbers.count == 3, numbers.allSatisfy(\.isPlainNumber) else { return nil }
        self.numbers = numbers

        if dash < plus {
            preRelease = bytes[(dash + 1)..<plus].fields
            guard preRelease.allSatisfy({ $0.isIdentifier && (!$0.isNumber || $0.isPlainNumber) }) else { return nil }
        } else {
            preRelease = []
        }
        build = bytes[plus...].dropFirst()
        if plus < bytes.endIndex { guard build.fields.allSatisfy(\.isIdentifier) else { return nil } }
    }

    /// One or two numbers, as ranges write them for `1.0.0` and `1.2.0`.
    init?(abbreviated bytes: ArraySlice<UInt8>) {
        let numbers = bytes.fields
        guard numbers.count <= 2, numbers.allSatisfy(\.isPlainNumber) else { return nil }
        self.numbers = numbers
        preRelease = []
        build = []
    }

    var parsed: ParsedVersion {
        ParsedVersion(
            key: ReleaseOrder.key(numbers, preRelease.isEmpty ? .end : .before, identifiers),
            numbers: numbers, isPreRelease: !preRelease.isEmpty, hasSuffix: !preRelease.isEmpty || !build.isEmpty,
            floor: preRelease.isEmpty ? ReleaseOrder.key(numbers, .before, [.lowest]) : nil,
            tieBreak: ReleaseOrder.tieBreak(build: build))
    }

    /// Whether the pre-release begins with a word that everywhere else says that there is none: `1.2.3-final`.
    var saysRelease: Bool {
        guard let first = preRelease.first?.split(separator: UInt8(ascii: "-")).first else { return false }
        return ReleaseSuffix.read(first).first == .neutral
    }

    /// Numbers before texts, and more of them after fewer (item 11).
    private var identifiers: [VersionKey.Part] { preRelease.map { $0.isNumber ? .number($0) : .text($0) } }
}

extension ArraySlice<UInt8> {
    /// What stands between dots, empty fields too.
    var fields: [Self] { split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) }
    /// Digits without a leading zero.
    var isPlainNumber: Bool { isNumber && (count == 1 || first != UInt8(ascii: "0")) }
    /// Letters, digits and hyphens: what SemVer calls an identifier.
    fileprivate var isIdentifier: Bool {
        !isEmpty && allSatisfy { $0.isDigit || $0.isLetter || $0 == UInt8(ascii: "-") }
    }
}
