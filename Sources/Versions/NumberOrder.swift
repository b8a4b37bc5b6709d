/// Versions that are numbers in a row, of which more come after fewer: Haskell's and R's.
enum NumberOrder {
    /// Cabal's versions: numbers without leading zeros, with dots between.
    static func parseHaskell(_ bytes: ArraySlice<UInt8>) -> ParsedVersion? {
        let numbers = bytes.fields
        return numbers.allSatisfy(\.isPlainNumber) ? parsed(numbers) : nil
    }

    /// R's versions: at least two numbers with single dots or hyphens between, which mean the same.
    static func parseR(_ bytes: ArraySlice<UInt8>, fewest: Int) -> ParsedVersion? {
        let numbers = bytes.split(omittingEmptySubsequences: false) {
            $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-")
        }
        return numbers.count >= fewest && numbers.allSatisfy(\.isNumber) ? parsed(numbers) : nil
    }

    private static func parsed(_ numbers: [ArraySlice<UInt8>]) -> ParsedVersion {
        ParsedVersion(
            key: VersionKey(sections: [VersionKey.Section(numbers.map { .number($0) }, padding: .end)]),
            numbers: numbers, missingNumber: .end, isPreRelease: false, hasSuffix: false)
    }
}
