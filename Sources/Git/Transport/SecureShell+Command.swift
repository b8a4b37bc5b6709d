internal import CSystemShims
internal import Processes
internal import Threads

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

extension SecureShell {
    /// What a command on another machine has said.
    struct Answer {
        let output: [UInt8]
        /// Its exit status, or ssh's own, or 128 and the signal that ended ssh.
        let status: Int32
        /// The last of what it said beside its output.
        let words: String
    }

    /// Runs one command on the server to its end; blocks.
    ///
    /// - Parameter limit: how many bytes of output are read; a command that has more to say is ended there.
    /// - Throws: `GitError`, `TransferError.timedOut`, `CancellationError`
    static func run(
        _ command: String, on url: GitURL, environment: [String: String], _ patience: Patience, limit: Int,
        cancellation: Cancellation
    ) throws -> Answer {
        var ends: [Int32] = [-1, -1]
        guard pinr_socketpair(&ends) == 0 else {
            throw GitError.system(call: "socketpair", path: "", errnum: errno)
        }
        let program: RunningProgram
        do throws(ProgramError) {
            defer { close(ends[1]) }
            program = try RunningProgram(
                arguments(for: url, environment, command: command), environment: variables(environment),
                input: ends[1], isAlone: true)
        } catch {
            close(ends[0])
            throw GitError(error)
        }
        // It is told nothing.
        shutdown(ends[0], Int32(SHUT_WR))
        let stream = Duplex(url, socket: ends[0], program: program, patience)
        defer { stream.close() }
        cancellation.onCancel { stream.interrupt() }
        var output: [UInt8] = []
        var chunk: [UInt8] = []
        while output.count < limit, try stream.next(&chunk) { output += chunk }
        try cancellation.throwIfCancelled()
        stream.close()
        let (status, words) = program.end()
        return Answer(output: output, status: status, words: Sanitized.line(words.suffix(400)))
    }
}
