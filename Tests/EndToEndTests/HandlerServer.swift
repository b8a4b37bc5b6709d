import Support

/// A web server that answers as a few lines of Python say: for what nginx cannot be made to do.
final class HandlerServer: Sendable {
    private let server: PythonServer

    var port: UInt16 { server.port }

    /// Starts it and waits until it listens.
    ///
    /// - Parameter handler: the body of `answer(self, method, path, number)`, where `number` counts the requests from 0;
    ///   `self.reply(status, headers, body)` sends an answer with its right length, `self.wfile.write` any bytes.
    init(_ handler: String) async throws {
        let body = handler.split(separator: "\n", omittingEmptySubsequences: false).map { "        \($0)" }
            .joined(separator: "\n")
        let script = """
            import http.server, sys, time
            class Handler(http.server.BaseHTTPRequestHandler):
                protocol_version = "HTTP/1.1"
                def reply(self, status, headers={}, body=b""):
                    self.send_response(status)
                    for name, value in headers.items(): self.send_header(name, value)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    if self.command != "HEAD": self.wfile.write(body)
                def answer(self, method, path, number):
            \(body)
                def handle_any(self):
                    number = self.server.number
                    self.server.number += 1
                    print("request", self.command, self.path, flush=True)
                    self.answer(self.command, self.path, number)
                do_GET = do_HEAD = handle_any
                def log_message(self, *arguments): pass
            # Of a busy machine all that come at once wait, and are not turned away.
            http.server.ThreadingHTTPServer.request_queue_size = 64
            server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
            server.number = 0
            print("port", server.server_address[1], flush=True)
            server.serve_forever()
            """
        server = try await PythonServer(script)
    }

    func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

    /// The requests so far, as `METHOD PATH`.
    var requests: [String] {
        server.lines.filter { $0.hasPrefix("request ") }.map { String($0.dropFirst(8)) }
    }

    /// Ends it.
    func stop() { server.stop() }
}
