internal import Synchronization

/// One `send` or `download` from its first hop to its last: redirects, retries and the time they may take together.
struct Operation {
    private let loop: TransferLoop
    private let policy: RetryPolicy
    private let request: TransferRequest
    private let budget: TimeBudget?
    private var admission: Admission
    private var hasHadItsTurn = false

    /// - Throws: `TransferError` for what can be said without the network.
    init(_ request: TransferRequest, _ loop: TransferLoop) throws {
        let url = try WebURL(request.url)
        try request.checkHeaders()
        guard !loop.configuration.isOffline else { throw TransferError.offline(url: url.text) }
        self.loop = loop
        self.request = request
        policy = RetryPolicy(loop.configuration)
        budget = [request.timeLimit, loop.configuration.overallTimeout].compactMap { $0 }.min().map(TimeBudget.init)
        admission = Admission(request, url, loop.configuration)
    }

    // MARK: A response in memory

    /// Sends until there is a response that stands.
    mutating func send() async throws -> TransferResponse {
        var attempt = 0
        while true {
            attempt += 1
            do {
                let use = request.leavesBody ? BodyUse.leave : .collect(limit: request.maximumBodySize)
                let response = try await follow(request, sink: nil) { _, _ in use }
                guard request.mayRepeat, !request.standingStatuses.contains(response.status),
                    let wait = policy.wait(after: response, attempt: attempt),
                    hasTime(for: wait)
                else { return response }
                try await sleep(wait, after: response)
            } catch let error as TransferError {
                guard request.mayRepeat, let wait = policy.wait(after: error, attempt: attempt), hasTime(for: wait)
                else { throw error }
                try await Task.sleep(for: wait)
            }
        }
    }

    // MARK: A body that is streamed

    /// Streams until the body is complete, from where it broke off if need be.
    ///
    /// - Parameter onHead: told of a response before the first byte of its body is streamed; of a second one if the first
    ///   broke off before its first byte.
    mutating func download(
        into sink: ChannelSink, onHead: @escaping @Sendable (TransferResponse) throws -> Void
    ) async throws -> TransferResponse {
        let beginning = Beginning()
        var attempt = 0
        while true {
            attempt += 1
            let offset = sink.received
            do {
                let response =
                    if offset > 0, let resumption = beginning.resumption {
                        try await rest(of: beginning, resumption, from: offset, into: sink)
                    } else {
                        try await start(beginning, into: sink, onHead: onHead)
                    }
                if let whole = response.whole { return whole }
                let answer = response.answer
                let url = answer.printableURL
                guard request.mayRepeat, !request.standingStatuses.contains(answer.status),
                    let wait = policy.wait(after: answer, attempt: attempt), hasTime(for: wait)
                else {
                    if offset > 0 {
                        throw StandingError(.truncated(url: url, received: offset, expected: beginning.length))
                    }
                    throw StandingError(answer.failure())
                }
                try await sleep(wait, after: answer)
            } catch let error as StandingError {
                throw error.error
            } catch let error as TransferError {
                guard request.mayRepeat, sink.received == 0 || beginning.resumption != nil,
                    let wait = policy.wait(after: error, attempt: attempt), hasTime(for: wait)
                else { throw error }
                try await Task.sleep(for: wait)
            }
        }
    }

    /// What came of one attempt at a download: the answer, and the response to return if the body is complete now.
    private struct Attempt {
        let answer: TransferResponse
        let whole: TransferResponse?
    }

    /// An error that no further attempt is made after, whatever its kind.
    private struct StandingError: Error {
        let error: TransferError

        init(_ error: TransferError) { self.error = error }
    }

    private mutating func start(
        _ beginning: Beginning, into sink: ChannelSink,
        onHead: @escaping @Sendable (TransferResponse) throws -> Void
    ) async throws -> Attempt {
        // A part is what was asked for, or else not what was asked for.
        let acceptsPart = request.hasHeader("range")
        let canResume = request.method == .get
        let isAccepted = { @Sendable (status: Int) in
            (200..<300).contains(status) && (status != 206 || acceptsPart)
        }
        let answer = try await follow(request, sink: sink) { head, response in
            guard isAccepted(head.status) else { return .discard }
            do {
                try onHead(response)
            } catch {
                return .refuse(error)
            }
            beginning.note(canResume ? Resumption(head) : nil, response)
            return .stream
        }
        return Attempt(answer: answer, whole: isAccepted(answer.status) ? answer : nil)
    }

