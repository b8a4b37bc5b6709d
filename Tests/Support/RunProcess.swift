import Foundation
import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// How a child process ended and what it wrote.
public struct ProcessResult: Sendable {
    /// The exit code, or 128 + the signal that ended it.
    public let status: Int32
    /// The signal that ended it, if one did.
    public let signal: Int32?
    /// Its standard output, byte by byte.
    public let stdoutBytes: [UInt8]
    /// Its standard error.
    public let stderr: String

    /// Its standard output as text.
    public var stdout: String { String(decoding: stdoutBytes, as: UTF8.self) }
    /// Its standard output without white space at either end.
    public var trimmed: String { stdout.trimmingCharacters(in: .whitespacesAndNewlines) }
    /// Its standard output, line by line, without the ends of lines.
    public var lines: [String] {
        stdout.split(separator: "\n", omittingEmptySubsequences: true).map(String.init)
    }
}

/// How long a program that a test runs may take when nothing else is said: so long that a busy machine gets there, and that
/// one that hangs is told of all the same.
public let patience = Duration.seconds(300)

/// Runs a program to its end.
///
/// The child gets exactly `environment`, and `PATH` where that has none. Whatever its process group still runs when it
/// ends, when the time is over or when the task is cancelled, is killed.
/// - Throws: `ProcessError` when it cannot be started or does not end within `timeout`; any exit status is a result.
@discardableResult
public func runProcess(
    _ argv: [String], environment: [String: String] = [:], directory: String? = nil, input: [UInt8]? = nil,
    timeout: Duration = patience
) async throws -> ProcessResult {
    let cancelled = Flag()
    return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
            // A thread of its own: it blocks in poll(2), which the cooperative pool must never do.
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        try Conversation(argv, environment, directory, input ?? [])
                            .finish(within: timeout, unless: cancelled)
                    })
            }
        }
    } onCancel: {
        cancelled.raise()
    }
}

/// Runs a program that has to succeed.
/// - Throws: `ProcessError`, also when it ends with a status other than 0.
@discardableResult
public func run(
    _ argv: [String], environment: [String: String] = [:], directory: String? = nil, input: [UInt8]? = nil,
    timeout: Duration = patience
) async throws -> ProcessResult {
    let result = try await runProcess(
        argv, environment: environment, directory: directory, input: input, timeout: timeout)
    guard result.status == 0 else {
        throw ProcessError.failed(argv, status: result.status, stdout: result.stdout, stderr: result.stderr)
    }
    return result
}

final class Flag: Sendable {
    private let raised = Atomic(false)
    var isRaised: Bool { raised.load(ordering: .relaxed) }
    func raise() { raised.store(true, ordering: .relaxed) }
}

/// One child and the three pipes to it, served from one thread.
private struct Conversation {
    let argv: [String]
    let child: ChildProcess
    var toChild: Int32
    var fromChild: [Int32]
    var input: ArraySlice<UInt8>
    var received: [[UInt8]] = [[], []]

    init(_ argv: [String], _ environment: [String: String], _ directory: String?, _ input: [UInt8]) throws {
        // A child that does not read its input must not end the test program.
        signal(SIGPIPE, SIG_IGN)
        let pipes = try (Pipe(), Pipe(), Pipe())
        defer { for end in [pipes.0.reading, pipes.1.writing, pipes.2.writing] { close(end) } }
        do {
            for end in [pipes.0.writing, pipes.1.reading, pipes.2.reading] {
                // Else a child that says nothing would hold its thread up for ever.
                guard fcntl(end, F_SETFL, O_NONBLOCK) == 0 else {
                    throw ProcessError.notStarted(argv.first ?? "", errno: errno)
                }
            }
            child = try ChildProcess(
                argv, environment: environment, directory: directory, stdin: pipes.0.reading, stdout: pipes.1.writing,
                stderr: pipes.2.writing)
        } catch {
            for end in [pipes.0.writing, pipes.1.reading, pipes.2.reading] { close(end) }
            throw error
        }
        self.argv = argv
        self.input = input[...]
        (toChild, fromChild) = (pipes.0.writing, [pipes.1.reading, pipes.2.reading])
    }

    consuming func finish(within timeout: Duration, unless cancelled: Flag) throws -> ProcessResult {
        let deadline = ContinuousClock.now + timeout
        var ended: Int32?
        // Ends when the child has: a grandchild that holds a pipe open is killed by then, and the pipes run dry.
        while ended == nil || fromChild.contains(where: { $0 >= 0 }) {
            if cancelled.isRaised || ContinuousClock.now >= deadline, ended == nil {
                child.signal(SIGKILL)
                while ended == nil {
                    usleep(1000)
                    ended = child.reap()
                }
                _ = exchange(waiting: 0)
                closeAll()
                if cancelled.isRaised { throw CancellationError() }
                throw ProcessError.timedOut(
                    argv, stdout: String(decoding: received[0], as: UTF8.self),
                    stderr: String(decoding: received[1], as: UTF8.self))
            }
            let open = fromChild.contains { $0 >= 0 }
            let moved = exchange(waiting: ended != nil ? 100 : open ? 20 : 1)
            if ended == nil { ended = child.reap() } else if !moved { break }
        }
        closeAll()
        let ending = Ending(waitStatus: ended ?? 0)
        return ProcessResult(
            status: ending.status, signal: ending.signal, stdoutBytes: received[0],
            stderr: String(decoding: received[1], as: UTF8.self))
    }

    /// Waits for at most so many milliseconds until a pipe is ready and moves what it can; whether anything moved.
    private mutating func exchange(waiting milliseconds: Int32) -> Bool {
        if input.isEmpty, toChild >= 0 { closeInput() }
        var polled = [pollfd(fd: toChild, events: Int16(POLLOUT), revents: 0)]
        polled += fromChild.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        guard poll(&polled, nfds_t(polled.count), milliseconds) > 0 else { return false }
        if polled[0].revents != 0 {
            let written = input.withUnsafeBytes { write(toChild, $0.baseAddress, $0.count) }
            if written > 0 {
                input = input.dropFirst(written)
            } else if errno != EAGAIN && errno != EINTR {
                closeInput()
            }
        }
        var buffer = [UInt8](repeating: 0, count: 65536)
        for index in fromChild.indices where polled[index + 1].revents != 0 {
            let count = read(fromChild[index], &buffer, buffer.count)
            if count > 0 {
                received[index] += buffer[..<count]
            } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
                close(fromChild[index])
                fromChild[index] = -1
            }
        }
        return true
    }

    private mutating func closeInput() {
        close(toChild)
        toChild = -1
    }

    private mutating func closeAll() {
        for end in [toChild] + fromChild where end >= 0 { close(end) }
        (toChild, fromChild) = (-1, [-1, -1])
    }
}
