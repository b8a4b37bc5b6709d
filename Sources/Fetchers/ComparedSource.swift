internal import NixHash
internal import Synchronization
internal import Threads

/// A stream whose bytes are counted and hashed as they come by, for comparing them with what their publisher says.
///
/// One thread reads it; when that is done, another asks for the outcome.
final class ComparedSource: ByteSource {
    /// What came, once the stream was read to its end.
    final class Outcome: Sendable {
        private struct Whole {
            let digests: [PublishedDigest]
            let size: Int64
        }

        private let published: PublishedFile
        private let whole = Mutex<Whole?>(nil)

        init(_ published: PublishedFile) { self.published = published }

        /// The stream, with a look at each of its bytes where there is something to compare.
        /// - Throws: `DigesterError`
        func source(_ source: any ByteSource) throws(DigesterError) -> any ByteSource {
            published.saysNothing ? source : try ComparedSource(source, published, self)
        }

        fileprivate func set(_ digests: [PublishedDigest], _ size: Int64) {
            whole.withLock { $0 = Whole(digests: digests, size: size) }
        }

        /// Compares what came with what was published.
        /// - Throws: `FetchError.differsFromPublished` and `.sizeDiffersFromPublished`
        func check(_ url: String) throws(FetchError) {
            guard !published.saysNothing else { return }
            // An encoded body may be at its end before its bytes are.
            guard let whole = whole.withLock({ $0 }) else { throw .notCompared(url: url) }
            for actual in whole.digests {
                let stated = published.digests.filter { $0.algorithm == actual.algorithm }
                guard stated.contains(actual) else {
                    throw .differsFromPublished(url: url, published: stated, actual: actual)
                }
            }
            guard published.size == nil || published.size == whole.size else {
                throw .sizeDiffersFromPublished(url: url, published: published.size ?? 0, actual: whole.size)
            }
        }
    }

    private let source: any ByteSource
    private let outcome: Outcome
    private var digester: Digester?
    private var size: Int64 = 0

    /// - Throws: `DigesterError`
    init(_ source: any ByteSource, _ published: PublishedFile, _ outcome: Outcome) throws(DigesterError) {
        self.source = source
        self.outcome = outcome
        digester = try Digester(published.algorithms)
    }

    var interruption: @Sendable () -> Void { source.interruption }

    func next(_ chunk: inout [UInt8]) throws -> Bool {
        if try source.next(&chunk) {
            digester?.update(chunk)
            size += Int64(chunk.count)
            return true
        }
        if let digester = digester.take() { outcome.set(digester.finish(), size) }
        return false
    }
}
