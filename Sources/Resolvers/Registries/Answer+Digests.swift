internal import NixHash

extension Answer {
    /// A digest in hexadecimal digits.
    /// - Throws: `ResolveError.malformedAnswer`
    func digest(_ algorithm: PublishedDigest.Algorithm) throws(ResolveError) -> PublishedDigest {
        guard let digest = PublishedDigest(algorithm, hex: try text()) else {
            throw illegal("\(2 * algorithm.byteCount) hexadecimal digits of \(algorithm.rawValue)")
        }
        return digest
    }
}
