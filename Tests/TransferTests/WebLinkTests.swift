import Testing

@testable import Transfer

/// The `Link` field of responses (RFC 8288).
@Suite struct WebLinkTests {
    private static let base = "https://h/a/b"

    private func response(
        _ fields: [String], redirects: [(url: String, fields: [String])] = []
    ) -> TransferResponse {
        func headers(_ fields: [String]) -> HTTPHeaders {
            var headers = HTTPHeaders()
            for field in fields { headers.append(name: "Link", value: field) }
            return headers
        }
        return TransferResponse(
            status: 200, headers: headers(fields), url: Self.base, redirects: redirects.map(\.url),
            redirectHeaders: redirects.map { headers($0.fields) })
    }

    @Test(
        arguments: [
            (["<https://x/1>; rel=\"immutable\""], ["https://x/1 immutable"]),
            (["<https://x/1>;rel=immutable"], ["https://x/1 immutable"]),
            (["  <https://x/1> ; REL = \"Immutable Self\" ; title=\"a, <b>; \\\"c\""], ["https://x/1 immutable self"]),
            // Several in one field, and in several fields.
            (
                ["<1>; rel=next, <2>; rel=\"immutable\"", "<3>; rel=up,,<4>; rel=x"],
                ["1 next", "2 immutable", "3 up", "4 x"]
            ),
            // A comma and a semicolon belong to a URL as well as to a quoted text.
            (["<https://x/a,b;c?d=e,f>; title=\"x, y\"; rel=a, <2>; rel=b"], ["https://x/a,b;c?d=e,f a", "2 b"]),
            // The first `rel` counts.
            (["<1>; rel=a; rel=b"], ["1 a"]),
            (["<1>; rel"], ["1 "]), (["<1>"], []), (["<1>; title=x"], []), ([""], []), (["<1"], []),
            (["1; rel=a, <2>; rel=b"], ["2 b"]),
            (["<1> junk; rel=a, <2>; rel=b"], ["2 b"]),
            // About another resource.
            (["<1>; rel=a; anchor=\"https://y/\", <2>; rel=b"], ["2 b"]),
            (["<1>; rel=\"a"], ["1 a"]), (["<1>; rel=\"a\\"], ["1 a"]), (["<>; rel=a"], [" a"]),
        ] as [([String], [String])])
    func areRead(_ fields: [String], _ expected: [String]) {
        let links = response(fields).links
        #expect(links.map { "\($0.reference) \($0.relations.joined(separator: " "))" } == expected)
    }

    @Test func theAnswersOwnComeFirstThenThoseOfTheLastRedirect() {
        let links = response(
            ["<0>; rel=a"], redirects: [("http://r/1/", ["<1>; rel=a"]), ("http://r/2/", ["<2>; rel=a"])]
        ).links
        #expect(links.map(\.reference) == ["0", "2", "1"])
        #expect(links.map(\.context) == [Self.base, "http://r/2/", "http://r/1/"])
    }

    @Test func amazonsOwnNameOfTheFieldCountsToo() {
        var headers = HTTPHeaders()
        headers.append(name: "X-Amz-Meta-Link", value: "<1>; rel=\"immutable\"")
        #expect(TransferResponse(status: 200, headers: headers, url: Self.base).links.map(\.reference) == ["1"])
    }

    @Test(arguments: [
        ("c", "https://h/a/c"), ("/c?d=e#f", "https://h/c?d=e#f"), ("//g/c", "https://g/c"), ("../c", "https://h/c"),
        ("https://x/y", "https://x/y"), ("https://x/é", "https://x/%c3%a9"), ("", "https://h/a/b"),
        ("?q", "https://h/a/b?q"),
    ])
    func leadWhereTheirReferenceSays(_ reference: String, _ target: String) throws {
        #expect(try WebLink(reference: reference, relations: [], context: Self.base).target() == target)
    }

    @Test(arguments: [
        "http://x/", "git+https://x/", "https://u:p@x/", "https://a b/", "file:///etc/passwd", "https://",
    ])
    func leadNowhereElse(_ reference: String) {
        #expect(throws: TransferError.self) {
            try WebLink(reference: reference, relations: [], context: Self.base).target()
        }
    }
}
