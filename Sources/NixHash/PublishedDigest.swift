/// The digest of a file as its publisher states it, in whichever algorithm the publisher uses.
///
/// It is compared with what was downloaded. What Nix checks is the SHA-256 that is computed beside it.
public struct PublishedDigest: Hashable, Sendable {
    /// The algorithms that registries use.
    public enum Algorithm: String, CaseIterable, Sendable {
        case md5
        case sha1
        case sha256
        case sha384
        case sha512

        /// How many bytes a digest has.
        public var byteCount: Int {
            switch self {
            case .md5: 16
            case .sha1: 20
            case .sha256: 32
            case .sha384: 48
            case .sha512: 64
            }
        }
    }

    public let algorithm: Algorithm
    public let bytes: [UInt8]

    /// Nil unless there are as many bytes as the algorithm has.
    public init?(_ algorithm: Algorithm, bytes: [UInt8]) {
        guard bytes.count == algorithm.byteCount else { return nil }
        self.algorithm = algorithm
        self.bytes = bytes
    }

    /// Nil unless the text is as many hexadecimal digits, of either case, as the algorithm has.
    public init?(_ algorithm: Algorithm, hex: String) {
        guard let bytes = Hex.decode(hex.utf8) else { return nil }
        self.init(algorithm, bytes: bytes)
    }

    /// Nil unless the text is base 64 of as many bytes as the algorithm has.
    public init?(_ algorithm: Algorithm, base64: String) {
        guard let bytes = Base64.decodeLenientPadding(base64.utf8) else { return nil }
        self.init(algorithm, bytes: bytes)
    }

    /// Hexadecimal digits in lower case.
    public var hex: String { Hex.encode(bytes) }

    /// Reads the metadata of Subresource Integrity: `sha512-BASE64`, several with white space between, each perhaps with a
    /// `?option` behind it. As its specification has it, what is of no known algorithm is passed over.
    ///
    /// Nil where a digest of a known algorithm cannot be read: a weaker one beside it is not to take its place.
    public static func parse(integrity: String) -> [PublishedDigest]? {
        var digests: [PublishedDigest] = []
        for item in integrity.utf8.split(whereSeparator: { $0 == 0x20 || (0x09...0x0D).contains($0) }) {
            guard let dash = item.firstIndex(of: UInt8(ascii: "-")),
                let algorithm = String(item[..<dash]).flatMap({ Algorithm(rawValue: $0.lowercased()) })
            else { continue }
            let digits = item[item.index(after: dash)...].prefix { $0 != UInt8(ascii: "?") }
            guard let digest = String(digits).flatMap({ PublishedDigest(algorithm, base64: $0) }) else { return nil }
            digests.append(digest)
        }
        return digests
    }
}

extension PublishedDigest: CustomStringConvertible {
    public var description: String { "\(algorithm.rawValue) \(hex)" }
}
