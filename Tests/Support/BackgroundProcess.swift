import Foundation
import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A child that runs beside the test: ended and reaped by `stop` or when nobody refers to it any more.
public final class BackgroundProcess: Sendable {
    private let child: ChildProcess
    private let ending = Mutex<Ending?>(nil)
    private let directory = TemporaryDirectory()

    /// Starts a program with `/dev/null` as its input and both outputs in a file that `output` reads.
    /// - Throws: `ProcessError`.
    public init(_ argv: [String], environment: [String: String] = [:], directory workingDirectory: String? = nil) throws
    {
        let null = open("/dev/null", O_RDONLY | O_CLOEXEC)
        let log = open(directory.file("log"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        defer { for file in [null, log] where file >= 0 { close(file) } }
        guard null >= 0, log >= 0 else { throw ProcessError.notStarted(argv.first ?? "", errno: errno) }
        child = try ChildProcess(
            argv, environment: environment, directory: workingDirectory, stdin: null, stdout: log, stderr: log)
    }

    deinit { stop() }

    /// The process id, which is also its group's.
    public var id: Int32 { child.id }

    /// Whether it has not ended yet.
    public var isRunning: Bool { status == nil }

    /// Its exit code, or 128 + the signal that ended it; `nil` while it runs.
    public var status: Int32? {
        ending.withLock { ending in
            if ending == nil { ending = child.reap().map(Ending.init(waitStatus:)) }
            return ending?.status
        }
    }

    /// What it has written to standard output and standard error so far.
    public func output() -> String {
        String(decoding: FileManager.default.contents(atPath: directory.file("log")) ?? Data(), as: UTF8.self)
    }

    /// Sends a signal to it and its group, unless it has ended.
    public func signal(_ signal: Int32) {
        ending.withLock { if $0 == nil { child.signal(signal) } }
    }

    /// Waits for its end.
    /// - Throws: `ProcessError.timedOut`, and leaves it running.
    public func wait(timeout: Duration = patience) async throws -> Int32 {
        let deadline = ContinuousClock.now + timeout
        while true {
            if let status { return status }
            guard ContinuousClock.now < deadline else {
                throw ProcessError.timedOut([], stdout: output(), stderr: "")
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Asks it to end with SIGTERM, insists with SIGKILL after `grace`, and reaps it. Blocks so long.
    public func stop(grace: Duration = .seconds(3)) {
        signal(SIGTERM)
        let deadline = ContinuousClock.now + grace
        while isRunning, ContinuousClock.now < deadline { usleep(2000) }
        signal(SIGKILL)
        while isRunning { usleep(2000) }
    }
}

/// Whether a program that says nothing of interest ends well. Blocks.
///
/// For what has to be known before a test begins: `.enabled(if:)` and its arguments.
public func succeeds(_ argv: [String], environment: [String: String] = [:]) -> Bool {
    guard let probe = try? BackgroundProcess(argv, environment: environment) else { return false }
    while probe.isRunning { usleep(1000) }
    return probe.status == 0
}
