internal import Transfer

/// What a server wants before it lets anybody in: a `WWW-Authenticate` header (RFC 9110, 11.6.1).
struct Challenge: Sendable, Equatable {
    /// In lower case.
    let scheme: String
    /// By their names in lower case; the first of two counts.
    let parameters: [String: String]

    /// The challenges in a response, in order.
    static func all(in headers: HTTPHeaders) -> [Challenge] {
        headers.fields.filter { sameBytes($0.name, "www-authenticate") }.flatMap { parse($0.value) }
    }

    /// The challenges of one header field, several of which may stand in it, between commas.
    static func parse(_ text: String) -> [Challenge] {
        var reader = Reader(bytes: Array(text.utf8))
        var challenges: [Challenge] = []
        var scheme: String?
        var parameters: [String: String] = [:]
        func end() {
            if let scheme { challenges.append(Challenge(scheme: scheme, parameters: parameters)) }
        }
        while true {
            reader.skip { $0 == UInt8(ascii: ",") || Reader.isBlank($0) }
            guard let word = reader.token() else { break }
            reader.skip(Reader.isBlank)
            if reader.next == UInt8(ascii: "="), scheme != nil {
                reader.position += 1
                reader.skip(Reader.isBlank)
                guard let value = reader.value() else { break }
                if parameters[word] == nil { parameters[word] = value }
            } else {
                end()
                (scheme, parameters) = (word, [:])
            }
        }
        end()
        return challenges
    }

    private struct Reader {
        let bytes: [UInt8]
        var position = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        var next: UInt8? { position < bytes.count ? bytes[position] : nil }

        static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

        mutating func skip(_ isSkipped: (UInt8) -> Bool) {
            while let next, isSkipped(next) { position += 1 }
        }

        private mutating func word() -> [UInt8]? {
            let start = position
            skip { $0 > 0x20 && $0 != 0x7F && !"\",=".utf8.contains($0) }
            return position > start ? Array(bytes[start..<position]) : nil
        }

        /// A name, in lower case.
        mutating func token() -> String? {
            word().map { String(decoding: $0.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }, as: UTF8.self) }
        }

        /// What follows the equals sign, with or without quotes.
        mutating func value() -> String? {
            guard next == UInt8(ascii: "\"") else { return word().map { String(decoding: $0, as: UTF8.self) } ?? "" }
            position += 1
            var value: [UInt8] = []
            while let byte = next, byte != UInt8(ascii: "\"") {
                if byte == UInt8(ascii: "\\"), position + 1 < bytes.count { position += 1 }
                value.append(bytes[position])
                position += 1
            }
            guard next != nil else { return nil }
            position += 1
            return String(decoding: value, as: UTF8.self)
        }
    }
}
