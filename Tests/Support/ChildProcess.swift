import CSpawnShims
import Foundation
import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What went wrong while starting or waiting for a child process.
public enum ProcessError: Error, Sendable, Equatable {
    /// No executable of that name in the child's `PATH`.
    case notFound(String)
    /// The system refused to start it.
    case notStarted(String, errno: Int32)
    /// It did not end in time and was killed; what it had written until then.
    case timedOut([String], stdout: String, stderr: String)
    /// `run` wants success, and the child ended with another status.
    case failed([String], status: Int32, stdout: String, stderr: String)
}

/// Held while a program is started, and while a file is written that is to be run.
///
/// A child has for a moment all that is open in this process. With a script among it that is open for writing, whoever runs
/// that is told that it is busy (ETXTBSY).
let starting = Mutex(())

/// A started child: the leader of a process group of its own, so that what it starts in turn can be ended with it.
///
/// It inherits no open file but the three it is given, no blocked or ignored signal, and no variable but `PATH`.
/// Its owner must call `reap` until it answers; until then the process id cannot belong to anybody else.
struct ChildProcess {
    let id: pid_t

    init(
        _ argv: [String], environment: [String: String], directory: String?, stdin: Int32, stdout: Int32, stderr: Int32
    ) throws {
        var environment = environment
        if environment["PATH"] == nil {
            environment["PATH"] = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        }
        let executable = try Self.lookUp(argv.first ?? "", path: environment["PATH"] ?? "")

        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        try Self.check(posix_spawn_file_actions_init(&actions), executable)
        defer { posix_spawn_file_actions_destroy(&actions) }
        try Self.check(posix_spawnattr_init(&attributes), executable)
        defer { posix_spawnattr_destroy(&attributes) }

        var flags = Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK)
        try Self.check(posix_spawn_file_actions_adddup2(&actions, stdin, 0), executable)
        try Self.check(posix_spawn_file_actions_adddup2(&actions, stdout, 1), executable)
        try Self.check(posix_spawn_file_actions_adddup2(&actions, stderr, 2), executable)
        if let directory { try Self.check(spawnshims_add_directory(&actions, directory), executable) }
        try Self.check(spawnshims_close_others(&actions, &flags), executable)

        try Self.check(posix_spawnattr_setflags(&attributes, flags), executable)
        try Self.check(posix_spawnattr_setpgroup(&attributes, 0), executable)
        var signals = sigset_t()
        sigemptyset(&signals)
        try Self.check(posix_spawnattr_setsigmask(&attributes, &signals), executable)
        for signal in [SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGALRM, SIGTERM, SIGUSR1, SIGUSR2, SIGCHLD] {
            sigaddset(&signals, signal)
        }
        try Self.check(posix_spawnattr_setsigdefault(&attributes, &signals), executable)

        var arguments = argv.map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for string in arguments + variables { free(string) } }
        var id = pid_t()
        let failure = starting.withLock { _ in
            posix_spawn(&id, executable, &actions, &attributes, &arguments, &variables)
        }
        try Self.check(failure, executable)
        self.id = id
        Leftovers.shared.add(child: id)
    }

    /// Sends a signal to the child and to everything in its group.
    func signal(_ signal: Int32) {
        kill(-id, signal)
    }

    /// The wait status once the child has ended, `nil` while it runs; what it left running in its group is killed first.
    ///
    /// Must not be called again once it has answered.
    func reap() -> Int32? {
        // Looks without reaping: the zombie keeps the id ours while the rest of the group is killed.
        var info = siginfo_t()
        var found: Int32
        repeat { found = waitid(P_PID, id_t(id), &info, WEXITED | WNOHANG | WNOWAIT) } while found < 0 && errno == EINTR
        guard found == 0 else {
            Leftovers.shared.remove(child: id)
            return 255 << 8  // Somebody else reaped it: nothing is known, and that must not look like success.
        }
        guard Self.pid(of: info) == id else { return nil }
        kill(-id, SIGKILL)
        var status: Int32 = 0
        while waitpid(id, &status, 0) < 0 && errno == EINTR {}
        Leftovers.shared.remove(child: id)
        return status
    }

    private static func pid(of info: siginfo_t) -> pid_t {
        #if canImport(Darwin)
            info.si_pid
        #else
            info._sifields._kill.si_pid
        #endif
    }

    /// What the functions of `posix_spawn` return is 0 or an error number.
    private static func check(_ errnum: Int32, _ executable: String) throws {
        guard errnum == 0 else { throw ProcessError.notStarted(executable, errno: errnum) }
    }

    private static func lookUp(_ name: String, path: String) throws -> String {
        if name.contains("/") { return name }
        for directory in path.split(separator: ":") {
            let candidate = "\(directory)/\(name)"
            if access(candidate, X_OK) == 0 { return candidate }
        }
        throw ProcessError.notFound(name)
    }
}

/// How a child ended, from its wait status: the exit code, or 128 + the signal as shells say it.
struct Ending {
    let status: Int32
    let signal: Int32?

    init(waitStatus: Int32) {
        let signal = waitStatus & 0x7f
        self.signal = signal == 0 ? nil : signal
        status = signal == 0 ? (waitStatus >> 8) & 0xff : 128 + signal
    }
}

/// A pipe whose ends no other child inherits.
struct Pipe {
    let reading: Int32
    let writing: Int32

    init() throws {
        var ends: [Int32] = [0, 0]
        guard spawnshims_pipe(&ends) == 0 else { throw ProcessError.notStarted("pipe", errno: errno) }
        (reading, writing) = (ends[0], ends[1])
    }
}
