import Testing

@testable import Transfer

/// The rules that need no network: headers, retries, ranges, the environment.
@Suite struct RulesTests {
    private func headers(_ fields: (String, String)...) -> HTTPHeaders {
        var headers = HTTPHeaders()
        for (name, value) in fields { headers.append(name: name, value: value) }
        return headers
    }

    @Test func headersAreFoundByAnyCase() {
        var fields = HTTPHeaders()
        for line in ["ETag: \"a\"\r\n", "X-A:1\r\n", "x-a:\t2 \r\n", "nonsense\r\n", ": empty\r\n"] {
            fields.append(line: Array(line.utf8))
        }
        fields.append(line: Array("Latin: ".utf8) + [0xE9])
        #expect(fields["etag"] == "\"a\"")
        #expect(fields["X-a"] == "2")
        #expect(fields.fields.filter { $0.name == "x-a" }.map(\.value) == ["1", "2"])
        #expect(fields["latin"] == "é")
        #expect(fields["none"] == nil)
        #expect(fields.fields.count == 4)
    }

    @Test(arguments: [
        ("X", "a\r\nY: b"), ("X", "a\nb"), ("X", "a\u{0}"), ("X", "a\u{7F}"), ("X: y", "a"), ("", "a"), ("X\r\n", "a"),
        ("Ä", "a"),
    ])
    func refusesABrokenHeader(_ name: String, _ value: String) {
        let request = TransferRequest(url: "http://example.org/", headers: [(name, value)])
        #expect(throws: TransferError.invalidHeader(name: name == "X" ? "X" : "")) { try request.checkHeaders() }
    }

    @Test(arguments: [
        ("5", Duration.seconds(5)), ("0", .seconds(0)), ("-5", nil), ("soon", nil),
        ("Thu, 01 Jan 1970 00:01:10 GMT", .seconds(10)), ("Thu, 01 Jan 1970 00:00:10 GMT", .seconds(0)),
        ("9223372036854775807", .seconds(Int.max)), ("9223372036854775808", nil), ("-9223372036854775808", nil),
    ])
    func readsRetryAfter(_ text: String, _ expected: Duration?) {
        #expect(RetryPolicy.retryAfter(headers(("Retry-After", text)), now: 60) == expected)
    }

    @Test(arguments: [
        ("-9223372036854775808", Duration.zero), ("-1", .zero), ("0", .zero), ("59", .seconds(59)),
        ("1600000000", .zero), ("1700000059", .zero), ("1700000061", .seconds(1)), ("1700000061.25", .seconds(1)),
        ("1700000061000", .seconds(1)), ("9223372036854775807", .seconds(Int.max / 1000 - 1_700_000_060)),
        ("9223372036854775808", nil), ("", nil),
    ])
    func readsARateLimitThatEndsAtAnyTime(_ reset: String, _ expected: Duration?) {
        let fields = headers(("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", reset))
        #expect(RetryPolicy.retryAfter(fields, now: 1_700_000_060) == expected)
    }

