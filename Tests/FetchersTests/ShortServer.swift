import Foundation
import Support

/// A web server that sends less than its `Content-Length` says and hangs up.
final class ShortServer: Sendable {
    let url: String
    private let process: BackgroundProcess
    private let folder = TemporaryDirectory()

    private static let script = """
        import socket, sys
        body = open('body', 'rb').read()
        listener = socket.create_server(('127.0.0.1', 0))
        print(listener.getsockname()[1], flush=True)
        while True:
            connection, _ = listener.accept()
            connection.recv(65536)
            head = 'HTTP/1.1 200 OK\\r\\nContent-Length: %s\\r\\n\\r\\n' % sys.argv[1]
            connection.sendall(head.encode() + body)
            connection.close()
        """

    init(body: [UInt8], claims count: Int) async throws {
        try folder.write("body", body)
        try folder.write("server.py", Self.script)
        process = try BackgroundProcess(["python3", "server.py", "\(count)"], directory: folder.path)
        url = "http://127.0.0.1:\(try await process.listeningPort())/file"
    }
}
