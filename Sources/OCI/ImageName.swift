/// The name of an image: the registry it is in, and its repository there, both written out.
///
/// Names are read as Docker and skopeo read them: `alpine` and `index.docker.io/alpine` are `docker.io/library/alpine`.
/// What is written into an archive, and pinned, is the whole name.
public struct ImageName: Hashable, Sendable, CustomStringConvertible {
    /// The registry's host, and its port where one is given, as it was spelled; `docker.io` for Docker Hub.
    public let registry: String
    /// The path in the registry, such as `library/alpine`.
    public let repository: String

    /// `REGISTRY/REPOSITORY`, which every reader of names reads as the same image.
    public var text: String { "\(registry)/\(repository)" }

    public var description: String { text }

    /// The host that images of Docker Hub are called by.
    public static let dockerHub = "docker.io"
    /// Where Docker Hub's registry is, which is not where its name says.
    public static let dockerHubURL = "https://registry-1.docker.io"
    /// As many bytes as a repository may have with its registry.
    static let longest = 255

    /// Reads a name without a tag or digest.
    /// - Throws: `OCIError.invalidName`
    public init(parsing text: String) throws(OCIError) {
        let fault = { (fault: NameFault) in OCIError.invalidName(text, fault) }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { throw fault(.malformed) }
        if text.utf8.count == 64, text.utf8.allSatisfy(NameGrammar.isHexDigit) { throw fault(.looksLikeDigest) }
        let slash = text.utf8.firstIndex(of: UInt8(ascii: "/"))
        let head = slash.map { text[..<$0] }
        var registry: String
        var repository: String
        if let slash, let head, head.utf8.contains(where: { ".:".utf8.contains($0) }) || head == "localhost" {
            registry = String(head)
            repository = String(text[text.utf8.index(after: slash)...])
        } else {
            registry = Self.dockerHub
            repository = text
        }
        if registry == "index.\(Self.dockerHub)" { registry = Self.dockerHub }
        if registry == Self.dockerHub, !repository.utf8.contains(UInt8(ascii: "/")) {
            repository = "library/\(repository)"
        }
        guard NameGrammar.isDomain(registry.utf8) else { throw fault(.malformedRegistry(registry)) }
        if repository.utf8.contains(where: { (0x41...0x5A).contains($0) }) { throw fault(.upperCase) }
        guard NameGrammar.isPath(repository.utf8) else { throw fault(.malformed) }
        guard registry.utf8.count + 1 + repository.utf8.count <= Self.longest else { throw fault(.tooLong) }
        self.registry = registry
        self.repository = repository
    }
}

/// The grammar of names and tags (OCI distribution spec, "Pulling manifests", and Docker's of registries' hosts).
enum NameGrammar {
    /// `HOST[:PORT]`: parts of letters, digits and inner dashes, between dots. An address of IPv6 is none.
    static func isDomain(_ text: Substring.UTF8View) -> Bool { isDomain(Array(text)[...]) }
    static func isDomain(_ text: String.UTF8View) -> Bool { isDomain(Array(text)[...]) }

    private static func isDomain(_ bytes: ArraySlice<UInt8>) -> Bool {
        let parts = bytes.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 {
            guard !parts[1].isEmpty, parts[1].allSatisfy(isDigit) else { return false }
        }
        return parts[0].split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { part in
            guard let first = part.first, let last = part.last else { return false }
            let isInside = { (byte: UInt8) in isLetterOrDigit(byte) || byte == UInt8(ascii: "-") }
            return isLetterOrDigit(first) && isLetterOrDigit(last) && part.allSatisfy(isInside)
        }
    }

    /// Components between slashes, each of lower-case letters and digits with separators between them.
    static func isPath(_ text: String.UTF8View) -> Bool {
        text.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy(isComponent)
    }

    private static func isComponent(_ component: Substring.UTF8View) -> Bool {
        let isAtom = { (byte: UInt8) in isDigit(byte) || (0x61...0x7A).contains(byte) }
        guard let first = component.first, let last = component.last, isAtom(first), isAtom(last) else { return false }
        // A separator is one dot, one or two underscores, or any number of dashes.
        return component.split(omittingEmptySubsequences: true, whereSeparator: isAtom).allSatisfy { separator in
            switch separator.first {
            case UInt8(ascii: "."): separator.count == 1
            case UInt8(ascii: "_"): separator.count <= 2 && separator.allSatisfy { $0 == UInt8(ascii: "_") }
            default: separator.allSatisfy { $0 == UInt8(ascii: "-") }
            }
        }
    }

    /// Up to 128 letters, digits, dots, dashes and underscores; the first is no dot or dash.
    static func isTag(_ text: String.UTF8View) -> Bool {
        guard let first = text.first, text.count <= 128 else { return false }
        let isWord = { (byte: UInt8) in isLetterOrDigit(byte) || byte == UInt8(ascii: "_") }
        return isWord(first) && text.allSatisfy { isWord($0) || ".-".utf8.contains($0) }
    }

    static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    static func isHexDigit(_ byte: UInt8) -> Bool { isDigit(byte) || (0x61...0x66).contains(byte) }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        isDigit(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
