internal import JSON

/// The first mark that git, or pinr for it, leaves where two states could not be merged.
struct ConflictMark {
    /// The line that it is on, from 1.
    let line: Int
    /// The pin that is in conflict, where it can be told.
    let pin: String?

    /// Nil when there is none: no line of JSON begins so.
    init?(firstIn bytes: [UInt8]) {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        guard let index = lines.firstIndex(where: { Self.isMark($0, of: "<") }) else { return nil }
        line = index + 1
        // The conflict is about whole pins, or about lines of the one that begins above it.
        let inside = lines[(index + 1)...].prefix { !Self.isMark($0, of: ">") }
        let above = lines[..<index].reversed().prefix { !$0.starts(with: "    }".utf8) }
        pin = (Array(inside) + Array(above)).lazy.compactMap(Self.name).first
    }

    private static func isMark(_ line: ArraySlice<UInt8>, of character: Unicode.Scalar) -> Bool {
        let count = line.prefix { $0 == UInt8(ascii: character) }.count
        let next = line.dropFirst(count).first
        return count >= 7 && (next == nil || next == UInt8(ascii: " ") || next == UInt8(ascii: "\r"))
    }

    /// The name of the pin that begins on a line: `    "NAME": {`.
    private static func name(of line: ArraySlice<UInt8>) -> String? {
        guard line.starts(with: "    \"".utf8) else { return nil }
        let text = line.dropFirst(4)
        guard let object = try? JSON(parsing: [UInt8(ascii: "{")] + Array(text) + Array("}}".utf8)) else { return nil }
        return object.object?.keys.first
    }
}
