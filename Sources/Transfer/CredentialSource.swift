/// Knows credentials, each bound to the server that it is meant for.
///
/// The engine asks for one only where it may be sent: over https, or to this machine itself.
public protocol CredentialSource: Sendable {
    /// The credential for a URL, or nil where none is known.
    ///
    /// - Throws: `TransferError.unusableCredential`, and what else keeps the source from saying anything.
    func credential(for query: CredentialQuery) async throws -> Credential?

    /// Told that a server gave with the credential what it had not given, or not been asked for, without.
    ///
    /// - Parameter url: the URL of the whole request, before any redirect.
    func accepted(_ credential: Credential, for url: String)
}

/// What a credential is wanted for.
public struct CredentialQuery: Sendable, Hashable {
    /// Why it is wanted.
    public enum Reason: Sendable, Hashable {
        /// The server answered with this status: 401, 403 or 404, behind which forges hide what is private; or with a
        /// limit (429, and some 403), which is a higher one for those whom it knows.
        case refused(status: Int)
        /// The request says that it needs one.
        case requested
    }

    public let isSecure: Bool
    /// In lower case, an IPv6 address in its brackets.
    public let host: String
    public let port: Int
    /// The path as the URL spells it, with its leading slash.
    public let path: String
    public let reason: Reason

    public init(isSecure: Bool, host: String, port: Int, path: String, reason: Reason) {
        self.isSecure = isSecure
        self.host = host
        self.port = port
        self.path = path
        self.reason = reason
    }

    /// Whether the port is the scheme's own.
    public var hasDefaultPort: Bool { port == (isSecure ? 443 : 80) }

    /// The host, and the port where it is not the scheme's own.
    public var authority: String { hasDefaultPort ? host : "\(host):\(port)" }

    /// What would be asked for a request to that URL; nil where no credential may be sent there, or nothing at all.
    public init?(url: String, reason: Reason) {
        guard let url = try? WebURL(url), url.isSecure || url.isLoopback else { return nil }
        self.init(url, reason)
    }

    init(_ url: WebURL, _ reason: Reason) {
        // libcurl made it of a number.
        let port = Int(url.port) ?? 0
        self.init(isSecure: url.isSecure, host: url.host, port: port, path: url.path, reason: reason)
    }
}

/// A server that did not let us in.
public struct Refusal: Sendable, Equatable {
    /// What had been tried.
    public enum Attempt: Sendable, Equatable {
        /// No credential is known for the server.
        case nothingKnown
        /// The credential from there.
        case tried(CredentialOrigin)
        /// The request's own `Authorization`.
        case given
        /// None, because the connection is not encrypted.
        case withheldFromPlainHTTP
        /// None, because the server is another than the one that was asked, which redirected here.
        case withheldFromRedirect
    }

    public let url: String
    /// 401 or 403; 404 when a credential was tried, since that may mean the same.
    public let status: Int
    /// Host and, where it is not the scheme's own, port.
    public let authority: String
    public let attempt: Attempt

    public init(url: String, status: Int, authority: String, attempt: Attempt) {
        self.url = url
        self.status = status
        self.authority = authority
        self.attempt = attempt
    }

    /// The same refusal of another URL, or of one that is cut for a message.
    public func withURL(_ url: String) -> Refusal {
        Refusal(url: url, status: status, authority: authority, attempt: attempt)
    }
}
