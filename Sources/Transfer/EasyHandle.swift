internal import CCurl
internal import CCurlShims

/// Owns one libcurl easy handle with its error buffer and its header list: one transfer at a time, then reset for another.
///
/// Only the thread of the `TransferLoop` touches it.
final class EasyHandle {
    let raw: UnsafeMutableRawPointer
    private let errorBuffer: UnsafeMutableBufferPointer<CChar>
    private var headerList: UnsafeMutablePointer<curl_slist>?

    /// - Throws: `TransferError.protocolFailure` when there is no memory.
    init() throws {
        guard let raw = curl_easy_init() else { throw Curl.failure(CURLE_OUT_OF_MEMORY) }
        self.raw = raw
        errorBuffer = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorBuffer.initialize(repeating: 0)
    }

    deinit {
        // The handle first: it may still point at the other two.
        curl_easy_cleanup(raw)
        curl_slist_free_all(headerList)
        errorBuffer.deallocate()
    }

    /// Forgets the transfer, so that the handle can serve another; connections are kept by the multi handle.
    func reset() {
        curl_easy_reset(raw)
        curl_slist_free_all(headerList)
        headerList = nil
        errorBuffer[0] = 0
    }

    /// What libcurl wrote about the last failure; empty when it wrote nothing.
    var errorText: String {
        errorBuffer.baseAddress.map { String(cString: $0) } ?? ""
    }

    /// Describes the transfer to libcurl.
    ///
    /// - Parameter context: handed to the two callbacks; must outlive the transfer.
    /// - Throws: `TransferError.protocolFailure`
    func prepare(
        _ hop: Hop, _ configuration: TransferConfiguration,
        header: pinr_curl_data_callback, write: pinr_curl_data_callback, context: UnsafeMutableRawPointer
    ) throws {
        let url = hop.url.text
        func check(_ code: CURLcode) throws { try Curl.check(code, url: url) }

        try check(pinr_curl_set_error_buffer(raw, errorBuffer.baseAddress))
        try check(pinr_curl_set_no_signal(raw))
        try check(pinr_curl_set_quick_exit(raw))
        try check(pinr_curl_set_web_only(raw))
        try check(pinr_curl_set_follows_redirects(raw, 0))
        try check(pinr_curl_set_suppress_connect_headers(raw))
        try check(pinr_curl_set_close_on_exec(raw))
        try check(pinr_curl_set_tcp_keep_alive(raw))
        try check(pinr_curl_set_connect_timeout(raw, max(1, configuration.connectTimeout.milliseconds)))
        // Not HTTP/2, where transfers share a connection: libcurl 7.88 takes any connection for one that can be
        // shared once the host has spoken HTTP/2, also that of a running download. The other's request then takes bytes
        // of the download, and the download is given the other's answer in their place: a file of the right size and the
        // wrong hash, without an error. Besides, a paused stream holds up the others on its connection.
        try check(pinr_curl_set_http_1_1(raw))
        if hop.sink != nil { try check(pinr_curl_set_buffer_size(raw, Int32(ChannelSink.chunkSize))) }

        if let path = configuration.certificateFile { try check(pinr_curl_set_ca_file(raw, path)) }
        if let path = configuration.certificateDirectory { try check(pinr_curl_set_ca_directory(raw, path)) }
        // Always set, if only to nothing: else libcurl reads the environment of the process.
        try check(pinr_curl_set_proxy(raw, configuration.proxy(forSecure: hop.url.isSecure) ?? ""))
        try check(pinr_curl_set_no_proxy(raw, configuration.proxyExceptions ?? ""))

        try check(pinr_curl_set_url(raw, url))
        try check(pinr_curl_set_user_agent(raw, configuration.userAgent))
        switch hop.method {
        case .get: try check(pinr_curl_set_get(raw))
        case .head: try check(pinr_curl_set_head(raw))
        case .post:
            try check(hop.body.withUnsafeBytes { pinr_curl_set_post(raw, $0.baseAddress, $0.count) })
        case .put, .patch:
            // To libcurl a POST under another name: what it calls PUT is an upload, read from a callback.
            try check(hop.body.withUnsafeBytes { pinr_curl_set_post(raw, $0.baseAddress, $0.count) })
            try check(pinr_curl_set_method(raw, hop.method.rawValue))
        }
        if hop.isSentOnce { try check(pinr_curl_set_fresh_connection(raw)) }
        if hop.acceptsGzip { try check(pinr_curl_set_accepts_gzip(raw)) }
        try setHeaders(hop)
        try check(pinr_curl_set_header_callback(raw, header, context))
        try check(pinr_curl_set_write_callback(raw, write, context))
    }

    private func setHeaders(_ hop: Hop) throws {
        // In libcurl's notation `Name;` is a field with an empty value, and `Name:` takes out one that it would send.
        var lines = hop.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        if !hop.method.isSafe {
            lines.append("Expect:")
            if !hop.headers.contains(where: { sameBytes(asciiLowercased($0.name), "content-type") }) {
                lines.append("Content-Type:")
            }
        }
        for line in lines {
            guard let longer = curl_slist_append(headerList, line) else { throw Curl.failure(CURLE_OUT_OF_MEMORY) }
            headerList = longer
        }
        try Curl.check(pinr_curl_set_headers(raw, headerList), url: hop.url.text)
    }

    /// Lets a paused transfer go on; its waiting bytes go through the write callback before this returns.
    func resume() -> CURLcode { curl_easy_pause(raw, CURLPAUSE_CONT) }

    /// How long the server says the body is; nil when it does not say.
    var contentLength: Int? {
        number(pinr_curl_get_content_length).flatMap { $0 >= 0 ? Int($0) : nil }
    }

    /// How many bytes of the request's body have gone.
    var uploaded: Int64 { number(pinr_curl_get_uploaded) ?? 0 }

    /// Whether the connection stood, TLS included.
    var isConnected: Bool { (number(pinr_curl_get_pretransfer_time) ?? 0) > 0 }

    /// The error number of the last system call that failed, or 0.
    var systemError: Int32 { Int32(truncatingIfNeeded: number(pinr_curl_get_os_errno) ?? 0) }

    /// What a proxy answered to CONNECT, or 0.
    var connectStatus: Int { Int(number(pinr_curl_get_connect_status) ?? 0) }

    private func number(_ get: (UnsafeMutableRawPointer, UnsafeMutablePointer<Int64>) -> CURLcode) -> Int64? {
        var value: Int64 = 0
        return get(raw, &value) == CURLE_OK ? value : nil
    }
}

extension Duration {
    /// The whole milliseconds in it.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds.multipliedReportingOverflow(by: 1000).overflow
            ? .max : seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}
