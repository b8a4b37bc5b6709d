/// What a server answered, after the redirects that were followed.
public struct TransferResponse: Sendable, Equatable {
    /// The status code.
    public var status: Int
    /// The header fields of this, the final response.
    public var headers: HTTPHeaders
    /// The URL that gave this response.
    public var url: String
    /// The URLs that answered with a redirect, in order: the request's own first, `url` not among them; empty when
    /// nothing redirected.
    public var redirects: [String]
    /// The header fields of each of those redirects, in the same order (a `Link` may stand there, see the Lockable HTTP
    /// Tarball Protocol).
    public var redirectHeaders: [HTTPHeaders]
    /// The body as the server sent it, never decompressed; empty for a download, whose body went into the channel.
    public var body: [UInt8]
    /// Where the credential is from that the request had to bring, on this hop or one before; nil when a stranger gets
    /// the same.
    public var credentials: CredentialOrigin?
    /// Whether a redirect led to another scheme, host or port than the request's.
    public var hasLeftOrigin: Bool
    /// How it came that we were not let in, when the status says so.
    public var refusal: Refusal?

    /// Whether a stranger does not get this.
    public var usedCredentials: Bool { credentials != nil }

    /// The error of a response whose status is not the one that was hoped for.
    ///
    /// - Parameter url: what to call it; its own URL when nil.
    public func failure(url: String? = nil) -> TransferError {
        if let rateLimit { return .rateLimited(url.map(rateLimit.withURL) ?? rateLimit) }
        if let refusal { return .refused(refusal) }
        return .status(code: status, url: url ?? printableURL, retryAfter: retryAfter)
    }

    /// The URL as a message may repeat it: without its query where redirects led there, which may be a signature.
    public var printableURL: String { redirects.isEmpty ? url : URLText.withoutQuery(url) }

    public init(
        status: Int,
        headers: HTTPHeaders,
        url: String,
        redirects: [String] = [],
        redirectHeaders: [HTTPHeaders] = [],
        body: [UInt8] = [],
        credentials: CredentialOrigin? = nil,
        hasLeftOrigin: Bool = false,
        refusal: Refusal? = nil
    ) {
        self.status = status
        self.headers = headers
        self.url = url
        self.redirects = redirects
        self.redirectHeaders = redirectHeaders
        self.body = body
        self.credentials = credentials
        self.hasLeftOrigin = hasLeftOrigin
        self.refusal = refusal
    }
}
