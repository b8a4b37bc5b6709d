internal import CCrypto

/// A running SHA-256, on OpenSSL's EVP, which uses the processor's SHA instructions.
public struct SHA256: ~Copyable {
    private let context: OpaquePointer

    public init() {
        // EVP fails here only when memory is exhausted or the library cannot be loaded; nothing can be hashed then.
        guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
            fatalError("OpenSSL cannot start a SHA-256 digest")
        }
        self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    /// Adds bytes to what is hashed.
    public mutating func update(_ bytes: RawSpan) {
        let isDone = bytes.withUnsafeBytes { EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
        precondition(isDone == 1, "OpenSSL cannot continue a SHA-256 digest")
    }

    /// Adds bytes to what is hashed.
    public mutating func update(_ bytes: [UInt8]) { update(bytes.span.bytes) }

    /// Ends the hash.
    public consuming func finish() -> SHA256Digest {
        var bytes = [UInt8](repeating: 0, count: SHA256Digest.byteCount)
        let isDone = EVP_DigestFinal_ex(context, &bytes, nil)
        guard isDone == 1, let digest = SHA256Digest(bytes: bytes) else {
            fatalError("OpenSSL cannot finish a SHA-256 digest")
        }
        return digest
    }

    /// The digest of `bytes`.
    public static func hash(_ bytes: [UInt8]) -> SHA256Digest {
        var state = SHA256()
        state.update(bytes)
        return state.finish()
    }
}
