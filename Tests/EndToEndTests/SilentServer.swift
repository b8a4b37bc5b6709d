import Support

/// A server that takes every connection, says one thing at most, and then nothing more.
final class SilentServer: Sendable {
    private let server: PythonServer

    var port: UInt16 { server.port }

    /// Starts it and waits until it listens.
    ///
    /// - Parameter greeting: what it says to everybody first, with Python's escapes.
    init(saying greeting: String = "") async throws {
        server = try await PythonServer(
            """
            import socket
            server = socket.create_server(("127.0.0.1", 0))
            print("port", server.getsockname()[1], flush=True)
            clients = []
            while True:
                client, _ = server.accept()
                client.sendall(b"\(greeting)")
                clients.append(client)
            """)
    }
}
