/// The URLs of servers and objects, as servers and repositories name them.
enum LFSURL {
    /// - Parameter isSecure: whether what names it came over `https`, or from nobody.
    /// - Throws: `LFSURLFault`
    static func check(_ url: String, isSecure: Bool) throws(LFSURLFault) {
        let bytes = Array(url.utf8)
        guard let mark = bytes.firstIndex(of: UInt8(ascii: ":")), mark > 0,
            bytes[..<mark].allSatisfy({ $0.isLetterOrDigit || "+-.".utf8.contains($0) }),
            bytes.allSatisfy({ $0 > 0x20 && $0 != 0x7F })
        else { throw .malformed }
        let scheme = String(decoding: bytes[..<mark], as: UTF8.self).lowercased()
        guard scheme == "http" || scheme == "https" else { throw .unsupportedScheme(scheme) }
        guard bytes[mark...].starts(with: "://".utf8) else { throw .malformed }
        let authority = bytes[(mark + 3)...].prefix { !"/?#\\".utf8.contains($0) }
        guard !authority.contains(UInt8(ascii: "@")) else { throw .credentials }
        guard !authority.isEmpty else { throw .malformed }
        guard scheme == "https" || !isSecure else { throw .insecure(host: Sanitized.line(authority)) }
    }

    /// As far as messages may repeat it.
    static func printable(_ url: String) -> String {
        Sanitized.line(url.utf8.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") })
    }

    static func isSecure(_ url: String) -> Bool {
        url.utf8.prefix(6).map { $0 | 0x20 } == "https:".utf8.map { $0 | 0x20 }
    }
}
