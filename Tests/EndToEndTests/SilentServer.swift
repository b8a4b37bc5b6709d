import Foundation
import Support

/// A server that takes every connection, says one thing at most, and then nothing more.
final class SilentServer: Sendable {
    let port: UInt16
    private let process: BackgroundProcess

    /// Starts it and waits until it listens.
    ///
    /// - Parameter greeting: what it says to everybody first, with Python's escapes.
    init(saying greeting: String = "") throws {
        let script = """
            import socket
            server = socket.create_server(("127.0.0.1", 0))
            print(server.getsockname()[1], flush=True)
            clients = []
            while True:
                client, _ = server.accept()
                client.sendall(b"\(greeting)")
                clients.append(client)
            """
        process = try BackgroundProcess(["python3", "-u", "-c", script])
        let deadline = ContinuousClock.now + .seconds(20)
        while process.isRunning, ContinuousClock.now < deadline, !process.output().contains("\n") { usleep(2000) }
        guard let port = UInt16(process.output().trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw ServerError.notStarted(process.output())
        }
        self.port = port
    }
}
