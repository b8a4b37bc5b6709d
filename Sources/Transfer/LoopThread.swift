internal import CCurl

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// The thread that runs libcurl: it holds every transfer and every handle, and nothing of it leaves the thread.
///
/// The queue is here and not in libcurl, whose own limits (7.88: `MAX_HOST_CONNECTIONS`, `PIPEWAIT`) can leave a
/// transfer waiting for ever.
struct LoopThread {
    private let loop: TransferLoop
    private let multi: MultiHandle
    private let configuration: TransferConfiguration
    private var queue: [Order] = []
    private var exchanges: [Ticket: Exchange] = [:]
    private var byHandle: [UnsafeMutableRawPointer: Ticket] = [:]
    private var transfersPerHost: [String: Int] = [:]
    private var spareHandles: [EasyHandle] = []

    /// How long the thread sleeps when nothing has a deadline.
    private static let longestSleep = Duration.seconds(60)

    init(_ loop: TransferLoop, _ multi: MultiHandle) {
        self.loop = loop
        self.multi = multi
        configuration = loop.configuration
    }

    /// Runs until the loop is stopped.
    consuming func run() {
        blockBrokenPipe()
        var thread = self
        do {
            while try thread.turn() {}
            thread.failAll(TransferError.shutDown)
        } catch {
            // The multi handle itself is broken: nothing that it carries can be saved, and nothing new is taken on.
            thread.loop.stop()
            thread.failAll(error)
        }
    }

    /// OpenSSL writes to its sockets with `write`, which raises SIGPIPE when the server has hung up; libcurl leaves that
    /// to the program (`CURLOPT_NOSIGNAL`). Blocked, it is just an error of the write.
    private func blockBrokenPipe() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// One round; false when the loop is stopped.
    private mutating func turn() throws -> Bool {
        let (commands, isStopped) = loop.takeCommands()
        for command in commands { carryOut(command) }
        if isStopped { return false }
        startQueued()
        try multi.perform()
        while let (handle, code) = multi.nextFinished() {
            if let exchange = byHandle[handle].flatMap({ exchanges[$0] }) { libcurlIsDone(exchange, code) }
        }
        for exchange in exchanges.values where exchange.hop.sink != nil && !exchange.isPaused { handOn(exchange) }
        let sleep = checkDeadlines()
        // A transfer that ended just now made room for another, which should not wait for the sleep to end.
        if !queue.isEmpty && canStartAny { return true }
        try multi.poll(milliseconds: Int32(clamping: max(0, sleep.milliseconds) + 1))
        return true
    }

    private mutating func carryOut(_ command: TransferLoop.Command) {
        switch command {
        case .start(let order):
            if order.hop.isContinuation { queue.insert(order, at: 0) } else { queue.append(order) }
        case .cancel(let ticket):
            if let exchange = exchanges[ticket] {
                complete(exchange, .failure(CancellationError()))
            } else if let index = queue.firstIndex(where: { $0.ticket == ticket }) {
                queue.remove(at: index).continuation.resume(throwing: CancellationError())
            }
        case .space(let sink):
            if let exchange = exchanges.values.first(where: { $0.hop.sink?.ticket == sink }) {
                handOn(exchange)
            } else if let index = queue.firstIndex(where: {
                $0.hop.sink?.ticket == sink && $0.hop.sink?.isClosed == true
            }) {
                queue.remove(at: index).continuation.resume(throwing: CancellationError())
            }
        }
    }

    // MARK: Starting

    private func canStart(_ order: Order) -> Bool {
        transfersPerHost[order.hop.url.origin, default: 0] < max(1, configuration.maximumPerHost)
    }

    private var hasRoom: Bool { byHandle.count < max(1, configuration.maximumTransfers) }

    private var canStartAny: Bool { hasRoom && queue.contains(where: canStart) }

    private mutating func startQueued() {
        var index = 0
        while hasRoom && index < queue.count {
            if canStart(queue[index]) { start(queue.remove(at: index)) } else { index += 1 }
        }
    }

