/// Why a transfer gave no response.
///
/// A URL in here has stars instead of a user name and password, and one that a redirect led to has its query left out, which is
/// where signatures and tokens stand.
public enum TransferError: Error, Sendable, Equatable {
    /// Not an absolute `http` or `https` URL, or with bytes in it that no URL has.
    case malformedURL(String)
    /// The URL has a user name or password in it, which would end up in logs and lock files; here are stars instead.
    case credentialsInURL(String)
    /// A header field whose name or value would break the request; the value is not repeated, nor a broken name.
    case invalidHeader(name: String)
    /// The network was needed and may not be used.
    case offline(url: String)
    /// The name has no address.
    case unknownHost(String)
    /// Nothing listens there.
    case connectionRefused(url: String)
    /// No connection could be made, for another reason.
    case unreachable(url: String, detail: String)
    /// The proxy was not found, or refused.
    case proxy(url: String, detail: String)
    /// The TLS handshake or the check of the certificate failed.
    case tls(url: String, detail: String)
    /// The connection broke before the response was complete.
    case connectionLost(url: String, detail: String)
    /// Nothing happened for longer than allowed.
    case timedOut(url: String, phase: Phase, after: Duration)
    /// More redirects than the limit, which a loop is too.
    case tooManyRedirects(url: String, limit: Int)
    /// A redirect from `https` to `http`, which is not followed.
    case insecureRedirect(from: String, to: String)
    /// A redirect to something other than a plain `http` or `https` URL.
    case unsupportedRedirect(from: String, to: String)
    /// A download was answered with a status other than success.
    case status(code: Int, url: String, retryAfter: Duration?)
    /// The server was asked too often.
    case rateLimited(RateLimit)
    /// The server does not let us in: 401 or 403, or 404 with a credential. Of a response that was asked for in memory the
    /// status is for the caller to judge.
    case refused(Refusal)
    /// A credential that cannot be sent: with a control character in it, or a colon in its user name.
    case unusableCredential(CredentialOrigin)
    /// The body ended early: so many bytes came, of so many when the server said how many.
    case truncated(url: String, received: Int, expected: Int?)
    /// The body is longer than the request allows, in bytes.
    case bodyTooLarge(url: String, limit: Int)
    /// Anything else; `code` is libcurl's `CURLcode`, and `detail` what libcurl says.
    case protocolFailure(url: String, code: Int, detail: String)
    /// The engine was shut down.
    case shutDown

    /// The limit that was exceeded.
    public enum Phase: String, Sendable, Equatable {
        /// Name lookup, connection and TLS handshake took too long.
        case connect
        /// No byte came or went for too long.
        case stall
        /// The whole took too long.
        case overall
    }
}

extension TransferError {
    /// The same about a URL that a redirect or a server's answer led to, whose query is not the user's own and may be a
    /// signature.
    public func withoutQuery() -> TransferError {
        func cut(_ url: String) -> String { URLText.withoutQuery(url) }
        return switch self {
        case .malformedURL(let url): .malformedURL(cut(url))
        case .credentialsInURL(let url): .credentialsInURL(cut(url))
        case .offline(let url): .offline(url: cut(url))
        case .connectionRefused(let url): .connectionRefused(url: cut(url))
        case .unreachable(let url, let detail): .unreachable(url: cut(url), detail: detail)
        case .proxy(let url, let detail): .proxy(url: cut(url), detail: detail)
        case .tls(let url, let detail): .tls(url: cut(url), detail: detail)
        case .connectionLost(let url, let detail): .connectionLost(url: cut(url), detail: detail)
        case .timedOut(let url, let phase, let after): .timedOut(url: cut(url), phase: phase, after: after)
        case .tooManyRedirects(let url, let limit): .tooManyRedirects(url: cut(url), limit: limit)
        case .insecureRedirect(let from, let to): .insecureRedirect(from: cut(from), to: cut(to))
        case .unsupportedRedirect(let from, let to): .unsupportedRedirect(from: cut(from), to: cut(to))
        case .status(let code, let url, let retryAfter): .status(code: code, url: cut(url), retryAfter: retryAfter)
        case .rateLimited(let limit): .rateLimited(limit.withURL(cut(limit.url)))
        case .refused(let refusal): .refused(refusal.withURL(cut(refusal.url)))
        case .truncated(let url, let received, let expected):
            .truncated(url: cut(url), received: received, expected: expected)
        case .bodyTooLarge(let url, let limit): .bodyTooLarge(url: cut(url), limit: limit)
        case .protocolFailure(let url, let code, let detail):
            .protocolFailure(url: cut(url), code: code, detail: detail)
        case .invalidHeader, .unknownHost, .unusableCredential, .shutDown: self
        }
    }
}
