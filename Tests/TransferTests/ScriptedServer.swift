import Foundation
import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A server on the loopback interface that misbehaves exactly as a test tells it to.
final class ScriptedServer: Sendable {
    /// A request, as it came.
    struct Request: Sendable {
        /// Which request of the server's life this is, from 0.
        let number: Int
        /// Which connection it came on, from 0.
        let connection: Int
        let method: String
        let target: String
        /// By their names in lower case.
        let headers: [String: String]
        let body: [UInt8]
    }

    /// What the server does, one after another; after the last it waits for the next request on the connection.
    enum Step: Sendable {
        case send([UInt8])
        case wait(Duration)
        /// Waits until the client hangs up.
        case hold
        case close
        /// Closes so that the client gets ECONNRESET.
        case reset
        /// Tells the test that the server has come so far.
        case note(@Sendable () -> Void)

        static func text(_ text: String) -> Step { .send(Array(text.utf8)) }

        /// A whole response with its `Content-Length`.
        static func response(_ status: String, _ headers: [String] = [], _ body: some Sequence<UInt8> = []) -> Step {
            let body = Array(body)
            let lines = ["HTTP/1.1 \(status)"] + headers + ["Content-Length: \(body.count)", "", ""]
            return .send(Array(lines.joined(separator: "\r\n").utf8) + body)
        }
    }

    let port: UInt16
    private let listener: Int32
    private let script: @Sendable (Request) -> [Step]
    private let state = Mutex((requests: [Request](), connections: 0, open: 0, mostOpen: 0))

    init(_ script: @escaping @Sendable (Request) -> [Step]) throws {
        self.script = script
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        closeOnExec(listener)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 128) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        guard isBound else {
            close(listener)
            throw POSIXError(.EADDRINUSE)
        }
        let accept = Acceptor(server: self)
        Thread.detachNewThread { accept.run() }
    }

    deinit { stop() }

    /// The requests so far.
    var requests: [Request] { state.withLock { $0.requests } }
    /// How many connections there were.
    var connections: Int { state.withLock { $0.connections } }
    /// How many there are now.
    var openConnections: Int { state.withLock { $0.open } }
    /// How many there were at a time, at most.
    var mostConnections: Int { state.withLock { $0.mostOpen } }

    func url(_ path: String = "/", host: String = "127.0.0.1") -> String { "http://\(host):\(port)\(path)" }

    /// Refuses connections from now on.
    func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    /// The thread that accepts; it does not keep the server alive.
    private struct Acceptor: Sendable {
        weak let server: ScriptedServer?
        let listener: Int32

        init(server: ScriptedServer) {
            self.server = server
            listener = server.listener
        }

        func run() {
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0, let server else { break }
                closeOnExec(client)
                let number = server.state.withLock { state in
                    state.connections += 1
                    state.open += 1
                    state.mostOpen = max(state.mostOpen, state.open)
                    return state.connections - 1
                }
                Thread.detachNewThread { [server] in
                    server.serve(client, number)
                    close(client)
                    server.state.withLock { $0.open -= 1 }
                }
            }
            close(listener)
        }
    }

    // MARK: One connection

    private func serve(_ client: Int32, _ connection: Int) {
        var one: Int32 = 1
        setsockopt(client, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        var input: [UInt8] = []
        while let request = read(client, connection, &input) {
            for step in script(request) {
                switch step {
                case .send(let bytes):
                    guard send(client, bytes) else { return }
                case .wait(let duration):
                    usleep(UInt32(duration / .microseconds(1)))
                case .hold:
                    var byte: UInt8 = 0
                    while recv(client, &byte, 1, 0) > 0 {}
                    return
                case .note(let tell):
                    tell()
                case .close:
                    return
                case .reset:
                    var linger = linger(l_onoff: 1, l_linger: 0)
                    setsockopt(client, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
                    return
                }
            }
        }
    }

    private func send(_ client: Int32, _ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private func read(_ client: Int32, _ connection: Int, _ input: inout [UInt8]) -> Request? {
        func more() -> Bool {
            var buffer = [UInt8](repeating: 0, count: 64 << 10)
            let count = recv(client, &buffer, buffer.count, 0)
            guard count > 0 else { return false }
            input += buffer[..<count]
            return true
        }
        var end = Data(input).range(of: Data("\r\n\r\n".utf8))
        while end == nil {
            guard more() else { return nil }
            end = Data(input).range(of: Data("\r\n\r\n".utf8))
        }
        guard let end else { return nil }
        let lines = String(decoding: input[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ").map(String.init)
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        input.removeFirst(end.upperBound)
        let length = headers["content-length"].flatMap(Int.init) ?? 0
        while input.count < length { guard more() else { return nil } }
        let body = Array(input.prefix(length))
        input.removeFirst(length)
        return state.withLock { state in
            let request = Request(
                number: state.requests.count, connection: connection, method: words[0],
                target: words.count > 1 ? words[1] : "", headers: headers, body: body)
            state.requests.append(request)
            return request
        }
    }
}

/// Another test's child must not inherit a socket and keep the connection open.
private func closeOnExec(_ descriptor: Int32) {
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
}
