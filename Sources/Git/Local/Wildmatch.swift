/// Git's patterns of paths (gitignore(5)): `*` and `?` stop at a slash, `**` between slashes does not.
struct Wildmatch {
    static func matches(_ text: [UInt8], _ pattern: [UInt8], ignoresCase: Bool = false) -> Bool {
        let fold = { (bytes: [UInt8]) in
            ignoresCase ? bytes.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 } : bytes
        }
        return Wildmatch(pattern: fold(pattern)).matches(from: 0, fold(text)[...])
    }

    private static let (slash, star) = (UInt8(ascii: "/"), UInt8(ascii: "*"))

    private let pattern: [UInt8]

    private func byte(at index: Int) -> UInt8? { pattern.indices.contains(index) ? pattern[index] : nil }

    private func matches(from start: Int, _ wholeText: ArraySlice<UInt8>) -> Bool {
        var (index, text) = (start, wholeText)
        while let first = byte(at: index) {
            if first == Self.star { return matchesStar(at: index, text) }
            guard let byte = text.first else { return false }
            switch first {
            case UInt8(ascii: "?"):
                guard byte != Self.slash else { return false }
                index += 1
            case UInt8(ascii: "["):
                guard byte != Self.slash, let end = end(ofClass: index + 1, with: byte) else { return false }
                index = end
            default:
                if first == UInt8(ascii: "\\"), index + 1 < pattern.count { index += 1 }
                guard pattern[index] == byte else { return false }
                index += 1
            }
            text = text.dropFirst()
        }
        return text.isEmpty
    }

    private func matchesStar(at start: Int, _ wholeText: ArraySlice<UInt8>) -> Bool {
        var rest = start
        while byte(at: rest) == Self.star { rest += 1 }
        let isBetweenSlashes =
            (start == 0 || pattern[start - 1] == Self.slash) && (rest == pattern.count || pattern[rest] == Self.slash)
        let crosses = rest - start > 1 && isBetweenSlashes
        if crosses, rest < pattern.count, matches(from: rest + 1, wholeText) { return true }
        if rest == pattern.count { return crosses || !wholeText.contains(Self.slash) }
        var text = wholeText
        while true {
            if matches(from: rest, text) { return true }
            guard let byte = text.first, crosses || byte != Self.slash else { return false }
            text = text.dropFirst()
        }
    }

    /// Where a class of bytes ends that has `byte` in it; nil when it has not, or is none.
    private func end(ofClass start: Int, with byte: UInt8) -> Int? {
        var index = start
        let isNegated = self.byte(at: index) == UInt8(ascii: "!") || self.byte(at: index) == UInt8(ascii: "^")
        if isNegated { index += 1 }
        let first = index
        var found = false
        while let next = self.byte(at: index), index == first || next != UInt8(ascii: "]") {
            guard let low = takeByte(&index) else { return nil }
            var high = low
            if self.byte(at: index) == UInt8(ascii: "-"), let end = self.byte(at: index + 1), end != UInt8(ascii: "]") {
                index += 1
                guard let last = takeByte(&index) else { return nil }
                high = last
            }
            if low <= byte && byte <= high { found = true }
        }
        guard self.byte(at: index) == UInt8(ascii: "]"), found != isNegated else { return nil }
        return index + 1
    }

    private func takeByte(_ index: inout Int) -> UInt8? {
        if byte(at: index) == UInt8(ascii: "\\") { index += 1 }
        defer { index += 1 }
        return byte(at: index)
    }
}
