internal import CCurl

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// An `http` or `https` URL that is fit to be requested: absolute, without user name or password, of printable ASCII.
struct WebURL: Sendable, Equatable {
    /// The URL as it is requested.
    let text: String
    let isSecure: Bool
    /// The host in lower case, an IPv6 address in its brackets.
    let host: String
    let port: String
    /// The path as it is spelled, with its leading slash.
    let path: String

    /// Scheme, host and port: what credentials are meant for.
    var origin: String { "\(isSecure ? "https" : "http")://\(host):\(port)" }

    /// Takes the URL of a request.
    ///
    /// - Throws: `TransferError.malformedURL` or `.credentialsInURL`.
    init(_ text: String) throws {
        // libcurl would make do with one slash, or with three.
        let afterScheme = text.utf8.drop { $0 != UInt8(ascii: ":") }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }), afterScheme.starts(with: "://".utf8),
            !afterScheme.starts(with: ":///".utf8)
        else {
            throw TransferError.malformedURL(URLText.withoutCredentials(text, isMalformed: true))
        }
        let parts = try CurlURL(base: nil, text, encoding: !text.utf8.allSatisfy { $0 < 0x80 })
        guard let url = WebURL(parts, text: text) else {
            throw TransferError.malformedURL(URLText.withoutCredentials(text, isMalformed: true))
        }
        guard !parts.hasCredentials else { throw TransferError.credentialsInURL(URLText.withoutCredentials(text)) }
        self = url
    }

    /// Resolves a `Location` (RFC 3986, 5) that this URL answered with.
    ///
    /// - Throws: `TransferError.unsupportedRedirect` when the result cannot be requested, `.insecureRedirect` when it is
    ///   `http` and this is `https`.
    func redirected(to location: String) throws -> WebURL {
        let refusal = TransferError.unsupportedRedirect(
            from: URLText.withoutQuery(text),
            to: URLText.withoutQuery(URLText.withoutCredentials(location, isMalformed: true)))
        let isPrintable = location.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
        guard isPrintable, let parts = try? CurlURL(base: text, location, encoding: true), !parts.hasCredentials,
            let url = WebURL(parts, text: nil)
        else { throw refusal }
        guard url.isSecure || !isSecure else {
            throw TransferError.insecureRedirect(from: URLText.withoutQuery(text), to: URLText.withoutQuery(url.text))
        }
        return url
    }

    /// - Parameter text: the URL as it was given; kept when it is ASCII, so that what is requested is what was asked for.
    private init?(_ parts: borrowing CurlURL, text: String?) {
        guard let scheme = parts[CURLUPART_SCHEME], let host = parts[CURLUPART_HOST], !host.isEmpty,
            let port = parts[CURLUPART_PORT, CURLU_DEFAULT_PORT], let normal = parts[CURLUPART_URL]
        else { return nil }
        switch asciiLowercased(scheme) {
        case "http": isSecure = false
        case "https": isSecure = true
        default: return nil
        }
        self.host = asciiLowercased(host)
        self.port = port
        path = parts[CURLUPART_PATH] ?? "/"
        self.text = text.flatMap { text in text.utf8.allSatisfy { $0 < 0x80 } ? text : nil } ?? normal
    }
}

/// libcurl's URL parser, the one that the transfer itself will use: two parsers that disagree are a hole.
private struct CurlURL: ~Copyable {
    private let handle: OpaquePointer

    /// - Throws: `TransferError.malformedURL`
    init(base: String?, _ text: String, encoding: Bool) throws {
        let failure = TransferError.malformedURL(URLText.withoutCredentials(text, isMalformed: true))
        guard let handle = curl_url() else { throw failure }
        let flags = encoding ? UInt32(CURLU_URLENCODE) : 0
        var code = CURLUE_OK
        if let base { code = curl_url_set(handle, CURLUPART_URL, base, 0) }
        if code == CURLUE_OK { code = curl_url_set(handle, CURLUPART_URL, text, flags) }
        guard code == CURLUE_OK else {
            curl_url_cleanup(handle)
            throw failure
        }
        self.handle = handle
    }

    deinit { curl_url_cleanup(handle) }

    /// A part of the URL; nil when it has no such part.
    subscript(part: CURLUPart, flags: Int32 = 0) -> String? {
        var value: UnsafeMutablePointer<CChar>?
        guard curl_url_get(handle, part, &value, UInt32(flags)) == CURLUE_OK, let value else { return nil }
        defer { curl_free(value) }
        return String(cString: value)
    }

    var hasCredentials: Bool { self[CURLUPART_USER] != nil || self[CURLUPART_PASSWORD] != nil }
}
