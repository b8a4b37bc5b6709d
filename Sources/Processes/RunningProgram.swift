internal import CSystemShims
internal import Synchronization

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// A program that runs beside this one, its input and output on one descriptor and its messages on a pipe.
///
/// It is given its arguments as they are, without a shell, and the environment that is named and no other. No secret
/// belongs into either of the arguments, which everybody on the machine can read.
public final class RunningProgram: Sendable {
    private struct State {
        var process: pid_t
        var messages: Int32
        var words: [UInt8] = []
        var status: Int32?
    }

    private let state: Mutex<State>
    private let isAlone: Bool

    /// Starts it.
    ///
    /// - Parameters:
    ///   - arguments: the program, looked for in `PATH`, and what it is told.
    ///   - input: what becomes its standard input and output; stays the caller's.
    ///   - isAlone: whether it is cut off from the terminal, so that it can ask nobody anything, and is ended together
    ///     with what it started.
    /// - Throws: `ProgramError.notStarted`, `.system`
    public init(
        _ arguments: [String], environment: [String: String], input: Int32, isAlone: Bool = false
    ) throws(ProgramError) {
        var pipes: [Int32] = [-1, -1]
        guard pinr_pipe(&pipes) == 0 else { throw .system(call: "pipe", errnum: errno) }
        defer { close(pipes[1]) }
        do throws(ProgramError) {
            try Self.check("fcntl", fcntl(pipes[0], F_SETFL, O_NONBLOCK) < 0 ? errno : 0)
            let process = try Self.spawn(
                arguments, environment, input: input, messages: pipes[1], isAlone: isAlone)
            state = Mutex(State(process: process, messages: pipes[0]))
            self.isAlone = isAlone
        } catch {
            close(pipes[0])
            throw error
        }
    }

    /// Starts the program with `input` as its input and output, and without the signals that this one ignores or blocks.
    private static func spawn(
        _ arguments: [String], _ environment: [String: String], input: Int32, messages: Int32, isAlone: Bool
    ) throws(ProgramError) -> pid_t {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        try check("posix_spawn_file_actions_init", posix_spawn_file_actions_init(&actions))
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (descriptor, target) in [(input, Int32(0)), (input, 1), (messages, 2)] {
            try check(
                "posix_spawn_file_actions_adddup2",
                posix_spawn_file_actions_adddup2(&actions, descriptor, target))
        }
        try check("posix_spawnattr_init", posix_spawnattr_init(&attributes))
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        try check("posix_spawnattr_setsigmask", posix_spawnattr_setsigmask(&attributes, &signals))
        sigaddset(&signals, SIGPIPE)
        try check("posix_spawnattr_setsigdefault", posix_spawnattr_setsigdefault(&attributes, &signals))
        var flags = Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF)
        // A session of its own has no terminal.
        if isAlone { flags |= Int16(pinr_spawn_new_session()) }
        try check("posix_spawnattr_setflags", posix_spawnattr_setflags(&attributes, flags))

        var process: pid_t = 0
        let name = arguments.first ?? ""
        let errnum = withCStrings(arguments) { arguments in
            withCStrings(environment.map { "\($0.key)=\($0.value)" }) { environment in
                posix_spawnp(&process, name, &actions, &attributes, arguments, environment)
            }
        }
        guard errnum == 0 else { throw .notStarted(program: name, errnum: errnum) }
        return process
    }

    /// - Parameter errnum: what the call returned; 0 when it did what it should.
    private static func check(_ call: String, _ errnum: Int32) throws(ProgramError) {
        guard errnum == 0 else { throw .system(call: call, errnum: errnum) }
    }

    deinit {
        _ = end()
    }

    /// Reads what the program has said so far, so that it never waits for a reader; the last bytes are kept.
    public func takeWords() {
        state.withLock { Self.takeWords(&$0) }
    }

    private static func takeWords(_ state: inout State) {
        guard state.messages >= 0 else { return }
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(state.messages, &buffer, buffer.count)
            guard count > 0 else { return }
            state.words = (state.words + buffer[..<count]).suffix(4096)
        }
    }

    /// Waits until the program is gone, and sees to it that it goes; its exit status, or 128 and the signal that ended
    /// it, and its last words.
    @discardableResult
    public func end() -> (status: Int32, words: [UInt8]) {
        state.withLock { state in
            if state.status == nil { state.status = Self.reap(state.process, isAlone: isAlone) }
            Self.takeWords(&state)
            if state.messages >= 0 { close(state.messages) }
            state.messages = -1
            return (state.status ?? 0, state.words)
        }
    }

    /// Asks the program to end, and if it is alone what it started too.
    public func terminate() { signal(SIGTERM) }

    /// Ends the program now, and if it is alone what it started too.
    public func kill() { signal(SIGKILL) }

    private func signal(_ signal: Int32) {
        state.withLock { state in
            guard state.status == nil else { return }
            systemKill(isAlone ? -state.process : state.process, signal)
        }
    }

    /// With its socket closed a program ends by itself; it is given a second, then asked, then made to.
    private static func reap(_ process: pid_t, isAlone: Bool) -> Int32 {
        var status: Int32 = 0
        for attempt in 0..<2000 {
            let ended = waitpid(process, &status, WNOHANG)
            if ended == process { break }
            if ended < 0 && errno != EINTR { return 0 }
            let group = isAlone ? -process : process
            if attempt == 1000 { systemKill(group, SIGTERM) }
            if attempt == 1999 {
                systemKill(group, SIGKILL)
                waitpid(process, &status, 0)
            }
            usleep(1000)
        }
        let signal = status & 0x7F
        return signal == 0 ? status >> 8 & 0xFF : 128 + signal
    }

    private static func withCStrings<Value>(
        _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Value
    ) -> Value {
        let pointers = texts.map { strdup($0) }
        defer { for pointer in pointers { free(pointer) } }
        return body(pointers + [nil])
    }
}

private func systemKill(_ process: pid_t, _ signal: Int32) {
    // It may have ended already.
    _ = kill(process, signal)
}
