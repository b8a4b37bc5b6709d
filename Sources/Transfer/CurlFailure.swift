internal import CCurl

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

extension Exchange {
    /// The result of a transfer that libcurl says has ended like this.
    func result(_ code: CURLcode, connectTimeout: Duration) -> Result<HopResult, any Error> {
        if let failure { return .failure(failure) }
        guard code == CURLE_OK || isCut else { return .failure(error(code, connectTimeout: connectTimeout)) }
        guard use != nil else { return .failure(Curl.failure(CURLE_WEIRD_SERVER_REPLY, url: hop.url.text)) }
        return .success(HopResult(head: head, body: body))
    }

    /// What libcurl's code means in our terms.
    private func error(_ code: CURLcode, connectTimeout: Duration) -> TransferError {
        let url = hop.url.text
        let text = easy.errorText
        let detail = text.isEmpty ? String(cString: curl_easy_strerror(code)) : Self.withoutPassword(text)
        // Bytes of the answer were there: whatever broke, it broke the body off.
        let hasBegun = use != nil
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST:
            return .unknownHost(hop.url.host)
        case CURLE_COULDNT_RESOLVE_PROXY, CURLE_PROXY:
            return .proxy(url: url, detail: detail)
        case CURLE_COULDNT_CONNECT:
            return easy.systemError == ECONNREFUSED
                ? .connectionRefused(url: url) : .unreachable(url: url, detail: detail)
        case CURLE_SSL_CONNECT_ERROR where easy.systemError == ECONNRESET:
            return .connectionLost(url: url, detail: detail)
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS, CURLE_USE_SSL_FAILED,
            CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_CRL_BADFILE, CURLE_SSL_PINNEDPUBKEYNOTMATCH:
            return .tls(url: url, detail: detail)
        case CURLE_OPERATION_TIMEDOUT:
            // Of libcurl's timers only this one is set.
            return .timedOut(url: url, phase: .connect, after: connectTimeout)
        case CURLE_RECV_ERROR where easy.connectStatus >= 300:
            return .proxy(url: url, detail: detail)
        case CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_HTTP2, CURLE_HTTP2_STREAM, CURLE_SEND_ERROR:
            guard hasBegun else { return .connectionLost(url: url, detail: detail) }
            return truncation()
        case CURLE_GOT_NOTHING:
            return .connectionLost(url: url, detail: detail)
        default:
            return .protocolFailure(url: url, code: Int(code.rawValue), detail: detail)
        }
    }

    /// libcurl repeats the URL of a proxy that it cannot use, with the password in it.
    private static func withoutPassword(_ text: String) -> String {
        text.contains("://") || text.lowercased().contains("proxy")
            ? URLText.withoutCredentials(text, isMalformed: true) : text
    }

    private func truncation() -> TransferError {
        // What was compressed has another length than what arrived of it.
        let isCompressed = hop.acceptsGzip && head.headers["content-encoding"] != nil
        // A resumed download counts from its beginning.
        return .truncated(
            url: hop.url.text,
            received: hop.sink?.received ?? body.count,
            expected: isCompressed ? nil : easy.contentLength.flatMap(wholeLength))
    }

    /// The length of the whole body, whose rest this hop was to bring; nil for one that no number holds.
    private func wholeLength(rest: Int) -> Int? {
        let (sum, overflows) = rest.addingReportingOverflow(receivedBefore)
        return overflows ? nil : sum
    }
}
