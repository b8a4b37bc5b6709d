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

/// Looks up the addresses of a host: the system's lookup may take half a minute, and nothing ends it.
enum HostLookup {
    /// Begins to look up a host by name or address; without a result there is no such host.
    /// - Throws: `GitError.system`, `ThreadError`
    static func begin(host: String, port: Int) throws -> UnendingCall<[SocketAddress]> {
        try UnendingCall { _ in resolve(host, port) }
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
