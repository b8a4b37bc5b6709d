internal import Threads
internal import Transfer

/// A registry that is asked about one package.
struct Registry: Sendable {
    let upstream: Upstream
    /// Its base URL, without a slash at the end.
    let base: String
    /// How the package is called in messages.
    let package: String
    /// Whether versions before the current one may be taken too.
    var wantsOlder = false

    /// The longest list that is read. Of some packages, an npm registry tells tens of megabytes.
    private static let longestAnswer = 128 << 20

    init(_ upstream: Upstream, at base: String, package: String) {
        self.upstream = upstream
        self.base = base
        self.package = package
    }

    /// What the registry answers; nil where it says that there is no such thing.
    /// - Parameters:
    ///   - path: behind the base, with its leading slash, or a whole URL.
    ///   - accept: what is asked for.
    ///   - acceptsGzip: whether it may come compressed, which is for bodies of which it shows where they end.
    /// - Throws: `TransferError`, also for every other status but success.
    func get(_ path: String, accept: String? = nil, acceptsGzip: Bool = false) async throws -> TransferResponse? {
        let url = path.utf8.first == UInt8(ascii: "/") ? base + path : path
        var request = TransferRequest(url: url, headers: accept.map { [("Accept", $0)] } ?? [])
        request.maximumBodySize = Self.longestAnswer
        request.acceptsGzip = acceptsGzip
        let response = try await upstream.transfer.send(request)
        switch response.status {
        case 200..<300: return response
        case 404, 410: return nil
        default: throw response.failure(url: url)
        }
    }

    /// What the registry answers, asked once for all pins that want it; nil where it says that there is no such thing.
    /// - Throws: as `get`
    func page(_ path: String, accept: String? = nil, acceptsGzip: Bool = false) async throws -> TransferResponse? {
        try await upstream.document(at: base + path) {
            try await get(path, accept: accept, acceptsGzip: acceptsGzip)
        }
    }

    /// The JSON document that the registry answers with; nil where it says that there is no such thing.
    /// - Throws: `ResolveError.malformedAnswer` for anything but JSON, `TransferError`
    func json(_ path: String, accept: String = "application/json") async throws -> Answer? {
        guard upstream.isShared(package) else { return try await ask(path, accept: accept) }
        let url = path.utf8.first == UInt8(ascii: "/") ? base + path : path
        return try await upstream.document(at: "\(accept) \(url)") { try await ask(path, accept: accept) }
    }

    private func ask(_ path: String, accept: String) async throws -> Answer? {
        // Lists are long, and a tenth of it with gzip. A document that is cut short is none.
        guard let response = try await get(path, accept: accept, acceptsGzip: true) else { return nil }
        // Tens of megabytes take their time, and the others are not to wait for a thread meanwhile.
        return try await onThread { _ in try Answer(response) }
    }

    /// - Parameter path: where the package should have been.
    func notFound(_ path: String) -> ResolveError { .packageNotFound(package, url: base + path) }
}
