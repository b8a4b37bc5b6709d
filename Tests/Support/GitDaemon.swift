import Foundation

/// `git daemon` on a free port of the loopback interface: repositories by `git://`.
public final class GitDaemon: Sendable {
    /// The port it listens on.
    public let port: UInt16
    private let directory = TemporaryDirectory()
    private let daemon: BackgroundProcess

    /// Serves every repository below `root` and waits until it listens.
    public init(root: String) async throws {
        let environment = isolatedEnvironment(home: directory.path)
        (port, daemon) = try await listenOnFreePort { port in
            try BackgroundProcess(
                [
                    "git", "daemon", "--verbose", "--export-all", "--base-path=\(root)", "--listen=127.0.0.1",
                    "--port=\(port)", "--log-destination=stderr",
                ], environment: environment)
        } until: {
            $0.output().contains("Ready to rumble")
        }
    }

    /// `git://127.0.0.1:PORT`; without a slash at its end.
    public var baseURL: String { "git://127.0.0.1:\(port)" }

    /// Ends it.
    public func stop() { daemon.stop() }
}
