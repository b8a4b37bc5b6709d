internal import Transfer

/// `file://` URLs, which name a path on this machine.
public enum FileURL {
    /// The path that a `file://` URL names, percent-decoded; nil for any other URL.
    ///
    /// Only an empty host or `localhost` is this machine (RFC 8089).
    public static func path(of url: String) -> String? {
        let utf8 = url.utf8
        guard utf8.count > 7, utf8.prefix(7).elementsEqual("file://".utf8) else { return nil }
        var rest = utf8.dropFirst(7)
        if rest.starts(with: "localhost/".utf8) { rest = rest.dropFirst(9) }
        guard rest.first == UInt8(ascii: "/") else { return nil }
        guard let bytes = PercentEncoding.decode(rest), !bytes.contains(0) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}