    private mutating func rest(
        of beginning: Beginning, _ resumption: Resumption, from offset: Int, into sink: ChannelSink
    ) async throws -> Attempt {
        var request = request
        resumption.apply(to: &request, from: offset)
        let answer = try await follow(request, sink: sink) { head, _ in
            resumption.end(head, from: offset) == nil ? .discard : .stream
        }
        guard let end = resumption.end(ResponseHead(status: answer.status, headers: answer.headers), from: offset)
        else { return Attempt(answer: answer, whole: nil) }
        // Chunked, the rest has no length of its own that libcurl could check.
        guard sink.received == end else {
            throw StandingError(.truncated(url: answer.printableURL, received: sink.received, expected: end))
        }
        return Attempt(answer: answer, whole: beginning.response ?? answer)
    }

    /// What the first response said, whose body the channel's consumer is reading; written on the loop's thread.
    private final class Beginning: Sendable {
        private let state = Mutex<(Resumption?, TransferResponse)?>(nil)

        var resumption: Resumption? { state.withLock { $0?.0 } }
        var response: TransferResponse? { state.withLock { $0?.1 } }
        var length: Int? { resumption?.length }

        func note(_ resumption: Resumption?, _ response: TransferResponse) {
            state.withLock { $0 = (resumption, response) }
        }
    }

    // MARK: Hops

    /// Makes one request and follows its redirects.
    ///
    /// - Parameter judge: says what becomes of the final response's body, given that response without it.
    private mutating func follow(
        _ first: TransferRequest, sink: ChannelSink?,
        judge: @escaping @Sendable (ResponseHead, TransferResponse) -> BodyUse
    ) async throws -> TransferResponse {
        var request = first
        var redirects: [String] = []
        var redirectHeaders: [HTTPHeaders] = []
        var pass = Admission.Pass()
        while true {
            let url = try WebURL(request.url)
            try await admission.prepare(&request, to: url, &pass)
            let (follows, before, headersBefore) = (request.followsRedirects, redirects, redirectHeaders)
            let passed = pass
            let hop = Hop(
                url: url, method: request.method, headers: request.headers, body: request.body,
                acceptsGzip: request.acceptsGzip && sink == nil, isSentOnce: !request.mayRepeat, sink: sink,
                budget: budget,
                isContinuation: hasHadItsTurn,
                judge: { head in
                    if follows, Redirection.location(head) != nil { return .discard }
                    return judge(
                        head,
                        TransferResponse(
                            status: head.status, headers: head.headers, url: url.text, redirects: before,
                            redirectHeaders: headersBefore, credentials: passed.carried,
                            hasLeftOrigin: !passed.isHome))
                })
            let result: HopResult
            do {
                result = try await loop.run(hop)
            } catch let error as TransferError where !redirects.isEmpty {
                throw error.withoutQuery()
            }
            hasHadItsTurn = true
            if try await admission.retry(&request, after: result.head, &pass) { continue }
            guard follows, let location = Redirection.location(result.head) else {
                let (credentials, refusal) = admission.outcome(result.head, url, pass)
                return TransferResponse(
                    status: result.head.status, headers: result.head.headers, url: url.text, redirects: redirects,
                    redirectHeaders: redirectHeaders, body: result.body, credentials: credentials,
                    hasLeftOrigin: !pass.isHome, refusal: refusal)
            }
            guard redirects.count < Redirection.limit else {
                throw TransferError.tooManyRedirects(url: first.url, limit: Redirection.limit)
            }
            let target = try url.redirected(to: location)
            redirects.append(url.text)
            redirectHeaders.append(result.head.headers)
            request = Redirection.request(request, status: result.head.status, from: url, to: target)
        }
    }

    /// Waits, and says so where a person would notice.
    private func sleep(_ wait: Duration, after response: TransferResponse) async throws {
        if wait >= .seconds(1) {
            loop.configuration.onWait?(
                RetryWait(url: response.printableURL, status: response.status, duration: wait))
        }
        try await Task.sleep(for: wait)
    }

    private func hasTime(for wait: Duration) -> Bool {
        budget?.deadline.map { ContinuousClock.now + wait < $0 } ?? true
    }
}
