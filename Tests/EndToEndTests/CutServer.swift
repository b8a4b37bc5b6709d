import Support

/// A web server that promises more than it sends, again and again: what nginx cannot be made to do.
final class CutServer: Sendable {
    private let server: PythonServer

    var port: UInt16 { server.port }

    /// Starts it and waits until it listens.
    init() async throws {
        server = try await PythonServer(
            """
            import socket
            server = socket.create_server(("127.0.0.1", 0))
            print("port", server.getsockname()[1], flush=True)
            while True:
                client, _ = server.accept()
                client.recv(65536)
                client.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 1000\\r\\n\\r\\n" + b"\\x1f\\x8b\\x08" + b"x" * 400)
                client.close()
            """)
    }

    /// Ends it.
    func stop() { server.stop() }
}
