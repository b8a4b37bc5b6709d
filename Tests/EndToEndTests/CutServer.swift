import Foundation
import Support

/// A web server that promises more than it sends, again and again: what nginx cannot be made to do.
final class CutServer: Sendable {
    let port: UInt16
    private let process: BackgroundProcess

    /// Starts it and waits until it listens.
    init() throws {
        let script = """
            import socket, sys
            server = socket.create_server(("127.0.0.1", 0))
            print(server.getsockname()[1], flush=True)
            while True:
                client, _ = server.accept()
                client.recv(65536)
                client.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 1000\\r\\n\\r\\n" + b"\\x1f\\x8b\\x08" + b"x" * 400)
                client.close()
            """
        process = try BackgroundProcess(["python3", "-u", "-c", script])
        let deadline = ContinuousClock.now + .seconds(20)
        while process.isRunning, ContinuousClock.now < deadline, !process.output().contains("\n") { usleep(2000) }
        guard let port = UInt16(process.output().trimmingCharacters(in: .whitespacesAndNewlines)) else {
            throw ServerError.notStarted(process.output())
        }
        self.port = port
    }

    /// Ends it.
    func stop() { process.stop() }
}
