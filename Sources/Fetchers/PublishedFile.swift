public import NixHash

/// What the publisher of a file says about it, for comparing it with what comes.
public struct PublishedFile: Hashable, Sendable {
    /// Digests of its bytes. Every algorithm that is there has to agree; of several digests of one, one has to.
    public var digests: [PublishedDigest]
    /// Its length in bytes.
    public var size: Int64?

    public init(digests: [PublishedDigest] = [], size: Int64? = nil) {
        self.digests = digests
        self.size = size
    }

    var algorithms: Set<PublishedDigest.Algorithm> { Set(digests.map(\.algorithm)) }

    /// Whether there is nothing to compare.
    var saysNothing: Bool { digests.isEmpty && size == nil }
}
