internal import CSystemShims
internal import Credentials
internal import Processes

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// Connects to `ssh://` servers with the `ssh` program, as git does.
///
/// So the keys, the agent, the known hosts and the settings of the person's own `~/.ssh` count, and a host that is not
/// known is refused. It has no terminal and nobody to ask, neither about a host nor for a passphrase. `GIT_SSH_COMMAND` and
/// `GIT_SSH` replace the program.
enum SecureShell {
    static func connect(
        _ url: GitURL, environment: [String: String], _ patience: Patience, service: GitService = .uploadPack
    ) throws -> Duplex {
        var ends: [Int32] = [-1, -1]
        guard pinr_socketpair(&ends) == 0 else {
            throw GitError.system(call: "socketpair", path: "", errnum: errno)
        }
        defer { close(ends[1]) }
        do throws(ProgramError) {
            let arguments = arguments(for: url, environment, command: command(for: url, service))
            var variables = variables(environment)
            if !service.hasVersion2 { variables["GIT_PROTOCOL"] = nil }
            let program = try RunningProgram(
                arguments, environment: variables, input: ends[1], isAlone: true)
            return Duplex(url, socket: ends[0], program: program, patience)
        } catch {
            close(ends[0])
            throw GitError(error)
        }
    }

    /// What the program is given: a `SendEnv` of the person's settings must find no token that it could send.
    static func variables(_ environment: [String: String]) -> [String: String] {
        // Nix's `access-tokens` may stand in its variable.
        environment.filter { !Credentials.holdsToken(variable: $0.key) && $0.key != "NIX_CONFIG" }
            .merging(["GIT_PROTOCOL": "version=2", "SSH_ASKPASS_REQUIRE": "never"]) { $1 }
    }

    /// Whether there is a program to run: one that the environment names, or `ssh` on its path.
    static func isInstalled(_ environment: [String: String]) -> Bool {
        if ["GIT_SSH_COMMAND", "GIT_SSH"].contains(where: { !(environment[$0] ?? "").isEmpty }) { return true }
        // Where no path is said the system has one of its own.
        guard let path = environment["PATH"] else { return true }
        return path.split(separator: ":").contains { access("\($0)/ssh", X_OK) == 0 }
    }

    /// The program and its arguments; nothing in them comes from the URL without its check.
    ///
    /// - Parameter command: what the other machine's shell is told to run; git's server by default.
    static func arguments(
        for url: GitURL, _ environment: [String: String], command: String? = nil
    ) -> [String] {
        // A server that does not take the variable speaks version 0.
        var arguments = ["-o", "SendEnv=GIT_PROTOCOL"]
        if let port = url.port { arguments += ["-p", String(port)] }
        let host = url.host.hasPrefix("[") ? String(url.host.dropFirst().dropLast()) : url.host
        arguments += [(url.user.map { $0 + "@" } ?? "") + host, command ?? self.command(for: url, .uploadPack)]
        if let command = environment["GIT_SSH_COMMAND"], !command.isEmpty {
            return ["/bin/sh", "-c", command + " \"$@\"", command] + arguments
        }
        if let program = environment["GIT_SSH"], !program.isEmpty { return [program] + arguments }
        // Several servers are asked at a time: nobody could tell which of them asks for a password.
        return ["ssh", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o", "ConnectTimeout=15"] + arguments
    }

    /// What the other machine's shell is told to run.
    private static func command(for url: GitURL, _ service: GitService) -> String {
        var path = url.decodedPath
        // `/~user/x` is in that user's home.
        if path.starts(with: "/~") { path.removeFirst() }
        return service.rawValue + " " + quoted(path)
    }

    /// One word for a shell.
    static func quoted(_ word: [UInt8]) -> String {
        var quoted = Array("'".utf8)
        for byte in word {
            if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "!") {
                quoted += Array("'\\".utf8) + [byte] + Array("'".utf8)
            } else {
                quoted.append(byte)
            }
        }
        return String(decoding: quoted + Array("'".utf8), as: UTF8.self)
    }
}

extension GitError {
    /// What the failure of a program means for ssh, the only one that is run here.
    init(_ error: ProgramError) {
        switch error {
        case .notStarted(let program, let errnum): self = .sshUnsupported(program: program, errnum: errnum)
        case .system(let call, let errnum): self = .system(call: call, path: "", errnum: errnum)
        // Only of a program that answers one question, which ssh does not.
        case .timedOut(let program), .tooMuchOutput(let program, _):
            self = .sshUnsupported(program: program, errnum: EIO)
        }
    }
}
