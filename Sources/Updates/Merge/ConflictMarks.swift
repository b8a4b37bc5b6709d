/// The lines that git puts around what is to be chosen.
public struct ConflictMarks: Sendable, Equatable {
    /// How many characters a mark has; git's own have seven.
    public var size: Int
    public var ours: String
    public var theirs: String
    /// What the state is called that both come from; nil where it is not shown (git's `merge.conflictStyle`).
    public var base: String?

    public init(size: Int = 7, ours: String = "ours", theirs: String = "theirs", base: String? = nil) {
        (self.size, self.ours, self.theirs, self.base) = (size, ours, theirs, base)
    }

    /// A conflict with the marks around it.
    func lines(of conflict: MergedText.Conflict) -> [MergedText.Line] {
        var lines = [mark("<", ours)] + conflict.ours
        if let base { lines += [mark("|", base)] + conflict.base }
        return lines + [mark("=", "")] + conflict.theirs + [mark(">", theirs)]
    }

    private func mark(_ character: String, _ label: String) -> MergedText.Line {
        // A label comes from a branch or the subject of a commit, and a mark is one line.
        let label = String(
            String.UnicodeScalarView(label.unicodeScalars.filter { $0.properties.generalCategory != .control }))
        return Array((String(repeating: character, count: max(1, size)) + (label.isEmpty ? "" : " \(label)")).utf8)
    }

    // MARK: Reading

    /// A text with conflicts in it, resolved to either side.
    /// - Returns: nil when there are none, or marks that do not belong together.
    static func readings(of bytes: [UInt8]) -> Fork<[UInt8]>? {
        enum Part { case common, ours, base, theirs }
        var result = Fork<[UInt8]>([])
        var part = Part.common
        var size = 0
        var isFound = false
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            switch part {
            case .common:
                if let count = length(of: UInt8(ascii: "<"), in: line), count >= 7 {
                    (size, part, isFound) = (count, .ours, true)
                    continue
                }
            case .ours, .base:
                if part == .ours, length(of: UInt8(ascii: "|"), in: line) == size {
                    part = .base
                    continue
                }
                if length(of: UInt8(ascii: "="), in: line) == size {
                    part = .theirs
                    continue
                }
            case .theirs:
                if length(of: UInt8(ascii: ">"), in: line) == size {
                    part = .common
                    continue
                }
            }
            if part == .common || part == .ours { result.ours += line + [UInt8(ascii: "\n")] }
            if part == .common || part == .theirs { result.theirs += line + [UInt8(ascii: "\n")] }
        }
        guard isFound, part == .common else { return nil }
        // The last line feed was behind no line.
        result.ours.removeLast()
        result.theirs.removeLast()
        return result
    }

    /// How many of a character a line begins with, when it is a mark: a space or nothing follows.
    private static func length(of character: UInt8, in line: ArraySlice<UInt8>) -> Int? {
        let count = line.prefix { $0 == character }.count
        let next = line.dropFirst(count).first
        return count > 0 && (next == nil || next == UInt8(ascii: " ") || next == UInt8(ascii: "\r")) ? count : nil
    }
}
