internal import CCrypto

/// SHA-1, which names git's objects, on OpenSSL's EVP, which uses the processor's SHA instructions.
///
/// It tells damaged data from whole. It is no protection against somebody who prepared two files of one digest.
public struct SHA1: ~Copyable {
    /// How many bytes a digest has.
    public static let byteCount = 20

    private let context: OpaquePointer

    public init() {
        // EVP fails here only when memory is exhausted or the library cannot be loaded; nothing can be hashed then.
        guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha1(), nil) == 1 else {
            fatalError("OpenSSL cannot start a SHA-1 digest")
        }
        self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    /// Adds bytes to what is hashed.
    public mutating func update(_ bytes: RawSpan) {
        let isDone = bytes.withUnsafeBytes { EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
        precondition(isDone == 1, "OpenSSL cannot continue a SHA-1 digest")
    }

    /// The digest of what was added, 20 bytes; another one can begin.
    public mutating func finish() -> [UInt8] {
        let digest = [UInt8](unsafeUninitializedCapacity: Self.byteCount) { buffer, count in
            guard EVP_DigestFinal_ex(context, buffer.baseAddress, nil) == 1 else {
                fatalError("OpenSSL cannot finish a SHA-1 digest")
            }
            count = Self.byteCount
        }
        // Without the name of the digest, which OpenSSL would look up once more.
        guard EVP_DigestInit_ex(context, nil, nil) == 1 else { fatalError("OpenSSL cannot start a SHA-1 digest") }
        return digest
    }
}
