/// A bounded stream of bytes from one producer to one consumer.
///
/// The consumer is a thread: `next` blocks. The producer is an event loop: `offer` never blocks, and a refused chunk is
/// offered again after the handler of `setOnSpace` was called; or it is a thread too: `send` blocks. Either side can end it: `finish` for the producer,
/// `cancel` for the consumer.
public final class ByteChannel: ByteSource, @unchecked Sendable {
    // @unchecked: every stored variable is read and written with `monitor` locked, and nothing else is mutable.

    /// What became of an offered chunk.
    public enum Offer: Sendable {
        case taken
        /// The channel is full; the handler of `setOnSpace` will be called.
        case full
        /// The consumer is gone; nothing will be read any more.
        case closed
    }

    private let capacity: Int
    private let monitor = Monitor()
    private var chunks: [[UInt8]] = []
    private var head = 0
    private var spare: [[UInt8]] = []
    private var isFinished = false
    private var failure: (any Error)?
    private var isCancelled = false
    private var wantsSpace = false
    private var onSpace: @Sendable () -> Void = {}

    /// - Parameter capacity: how many chunks may wait, at least 1.
    public init(capacity: Int = 8) {
        self.capacity = max(1, capacity)
    }

    private var count: Int { chunks.count - head }

    // MARK: Producer

    /// Sets what is called on the consumer's thread when a chunk has been taken out after an offer was refused, and when
    /// the channel is cancelled; it replaces the handler before it.
    public func setOnSpace(_ handler: @escaping @Sendable () -> Void) {
        monitor.lock()
        let former = onSpace
        onSpace = handler
        monitor.unlock()
        // What the former handler held is let go of outside the lock.
        withExtendedLifetime(former) {}
    }

    /// Whether the consumer is gone.
    public var isClosed: Bool {
        monitor.lock()
        defer { monitor.unlock() }
        return isCancelled
    }

    /// Takes `chunk` itself if there is room, without waiting and without a copy, and leaves an empty array with room in
    /// it for the next one.
    public func offer(exchanging chunk: inout [UInt8]) -> Offer {
        if chunk.isEmpty { return .taken }
        monitor.lock()
        defer { monitor.unlock() }
        if isCancelled { return .closed }
        guard count < capacity else {
            wantsSpace = true
            return .full
        }
        var next = spare.popLast() ?? []
        next.removeAll(keepingCapacity: true)
        swap(&next, &chunk)
        chunks.append(next)
        monitor.broadcast()
        return .taken
    }

    /// Takes `chunk` itself as `offer` does, but waits for room: for a producer that is a thread.
    /// - Returns: false when the consumer is gone.
    public func send(exchanging chunk: inout [UInt8]) -> Bool {
        while true {
            switch offer(exchanging: &chunk) {
            case .taken: return true
            case .closed: return false
            case .full: break
            }
            monitor.lock()
            while count == capacity && !isCancelled { monitor.wait() }
            monitor.unlock()
        }
    }

    /// Ends the stream, with an error that the consumer will be thrown after the chunks that were sent before it.
    ///
    /// Only the first call counts.
    public func finish(throwing error: (any Error)? = nil) {
        monitor.lock()
        if !isFinished {
            isFinished = true
            failure = error
        }
        monitor.broadcast()
        monitor.unlock()
    }

    // MARK: Consumer

    /// Waits for the next chunk.
    ///
    /// - Throws: what the producer finished with, or `CancellationError` after `cancel`.
    public func next(_ chunk: inout [UInt8]) throws -> Bool {
        monitor.lock()
        while count == 0 && !isFinished && !isCancelled { monitor.wait() }
        if isCancelled {
            monitor.unlock()
            throw CancellationError()
        }
        guard count > 0 else {
            defer { monitor.unlock() }
            if let failure { throw failure }
            return false
        }
        swap(&chunks[head], &chunk)
        if spare.count < capacity { spare.append(chunks[head]) }
        chunks[head] = []
        head += 1
        if head == chunks.count || head >= 64 {
            chunks.removeFirst(head)
            head = 0
        }
        let tellProducer = wantsSpace ? onSpace : nil
        wantsSpace = false
        monitor.broadcast()
        monitor.unlock()
        tellProducer?()
        return true
    }

    /// `cancel`
    public var interruption: @Sendable () -> Void { { [self] in cancel() } }

    /// Tells the producer that nobody reads any more, and wakes both sides.
    public func cancel() {
        monitor.lock()
        // A producer that waits for bytes from elsewhere has no offer pending, and must hear of it all the same.
        let tellProducer = isCancelled ? nil : onSpace
        isCancelled = true
        chunks = []
        head = 0
        wantsSpace = false
        monitor.broadcast()
        monitor.unlock()
        tellProducer?()
    }
}
