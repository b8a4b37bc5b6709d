import Foundation
import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

#if canImport(Darwin)
    private let stream = SOCK_STREAM
#else
    private let stream = Int32(SOCK_STREAM.rawValue)
#endif

/// A TCP port of the loopback interface that nobody listens on, and that no other test of this process is given.
///
/// Somebody else may take it before you do: servers try again with another.
public func freePort() throws -> UInt16 {
    for _ in 0..<1000 {
        let port = nextPort()
        // Not the port itself but the question is what is closed here.
        if let socket = try BoundSocket(port) { return socket.port }
    }
    throw ServerError.notStarted("a thousand ports in a row are taken")
}

/// A port that nobody listens on as long as this exists, so that whoever connects is refused.
public final class ClosedPort: Sendable {
    private let socket: BoundSocket

    /// The port.
    public var port: UInt16 { socket.port }

    /// Takes one.
    public init() throws {
        for _ in 0..<1000 {
            guard let socket = try BoundSocket(nextPort()) else { continue }
            self.socket = socket
            return
        }
        throw ServerError.notStarted("a thousand ports in a row are taken")
    }
}

/// The ports that tests listen on: below those that the system gives to outgoing connections, one of which could else
/// have a port in the moment between its choice and its use.
private let ports: ClosedRange<UInt16> = 10_000...32_000
private let latestPort = Mutex(UInt16.random(in: ports))

private func nextPort() -> UInt16 {
    latestPort.withLock { port in
        port = port == ports.upperBound ? ports.lowerBound : port + 1
        return port
    }
}

/// A TCP socket with a port of the loopback interface, on which nobody listens.
private final class BoundSocket: Sendable {
    let port: UInt16
    private let descriptor: Int32

    /// Nil when the port is taken.
    init?(_ port: UInt16) throws {
        descriptor = socket(AF_INET, stream, 0)
        guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        self.port = port
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        address.sin_port = port.bigEndian
        let failed = withUnsafeBytes(of: &address) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) {
                bind(descriptor, $0.baseAddress, socklen_t(MemoryLayout<sockaddr_in>.size)) != 0
            }
        }
        if failed {
            guard errno == EADDRINUSE else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
            return nil
        }
    }

    deinit { close(descriptor) }
}

/// Whether a server on a Unix socket answers an HTTP request; returns when it has.
func answers(unixSocket path: String) -> Bool {
    let descriptor = socket(AF_UNIX, stream, 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let fits = withUnsafeMutableBytes(of: &address.sun_path) { field in
        let bytes = Array(path.utf8CString)
        bytes.withUnsafeBytes { field.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0.prefix(field.count))) }
        return bytes.count <= field.count
    }
    precondition(fits, "TMPDIR is too long for a Unix socket: \(path)")
    let connected = withUnsafeBytes(of: &address) { bytes in
        bytes.withMemoryRebound(to: sockaddr.self) {
            connect(descriptor, $0.baseAddress, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
        }
    }
    guard connected else { return false }
    let request = Array("GET / HTTP/1.0\r\n\r\n".utf8)
    guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else { return false }
    var answer = [UInt8](repeating: 0, count: 256)
    return recv(descriptor, &answer, answer.count, 0) > 0
}

/// Why a server could not be started.
public enum ServerError: Error, Sendable {
    /// It ended, or did not answer in time; what it wrote.
    case notStarted(String)
}

/// Starts a server on a free port and waits until it is ready, on another port when somebody took that one meanwhile.
public func listenOnFreePort(
    _ start: (UInt16) throws -> BackgroundProcess, until isReady: (BackgroundProcess) -> Bool
) async throws -> (UInt16, BackgroundProcess) {
    var output = ""
    for _ in 1...3 {
        let port = try freePort()
        let server = try start(port)
        if try await eventually(while: { server.isRunning }, { isReady(server) }) { return (port, server) }
        server.stop()
        // Each server has words of its own for a port that is taken.
        output = server.output()
    }
    throw ServerError.notStarted(output)
}

extension BackgroundProcess {
    /// The port of a server that chooses one itself, and prints it on its first line once it listens.
    /// - Throws: `ServerError.notStarted`
    public func listeningPort() async throws -> UInt16 {
        let isTold = try await eventually(while: { isRunning }) { output().contains("\n") }
        let words = output().prefix { $0 != "\n" }.split(separator: " ")
        guard isTold, let port = words.last.flatMap({ UInt16($0) }) else { throw ServerError.notStarted(output()) }
        return port
    }
}

/// Asks again and again until it is so; `false` when `while` no longer holds, or when a busy machine would be there too.
public func eventually(
    while alive: () -> Bool = { true }, _ condition: () async throws -> Bool
) async throws -> Bool {
    let deadline = ContinuousClock.now + patience
    while alive(), ContinuousClock.now < deadline {
        let asked = ContinuousClock.now
        if try await condition() { return true }
        // What takes long to ask is not to keep the machine from what is waited for.
        try await Task.sleep(for: min(max(.milliseconds(5), ContinuousClock.now - asked), .milliseconds(100)))
    }
    return false
}
