/// How an engine transfers.
public struct TransferConfiguration: Sendable {
    /// How long name lookup, connection and TLS handshake may take.
    public var connectTimeout: Duration = .seconds(15)
    /// How long a transfer may be without a byte; a server that makes an archive on demand takes its time.
    public var stallTimeout: Duration = .seconds(60)
    /// How long one `send` or `download` may take with its redirects and retries, the wait for its turn left out.
    public var overallTimeout: Duration?
    /// How often a transient failure is tried again.
    public var retries = 3
    /// The wait before the first retry; it doubles with each, and a random part is added or taken away.
    public var retryDelay: Duration = .milliseconds(500)
    /// Whether every transfer fails with `TransferError.offline` instead of touching the network.
    public var isOffline = false
    /// How many transfers run at a time.
    public var maximumTransfers = 16
    /// How many transfers run at a time against one host and port.
    public var maximumPerHost = 6
    /// Told of a wait of a second or more that a server asked for, or that comes after its failure.
    public var onWait: (@Sendable (RetryWait) -> Void)?
    public var userAgent = "pinr"
    /// Who knows credentials; nil to send none.
    public var credentials: (any CredentialSource)?
    /// The variables of the environment; of these count `NIX_SSL_CERT_FILE`, `SSL_CERT_FILE` and `CURL_CA_BUNDLE` (the
    /// first that is set, as Nix orders them), `SSL_CERT_DIR`, `http_proxy` (in lower case only, as in curl), and in
    /// either case `https_proxy`, `all_proxy` and `no_proxy`. The process's own environment does not count.
    public var environment: [String: String] = [:]

    public init() {}

    /// Describes an engine for this environment; the rest as by default.
    public init(environment: [String: String]) {
        self.environment = environment
    }

    private func variable(_ names: String...) -> String? {
        names.lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
    }

    /// The file with the certificates to trust; nil for libcurl's own.
    var certificateFile: String? { variable("NIX_SSL_CERT_FILE", "SSL_CERT_FILE", "CURL_CA_BUNDLE") }

    /// The folder with the certificates to trust; nil for libcurl's own.
    var certificateDirectory: String? { variable("SSL_CERT_DIR") }

    /// The hosts that no proxy is used for, comma-separated.
    var proxyExceptions: String? { variable("no_proxy", "NO_PROXY") }

    /// The proxy for URLs of a scheme; `HTTP_PROXY` is left out because a CGI server sets it from a request's header.
    func proxy(forSecure isSecure: Bool) -> String? {
        isSecure
            ? variable("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
            : variable("http_proxy", "all_proxy", "ALL_PROXY")
    }
}
