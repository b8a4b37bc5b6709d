internal import CCrypto

/// Several running digests of the same bytes, on OpenSSL's EVP.
public struct Digester: ~Copyable {
    private let contexts: [(algorithm: PublishedDigest.Algorithm, context: OpaquePointer)]

    /// - Throws: `DigesterError` for an algorithm that this machine's OpenSSL does not give, as MD5 where FIPS 140 is in force.
    public init(_ algorithms: Set<PublishedDigest.Algorithm>) throws(DigesterError) {
        var contexts: [(algorithm: PublishedDigest.Algorithm, context: OpaquePointer)] = []
        for algorithm in PublishedDigest.Algorithm.allCases where algorithms.contains(algorithm) {
            guard let context = EVP_MD_CTX_new() else { fatalError("OpenSSL has no memory for a digest") }
            guard EVP_DigestInit_ex(context, algorithm.method, nil) == 1 else {
                EVP_MD_CTX_free(context)
                for (_, context) in contexts { EVP_MD_CTX_free(context) }
                throw DigesterError(algorithm: algorithm)
            }
            contexts.append((algorithm, context))
        }
        self.contexts = contexts
    }

    deinit {
        for (_, context) in contexts { EVP_MD_CTX_free(context) }
    }

    /// Adds bytes to what is hashed.
    public mutating func update(_ bytes: [UInt8]) {
        for (_, context) in contexts {
            let isDone = bytes.withUnsafeBytes { EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
            precondition(isDone == 1, "OpenSSL cannot continue a digest")
        }
    }

    /// Ends the digests, and gives one for each algorithm.
    public consuming func finish() -> [PublishedDigest] {
        contexts.map { algorithm, context in
            var bytes = [UInt8](repeating: 0, count: algorithm.byteCount)
            guard EVP_DigestFinal_ex(context, &bytes, nil) == 1, let digest = PublishedDigest(algorithm, bytes: bytes)
            else { fatalError("OpenSSL cannot finish a digest") }
            return digest
        }
    }
}

/// An algorithm that this machine does not compute.
public struct DigesterError: Error, Equatable, Sendable {
    public let algorithm: PublishedDigest.Algorithm

    public init(algorithm: PublishedDigest.Algorithm) { self.algorithm = algorithm }
}

extension PublishedDigest.Algorithm {
    fileprivate var method: OpaquePointer? {
        switch self {
        case .md5: EVP_md5()
        case .sha1: EVP_sha1()
        case .sha256: EVP_sha256()
        case .sha384: EVP_sha384()
        case .sha512: EVP_sha512()
        }
    }
}
