/// A SHA-256 digest, in the spellings that Nix reads and writes.
public struct SHA256Digest: Hashable, Sendable {
    /// How many bytes a digest has.
    public static let byteCount = 32

    /// The 32 bytes of the digest.
    public let bytes: [UInt8]

    /// Nil unless there are exactly 32 bytes.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = Array(bytes)
    }

    /// `sha256-` and padded base64, the form of Subresource Integrity that Nix writes into lock files.
    public var sri: String { "sha256-" + Base64.encode(bytes) }

    /// 52 characters of Nix's own base32, as `nix-hash --base32` prints it.
    public var nix32: String { Nix32.encode(bytes) }

    /// 64 hexadecimal digits in lower case.
    public var hex: String { Hex.encode(bytes) }

    /// Reads a digest as Nix does: `sha256-BASE64` (SRI), or `sha256:` and hex, base32 or base64.
    ///
    /// SRI allows missing or superfluous padding and a `?option` suffix, which is ignored.
    /// - Throws: `DigestError`
    public init(parsing text: String) throws(DigestError) {
        let (algorithm, separator, body) = try Self.split(text)
        guard algorithm == "sha256" else { throw .unsupportedAlgorithm(algorithm, in: text) }
        if separator == UInt8(ascii: "-") {
            let digits = body.prefix { $0 != UInt8(ascii: "?") }
            guard let bytes = Base64.decodeLenientPadding(digits), let digest = Self(bytes: bytes) else {
                throw .malformed(text)
            }
            self = digest
        } else {
            try self.init(unprefixed: body, in: text)
        }
    }

    /// Reads the digits alone, telling the encodings apart by their length, as `nix hash to-sri --type sha256` does.
    ///
    /// - Throws: `DigestError`
    public init(parsingDigits text: String) throws(DigestError) {
        try self.init(unprefixed: text.utf8[...], in: text)
    }

    private init(unprefixed digits: Substring.UTF8View, in text: String) throws(DigestError) {
        let bytes: [UInt8]?
        switch digits.count {
        case 64: bytes = Hex.decode(digits)
        case 52: bytes = Nix32.decode(digits)
        case 44: bytes = Base64.decode(digits)
        default: throw .wrongLength(digits.count, in: text)
        }
        guard let bytes, let digest = Self(bytes: bytes) else { throw .malformed(text) }
        self = digest
    }

    private static func split(_ text: String) throws(DigestError) -> (String, UInt8, Substring.UTF8View) {
        let utf8 = text.utf8
        let marks: [UInt8] = [UInt8(ascii: ":"), UInt8(ascii: "-")]
        guard let mark = utf8.firstIndex(where: { marks.contains($0) }) else { throw .missingAlgorithm(text) }
        return (String(text[..<mark]), utf8[mark], utf8[utf8.index(after: mark)...])
    }
}

extension SHA256Digest: CustomStringConvertible {
    public var description: String { sri }
}

/// Why a text is no SHA-256 digest; each case carries the whole text.
public enum DigestError: Error, Equatable, Sendable {
    case missingAlgorithm(String)
    case unsupportedAlgorithm(String, in: String)
    case wrongLength(Int, in: String)
    case malformed(String)
}
