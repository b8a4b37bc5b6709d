internal import Synchronization

/// One request to one URL, as the loop carries it out: redirects and retries are decided above it.
struct Hop: Sendable {
    var url: WebURL
    var method: TransferRequest.Method
    var headers: [(name: String, value: String)]
    var body: [UInt8]
    /// Whether the answer's body may come with gzip, which libcurl takes off.
    var acceptsGzip = false
    /// Whether it must not be sent twice. On a connection that was used before, and that the server closes without a word,
    /// libcurl would send it once more.
    var isSentOnce = false
    /// Where a body goes that is streamed.
    var sink: ChannelSink?
    /// The time the whole request has; nil for as long as it takes.
    var budget: TimeBudget?
    /// A hop of a request that has had its turn does not queue up again.
    var isContinuation = false
    /// Says what becomes of the body once the header is there; called on the loop's thread.
    var judge: @Sendable (ResponseHead) -> BodyUse
}

/// The time that all hops of a request have together, from when the first one's turn comes.
final class TimeBudget: Sendable {
    let limit: Duration
    private let end = Mutex<ContinuousClock.Instant?>(nil)

    init(_ limit: Duration) { self.limit = limit }

    /// When it is used up; nil while nothing has begun.
    var deadline: ContinuousClock.Instant? { end.withLock { $0 } }

    /// Starts the clock, if it does not run yet, and says when the time is up.
    func begin(_ now: ContinuousClock.Instant) -> ContinuousClock.Instant {
        end.withLock { end in
            let deadline = end ?? now + limit
            end = deadline
            return deadline
        }
    }
}

/// Status and header of a response.
struct ResponseHead: Sendable {
    var status = 0
    var headers = HTTPHeaders()
}

/// What becomes of a response's body.
enum BodyUse: Sendable {
    /// It is kept; more than this many bytes are an error.
    case collect(limit: Int)
    /// It goes into the hop's sink.
    case stream
    /// It does not matter. A short one is read to its end, so that the connection can be used again.
    case discard
    /// It is not wanted, and the transfer ends here as if it were complete.
    case leave
    /// It is not wanted, and the hop fails with this.
    case refuse(any Error)
}

/// A hop that was answered.
struct HopResult: Sendable {
    var head: ResponseHead
    var body: [UInt8]
}

/// Names a hop, or a sink.
struct Ticket: Hashable, Sendable {
    let number: UInt64
}
