/// What is asked of an HTTP server.
public struct TransferRequest: Sendable {
    /// The methods that are spoken.
    public enum Method: String, Sendable, Equatable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"

        /// Whether it asks for something without changing anything (RFC 9110, 9.2.1).
        var isSafe: Bool { self == .get || self == .head }
    }

    /// When the credential that is known for the server is sent; a request with an `Authorization` of its own sends that.
    public enum CredentialUse: Sendable, Equatable {
        /// With a second request, after the server refused the first.
        case whenRefused
        /// With the first request.
        case immediately
        /// Not at all.
        case never
    }

    /// An `http` or `https` URL without user name or password.
    public var url: String
    public var method: Method
    /// Header fields, sent in this order. `Host`, `Content-Length` and `User-Agent` are made by the engine unless given.
    public var headers: [(name: String, value: String)]
    /// What a POST, PUT or PATCH sends.
    public var body: [UInt8]
    /// Whether a redirect is followed (at most ten, `http` and `https` only, never from `https` to `http`), or is the
    /// response.
    public var followsRedirects: Bool
    /// How many bytes `send` takes as a body; a longer one fails with `TransferError.bodyTooLarge`.
    public var maximumBodySize: Int
    /// Whether the server may send the body to `send` with gzip. It arrives without; `maximumBodySize` is its size then. For
    /// bodies alone of which it shows where they end, as of JSON: one that is cut short inside gzip is no error here.
    public var acceptsGzip: Bool
    /// Whether the response's header is all that is wanted, so that the transfer is ended where its body begins.
    var leavesBody = false
    /// Whether a POST, PUT or PATCH may be repeated after a failure; GET and HEAD always may.
    public var isIdempotent: Bool
    /// When the credential that is known for the server is sent.
    public var credentials: CredentialUse
    /// A credential to send with the first request, whatever server it is kept for: for one that the server it is kept for
    /// has named. It goes to that server alone, and only over https, or to this machine.
    public var credential: Credential?
    /// How the server is sent whatever credential is known for it; nil for the way that its source chooses.
    public var credentialScheme: Credential.Scheme?
    /// The status codes that stand at once, though the server may have another one for who tries again.
    public var standingStatuses: Set<Int>
    /// How long it may take with its redirects and retries, when that is less than the engine allows.
    public var timeLimit: Duration?

    /// Describes a request; by default a plain GET.
    public init(
        url: String,
        method: Method = .get,
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = [],
        followsRedirects: Bool = true,
        maximumBodySize: Int = 64 << 20,
        acceptsGzip: Bool = false,
        isIdempotent: Bool = false,
        credentials: CredentialUse = .whenRefused,
        credential: Credential? = nil,
        credentialScheme: Credential.Scheme? = nil,
        standingStatuses: Set<Int> = [],
        timeLimit: Duration? = nil
    ) {
        self.url = url
        self.method = method
        self.headers = headers
        self.body = body
        self.followsRedirects = followsRedirects
        self.maximumBodySize = maximumBodySize
        self.acceptsGzip = acceptsGzip
        self.isIdempotent = isIdempotent
        self.credentials = credentials
        self.credential = credential
        self.credentialScheme = credentialScheme
        self.standingStatuses = standingStatuses
        self.timeLimit = timeLimit
    }

    /// Whether sending it twice does no harm.
    var mayRepeat: Bool { method.isSafe || isIdempotent }

    /// Sets the field, in place of every field of that name.
    mutating func setHeader(_ name: String, _ value: String) {
        removeHeader(name)
        headers.append((name, value))
    }

    mutating func removeHeader(_ name: String) {
        let name = asciiLowercased(name)
        headers.removeAll { sameBytes(asciiLowercased($0.name), name) }
    }

    func hasHeader(_ name: String) -> Bool {
        headers.contains { sameBytes(asciiLowercased($0.name), asciiLowercased(name)) }
    }

    /// Refuses what would let a value smuggle in another header field (RFC 9110, 5.5).
    ///
    /// - Throws: `TransferError.invalidHeader`, which does not repeat the value.
    func checkHeaders() throws {
        for (name, value) in headers {
            let isToken = !name.isEmpty && name.utf8.allSatisfy(isTokenByte)
            let isClean = value.utf8.allSatisfy { $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) }
            guard isToken && isClean else {
                throw TransferError.invalidHeader(name: isToken ? name : "")
            }
        }
    }
}

private func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
}
