internal import Transfer

extension Problem {
    init(_ error: TransferError) {
        switch error {
        case .malformedURL(let url):
            self.init(.badSource, "`\(printable(url))` is not a URL that can be fetched", url: url)
        case .credentialsInURL(let url):
            self.init(
                .badSource,
                "`\(printable(url))` was given with a user name or password, which the lock file would keep",
                url: url, hint: "take them out of the URL")
        case .invalidHeader(let name): self.init(.internal, "the header field `\(printable(name))` cannot be sent")
        case .offline(let url):
            self.init(
                .offline, "`\(printable(url))` is needed, and `--offline` forbids the network", url: url,
                hint: "leave out `--offline`")
        case .unknownHost(let host):
            self.init(
                .network, "there is no host `\(printable(host))`", hint: "check the name, and the network connection")
        case .connectionRefused(let url):
            self.init(.network, "nothing answers at `\(printable(url))`", url: url, hint: "check host and port")
        case .unreachable(let url, let detail):
            self.init(.network, "`\(printable(url))` cannot be reached: \(printable(detail))", url: url)
        case .proxy(let url, let detail):
            self.init(
                .network, "the proxy for `\(printable(url))` does not let us through: \(printable(detail))", url: url,
                hint: "check http_proxy, https_proxy and no_proxy")
        case .tls(let url, let detail):
            self.init(
                .tls, "`\(printable(url))` cannot prove who it is: \(printable(detail))", url: url,
                hint: "for a private certificate authority, set SSL_CERT_FILE")
        case .connectionLost(let url, let detail):
            self.init(.network, "the connection to `\(printable(url))` broke: \(printable(detail))", url: url)
        case .timedOut(let url, let phase, let after):
            let what =
                switch phase {
                case .connect: "could not be connected to within"
                case .stall: "sent nothing for"
                case .overall: "was not done within"
                }
            self.init(
                .timeout, "`\(printable(url))` \(what) \(Self.seconds(after)) seconds", url: url,
                hint: phase == .overall ? "`--timeout` gives it longer" : "try again later")
        case .tooManyRedirects(let url, let limit):
            self.init(.network, "`\(printable(url))` redirects more than \(limit) times", url: url)
        case .insecureRedirect(let from, let to):
            self.init(
                .network, "`\(printable(from))` redirects to `\(printable(to))`, which is not encrypted", url: from)
        case .unsupportedRedirect(let from, let to):
            self.init(
                .network, "`\(printable(from))` redirects to `\(printable(to))`, which is not a web address", url: from)
        case .status(let code, let url, let retryAfter): self = .status(code, url, retryAfter)
        case .rateLimited(let limit): self.init(limit)
        case .refused(let refusal): self.init(refusal, of: "`\(printable(refusal.url))`", refusal.url)
        case .unusableCredential(let origin):
            self.init(
                .auth,
                "the credential from \(Self.place(origin)) cannot be sent: there is a line end or another control "
                    + "character in it, or a colon in its user name",
                hint: "set it again, without what does not belong to it")
        case .truncated(let url, let received, let expected):
            let whole = expected.map { " of \($0)" } ?? ""
            self.init(
                .network, "`\(printable(url))` was cut short after \(received)\(whole) bytes", url: url,
                hint: "try again")
        case .bodyTooLarge(let url, let limit):
            self.init(.network, "`\(printable(url))` answers with more than \(limit) bytes", url: url)
        case .protocolFailure(let url, let code, let detail):
            self.init(
                .network, "`\(printable(url))` cannot be fetched: \(printable(detail)) (libcurl \(code))", url: url)
        case .shutDown: self.init(.interrupted, "interrupted")
        }
    }

    private static func status(_ code: Int, _ url: String, _ retryAfter: Duration?) -> Problem {
        let shown = printable(url)
        switch code {
        case 401, 403:
            return Problem(.auth, "`\(shown)` is not open to everybody (HTTP \(code))", url: url)
        case 404, 410:
            return Problem(
                .notFound, "there is nothing at `\(shown)` (HTTP \(code))", url: url,
                hint: "check the address; a private one may look as if it were not there")
        case 429:
            return Problem(.rateLimited, "`\(shown)` was asked too often (HTTP 429)", url: url, hint: "try later")
        case 500...:
            // One that asks for longer than is waited for was not tried again.
            let wait = retryAfter.map { "; it asks to wait \(seconds($0)) seconds" } ?? ""
            return Problem(
                .network, "the server of `\(shown)` failed (HTTP \(code))\(wait)", url: url, hint: "try again later")
        default:
            return Problem(.network, "`\(shown)` answers with HTTP \(code)", url: url)
        }
    }

    static func seconds(_ duration: Duration) -> String {
        let (whole, rest) = duration.components
        let tenths = rest / 100_000_000_000_000_000
        return tenths == 0 ? "\(whole)" : "\(whole).\(tenths)"
    }
}
