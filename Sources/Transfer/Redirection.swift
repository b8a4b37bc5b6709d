/// The rules for following a redirect (RFC 9110, 15.4), which are kept here rather than in libcurl: it would send a
/// header that holds a token along to another host.
enum Redirection {
    /// As many as libcurl's command line and most browsers follow, or fewer.
    static let limit = 10

    /// Where a response redirects to; nil when it does not.
    static func location(_ head: ResponseHead) -> String? {
        switch head.status {
        case 301, 302, 303, 307, 308: head.headers["location"].flatMap { $0.isEmpty ? nil : $0 }
        default: nil
        }
    }

    /// The request that is made at the new place.
    ///
    /// POST becomes GET after 301, 302 and 303, as everywhere. Another scheme, host or port is sent only those header
    /// fields that are known to be no credentials; any other might be one.
    static func request(
        _ request: TransferRequest, status: Int, from old: WebURL, to new: WebURL
    ) -> TransferRequest {
        var next = request
        next.url = new.text
        if status == 303 && !next.method.isSafe || (status == 301 || status == 302) && next.method == .post {
            next.method = .get
            next.body = []
            next.headers.removeAll { asciiLowercased($0.name).utf8.starts(with: "content-".utf8) }
        }
        // `Host` names the old place.
        next.removeHeader("host")
        if !sameBytes(old.origin, new.origin) {
            next.headers.removeAll { !isHarmless(asciiLowercased($0.name)) }
        }
        return next
    }

    private static func isHarmless(_ name: String) -> Bool {
        let prefixes = ["accept", "content-", "if-"]
        let names = ["cache-control", "git-protocol", "pragma", "range", "user-agent"]
        return prefixes.contains { name.utf8.starts(with: $0.utf8) } || names.contains { sameBytes($0, name) }
    }
}
