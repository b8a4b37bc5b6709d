internal import Archive
internal import Synchronization
internal import Threads

/// The body of a response as Nix sees it: decoded where the server says that it is encoded.
///
/// One thread reads it. Another tells it of the encoding, before the first byte is there to be read.
final class ResponseBody: ByteSource {
    /// The `Content-Encoding` of a response, which is known only when the response is there.
    final class Encoding: Sendable {
        private let isEncoded = Mutex(false)

        var isSet: Bool { isEncoded.withLock { $0 } }

        /// Notes what a response says; a later one counts instead of it.
        func set(_ value: Bool) { isEncoded.withLock { $0 = value } }
    }

    /// A stream whose first chunk has been read already.
    private final class Begun: ByteSource {
        private var first: [UInt8]?
        private let rest: any ByteSource

        init(_ first: [UInt8], _ rest: any ByteSource) {
            self.first = first
            self.rest = rest
        }

        var interruption: @Sendable () -> Void { rest.interruption }

        func next(_ chunk: inout [UInt8]) throws -> Bool {
            guard let first else { return try rest.next(&chunk) }
            chunk = first
            self.first = nil
            return true
        }
    }

    private let raw: any ByteSource
    private let encoding: Encoding
    private let limits: DecompressionLimits
    /// Where to read on, once the first chunk is there.
    private var source: (any ByteSource)?

    /// - Parameter limits: how far an encoded body may expand.
    init(_ raw: any ByteSource, _ encoding: Encoding, limits: DecompressionLimits) {
        self.raw = raw
        self.encoding = encoding
        self.limits = limits
    }

    var interruption: @Sendable () -> Void { raw.interruption }

    func next(_ chunk: inout [UInt8]) throws -> Bool {
        if let source { return try source.next(&chunk) }
        guard try raw.next(&chunk) else { return false }
        guard encoding.isSet else {
            source = raw
            return true
        }
        let decoded = DecodedSource(Begun(chunk, raw), limits: limits)
        source = decoded
        return try decoded.next(&chunk)
    }

    /// Whether a body of this `Content-Encoding` is decoded here: the compressions that archives have too, and so neither
    /// `br` nor `deflate`.
    static func canDecode(_ encoding: String) -> Bool {
        ["gzip", "x-gzip", "compress", "x-compress", "zstd", "bzip2", "xz"].contains(encoding)
    }
}
