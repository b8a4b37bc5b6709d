public import NixHash

/// What a person writes for an image: `[REGISTRY/]REPOSITORY[:TAG][@sha256:DIGEST]`.
public struct ImageReference: Hashable, Sendable {
    public let name: ImageName
    /// The tag; nil where none is given.
    public let tag: String?
    /// The digest of the image, or of the list that it is in; nil where none is given.
    public let digest: SHA256Digest?

    /// What Docker takes for a tag that is not given.
    public static let defaultTag = "latest"

    public init(name: ImageName, tag: String?, digest: SHA256Digest? = nil) throws(OCIError) {
        if let tag, !NameGrammar.isTag(tag.utf8) { throw .invalidName(tag, .malformedTag) }
        (self.name, self.tag, self.digest) = (name, tag, digest)
    }

    /// Reads a reference.
    /// - Throws: `OCIError.invalidName`
    public init(parsing text: String) throws(OCIError) {
        var rest = text[...]
        var digest: SHA256Digest?
        if let at = rest.utf8.firstIndex(of: UInt8(ascii: "@")) {
            let digits = String(rest[rest.utf8.index(after: at)...])
            guard let value = SHA256Digest(image: digits) else {
                throw .invalidName(text, .malformedDigest(digits))
            }
            digest = value
            rest = rest[..<at]
        }
        var tag: String?
        // A colon before the last slash is a port's.
        let last = rest.utf8.lastIndex(of: UInt8(ascii: "/")) ?? rest.startIndex
        if let colon = rest.utf8[last...].firstIndex(of: UInt8(ascii: ":")) {
            tag = String(rest[rest.utf8.index(after: colon)...])
            rest = rest[..<colon]
        }
        if let tag, !NameGrammar.isTag(tag.utf8) { throw .invalidName(text, .malformedTag) }
        do {
            name = try ImageName(parsing: String(rest))
        } catch .invalidName(_, let fault) {
            throw .invalidName(text, fault)
        }
        (self.tag, self.digest) = (tag, digest)
    }
}

extension SHA256Digest {
    /// Reads `sha256:` and 64 hexadecimal digits in lower case (OCI image spec, "Digests"); nil for anything else.
    public init?(image text: String) {
        let prefix = "sha256:"
        guard text.utf8.starts(with: prefix.utf8), text.utf8.count == prefix.utf8.count + 64,
            text.utf8.dropFirst(prefix.utf8.count).allSatisfy(NameGrammar.isHexDigit),
            let digest = try? SHA256Digest(parsing: text)
        else { return nil }
        self = digest
    }

    /// `sha256:` and 64 hexadecimal digits, as registries write digests.
    public var imageText: String { "sha256:\(hex)" }
}
