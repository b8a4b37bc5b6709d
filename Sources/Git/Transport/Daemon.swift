internal import CSystemShims
internal import Threads

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// Connects to `git://` servers.
enum Daemon {
    private static let defaultPort = 9418

    static func connect(
        _ url: GitURL, _ patience: Patience, _ cancellation: Cancellation, service: GitService = .uploadPack
    ) throws -> Duplex {
        let socket = try openSocket(url, patience, cancellation)
        let stream = Duplex(url, socket: socket, program: nil, patience)
        var path = url.decodedPath
        if path.starts(with: "/~") { path.removeFirst() }
        let host = url.host + (url.port.map { ":\($0)" } ?? "")
        // An old server stops at the second NUL, before the version.
        let version = service.hasVersion2 ? "\0version=2\0" : ""
        let request = Array("\(service.rawValue) ".utf8) + path + Array("\0host=\(host)\0\(version)".utf8)
        try stream.write(PktLine.encode(bytes: request))
        return stream
    }

    private static func openSocket(_ url: GitURL, _ patience: Patience, _ cancellation: Cancellation) throws -> Int32 {
        let host = url.host.hasPrefix("[") ? String(url.host.dropFirst().dropLast()) : url.host
        let lookup = try HostLookup.begin(host: host, port: url.port ?? defaultPort)
        let addresses = try lookup.wait(for: url, patience, cancellation)
        guard !addresses.isEmpty else { throw GitError.hostNotFound(host: url.host) }
        var failure: Int32 = ECONNREFUSED
        for address in addresses {
            try cancellation.throwIfCancelled()
            try patience.check(url)
            switch connect(address, patience, cancellation) {
            case .success(let socket): return socket
            case .failure(let errnum): failure = errnum.code
            }
        }
        try cancellation.throwIfCancelled()
        try patience.check(url)
        if failure == ETIMEDOUT { throw GitError.timedOut(url: url.text, seconds: patience.stall) }
        throw GitError.connectionFailed(url: url.text, errnum: failure)
    }

    private struct Errnum: Error {
        let code: Int32
    }

    private static func connect(
        _ address: SocketAddress, _ patience: Patience, _ cancellation: Cancellation
    ) -> Result<Int32, Errnum> {
        let descriptor = pinr_socket(address.family, address.type, address.protocol)
        guard descriptor >= 0 else { return .failure(Errnum(code: errno)) }
        let flags = fcntl(descriptor, F_GETFL)
        var code = flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) < 0 ? errno : 0
        if code == 0, systemConnect(descriptor, address) != 0 {
            code = errno == EINPROGRESS ? outcome(descriptor, patience, cancellation) : errno
        }
        if code == 0, fcntl(descriptor, F_SETFL, flags) < 0 { code = errno }
        guard code == 0 else {
            close(descriptor)
            return .failure(Errnum(code: code))
        }
        return .success(descriptor)
    }

    /// Waits for the end of a connection attempt; 0 or its error number.
    private static func outcome(_ descriptor: Int32, _ patience: Patience, _ cancellation: Cancellation) -> Int32 {
        for _ in 0..<patience.stall * 10 where !cancellation.isCancelled && !patience.isOver {
            var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            guard poll(&ready, 1, patience.wait(atMost: 100)) > 0 else { continue }
            var code: Int32 = 0
            var size = socklen_t(MemoryLayout<Int32>.size)
            return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0 ? code : errno
        }
        return ETIMEDOUT
    }
}

private func systemConnect(_ descriptor: Int32, _ address: SocketAddress) -> Int32 {
    address.bytes.withUnsafeBytes { bytes in
        connect(descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
    }
}
