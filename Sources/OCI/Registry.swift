internal import Transfer

/// A registry as one image of it is asked for: knows how to be let in (OCI distribution spec; Docker's token
/// authentication).
///
/// A stranger asks first. What needs a token gets one that anybody gets; only where that does not suffice is the credential
/// asked for that is known for the registry. That goes to the registry itself, or to the token server that the registry
/// names, as the protocol has it; the token goes to the registry. Neither goes to where a blob is redirected to.
actor Registry {
    /// Where the registry is, without a slash at the end.
    nonisolated let baseURL: String
    nonisolated let name: ImageName

    private let transfer: TransferEngine
    private let credentials: (any CredentialSource)?
    private var admission = Admission.stranger
    /// Counts how often the admission changed.
    private var generation = 0
    private var known: Credential?

    /// How we are let in.
    private enum Admission {
        /// Nobody asked for anything yet.
        case stranger
        /// With a token for everybody.
        case anonymousToken(String, Challenge)
        /// With a token for whoever has this credential.
        case token(String, Challenge, Credential)
        case basic(Credential)

        var credential: Credential? {
            switch self {
            case .stranger, .anonymousToken: nil
            case .token(_, _, let credential), .basic(let credential): credential
            }
        }
    }

    init(_ name: ImageName, baseURL: String, transfer: TransferEngine, credentials: (any CredentialSource)?) {
        (self.name, self.baseURL, self.transfer, self.credentials) = (name, baseURL, transfer, credentials)
    }

    /// The URL of something below the image.
    nonisolated func url(_ path: String) -> String { "\(baseURL)/v2/\(name.repository)/\(path)" }

    /// Where the credential is from that we are let in with; nil while a stranger gets the same.
    var credentialOrigin: CredentialOrigin? { admission.credential?.origin }

    // MARK: Requests

    /// Sends a request, as often as it takes to be let in.
    /// - Returns: the response, whatever its status; a refusal says how it came.
    func send(_ request: TransferRequest) async throws -> TransferResponse {
        var isFresh = false
        while true {
            let (ready, used) = admitted(request)
            let response = try await transfer.send(ready)
            guard try await improves(after: response.status, response, used, &isFresh) else { return response }
        }
    }

    /// Runs a download, once more where it was refused and we can be let in otherwise.
    func download<Value: Sendable>(
        _ request: TransferRequest, _ body: @Sendable (TransferRequest) async throws -> Value
    ) async throws -> Value {
        var isFresh = false
        while true {
            let (ready, used) = admitted(request)
            do {
                return try await body(ready)
            } catch TransferError.refused(let refusal) {
                guard try await improves(after: refusal.status, nil, used, &isFresh) else {
                    throw TransferError.refused(described(refusal))
                }
            }
        }
    }

    /// A refusal as it came about: what the registry was shown, it was shown as a token, of which the engine knows nothing.
    func described(_ refusal: Refusal) -> Refusal {
        guard refusal.attempt != .withheldFromRedirect else { return refusal }
        let attempt: Refusal.Attempt =
            if let origin = credentialOrigin {
                .tried(origin)
            } else if !URLText.isConfidential(baseURL) {
                .withheldFromPlainHTTP
            } else {
                .nothingKnown
            }
        return Refusal(
            url: refusal.url, status: refusal.status, authority: authority, attempt: attempt)
    }

    /// The request as we are let in now.
    private func admitted(_ request: TransferRequest) -> (request: TransferRequest, generation: Int) {
        var request = request
        request.credentials = .never
        switch admission {
        case .stranger: break
        case .anonymousToken(let token, _), .token(let token, _, _):
            request.headers.append(("Authorization", "Bearer \(token)"))
        case .basic(let credential): request.credential = credential
        }
        return (request, generation)
    }

    // MARK: Being let in

    /// Whether to try again, since we are let in otherwise than for the request that got this status.
    /// - Parameter isFresh: whether what we are let in with was got for this very request, so that it has not expired.
    private func improves(
        after status: Int, _ response: TransferResponse?, _ used: Int, _ isFresh: inout Bool
    ) async throws -> Bool {
        guard [401, 403, 404, 429].contains(status) else { return false }
        if used != generation { return true }
        // Layers take their time, and tokens are good for some minutes.
        let mayHaveExpired = status == 401 && !isFresh
        isFresh = true
        switch admission {
        case .stranger:
            guard status == 401, let response else { return try await showCredential(.basicOnly, status) }
            guard let challenge = try await challenge(in: response) else { return false }
            if sameBytes(challenge.scheme, "basic") { return try await showCredential(.basicOnly, status) }
            return try await takeToken(challenge, status)
        case .anonymousToken(_, let challenge):
            if mayHaveExpired { return try await takeToken(challenge, status) }
            return try await showCredential(.forToken(challenge), status)
        case .token(_, let challenge, let credential):
            guard mayHaveExpired else { return false }
            change(to: .token(try await token(challenge, credential), challenge, credential))
            return true
        case .basic: return false
        }
    }

    private enum Use {
        case basicOnly
        case forToken(Challenge)
    }

    /// Gets a token that anybody gets, or one for the credential where nobody else gets any.
    private func takeToken(_ challenge: Challenge, _ status: Int) async throws -> Bool {
        do {
            change(to: .anonymousToken(try await token(challenge, nil), challenge))
            return true
        } catch let refused as TokenRefused {
            guard try await showCredential(.forToken(challenge), refused.status) else { throw refused }
            return true
        }
    }

    /// Goes on with the credential, if there is one.
    private func showCredential(_ use: Use, _ status: Int) async throws -> Bool {
        guard let credential = try await credential(status) else { return false }
        switch use {
        case .basicOnly: change(to: .basic(credential))
        case .forToken(let challenge):
            change(to: .token(try await token(challenge, credential), challenge, credential))
        }
        return true
    }

    private func change(to next: Admission) {
        admission = next
        generation += 1
    }

    /// The credential for the registry, by the name that the image has it under or the server's own; nil where none is known,
    /// or none may be shown.
    private func credential(_ status: Int) async throws -> Credential? {
        if let known { return known }
        guard let credentials else { return nil }
        for query in Self.queries(for: name, at: baseURL) {
            let query = CredentialQuery(
                isSecure: query.isSecure, host: query.host, port: query.port, path: query.path,
                reason: .refused(status: status))
            if let credential = try await credentials.credential(for: query) {
                known = credential
                return credential
            }
        }
        return nil
    }

    /// What a credential that may be shown to a registry is kept for: the server, and of Docker Hub's own the name that
    /// everybody knows it by. What is somewhere in its place is not shown Docker Hub's.
    static func queries(for name: ImageName, at baseURL: String) -> [CredentialQuery] {
        var urls = [baseURL]
        if sameBytes(baseURL, ImageName.dockerHubURL) { urls.insert("https://\(ImageName.dockerHub)", at: 0) }
        return urls.filter(URLText.isConfidential).compactMap {
            URLText.credentialQuery("\($0)/v2/\(name.repository)")
        }
    }

    /// The server as errors name it, who say where a credential for it can be kept.
    private var authority: String {
        Self.queries(for: name, at: baseURL).first?.authority
            ?? URLText.credentialQuery(baseURL)?.authority ?? name.registry
    }

    /// What the registry wants, told by the response or, as with some, only by its root.
    private func challenge(in response: TransferResponse) async throws -> Challenge? {
        var challenges = Challenge.all(in: response.headers)
        if challenges.isEmpty {
            let root = try await transfer.send(TransferRequest(url: "\(baseURL)/v2/", credentials: .never))
            challenges = Challenge.all(in: root.headers)
        }
        for scheme in ["bearer", "basic"] {
            if let challenge = challenges.first(where: { sameBytes($0.scheme, scheme) }) { return challenge }
        }
        if let other = challenges.first { throw error(.unknownScheme(other.scheme)) }
        return nil
    }

    private func error(_ fault: TokenFault) -> OCIError { .token(registry: name.registry, fault) }

    // MARK: Tokens

    /// The token server lets nobody in, or not with this credential.
    struct TokenRefused: Error {
        let refusal: Refusal
        let said: String?
        var status: Int { refusal.status }
    }

    /// Asks the token server that the registry names. Never for more than to read this one image, whatever the registry
    /// says is needed.
    /// - Throws: `TokenRefused`, `OCIError.token`, `TransferError`
    private func token(_ challenge: Challenge, _ credential: Credential?) async throws -> String {
        guard let realm = challenge.parameters["realm"], let query = URLText.credentialQuery(realm) else {
            throw error(.noRealm)
        }
        // What goes over https stays on it; only a registry that is asked without it may name a server without it.
        guard query.isSecure || !baseURL.hasPrefix("https:") else { throw error(.insecureRealm(url: realm)) }
        guard credential == nil || URLText.isConfidential(realm) else { throw error(.insecureRealm(url: realm)) }
        var items = [("scope", "repository:\(name.repository):pull")]
        if let service = challenge.parameters["service"], !service.isEmpty { items.insert(("service", service), at: 0) }
        if let credential, !credential.user.isEmpty { items.insert(("account", credential.user), at: 0) }
        let text = items.map { "\($0)=\(PercentEncoding.encodeComponent($1))" }.joined(separator: "&")
        let url = realm + (realm.utf8.contains(UInt8(ascii: "?")) ? "&" : "?") + text
        let response = try await transfer.send(
            TransferRequest(
                url: url, headers: [("Accept", "application/json")], maximumBodySize: 1 << 20, credentials: .never,
                credential: credential))
        let place = URLText.withoutQuery(realm)
        switch response.status {
        case 200:
            guard let token = TokenAnswer.token(response.body) else { throw error(.malformed(url: place)) }
            return token
        case 401, 403:
            let attempt = credential.map { Refusal.Attempt.tried($0.origin) } ?? .nothingKnown
            throw TokenRefused(
                refusal: Refusal(
                    url: place, status: response.status, authority: authority, attempt: attempt),
                said: RegistryErrors.text(response.body))
        case 408, 429, 500...: throw response.failure(url: place)
        default: throw error(.status(url: place, response.status))
        }
    }
}
