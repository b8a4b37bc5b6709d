internal import CCurl

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// What is tried again, and after how long.
struct RetryPolicy: Sendable {
    let retries: Int
    let delay: Duration

    /// A server that wants to be left alone for longer than this is not waited for.
    static let longestWait = Duration.seconds(60)
    private static let longestBackOff = Duration.seconds(30)

    init(_ configuration: TransferConfiguration) {
        retries = configuration.retries
        delay = configuration.retryDelay
    }

    /// The wait before the next attempt after a transport failure; nil when there is none.
    ///
    /// - Parameter attempt: how many have failed, this one included.
    func wait(after error: TransferError, attempt: Int) -> Duration? {
        guard attempt <= retries, Self.isTransient(error) else { return nil }
        return backOff(attempt)
    }

    /// The wait before the next attempt after a response; nil when the response stands.
    func wait(after response: TransferResponse, attempt: Int) -> Duration? {
        // A limit is a limit, whatever the status that a forge gives it.
        let status = RateLimitFields.isLimit(response.status, response.headers) ? 429 : response.status
        return wait(after: status, retryAfter: Self.retryAfter(response.headers), attempt: attempt)
    }

    /// The wait before the next attempt after a response of this status; nil when the response stands.
    func wait(after status: Int, retryAfter: Duration?, attempt: Int) -> Duration? {
        guard attempt <= retries else { return nil }
        switch status {
        case 429:
            // Without a word on when, a rate limit is not a matter of seconds.
            guard let retryAfter else { return nil }
            return retryAfter <= Self.longestWait ? max(retryAfter, backOff(attempt)) : nil
        case 408, 500, 502, 503, 504:
            guard let retryAfter else { return backOff(attempt) }
            return retryAfter <= Self.longestWait ? max(retryAfter, backOff(attempt)) : nil
        default:
            return nil
        }
    }

    /// Doubles with every attempt; between half and one and a half of that, so that many clients do not come back as one.
    private func backOff(_ attempt: Int) -> Duration {
        let doubled = delay * (1 << min(max(attempt - 1, 0), 10))
        return min(doubled, Self.longestBackOff) * Double.random(in: 0.5...1.5)
    }

    /// Whether the same request may well succeed a moment later.
    static func isTransient(_ error: TransferError) -> Bool {
        switch error {
        case .connectionLost, .unreachable, .truncated: true
        case .timedOut(_, let phase, _): phase != .overall
        default: false
        }
    }

    /// How long the server asks to be left alone: `Retry-After` (RFC 9110, 10.2.3), in seconds or as a date, or the time
    /// until requests are left again.
    ///
    /// - Parameter now: seconds since 1970.
    static func retryAfter(_ headers: HTTPHeaders, now: Int) -> Duration? {
        if let text = headers["retry-after"] {
            if let seconds = Int(text) { return seconds >= 0 ? .seconds(seconds) : nil }
            let date = curl_getdate(text, nil)
            guard date >= 0 else { return nil }
            return Int(date) > now ? .seconds(Int(date) - now) : .zero
        }
        return RateLimitFields.untilReset(headers, now: now)
    }

    /// The same by the system's clock.
    static func retryAfter(_ headers: HTTPHeaders) -> Duration? {
        retryAfter(headers, now: Int(time(nil)))
    }
}
