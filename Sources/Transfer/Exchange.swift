internal import CCurl

/// A hop under way: the easy handle, what has come so far, and whoever waits for it.
///
/// Only the thread of the `TransferLoop` touches it; libcurl's callbacks run there too, inside `perform` and `resume`.
final class Exchange {
    let order: Order
    let easy: EasyHandle
    let deadline: ContinuousClock.Instant?
    /// When the last byte came, or the stall timer was last found to have no reason to run.
    var lastActivity: ContinuousClock.Instant
    var lastUploaded: Int64 = 0
    /// Whether the sink refused bytes, and libcurl holds them.
    private(set) var isPaused = false
    /// The result of a transfer that is over for libcurl, while the sink still holds bytes that the channel has no room
    /// for; the easy handle belongs to another by then.
    var drainingResult: Result<HopResult, any Error>?
    /// Why a callback stopped the transfer.
    private(set) var failure: (any Error)?
    /// Whether the callback stopped it because it had all that is wanted.
    private(set) var isCut = false

    private(set) var head = ResponseHead()
    /// How many bytes of the body earlier hops of the download have brought.
    let receivedBefore: Int
    private var headSize = 0
    private(set) var use: BodyUse?
    private(set) var body: [UInt8] = []
    private var discarded = 0

    /// Less than newer versions of libcurl allow, which report it as if the connection had failed.
    private static let maximumHeadSize = 256 << 10
    private static let maximumDiscarded = 64 << 10

    init(_ order: Order, _ easy: EasyHandle, start: ContinuousClock.Instant) {
        self.order = order
        self.easy = easy
        lastActivity = start
        receivedBefore = order.hop.sink?.received ?? 0
        deadline = order.hop.budget?.begin(start)
    }

    var hop: Hop { order.hop }

    /// The error for having passed the deadline.
    var overallTimeout: TransferError {
        return .timedOut(url: hop.url.text, phase: .overall, after: hop.budget?.limit ?? .zero)
    }

    /// Sets the easy handle up to call this exchange back.
    func prepare(_ configuration: TransferConfiguration) throws {
        try easy.prepare(
            hop, configuration,
            header: { bytes, size, count, context in
                guard let bytes, let context else { return 0 }
                let exchange = Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
                let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
                return exchange.receiveHeader(line) ? line.count : Int(CURL_WRITEFUNC_ERROR)
            },
            write: { bytes, size, count, context in
                guard let bytes, let context else { return 0 }
                let exchange = Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
                return exchange.receiveBody(UnsafeRawBufferPointer(start: bytes, count: size * count))
            },
            // Unretained: the loop keeps the exchange until it has taken the handle out of the multi handle.
            context: Unmanaged.passUnretained(self).toOpaque())
    }

    // MARK: What libcurl calls

    /// Takes one line of the header, or the empty line at its end.
    private func receiveHeader(_ line: UnsafeRawBufferPointer) -> Bool {
        lastActivity = .now
        // Fields after the body (trailers) change nothing about it.
        guard use == nil else { return true }
        headSize += line.count
        guard headSize <= Self.maximumHeadSize else {
            return stop(
                .protocolFailure(
                    url: hop.url.text, code: Int(CURLE_WEIRD_SERVER_REPLY.rawValue), detail: "response header too large"
                ))
        }
        if line.starts(with: "HTTP/".utf8) {
            head = ResponseHead(status: statusCode(line))
        } else if line.allSatisfy({ $0 == 0x0D || $0 == 0x0A }) {
            // A 1xx response is followed by the real one.
            if head.status >= 200 { return judge() }
        } else {
            head.headers.append(line: line)
        }
        return true
    }

    private func statusCode(_ line: UnsafeRawBufferPointer) -> Int {
        let digits = line.drop { $0 != 0x20 }.drop { $0 == 0x20 }.prefix { (0x30...0x39).contains($0) }
        return digits.count == 3 ? digits.reduce(0) { $0 * 10 + Int($1 - 0x30) } : 0
    }

    private func judge() -> Bool {
        let use = hop.judge(head)
        self.use = use
        switch use {
        case .refuse(let error):
            failure = error
            return false
        case .collect(let limit):
            // Better to say so now than after the limit has been transferred.
            if hop.method != .head, let length = head.headers["content-length"].flatMap({ Int($0) }), length > limit {
                return stop(.bodyTooLarge(url: hop.url.text, limit: limit))
            }
            return true
        case .leave:
            isCut = true
            return hop.method == .head
        case .stream, .discard:
            return true
        }
    }

    /// Takes bytes of the body; returns what libcurl's write callback returns.
    private func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        let taken = bytes.count
        let stopped = Int(CURL_WRITEFUNC_ERROR)
        lastActivity = .now
        switch use {
        case .collect(let limit):
            guard body.count + bytes.count <= limit else {
                _ = stop(.bodyTooLarge(url: hop.url.text, limit: limit))
                return stopped
            }
            body.append(contentsOf: bytes)
            return taken
        case .discard:
            discarded += bytes.count
            guard discarded <= Self.maximumDiscarded else {
                isCut = true
                return stopped
            }
            return taken
        case .stream:
            switch hop.sink?.accept(bytes) ?? .closed {
            case .taken: return taken
            case .full:
                isPaused = true
                return Int(CURL_WRITEFUNC_PAUSE)
            case .closed:
                failure = CancellationError()
                return stopped
            }
        case .leave, .refuse, nil:
            return stopped
        }
    }

    private func stop(_ error: TransferError) -> Bool {
        failure = error
        return false
    }

    /// Lets a paused transfer go on; it may be paused again at once.
    func resume() -> CURLcode {
        isPaused = false
        lastActivity = .now
        return easy.resume()
    }
}
