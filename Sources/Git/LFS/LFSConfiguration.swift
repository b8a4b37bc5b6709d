/// The `.lfsconfig` at the top of a tree: which server has the objects, where it is not the repository's own.
///
/// Only `lfs.url` is looked at, of what git-lfs takes from there. The file has git's syntax (git-config(1)); it comes from
/// whoever made the commit, so that nothing else is read on its behalf, such as files to include.
enum LFSConfiguration {
    /// A longer file has something else in it.
    static let maximumLength = 64 << 10

    /// The value of `lfs.url`, the last one of several; nil when there is none.
    static func url(in file: [UInt8]) -> String? {
        var url: String?
        var reader = Reader(bytes: file.starts(with: [0xEF, 0xBB, 0xBF]) ? file[3...] : file[...])
        var section = ""
        while let token = reader.next() {
            switch token {
            case .section(let name): section = name
            case .setting(let key, let value):
                if section == "lfs" && key == "url" { url = String(decoding: value, as: UTF8.self) }
            }
        }
        return url.flatMap { $0.isEmpty ? nil : $0 }
    }

    private enum Token {
        /// In lower case; one with a subsection has a space in its name.
        case section(String)
        case setting(key: String, value: [UInt8])
    }

    /// Stops at what git would not read.
    private struct Reader {
        var bytes: ArraySlice<UInt8>

        mutating func next() -> Token? {
            while let byte = bytes.first {
                switch byte {
                case _ where Self.isBlank(byte) || byte == UInt8(ascii: "\n"): bytes.removeFirst()
                case UInt8(ascii: "#"), UInt8(ascii: ";"): bytes = bytes.drop { $0 != UInt8(ascii: "\n") }
                case UInt8(ascii: "["): return section()
                default: return setting()
                }
            }
            return nil
        }

        private mutating func section() -> Token? {
            guard let end = bytes.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            let name = bytes[bytes.index(after: bytes.startIndex)..<end]
            bytes = bytes[(end + 1)...]
            return .section(String(decoding: name, as: UTF8.self).lowercased())
        }

        private mutating func setting() -> Token? {
            let key = bytes.prefix { $0.isLetterOrDigit || $0 == UInt8(ascii: "-") }
            guard !key.isEmpty else { return nil }
            bytes = bytes[key.endIndex...].drop(while: Self.isBlank)
            var value: [UInt8] = []
            if bytes.first == UInt8(ascii: "=") {
                bytes.removeFirst()
                guard let read = self.value() else { return nil }
                value = read
            }
            return .setting(key: String(decoding: key, as: UTF8.self).lowercased(), value: value)
        }

        private mutating func value() -> [UInt8]? {
            var value: [UInt8] = []
            /// Blanks that count only if something follows them.
            var blanks: [UInt8] = []
            var isQuoted = false
            bytes = bytes.drop(while: Self.isBlank)
            while let byte = bytes.popFirst(), byte != UInt8(ascii: "\n") {
                switch byte {
                case UInt8(ascii: "\""): isQuoted.toggle()
                case UInt8(ascii: "\\"):
                    if bytes.starts(with: "\r\n".utf8) { bytes.removeFirst() }
                    guard let escaped = bytes.popFirst() else { return nil }
                    if escaped == UInt8(ascii: "\n") { continue }
                    guard let meant = Self.escapes[escaped] else { return nil }
                    value += blanks + [meant]
                    blanks = []
                case UInt8(ascii: "#") where !isQuoted, UInt8(ascii: ";") where !isQuoted:
                    bytes = bytes.drop { $0 != UInt8(ascii: "\n") }
                case _ where Self.isBlank(byte) && !isQuoted: blanks.append(byte)
                default:
                    value += blanks + [byte]
                    blanks = []
                }
            }
            return isQuoted ? nil : value
        }

        private static let escapes: [UInt8: UInt8] = [
            UInt8(ascii: "\""): UInt8(ascii: "\""), UInt8(ascii: "\\"): UInt8(ascii: "\\"),
            UInt8(ascii: "n"): UInt8(ascii: "\n"), UInt8(ascii: "t"): UInt8(ascii: "\t"), UInt8(ascii: "b"): 0x08,
        ]

        private static func isBlank(_ byte: UInt8) -> Bool {
            byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
        }
    }
}
