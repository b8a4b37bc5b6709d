internal import JSON

/// The text of a JSON object's members as they were written.
///
/// skopeo copies parts of an image's configuration as Go's `encoding/json` copies what it leaves unread: without white
/// space between the tokens, with some characters of strings escaped, and otherwise byte for byte. So numbers and escapes
/// keep their spelling, and keys their order, which a value that was read has lost.
struct RawJSON {
    private let bytes: [UInt8]

    /// - Parameter bytes: an object that was read without an error.
    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The members, each as Go would copy it, by their names.
    func members() -> [(name: String, text: [UInt8])] {
        var members: [(name: String, text: [UInt8])] = []
        var depth = 0
        var start: Int?
        var name: String?
        var position = 0
        /// Ends a member where its value does.
        func end(at end: Int) {
            if let start, let name { members.append((name, Self.copied(bytes[start..<end]))) }
            (start, name) = (nil, nil)
        }
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "\""):
                let next = endOfString(position)
                if depth == 1, name == nil { name = Self.text(bytes[position..<next]) }
                position = next
                continue
            case UInt8(ascii: ":"): if depth == 1 { start = position + 1 }
            case UInt8(ascii: ","): if depth == 1 { end(at: position) }
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if depth == 0 { end(at: position) }
            default: break
            }
            position += 1
        }
        return members
    }

    /// Where the string that begins at a quote is at its end.
    private func endOfString(_ start: Int) -> Int {
        var position = start + 1
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(position + 1, bytes.count)
    }

    private static func text(_ literal: ArraySlice<UInt8>) -> String? {
        (try? JSON(parsing: Array(literal)))?.string
    }

    /// A value without white space, and with those characters escaped that could end a script in a page.
    private static func copied(_ value: ArraySlice<UInt8>) -> [UInt8] {
        var copy: [UInt8] = []
        copy.reserveCapacity(value.count)
        var isInString = false
        var position = value.startIndex
        while position < value.endIndex {
            let byte = value[position]
            switch byte {
            case UInt8(ascii: "<"): copy += "\\u003c".utf8
            case UInt8(ascii: ">"): copy += "\\u003e".utf8
            case UInt8(ascii: "&"): copy += "\\u0026".utf8
            case UInt8(ascii: "\\"):
                copy.append(byte)
                position += 1
                if position < value.endIndex { copy.append(value[position]) }
            case UInt8(ascii: "\""):
                isInString.toggle()
                copy.append(byte)
            case 0x20, 0x09, 0x0A, 0x0D:
                if isInString { copy.append(byte) }
            case 0xE2 where value[position...].starts(with: [0xE2, 0x80, 0xA8]):
                copy += "\\u2028".utf8
                position += 2
            case 0xE2 where value[position...].starts(with: [0xE2, 0x80, 0xA9]):
                copy += "\\u2029".utf8
                position += 2
            default: copy.append(byte)
            }
            position += 1
        }
        return copy
    }
}
