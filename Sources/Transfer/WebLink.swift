/// A link in the header of a response (RFC 8288).
public struct WebLink: Sendable, Equatable {
    /// What stands between the angle brackets, as it is written: a URL, or one that is relative to `context`.
    public var reference: String
    /// The relation types, in small letters.
    public let relations: [String]
    /// The URL of the response that the link stands in.
    public let context: String

    public init(reference: String, relations: [String], context: String) {
        self.reference = reference
        self.relations = relations
        self.context = context
    }

    /// The URL that the link leads to.
    ///
    /// - Throws: `TransferError.unsupportedRedirect` when it cannot be requested or has a user name or password in it,
    ///   `.insecureRedirect` when it is `http` and stands in an answer over `https`.
    public func target() throws -> String {
        let base = try WebURL(context)
        // The same document (RFC 3986, 4.4), which libcurl makes the folder of.
        return reference.isEmpty ? base.text : try base.redirected(to: reference).text
    }
}

extension TransferResponse {
    /// The links of the response, then those of the redirects that led to it, the last first.
    ///
    /// A link about another resource than the one that was asked for, which has an `anchor`, is none of them.
    public var links: [WebLink] {
        let redirected = zip(redirects, redirectHeaders).reversed()
        return WebLink.links(in: headers, of: url) + redirected.flatMap { WebLink.links(in: $1, of: $0) }
    }
}

extension WebLink {
    /// The links in the `Link` fields of a header; what is no link is passed over, to the next comma.
    static func links(in headers: HTTPHeaders, of context: String) -> [WebLink] {
        // Amazon's store of files keeps a field of that name only as one of its own.
        headers.fields.filter { sameBytes($0.name, "link") || sameBytes($0.name, "x-amz-meta-link") }.flatMap {
            field -> [WebLink] in
            var rest = Array(field.value.utf8)[...]
            var links: [WebLink] = []
            while true {
                rest = rest.drop { isBlank($0) || $0 == UInt8(ascii: ",") }
                if rest.isEmpty { return links }
                if let link = read(&rest, context) { links.append(link) }
            }
        }
    }

    /// Reads one link and takes it off the text; what is no link is taken off too.
    private static func read(_ rest: inout ArraySlice<UInt8>, _ context: String) -> WebLink? {
        guard rest.first == UInt8(ascii: "<"), let end = rest.firstIndex(of: UInt8(ascii: ">")) else {
            rest = rest.drop { $0 != UInt8(ascii: ",") }
            return nil
        }
        let reference = String(decoding: rest[rest.index(after: rest.startIndex)..<end], as: UTF8.self)
        rest = rest[rest.index(after: end)...]
        var parameters: [(name: String, value: String)] = []
        while true {
            rest = rest.drop(while: isBlank)
            guard rest.first == UInt8(ascii: ";") else { break }
            rest = rest.dropFirst().drop(while: isBlank)
            let name = take(&rest) { !isBlank($0) && !";,=".utf8.contains($0) }
            rest = rest.drop(while: isBlank)
            var value: [UInt8] = []
            if rest.first == UInt8(ascii: "=") {
                rest = rest.dropFirst().drop(while: isBlank)
                value =
                    rest.first == UInt8(ascii: "\"")
                    ? takeQuoted(&rest) : take(&rest) { !isBlank($0) && !";,".utf8.contains($0) }
            }
            parameters.append(
                (asciiLowercased(String(decoding: name, as: UTF8.self)), String(decoding: value, as: UTF8.self)))
        }
        // Whatever stands before the comma that ends the link means nothing.
        rest = rest.drop { $0 != UInt8(ascii: ",") }
        func first(_ name: String) -> String? { parameters.first { sameBytes($0.name, name) }?.value }
        guard first("anchor") == nil, let relations = first("rel") else { return nil }
        return WebLink(
            reference: reference,
            relations: asciiLowercased(relations).split { $0 == " " || $0 == "\t" }.map(String.init), context: context)
    }

    private static func take(_ rest: inout ArraySlice<UInt8>, while isTaken: (UInt8) -> Bool) -> [UInt8] {
        let taken = rest.prefix(while: isTaken)
        rest = rest[taken.endIndex...]
        return Array(taken)
    }

    /// A quoted string (RFC 9110, 5.6.4), whose backslashes quote what follows; one that never ends goes to the end.
    private static func takeQuoted(_ rest: inout ArraySlice<UInt8>) -> [UInt8] {
        rest = rest.dropFirst()
        var taken: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return taken
            case UInt8(ascii: "\\"): if let quoted = rest.popFirst() { taken.append(quoted) }
            default: taken.append(byte)
            }
        }
        return taken
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}
