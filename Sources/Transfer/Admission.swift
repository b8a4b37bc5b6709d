/// Decides which hops of one request carry a credential.
///
/// A stranger asks first. Only what is refused is asked for once more, with the credential for its server if there is
/// one; from then on every hop to that server carries it, until a redirect leads elsewhere. Behind such a redirect none is
/// sent, not even to the server that began: whoever stood between chose the URL.
struct Admission {
    private let request: TransferRequest
    private let url: WebURL
    private let configuration: TransferConfiguration
    private var credential: Credential?
    private var hasAsked = false
    /// Whether the credential was asked for because a stranger may ask no more, and not because it may not ask at all.
    private var isAgainstLimit = false

    /// What is known about one pass over the redirects.
    struct Pass {
        /// Whether every hop so far went to the server of the request.
        var isHome = true
        /// The credential that a hop carried.
        var carried: CredentialOrigin?
    }

    init(_ request: TransferRequest, _ url: WebURL, _ configuration: TransferConfiguration) {
        self.request = request
        self.url = url
        self.configuration = configuration
    }

    private var hasOwn: Bool { request.hasHeader("authorization") }

    /// Notes that a hop goes to this URL, and gives it the credential, if it is to have one.
    ///
    /// - Throws: what the source throws.
    mutating func prepare(_ hop: inout TransferRequest, to target: WebURL, _ pass: inout Pass) async throws {
        if !sameBytes(target.origin, url.origin) { pass.isHome = false }
        guard pass.isHome else { return }
        if request.credential != nil || request.credentials == .immediately { try await ask(.requested) }
        attach(to: &hop, &pass)
    }

    /// Whether the hop is to be made once more, now with a credential, which it was given.
    ///
    /// - Throws: what the source throws.
    mutating func retry(
        _ hop: inout TransferRequest, after head: ResponseHead, _ pass: inout Pass
    ) async throws -> Bool {
        let isLimit = RateLimitFields.isLimit(head.status, head.headers)
        guard isLimit || Self.isRefusal(head.status), pass.isHome, credential == nil, request.credentials != .never
        else {
            return false
        }
        try await ask(.refused(status: head.status))
        isAgainstLimit = isLimit
        attach(to: &hop, &pass)
        return credential != nil
    }

    private mutating func ask(_ reason: CredentialQuery.Reason) async throws {
        guard !hasAsked, !hasOwn, isPrivate else { return }
        if let given = request.credential {
            credential = given
            return
        }
        guard let source = configuration.credentials else { return }
        hasAsked = true
        let found = try await source.credential(for: CredentialQuery(url, reason))
        credential = request.credentialScheme.flatMap { found?.sent(as: $0) } ?? found
    }

    private func attach(to hop: inout TransferRequest, _ pass: inout Pass) {
        guard let credential else { return }
        hop.setHeader("Authorization", credential.authorization)
        pass.carried = credential.origin
    }

    /// Whether nobody between here and the server can read what is sent.
    private var isPrivate: Bool {
        url.isSecure || url.isLoopback && configuration.plainProxy(forHost: url.host) == nil
    }

    /// What a response says about who was let in: the credential that it took, and the refusal if it is one.
    func outcome(
        _ head: ResponseHead, _ target: WebURL, _ pass: Pass
    ) -> (credentials: CredentialOrigin?, refusal: Refusal?) {
        let isLimit = RateLimitFields.isLimit(head.status, head.headers)
        // Of a given one the giver knows what it was needed for.
        if let credential, request.credential == nil, pass.carried != nil, !isAgainstLimit, !isLimit,
            !Self.isRefusal(head.status)
        {
            configuration.credentials?.accepted(credential, for: url.text)
        }
        return (pass.carried, isLimit ? nil : refusal(head.status, target, pass))
    }

    private func refusal(_ status: Int, _ target: WebURL, _ pass: Pass) -> Refusal? {
        guard Self.isRefusal(status) else { return nil }
        let attempt: Refusal.Attempt =
            if !pass.isHome {
                .withheldFromRedirect
            } else if hasOwn {
                .given
            } else if let origin = pass.carried {
                .tried(origin)
            } else if !isPrivate {
                .withheldFromPlainHTTP
            } else {
                .nothingKnown
            }
        if status == 404, pass.carried == nil { return nil }
        let authority = CredentialQuery(target, .requested).authority
        let text = pass.isHome ? target.text : URLText.withoutQuery(target.text)
        return Refusal(url: text, status: status, authority: authority, attempt: attempt)
    }

    private static func isRefusal(_ status: Int) -> Bool { status == 401 || status == 403 || status == 404 }
}

extension WebURL {
    /// Whether the host is this machine, whoever else may be asked for its name.
    var isLoopback: Bool {
        if sameBytes(host, "localhost") || sameBytes(host, "[::1]") { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0].utf8.elementsEqual("127".utf8) && parts.allSatisfy { UInt8($0) != nil }
    }
}

extension TransferConfiguration {
    /// The proxy that a plain http request to the host goes through.
    ///
    /// An exception counts only where it is the host itself, or a star and nothing else; of others it is not known what
    /// libcurl makes, for which a star in a list is the name of a host.
    func plainProxy(forHost host: String) -> String? {
        if proxyExceptions.map({ sameBytes($0, "*") }) ?? false { return nil }
        let exceptions = (proxyExceptions ?? "").split { $0 == "," || $0 == " " }
        let bare = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        if exceptions.contains(where: { sameBytes(asciiLowercased(String($0)), bare) }) { return nil }
        return proxy(forSecure: false)
    }
}