    /// What forges, registries and the drafts of the IETF have beside a 429 or a 403.
    @Test(
        arguments: [
            // GitHub, Forgejo: a time.
            ([("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "1700000090")], .seconds(30), true),
            ([("X-RateLimit-Remaining", "7"), ("X-RateLimit-Reset", "1700000090")], nil, false),
            // GitLab: a time, in the field in which the drafts have seconds.
            ([("RateLimit-Remaining", "0"), ("RateLimit-Reset", "1700000090")], .seconds(30), true),
            ([("RateLimit-Remaining", "0"), ("RateLimit-Reset", "45")], .seconds(45), true),
            // Docker Hub.
            ([("ratelimit-remaining", "0;w=21600"), ("RateLimit-Reset", "45")], .seconds(45), true),
            ([("RateLimit", "limit=100, remaining=0, reset=50")], .seconds(50), true),
            ([("RateLimit", "\"default\";r=0;t=12")], .seconds(12), true),
            ([("RateLimit", "\"default\";r=3;t=12")], nil, false),
            // A secondary limit of GitHub.
            ([("X-RateLimit-Remaining", "59"), ("Retry-After", "60")], .seconds(60), true),
            ([("X-Other", "0")], nil, false),
        ] as [([(String, String)], Duration?, Bool)])
    func readsRateLimits(_ fields: [(String, String)], _ expected: Duration?, _ isLimit403: Bool) {
        var headers = HTTPHeaders()
        for (name, value) in fields { headers.append(name: name, value: value) }
        #expect(RetryPolicy.retryAfter(headers, now: 1_700_000_060) == expected)
        #expect(RateLimitFields.isLimit(403, headers) == isLimit403)
        #expect(RateLimitFields.isLimit(429, headers))
        #expect(!RateLimitFields.isLimit(404, headers))
    }

    @Test func waitsLongerEachTimeAndThenNoMore() throws {
        let policy = RetryPolicy(TransferConfiguration())
        let lost = TransferError.connectionLost(url: "", detail: "")
        for attempt in 1...3 {
            let wait = try #require(policy.wait(after: lost, attempt: attempt))
            let whole = Duration.milliseconds(500) * (1 << (attempt - 1))
            #expect(wait >= whole * 0.5 && wait <= whole * 1.5)
        }
        #expect(policy.wait(after: lost, attempt: 4) == nil)
    }

    @Test(arguments: [
        TransferError.unknownHost("a"), .connectionRefused(url: ""), .tls(url: "", detail: ""),
        .timedOut(url: "", phase: .overall, after: .zero), .tooManyRedirects(url: "", limit: 1), .shutDown,
        .bodyTooLarge(url: "", limit: 1),
    ])
    func doesNotRepeatInVain(_ error: TransferError) {
        #expect(RetryPolicy(TransferConfiguration()).wait(after: error, attempt: 1) == nil)
    }

    @Test(
        arguments: [
            (429, nil, false), (429, .seconds(2), true), (429, .seconds(61), false), (503, nil, true),
            (503, .seconds(61), false), (500, nil, true), (404, nil, false), (501, nil, false), (200, nil, false),
            (403, .seconds(1), false),
        ] as [(Int, Duration?, Bool)])
    func repeatsByStatus(_ status: Int, _ retryAfter: Duration?, _ expected: Bool) {
        let wait = RetryPolicy(TransferConfiguration()).wait(after: status, retryAfter: retryAfter, attempt: 1)
        #expect((wait != nil) == expected)
        if let wait, let retryAfter { #expect(wait >= retryAfter) }
    }

    // MARK: The rest of a body

    private func beginning(_ tag: String, _ more: (String, String)...) -> Resumption? {
        var head = ResponseHead(status: 200, headers: headers(("ETag", tag)))
        for (name, value) in more { head.headers.append(name: name, value: value) }
        return Resumption(head)
    }

    @Test(arguments: ["W/\"a\"", "a", "\"", "\"\"", "\"a\"b\"", ""])
    func needsAStrongTag(_ tag: String) {
        #expect(beginning(tag) == nil)
    }

    @Test(arguments: [
        (206, "bytes 5-9/10", "\"a\"", 10),
        (206, "BYTES 5-9/*", "\"a\"", 10),
        (206, "bytes 4-9/10", "\"a\"", nil),
        (206, "bytes 5-8/10", "\"a\"", nil),
        (206, "bytes 5-9/11", "\"a\"", nil),
        (206, "bytes 5-9/10", "\"b\"", nil),
        (206, "bytes 5-9/10", "W/\"a\"", nil),
        (200, "bytes 5-9/10", "\"a\"", nil),
        (206, "bytes 9-5/10", "\"a\"", nil),
        (206, "bytes +5-9/10", "\"a\"", nil),
        (206, "5-9/10", "\"a\"", nil),
        (206, "", "\"a\"", nil),
    ])
    func takesOnlyTheRest(_ status: Int, _ range: String, _ tag: String, _ end: Int?) throws {
        let resumption = try #require(beginning("\"a\"", ("Content-Length", "10")))
        let head = ResponseHead(status: status, headers: headers(("Content-Range", range), ("ETag", tag)))
        #expect(resumption.end(head, from: 5) == end)
    }

    @Test(arguments: [
        (nil, "bytes 5-9223372036854775807/*"), (nil, "bytes 5-9223372036854775806/9223372036854775807"),
        ("9223372036854775807", "bytes 5-9223372036854775807/*"), ("-9223372036854775808", "bytes 5-9/*"),
        ("-1", "bytes 5-9/*"), ("0", "bytes 5-9/*"),
    ])
    func noLengthIsTooLargeOrTooSmall(_ length: String?, _ range: String) throws {
        var head = ResponseHead(status: 200, headers: headers(("ETag", "\"a\"")))
        if let length { head.headers.append(name: "Content-Length", value: length) }
        let resumption = try #require(Resumption(head))
        let rest = ResponseHead(status: 206, headers: headers(("Content-Range", range), ("ETag", "\"a\"")))
        let isWhole = range.hasSuffix("/9223372036854775807")
        #expect(resumption.end(rest, from: 5) == (isWhole ? .max : nil))
    }

    @Test func theRestMustBeEncodedAsTheBeginning() throws {
        let resumption = try #require(beginning("\"a\"", ("Content-Length", "10")))
        let head = ResponseHead(
            status: 206,
            headers: headers(("Content-Range", "bytes 5-9/10"), ("ETag", "\"a\""), ("Content-Encoding", "gzip")))
        #expect(resumption.end(head, from: 5) == nil)
    }

    // MARK: The environment

    @Test func readsProxiesAsCurlDoes() {
        let configuration = TransferConfiguration(environment: [
            "HTTP_PROXY": "http://evil", "https_proxy": "", "HTTPS_PROXY": "http://b", "all_proxy": "http://c",
            "NO_PROXY": "d",
        ])
        #expect(configuration.proxy(forSecure: false) == "http://c")
        #expect(configuration.proxy(forSecure: true) == "http://b")
        #expect(configuration.proxyExceptions == "d")
        #expect(TransferConfiguration().proxy(forSecure: false) == nil)
    }

    @Test func readsTheCertificatesAsNixDoes() {
        var environment = ["CURL_CA_BUNDLE": "c"]
        #expect(TransferConfiguration(environment: environment).certificateFile == "c")
        environment["SSL_CERT_FILE"] = "s"
        #expect(TransferConfiguration(environment: environment).certificateFile == "s")
        environment["NIX_SSL_CERT_FILE"] = "n"
        #expect(TransferConfiguration(environment: environment).certificateFile == "n")
    }

    // MARK: Redirects

    @Test func anotherOriginGetsNoUnknownHeader() throws {
        let request = TransferRequest(
            url: "https://a.org/",
            headers: [
                ("Authorization", "x"), ("PRIVATE-TOKEN", "x"), ("Cookie", "x"), ("Accept", "y"), ("Host", "a.org"),
                ("Git-Protocol", "version=2"), ("X-Anything", "x"),
            ])
        let old = try WebURL("https://a.org/")
        func names(_ url: String) throws -> [String] {
            Redirection.request(request, status: 302, from: old, to: try WebURL(url)).headers.map(\.name)
        }
        #expect(try names("https://a.org:443/b").count == 6)
        for other in ["https://b.org/", "https://a.org:444/", "http://a.org/", "https://sub.a.org/"] {
            #expect(try names(other) == ["Accept", "Git-Protocol"])
        }
    }

    @Test(arguments: [(301, true), (302, true), (303, true), (307, false), (308, false)])
    func aPostBecomesAGet(_ status: Int, _ becomesGet: Bool) throws {
        let request = TransferRequest(
            url: "http://a.org/", method: .post, headers: [("Content-Type", "text/plain")], body: [1])
        let url = try WebURL("http://a.org/b")
        let next = Redirection.request(request, status: status, from: url, to: url)
        #expect(next.method == (becomesGet ? .get : .post))
        #expect(next.body.isEmpty == becomesGet)
        #expect(next.headers.isEmpty == becomesGet)
    }
}
