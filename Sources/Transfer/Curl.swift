internal import CCurl

/// The process-wide part of libcurl, set up once when the first transfer needs it.
enum Curl {
    /// `curl_global_init` takes a millisecond, which a program that transfers nothing does not pay. It is never undone:
    /// other threads may still be inside OpenSSL when the process ends.
    private static let setUp: CURLcode = curl_global_init(Int(CURL_GLOBAL_DEFAULT))

    /// - Throws: `TransferError.protocolFailure` when libcurl cannot start.
    static func start() throws {
        guard setUp == CURLE_OK else { throw failure(setUp) }
    }

    /// Turns a return code that ought to be `CURLE_OK` into an error.
    static func check(_ code: CURLcode, url: String = "") throws {
        guard code == CURLE_OK else { throw failure(code, url: url) }
    }

    static func failure(_ code: CURLcode, url: String = "") -> TransferError {
        .protocolFailure(url: url, code: Int(code.rawValue), detail: String(cString: curl_easy_strerror(code)))
    }

    static func failure(_ code: CURLMcode) -> TransferError {
        .protocolFailure(url: "", code: Int(code.rawValue), detail: String(cString: curl_multi_strerror(code)))
    }
}
