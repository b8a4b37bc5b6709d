internal import CSystemShims
public import Threads

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// One question to a program: it reads the whole input, writes its answer and ends.
public enum Conversation {
    /// What the program answered.
    public struct Answer: Sendable, Equatable {
        /// Its exit status, or 128 and the signal that ended it.
        public let status: Int32
        /// What it wrote to standard output.
        public let output: [UInt8]
    }

    /// Runs a program to its end, away from the terminal; for a thread that may block.
    ///
    /// What it says on standard error is read and forgotten: a program that handles secrets may say one.
    /// - Parameters:
    ///   - arguments: the program, looked for in `PATH`, and what it is told; everybody on the machine can read them.
    ///   - input: what it is told in private.
    ///   - outputLimit: how many bytes it may answer.
    /// - Throws: `ProgramError`; `CancellationError`.
    public static func run(
        _ arguments: [String], environment: [String: String], input: [UInt8], within limit: Duration,
        outputLimit: Int = 64 << 10, cancellation: Cancellation
    ) throws -> Answer {
        let talk = Talk(limit: limit, outputLimit: outputLimit, mayTidyUp: false, isAlone: true)
        return try converse(arguments, environment, input, talk, cancellation).answer
    }

    /// Runs a program to its end as `run` does, and keeps the last of what it says on standard error.
    ///
    /// One that is not to go on, because nobody waits or its time is over, is asked to end, so that it can take away what
    /// it has begun, and made to when it takes too long.
    /// - Parameters:
    ///   - input: what it is told in private.
    ///   - limit: how long it may take; nil for as long as it does.
    ///   - mayAsk: whether it keeps the terminal, on which it may ask its user something.
    /// - Throws: `ProgramError`; `CancellationError`.
    public static func runHeard(
        _ arguments: [String], environment: [String: String], input: [UInt8] = [], within limit: Duration?,
        outputLimit: Int, mayAsk: Bool = false, cancellation: Cancellation
    ) throws -> (answer: Answer, words: [UInt8]) {
        let talk = Talk(limit: limit, outputLimit: outputLimit, mayTidyUp: true, isAlone: !mayAsk)
        return try converse(arguments, environment, input, talk, cancellation)
    }

    /// What a program may do.
    private struct Talk {
        let limit: Duration?
        let outputLimit: Int
        let mayTidyUp: Bool
        let isAlone: Bool
    }

    private static func converse(
        _ arguments: [String], _ environment: [String: String], _ input: [UInt8], _ talk: Talk,
        _ cancellation: Cancellation
    ) throws -> (answer: Answer, words: [UInt8]) {
        var ends: [Int32] = [-1, -1]
        guard pinr_socketpair(&ends) == 0 else { throw ProgramError.system(call: "socketpair", errnum: errno) }
        defer { close(ends[0]) }
        let program: RunningProgram
        do {
            defer { close(ends[1]) }
            program = try RunningProgram(arguments, environment: environment, input: ends[1], isAlone: talk.isAlone)
        }
        do {
            try write(input, to: ends[0])
            let output = try read(
                ends[0], arguments.first ?? "", program, until: talk.limit.map { ContinuousClock.now + $0 },
                talk.outputLimit, cancellation)
            let (status, words) = program.end()
            return (Answer(status: status, output: output), words)
        } catch {
            if talk.mayTidyUp { program.terminate() } else { program.kill() }
            program.end()
            throw error
        }
    }

    /// Writes little enough to fit into the socket's buffer, and says that nothing more will come.
    private static func write(_ bytes: [UInt8], to socket: Int32) throws(ProgramError) {
        #if canImport(Darwin)
            var yes: Int32 = 1
            setsockopt(socket, SOL_SOCKET, SO_NOSIGPIPE, &yes, socklen_t(MemoryLayout<Int32>.size))
            let flags: Int32 = 0
        #else
            let flags = Int32(MSG_NOSIGNAL)
        #endif
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, flags) }
            if count < 0 && errno == EINTR { continue }
            // A program that does not listen may answer all the same.
            if count < 0 && errno == EPIPE { break }
            if count < 0 { throw .system(call: "send", errnum: errno) }
            rest = rest.dropFirst(count)
        }
        shutdown(socket, Int32(SHUT_WR))
    }

    private static func read(
        _ socket: Int32, _ name: String, _ program: RunningProgram, until deadline: ContinuousClock.Instant?,
        _ outputLimit: Int, _ cancellation: Cancellation
    ) throws -> [UInt8] {
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            try cancellation.throwIfCancelled()
            if let deadline, ContinuousClock.now >= deadline { throw ProgramError.timedOut(program: name) }
            program.takeWords()
            var ready = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
            // Often enough to notice that nobody waits any more.
            let found = poll(&ready, 1, 50)
            if found < 0 && errno != EINTR { throw ProgramError.system(call: "poll", errnum: errno) }
            guard found > 0 else { continue }
            let count = recv(socket, &buffer, buffer.count, 0)
            if count < 0 && errno == EINTR { continue }
            // A program that ends before it has read its input resets the connection.
            guard count > 0 else { return output }
            output += buffer[..<count]
            guard output.count <= outputLimit else {
                throw ProgramError.tooMuchOutput(program: name, limit: outputLimit)
            }
        }
    }
}
