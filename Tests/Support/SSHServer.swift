import Foundation

/// OpenSSH's server on a free port of the loopback interface, for the person who runs the tests and for one key.
public final class SSHServer: Sendable {
    /// The port it listens on.
    public let port: UInt16
    /// The shell command that connects with the right key and knows the server's: for `GIT_SSH_COMMAND`.
    public let command: String
    /// A shell command without that key, which the server turns away.
    public let strangersCommand: String
    /// The key that the server lets in, without a passphrase; the public one has `.pub` behind it.
    public var keyFile: String { directory.file("client") }
    /// A key that it does not let in.
    public var strangersKeyFile: String { directory.file("stranger") }
    /// A file that has the server's own key.
    public var knownHostsFile: String { directory.file("known_hosts") }
    private let directory: TemporaryDirectory
    private let sshd: BackgroundProcess

    /// Whether the server is installed, for `.enabled(if:)`.
    public static let isAvailable = executable != nil

    /// Starts one and waits until it listens.
    ///
    /// - Parameter programs: a directory with programs that whoever logs in has, besides the machine's.
    public init(programs: String? = nil) async throws {
        guard let executable = Self.executable else { throw ProcessError.notFound("sshd") }
        directory = TemporaryDirectory()
        for name in ["host", "client", "stranger"] {
            try await run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", directory.file(name)])
        }
        // Where root's sshd locks its unprivileged half in; a service that was never started has not made it.
        if geteuid() == 0, mkdir("/run/sshd", 0o755) != 0, errno != EEXIST {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }

        let directory = directory
        (port, sshd) = try await listenOnFreePort { port in
            try directory.write(
                "sshd_config", Self.serverConfiguration(directory: directory.path, port: port, programs: programs))
            return try BackgroundProcess([executable, "-D", "-e", "-f", directory.file("sshd_config")])
        } until: {
            $0.output().contains("Server listening")
        }

        let hostKey = try directory.readText("host.pub")
        try directory.write("known_hosts", "[127.0.0.1]:\(port) \(hostKey)[localhost]:\(port) \(hostKey)")
        for name in ["client", "stranger"] {
            try directory.write("\(name).config", Self.clientConfiguration(directory: directory.path, key: name))
        }
        command = "ssh -F '\(directory.file("client.config"))'"
        strangersCommand = "ssh -F '\(directory.file("stranger.config"))'"
    }

    /// `ssh://127.0.0.1:PORT`; an absolute path on this machine follows.
    public var baseURL: String { "ssh://127.0.0.1:\(port)" }

    /// The key that the server shows, a line of its file.
    public func hostKey() throws -> String { try directory.readText("host.pub") }

    /// The shell command that knows these settings and none of the machine's.
    public func command(_ settings: [String]) throws -> String {
        let file = try directory.write("\(UUID().uuidString).config", settings.joined(separator: "\n") + "\n")
        return "ssh -F '\(file)'"
    }

    /// What the server said, logins among it.
    public func log() -> String { sshd.output() }

    /// Ends it.
    public func stop() { sshd.stop() }

    private static let executable = ["/usr/sbin/sshd", "/usr/local/sbin/sshd"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    private static func serverConfiguration(directory: String, port: UInt16, programs: String?) -> String {
        """
        ListenAddress 127.0.0.1
        Port \(port)
        HostKey \(directory)/host
        AuthorizedKeysFile \(directory)/client.pub
        PidFile none
        StrictModes no
        UsePAM no
        PasswordAuthentication no
        PermitRootLogin prohibit-password
        AcceptEnv GIT_PROTOCOL
        """ + (programs.map { "\nSetEnv PATH=\($0):/usr/local/bin:/usr/bin:/bin" } ?? "")
    }

    private static func clientConfiguration(directory: String, key: String) -> String {
        """
        IdentityFile \(directory)/\(key)
        IdentitiesOnly yes
        IdentityAgent none
        UserKnownHostsFile \(directory)/known_hosts
        GlobalKnownHostsFile none
        StrictHostKeyChecking yes
        BatchMode yes
        LogLevel ERROR
        """
    }
}
