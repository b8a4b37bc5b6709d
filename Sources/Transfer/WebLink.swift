/// A link in the header of a response (RFC 8288).
public struct WebLink: Sendable, Equatable {
    /// What stands between the angle brackets, as it is written: a URL, or one that is relative to `context`.
    public var reference: String
    /// The relation types, in small letters.
    public let relations: [String]
    /// The URL of the response that the link stands in.
    public let context: String

    init(reference: String, relations: [String], context: String) {
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
            var reader = FieldReader(field.value)
            var links: [WebLink] = []
            while true {
                reader.skip { FieldReader.isBlank($0) || $0 == UInt8(ascii: ",") }
                if reader.next == nil { return links }
                if let link = read(&reader, context) { links.append(link) }
            }
        }
    }

    /// Reads one link and goes past it; past what is no link too.
    private static func read(_ reader: inout FieldReader, _ context: String) -> WebLink? {
        // Whatever stands before the comma that ends the link means nothing.
        defer { reader.skip { $0 != UInt8(ascii: ",") } }
        guard reader.skip(UInt8(ascii: "<")) else { return nil }
        let reference = reader.take { $0 != UInt8(ascii: ">") }
        guard reader.skip(UInt8(ascii: ">")) else { return nil }
        var parameters: [(name: String, value: String)] = []
        while true {
            reader.skip(while: FieldReader.isBlank)
            guard reader.skip(UInt8(ascii: ";")) else { break }
            reader.skip(while: FieldReader.isBlank)
            let name = reader.take { !FieldReader.isBlank($0) && !";,=".utf8.contains($0) }
            reader.skip(while: FieldReader.isBlank)
            var value = ""
            if reader.skip(UInt8(ascii: "=")) {
                reader.skip(while: FieldReader.isBlank)
                value =
                    reader.takeQuoted()?.text ?? reader.take { !FieldReader.isBlank($0) && !";,".utf8.contains($0) }
            }
            parameters.append((asciiLowercased(name), value))
        }
        func first(_ name: String) -> String? { parameters.first { sameBytes($0.name, name) }?.value }
        guard first("anchor") == nil, let relations = first("rel") else { return nil }
        return WebLink(
            reference: reference,
            relations: asciiLowercased(relations).split { $0 == " " || $0 == "\t" }.map(String.init), context: context)
    }
}
