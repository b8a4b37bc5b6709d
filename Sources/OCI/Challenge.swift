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
        var reader = FieldReader(text)
        var challenges: [Challenge] = []
        var scheme: String?
        var parameters: [String: String] = [:]
        func end() {
            if let scheme { challenges.append(Challenge(scheme: scheme, parameters: parameters)) }
        }
        while true {
            reader.skip { $0 == UInt8(ascii: ",") || FieldReader.isBlank($0) }
            let word = asciiLowercased(reader.take(while: isOfWord))
            if word.isEmpty { break }
            reader.skip(while: FieldReader.isBlank)
            if reader.next == UInt8(ascii: "="), scheme != nil {
                _ = reader.skip(UInt8(ascii: "="))
                reader.skip(while: FieldReader.isBlank)
                let quoted = reader.takeQuoted()
                // Of a value that never ends nobody knows where it should.
                if quoted?.isClosed == false { break }
                let value = quoted?.text ?? reader.take(while: isOfWord)
                if parameters[word] == nil { parameters[word] = value }
            } else {
                end()
                (scheme, parameters) = (word, [:])
            }
        }
        end()
        return challenges
    }

    private static func isOfWord(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte != 0x7F && !"\",=".utf8.contains(byte)
    }
}