    private mutating func start(_ order: Order) {
        do {
            if order.hop.sink?.isClosed == true { throw CancellationError() }
            // A download has a new handle: libcurl 7.88 refuses a buffer size on one that has shared a connection.
            let spare = order.hop.sink == nil ? spareHandles.popLast() : nil
            let exchange = Exchange(order, try spare ?? EasyHandle(), start: .now)
            do {
                try exchange.prepare(configuration)
                try multi.add(exchange.easy)
            } catch {
                exchange.easy.reset()
                throw error
            }
            exchanges[order.ticket] = exchange
            byHandle[exchange.easy.raw] = order.ticket
            transfersPerHost[order.hop.url.origin, default: 0] += 1
        } catch {
            order.continuation.resume(throwing: error)
        }
    }

    // MARK: Going on

    /// Gives the channel what was held back, and lets libcurl go on when that went.
    private mutating func handOn(_ exchange: Exchange) {
        guard let sink = exchange.hop.sink else { return }
        switch sink.flush() {
        case .taken:
            if let result = exchange.drainingResult {
                complete(exchange, result)
            } else if exchange.isPaused {
                let code = exchange.resume()
                if code != CURLE_OK {
                    complete(exchange, exchange.result(code, connectTimeout: configuration.connectTimeout))
                }
            }
        case .full:
            break
        case .closed:
            complete(exchange, .failure(CancellationError()))
        }
    }

    /// Completes what has a deadline behind it, and says how long there is until the next.
    private mutating func checkDeadlines() -> Duration {
        let now = ContinuousClock.now
        var sleep = Self.longestSleep
        for exchange in exchanges.values {
            if let deadline = exchange.deadline {
                guard now < deadline else {
                    complete(exchange, .failure(exchange.overallTimeout))
                    continue
                }
                sleep = min(sleep, deadline - now)
            }
            // While the consumer is the slow one, or libcurl still connects on its own timer, nobody stalls.
            guard !exchange.isPaused && exchange.drainingResult == nil else { continue }
            let stallTimeout = configuration.stallTimeout
            if now >= exchange.lastActivity + stallTimeout {
                let uploaded = exchange.easy.uploaded
                guard !exchange.easy.isConnected || uploaded != exchange.lastUploaded else {
                    let error = TransferError.timedOut(
                        url: exchange.hop.url.text, phase: .stall, after: stallTimeout)
                    complete(exchange, .failure(error))
                    continue
                }
                exchange.lastUploaded = uploaded
                exchange.lastActivity = now
            }
            sleep = min(sleep, exchange.lastActivity + stallTimeout - now)
        }
        return sleep
    }

    // MARK: Ending

    private mutating func libcurlIsDone(_ exchange: Exchange, _ code: CURLcode) {
        let result = exchange.result(code, connectTimeout: configuration.connectTimeout)
        guard case .success = result, let sink = exchange.hop.sink else { return complete(exchange, result) }
        switch sink.flush() {
        case .taken: complete(exchange, result)
        case .closed: complete(exchange, .failure(CancellationError()))
        case .full:
            // The connection is free for another; only the last bytes wait for room.
            exchange.drainingResult = result
            release(exchange)
        }
    }

    /// Takes the easy handle out of libcurl, for another transfer.
    private mutating func release(_ exchange: Exchange) {
        // One that drains gave its handle back before, and the handle may be another's now.
        guard byHandle[exchange.easy.raw] == exchange.order.ticket else { return }
        byHandle[exchange.easy.raw] = nil
        multi.remove(exchange.easy)
        exchange.easy.reset()
        if exchange.hop.sink == nil { spareHandles.append(exchange.easy) }
        let origin = exchange.hop.url.origin
        let count = transfersPerHost[origin, default: 1] - 1
        transfersPerHost[origin] = count > 0 ? count : nil
    }

    private mutating func complete(_ exchange: Exchange, _ result: Result<HopResult, any Error>) {
        release(exchange)
        exchanges[exchange.order.ticket] = nil
        exchange.order.continuation.resume(with: result)
    }

    private mutating func failAll(_ error: any Error) {
        for exchange in exchanges.values { complete(exchange, .failure(error)) }
        for order in queue { order.continuation.resume(throwing: error) }
        queue = []
        // What came between the last look and the end.
        for case .start(let order) in loop.takeCommands().commands { order.continuation.resume(throwing: error) }
    }
}
