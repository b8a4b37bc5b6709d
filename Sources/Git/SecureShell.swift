internal import CSystemShims
internal import Synchronization
internal import Threads

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// Connects to `ssh://` servers with the `ssh` program, as git does.
///
/// So the keys, the agent, the known hosts and the settings of the person's own `~/.ssh` count, and a host that is not
/// known is refused. `GIT_SSH_COMMAND` and `GIT_SSH` replace the program.
enum SecureShell {
    static func connect(_ url: GitURL, environment: [String: String], _ patience: Patience) throws -> Duplex {
        var ends: [Int32] = [-1, -1]
        guard pinr_socketpair(&ends) == 0 else {
            throw GitError.system(call: "socketpair", path: "", errnum: errno)
        }
        defer { close(ends[1]) }
        do {
            let arguments = arguments(for: url, environment)
            let program = try RunningProgram(arguments, environment: variables(environment), input: ends[1])
            return Duplex(url, socket: ends[0], program: program, patience)
        } catch {
            close(ends[0])
            throw error
        }
    }

    private static func variables(_ environment: [String: String]) -> [String: String] {
        environment.merging(["GIT_PROTOCOL": "version=2"]) { $1 }
    }

    /// Whether there is a program to run: one that the environment names, or `ssh` on its path.
    static func isInstalled(_ environment: [String: String]) -> Bool {
        if ["GIT_SSH_COMMAND", "GIT_SSH"].contains(where: { !(environment[$0] ?? "").isEmpty }) { return true }
        // Where no path is said the system has one of its own.
        guard let path = environment["PATH"] else { return true }
        return path.split(separator: ":").contains { access("\($0)/ssh", X_OK) == 0 }
    }

    /// The program and its arguments; nothing in them comes from the URL without its check.
    static func arguments(for url: GitURL, _ environment: [String: String]) -> [String] {
        // A server that does not take the variable speaks version 0.
        var arguments = ["-o", "SendEnv=GIT_PROTOCOL"]
        if let port = url.port { arguments += ["-p", String(port)] }
        let host = url.host.hasPrefix("[") ? String(url.host.dropFirst().dropLast()) : url.host
        arguments += [(url.user.map { $0 + "@" } ?? "") + host, command(for: url)]
        if let command = environment["GIT_SSH_COMMAND"], !command.isEmpty {
            return ["/bin/sh", "-c", command + " \"$@\"", command] + arguments
        }
        if let program = environment["GIT_SSH"], !program.isEmpty { return [program] + arguments }
        // Several servers are asked at a time: nobody could tell which of them asks for a password.
        return ["ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=15"] + arguments
    }

    /// What the other machine's shell is told to run.
    private static func command(for url: GitURL) -> String {
        var path = url.decodedPath
        // `/~user/x` is in that user's home.
        if path.starts(with: "/~") { path.removeFirst() }
        var quoted = Array("git-upload-pack '".utf8)
        for byte in path {
            if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "!") {
                quoted += Array("'\\".utf8) + [byte] + Array("'".utf8)
            } else {
                quoted.append(byte)
            }
        }
        return String(decoding: quoted + Array("'".utf8), as: UTF8.self)
    }
}

/// A program that runs beside this one, its input and output on one socket and its messages on a pipe.
final class RunningProgram: Sendable {
    private struct State {
        var process: pid_t
        var messages: Int32
        var words: [UInt8] = []
        var status: Int32?
    }

    private let state: Mutex<State>

    /// - Throws: `GitError.sshUnsupported`, `.system`
    init(_ arguments: [String], environment: [String: String], input: Int32) throws(GitError) {
        var pipes: [Int32] = [-1, -1]
        guard pinr_pipe(&pipes) == 0 else { throw .system(call: "pipe", path: "", errnum: errno) }
        defer { close(pipes[1]) }
        do throws(GitError) {
            try Self.check("fcntl", fcntl(pipes[0], F_SETFL, O_NONBLOCK) < 0 ? errno : 0)
            let process = try Self.spawn(arguments, environment, input: input, messages: pipes[1])
            state = Mutex(State(process: process, messages: pipes[0]))
        } catch {
            close(pipes[0])
            throw error
        }
    }

    /// Starts the program with `input` as its input and output, and without the signals that this one ignores or blocks.
    private static func spawn(
        _ arguments: [String], _ environment: [String: String], input: Int32, messages: Int32
    ) throws(GitError) -> pid_t {
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
        let flags = Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF)
        try check("posix_spawnattr_setflags", posix_spawnattr_setflags(&attributes, flags))

        var process: pid_t = 0
        let name = arguments.first ?? ""
        let errnum = withCStrings(arguments) { arguments in
            withCStrings(environment.map { "\($0.key)=\($0.value)" }) { environment in
                posix_spawnp(&process, name, &actions, &attributes, arguments, environment)
            }
        }
        guard errnum == 0 else { throw .sshUnsupported(program: name, errnum: errnum) }
        return process
    }

    /// - Parameter errnum: what the call returned; 0 when it did what it should.
    private static func check(_ call: String, _ errnum: Int32) throws(GitError) {
        guard errnum == 0 else { throw .system(call: call, path: "", errnum: errnum) }
    }

    deinit {
        _ = end()
    }

    /// Reads what the program has said so far, so that it never waits for a reader; the last bytes are kept.
    func takeWords() {
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

    /// Waits until the program is gone, and sees to it that it goes; its exit status and its last words.
    @discardableResult
    func end() -> (status: Int32, words: String) {
        state.withLock { state in
            if state.status == nil { state.status = Self.reap(state.process) }
            Self.takeWords(&state)
            if state.messages >= 0 { close(state.messages) }
            state.messages = -1
            return (state.status ?? 0, Sanitized.line(state.words.suffix(400)))
        }
    }

    /// With its socket closed a program ends by itself; it is given a second, then asked, then made to.
    private static func reap(_ process: pid_t) -> Int32 {
        var status: Int32 = 0
        for attempt in 0..<2000 {
            let ended = waitpid(process, &status, WNOHANG)
            if ended == process { break }
            if ended < 0 && errno != EINTR { return 0 }
            if attempt == 1000 { kill(process, SIGTERM) }
            if attempt == 1999 {
                kill(process, SIGKILL)
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
