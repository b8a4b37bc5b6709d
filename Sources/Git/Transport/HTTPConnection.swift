internal import Synchronization
internal import Threads
internal import Transfer

/// Git's smart protocol over http or https.
///
/// Specified in gitprotocol-http(5).
final class HTTPConnection: UploadPackConnection {
    private struct State {
        /// Where requests are posted to: the URL, or where the server redirected the first request to.
        var base: String
        /// Nil while the server has not said so of this repository, and version 2 is a guess.
        var speaksVersion2: Bool?
        /// When the following requests bring a credential.
        var credentials = TransferRequest.CredentialUse.whenRefused
        var advertisement: Advertisement?
    }

    private let url: GitURL
    private let transfer: TransferEngine
    private let service: GitService
    /// What others have found out; it has this connection. Nil where nothing is to be learnt or handed on.
    private weak let cache: HTTPConnectionCache?
    private let state: Mutex<State>

    init(
        _ url: GitURL, _ transfer: TransferEngine, _ cache: HTTPConnectionCache?, service: GitService = .uploadPack
    ) {
        self.url = url
        self.transfer = transfer
        self.service = service
        self.cache = cache
        var base = url.text
        while base.utf8.last == UInt8(ascii: "/") { base.removeLast() }
        state = Mutex(State(base: base))
    }

    func likelyCapabilities() async -> Capabilities? {
        guard state.withLock({ $0.advertisement == nil }) else { return nil }
        return await cache?.capabilities(of: url)
    }

    func advertisement() async throws -> Advertisement {
        if let known = state.withLock({ $0.advertisement }) { return known }
        // Whatever becomes of it: others wait for it.
        var capabilities: Capabilities?
        defer { cache?.learn(capabilities, of: url) }
        let suffix = "/info/refs?service=" + service.rawValue
        // A server that has redirected elsewhere before is asked there, and still as a stranger.
        let (base, credentials) = state.withLock { ($0.base, $0.credentials) }
        let request = TransferRequest(
            url: base + suffix, headers: headers(isVersion2: true), credentials: credentials)
        let onHead = { @Sendable [self] (response: TransferResponse) in
            try checkType(response, service.advertisementType)
            // A page that asks for a login answers at quite another URL.
            guard response.url.utf8.count > suffix.utf8.count, RefName.hasSuffix(response.url, suffix)
            else { throw GitError.notSmartHTTP(url: url.text, contentType: response.headers["content-type"]) }
            state.withLock { state in
                state.base = String(response.url.dropLast(suffix.count))
                // What a redirect led to is not the server that a credential is meant for.
                state.credentials =
                    if response.hasLeftOrigin || credentials == .never {
                        .never
                    } else {
                        response.usedCredentials ? .immediately : .whenRefused
                    }
            }
        }
        let advertisement = try await stream(request, limit: maximumAdvertisement, onHead: onHead) {
            [service] reader, _ in
            try Advertisement.parse(reader, of: service)
        }
        guard case .version2(let said) = advertisement else {
            state.withLock { $0.speaksVersion2 = false }
            return advertisement
        }
        state.withLock { state in
            state.speaksVersion2 = true
            // What a server can do stays the same; what refs it has does not.
            state.advertisement = advertisement
        }
        capabilities = said
        return advertisement
    }

    func exchange<Value: Sendable>(
        _ request: [UInt8], limit: Int, _ body: @escaping @Sendable (PktReader, Cancellation) throws -> Value
    ) async throws -> Value {
        let (base, speaksVersion2, credentials) = state.withLock { ($0.base, $0.speaksVersion2, $0.credentials) }
        var headers = headers(isVersion2: speaksVersion2 ?? true)
        headers.append(("Content-Type", service.requestType))
        headers.append(("Accept", service.resultType))
        let post = TransferRequest(
            url: base + "/" + service.rawValue, method: .post, headers: headers, body: request, followsRedirects: false,
            // A guess is not repeated: there is a way that is sure. Nor is what changes something: the second time it would
            // be refused for what the first time did.
            isIdempotent: service == .uploadPack && speaksVersion2 != nil, credentials: credentials)
        let onHead = { @Sendable [self] (response: TransferResponse) in try checkType(response, service.resultType) }
        return try await stream(post, limit: limit, onHead: onHead, body)
    }

    func close() async {}

    private func headers(isVersion2: Bool) -> [(name: String, value: String)] {
        // Some servers know a git client by the beginning of its name.
        var headers = [(name: "User-Agent", value: "git/2.0 (pinr)")]
        if isVersion2 && service.hasVersion2 { headers.append(("Git-Protocol", "version=2")) }
        return headers
    }

    private func checkType(_ response: TransferResponse, _ wanted: String) throws {
        let type = response.headers["content-type"]
        // Some servers add a character set.
        let bare = type?.prefix { $0 != ";" && $0 != " " }.lowercased()
        guard let bare, bare == wanted else {
            throw GitError.notSmartHTTP(url: url.text, contentType: type.map { Sanitized.line($0.utf8) })
        }
    }

    // MARK: Streaming

    /// Downloads on the engine's thread while a thread of its own reads.
    private func stream<Value: Sendable>(
        _ request: TransferRequest, limit: Int,
        onHead: @escaping @Sendable (TransferResponse) throws -> Void,
        _ body: @escaping @Sendable (PktReader, Cancellation) throws -> Value
    ) async throws -> Value {
        do {
            return try await transfer.stream(request, onHead: onHead) { source, cancellation in
                let reader = PktReader(source, limit: limit)
                let value = try body(reader, cancellation)
                try? reader.drain()
                return value
            }.0
        } catch {
            throw named(error)
        }
    }

    /// A status that means something about a repository, in its words.
    private func named(_ error: any Error) -> any Error {
        return switch error {
        case TransferError.refused(let refusal): GitError.authenticationRequired(url: url.text, refusal)
        case TransferError.status(404, _, _), TransferError.status(410, _, _): GitError.notFound(url: url.text)
        default: error
        }
    }
}
