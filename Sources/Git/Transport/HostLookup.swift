internal import CSystemShims
internal import Synchronization
internal import Threads

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// Where a socket can be connected to.
struct SocketAddress: Sendable {
    let family: Int32
    let type: Int32
    let `protocol`: Int32
    /// A `sockaddr` of that family.
    let bytes: [UInt8]
}

/// Looks up the addresses of a host on a thread of its own: the system's lookup may take half a minute, and nothing ends
/// it. One that is given up runs on and is forgotten.
final class HostLookup: Sendable {
    /// What the lookup's thread writes to when it is done, and where that is read.
    private let done: Int32
    private let news: Int32
    private let addresses = Mutex<[SocketAddress]>([])

    /// Begins.
    /// - Parameter resolve: finds the addresses; none when there is no such host.
    /// - Throws: `GitError.system`, `ThreadError`
    init(_ resolve: @escaping @Sendable () -> [SocketAddress]) throws {
        var ends: [Int32] = [-1, -1]
        guard pinr_pipe(&ends) == 0 else { throw GitError.system(call: "pipe", path: "", errnum: errno) }
        (news, done) = (ends[0], ends[1])
        try startThread { [self] in
            let found = resolve()
            addresses.withLock { $0 = found }
            var byte: UInt8 = 1
            // A pipe has room for one byte, and its other end is open as long as this is.
            _ = write(done, &byte, 1)
        }
    }

    /// Begins to look up a host by name or address.
    convenience init(host: String, port: Int) throws {
        try self.init { Self.resolve(host, port) }
    }

    deinit {
        close(news)
        close(done)
    }

    /// Waits for the end of the lookup.
    /// - Throws: `TransferError.timedOut`, `GitError.timedOut`, `CancellationError`
    func wait(for url: GitURL, _ patience: Patience, _ cancellation: Cancellation) throws -> [SocketAddress] {
        for _ in 0..<patience.stall * 10 {
            try cancellation.throwIfCancelled()
            try patience.check(url)
            var ready = pollfd(fd: news, events: Int16(POLLIN), revents: 0)
            if poll(&ready, 1, patience.wait(atMost: 100)) > 0 { return addresses.withLock { $0 } }
        }
        throw GitError.timedOut(url: url.text, seconds: patience.stall)
    }

    private static func resolve(_ host: String, _ port: Int) -> [SocketAddress] {
        var hints = addrinfo()
        #if canImport(Darwin)
            hints.ai_socktype = SOCK_STREAM
        #else
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #endif
        var first: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &first) == 0 else { return [] }
        defer { freeaddrinfo(first) }
        var found: [SocketAddress] = []
        var next = first
        while let entry = next?.pointee {
            let bytes = UnsafeRawBufferPointer(start: entry.ai_addr, count: Int(entry.ai_addrlen))
            found.append(
                SocketAddress(
                    family: entry.ai_family, type: entry.ai_socktype, protocol: entry.ai_protocol, bytes: Array(bytes)))
            next = entry.ai_next
        }
        return found
    }
}
