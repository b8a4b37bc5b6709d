internal import Processes
internal import Synchronization
internal import Threads

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// Git's protocol on a two-way stream of bytes, as `git://` and ssh carry it.
///
/// Specified in gitprotocol-pack(5).
final class StreamConnection: UploadPackConnection {
    private let url: GitURL
    private let open: @Sendable (Cancellation) throws -> Duplex
    private let duplex = Mutex<Duplex?>(nil)

    /// - Parameter open: makes the stream, on a thread, and sends what comes before the server's first word.
    init(_ url: GitURL, open: @escaping @Sendable (Cancellation) throws -> Duplex) {
        self.url = url
        self.open = open
    }

    func advertisement() async throws -> Advertisement {
        try await onThread { [self] cancellation in
            let stream = try open(cancellation)
            duplex.withLock { $0 = stream }
            cancellation.onCancel { stream.interrupt() }
            return try stream.reporting(cancellation) {
                try Advertisement.parse(PktReader(stream, limit: maximumAdvertisement))
            }
        }
    }

    func exchange<Value: Sendable>(
        _ request: [UInt8], limit: Int, _ body: @escaping @Sendable (PktReader, Cancellation) throws -> Value
    ) async throws -> Value {
        try await onThread { [self] cancellation in
            guard let stream = duplex.withLock({ $0 }) else { throw ProtocolFault.truncated }
            cancellation.onCancel { stream.interrupt() }
            return try stream.reporting(cancellation) {
                try stream.write(request)
                return try body(PktReader(stream, limit: limit), cancellation)
            }
        }
    }

    func close() async {
        guard let stream = duplex.withLock({ $0 }) else { return }
        // A server waits for a flush packet before it takes the end for a good one. Ending a program may take a moment.
        _ = try? await onThread { _ in
            try? stream.write(PktLine.flush)
            stream.close()
        }
    }
}

/// A socket to a server, or to a program that leads to one.
///
/// Reading and writing are for one thread at a time; `interrupt` is for any.
final class Duplex: ByteSource, Sendable {
    private struct State {
        var socket: Int32
        var program: RunningProgram?
        var isFresh = true
    }

    private let url: GitURL
    private let patience: Patience
    private let state: Mutex<State>

    /// Takes over a connected socket.
    ///
    /// - Parameters:
    ///   - program: what is at its other end, if a program of this machine is.
    ///   - patience: how long the server is waited for.
    init(_ url: GitURL, socket: Int32, program: RunningProgram?, _ patience: Patience) {
        self.url = url
        self.patience = patience
        state = Mutex(State(socket: socket, program: program))
        #if canImport(Darwin)
            var yes: Int32 = 1
            setsockopt(socket, SOL_SOCKET, SO_NOSIGPIPE, &yes, socklen_t(MemoryLayout<Int32>.size))
        #endif
    }

    deinit {
        close()
    }

    var interruption: @Sendable () -> Void { { [self] in interrupt() } }

    /// Ends reading and writing on whatever thread does them.
    func interrupt() {
        state.withLock { state in
            if state.socket >= 0 { shutdown(state.socket, Int32(SHUT_RDWR)) }
        }
    }

    func close() {
        let program = state.withLock { state in
            if state.socket >= 0 { systemClose(state.socket) }
            state.socket = -1
            defer { state.program = nil }
            return state.program
        }
        _ = program?.end()
    }

    func write(_ bytes: [UInt8]) throws {
        let socket = state.withLock { $0.socket }
        #if canImport(Darwin)
            let flags: Int32 = 0
        #else
            let flags = Int32(MSG_NOSIGNAL)
        #endif
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { bytes in
                send(socket, bytes.baseAddress?.advanced(by: written), bytes.count - written, flags)
            }
            if count < 0 && errno == EINTR { continue }
            // The other end is gone; why, it may have said, and reading tells.
            if count < 0 { return }
            written += count
        }
    }

    func next(_ chunk: inout [UInt8]) throws -> Bool {
        let (socket, program) = state.withLock { ($0.socket, $0.program) }
        guard socket >= 0 else { return false }
        var ready = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        var waited = 0
        while true {
            try patience.check(url)
            program?.takeWords()
            let step = patience.wait(atMost: program == nil ? patience.stall * 1000 : 100)
            let count = poll(&ready, 1, step)
            if count > 0 { break }
            if count < 0 && errno != EINTR { throw GitError.connectionFailed(url: url.text, errnum: errno) }
            waited += Int(step)
            if waited >= patience.stall * 1000 { throw GitError.timedOut(url: url.text, seconds: patience.stall) }
        }
        chunk = [UInt8](unsafeUninitializedCapacity: 64 << 10) { buffer, count in
            count = max(0, recv(socket, buffer.baseAddress, buffer.count, 0))
        }
        if !chunk.isEmpty { state.withLock { $0.isFresh = false } }
        return !chunk.isEmpty
    }

    /// Runs `body`; when it fails because the other end went silent, tells why where that is known.
    func reporting<Value>(_ cancellation: Cancellation, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch ProtocolFault.truncated {
            try cancellation.throwIfCancelled()
            let (program, isFresh) = state.withLock { ($0.program, $0.isFresh) }
            guard let program, isFresh else { throw ProtocolFault.truncated }
            let (status, words) = program.end()
            throw GitError.sshFailed(url: url.text, status: status, message: Sanitized.line(words.suffix(400)))
        }
    }
}

private func systemClose(_ descriptor: Int32) {
    close(descriptor)
}
