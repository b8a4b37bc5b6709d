internal import CCurl

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// A server that was asked too often, and when it may be asked again.
public struct RateLimit: Sendable, Equatable {
    /// As a message may repeat it.
    public let url: String
    /// 429, or the 403 that some forges say instead.
    public let status: Int
    /// Host and, where it is not the scheme's own, port.
    public let authority: String
    /// How long the server asks to be left alone; nil where it does not say.
    public let wait: Duration?
    /// When that is over, in seconds since 1970 UTC; nil where it does not say.
    public let end: Int64?
    /// Where the credential is from that was sent, whose limit this is; nil when it is a stranger's.
    public let credential: CredentialOrigin?

    public init(
        url: String, status: Int, authority: String, wait: Duration?, end: Int64?, credential: CredentialOrigin?
    ) {
        self.url = url
        self.status = status
        self.authority = authority
        self.wait = wait
        self.end = end
        self.credential = credential
    }

    /// The same limit of another URL, or of one that is cut for a message.
    public func withURL(_ url: String) -> RateLimit {
        RateLimit(
            url: url, status: status, authority: authority, wait: wait, end: end, credential: credential)
    }
}

/// A wait before a request is made once more.
public struct RetryWait: Sendable, Equatable {
    /// As a message may repeat it.
    public let url: String
    /// What the server answered.
    public let status: Int
    public let duration: Duration
}

extension TransferResponse {
    /// The limit that keeps the server from answering; nil for any other answer.
    public var rateLimit: RateLimit? { rateLimit(now: Int(time(nil))) }

    /// - Parameter now: seconds since 1970.
    func rateLimit(now: Int) -> RateLimit? {
        guard RateLimitFields.isLimit(status, headers) || status == 403 && RateLimitFields.isSaid(in: body) else {
            return nil
        }
        let wait = RetryPolicy.retryAfter(headers, now: now)
        let end = wait.map { now.addingReportingOverflow(Int($0.components.seconds)) }
        return RateLimit(
            url: printableURL, status: status,
            authority: (try? WebURL(url)).map { CredentialQuery($0, .requested).authority } ?? "", wait: wait,
            end: end.map { Int64($0.overflow ? .max : $0.partialValue) }, credential: credentials)
    }
}

/// What the header of a response says about how often its server may be asked.
///
/// There is no one way to say it. `X-RateLimit-Reset` is a time in GitHub's answers and Forgejo's, `RateLimit-Reset` a time
/// in GitLab's and a number of seconds in the drafts of the IETF, whose newest has one field `RateLimit` with parameters.
enum RateLimitFields {
    /// Whether the server means that it was asked too often: by its status, or by a 403 that says so beside it.
    static func isLimit(_ status: Int, _ headers: HTTPHeaders) -> Bool {
        switch status {
        case 429: true
        // Secondary limits of GitHub have this and nothing else; who may not come in at all is not told to wait.
        case 403: headers["retry-after"] != nil || remaining(headers) == 0
        default: false
        }
    }

    /// Whether the text of a 403 names a limit: that of GitHub's secondary ones is all that some of them have.
    static func isSaid(in body: [UInt8]) -> Bool {
        let text = asciiLowercased(String(decoding: body.prefix(2048), as: UTF8.self))
        return text.contains("rate limit")
    }

    /// How many requests are left; nil where the server does not say.
    static func remaining(_ headers: HTTPHeaders) -> Int? {
        for name in ["x-ratelimit-remaining", "x-rate-limit-remaining", "ratelimit-remaining"] {
            if let number = headers[name].flatMap(whole) { return number }
        }
        return parameter(["r", "remaining"], headers)
    }

    /// How long it is until requests are left again; nil where the server does not say, or some are left.
    ///
    /// - Parameter now: seconds since 1970.
    static func untilReset(_ headers: HTTPHeaders, now: Int) -> Duration? {
        guard (remaining(headers) ?? 0) <= 0 else { return nil }
        for name in ["x-ratelimit-reset", "x-rate-limit-reset", "ratelimit-reset"] {
            if let number = headers[name].flatMap(whole) { return duration(number, now: now) }
        }
        return parameter(["t", "reset"], headers).map { duration($0, now: now) }
    }

    /// A number of seconds, or a time. No limit lasts thirty years, and no server lives in the seventies.
    private static func duration(_ number: Int, now: Int) -> Duration {
        guard number >= 1_000_000_000 else { return .seconds(max(0, number)) }
        let seconds = number >= 100_000_000_000 ? number / 1000 : number
        // Compared before it is subtracted: a server may write any number.
        return seconds > now ? .seconds(seconds - now) : .zero
    }

    /// A number, of which some servers write fractions too.
    private static func whole(_ text: String) -> Int? {
        let digits = text.prefix { $0 != "." && $0 != "," && $0 != ";" }
        return Int(digits)
    }

    /// A parameter of the field `RateLimit`: `"default";r=0;t=30`, or in older drafts `limit=9, remaining=0, reset=30`.
    private static func parameter(_ names: [String], _ headers: HTTPHeaders) -> Int? {
        guard let text = headers["ratelimit"] else { return nil }
        for part in text.split(whereSeparator: { $0 == ";" || $0 == "," }) {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2 else { continue }
            let name = asciiLowercased(String(pair[0].drop { $0 == " " }))
            if names.contains(where: { sameBytes($0, name) }), let number = Int(pair[1]) { return number }
        }
        return nil
    }
}
