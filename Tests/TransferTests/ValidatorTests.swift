import Testing

@testable import Transfer

/// What a server can be asked with whether it still has the same.
@Suite struct ValidatorTests {
    private static let sent = "Wed, 21 Oct 2015 07:28:02 GMT"
    private static let old = "Wed, 21 Oct 2015 07:28:00 GMT"

    private func response(_ status: Int = 200, _ fields: [(String, String)]) -> TransferResponse {
        var headers = HTTPHeaders()
        for (name, value) in fields { headers.append(name: name, value: value) }
        return TransferResponse(status: status, headers: headers, url: "https://h/")
    }

    @Test(
        arguments: [
            ([("ETag", "\"a\"")], .tag("\"a\"")), ([("ETag", "W/\"a\"")], .tag("W/\"a\"")),
            // Some servers leave the quotes out.
            ([("ETag", "abc")], .tag("abc")), ([("ETag", "\"a\""), ("Last-Modified", old)], .tag("\"a\"")),
            ([("ETag", "")], nil), ([("ETag", "\"")], nil), ([("ETag", "\"\"")], nil), ([("ETag", "a,b")], nil),
            ([("ETag", "\"a\"b\"")], nil), ([("ETag", "\"é\"")], nil), ([("ETag", "a b")], nil),
            ([("ETag", "\"" + String(repeating: "x", count: 300) + "\"")], nil),
            ([("Last-Modified", old), ("Date", sent)], .date(old)),
            // It may have been changed again in the second in which it was sent.
            ([("Last-Modified", sent), ("Date", sent)], nil),
            // Without a date our clock says when it came.
            ([("Last-Modified", old)], .date(old)), ([("Last-Modified", "Fri, 01 Jan 2100 00:00:00 GMT")], nil),
            ([("Last-Modified", old), ("Date", "today")], .date(old)),
            ([("Last-Modified", "yesterday"), ("Date", sent)], nil),
            // What is no tag does not keep the date from being one.
            ([("ETag", "\"\""), ("Last-Modified", old), ("Date", sent)], .date(old)), ([], nil),
        ] as [([(String, String)], Validator?)])
    func areFoundInAResponse(_ fields: [(String, String)], _ expected: Validator?) {
        #expect(response(200, fields).validator == expected)
    }

    @Test func aTagIsAskedWithAndADateIsCompared() throws {
        #expect(try #require(Validator.tag("\"a\"").condition) == ("If-None-Match", "\"a\""))
        // What asks for something newer gets no older file that was put back.
        #expect(Validator.date(Self.old).condition == nil)
    }

    @Test(arguments: [
        "Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 01 Jan 1970 00:00:01 GMT", "Tue, 01 Jan 1980 00:00:00 GMT",
        "Wed, 02 Jan 1980 23:59:59 GMT",
    ])
    func aDateThatFilesHaveByRuleSaysNothing(_ date: String) {
        #expect(response(200, [("Last-Modified", date), ("Date", Self.sent)]).validator == nil)
        #expect(response(200, [("ETag", "\"a\""), ("Last-Modified", date)]).validator == .tag("\"a\""))
    }

    @Test(arguments: ["\"a\"", "W/\"a\"", "abc", old])
    func areReadAsTheyAreWritten(_ text: String) {
        #expect(Validator(text: text)?.text == text)
    }

    /// Whatever a lock says: it goes into one field of a request, and nothing but a tag or a date does.
    @Test(arguments: ["", " ", "nonsense of old", "\"a\r\nX: y\"", "\"a\u{0}\"", "\"\"", "\"a\"b\"", "a,b", "W/"])
    func whatIsNoneIsNotSent(_ text: String) {
        #expect(Validator(text: text) == nil)
    }

    @Test(
        arguments: [
            (Validator.tag("\"a\""), 304, [], true), (.date(old), 304, [], false),
            (.tag("\"a\""), 200, [("ETag", "\"a\"")], true), (.tag("W/\"a\""), 200, [("ETag", "\"a\"")], true),
            (.tag("\"a\""), 200, [("ETag", "W/\"a\"")], true), (.tag("\"a\""), 200, [("ETag", "\"b\"")], false),
            (.tag("\"a\""), 200, [], false), (.tag("\"a\""), 200, [("Last-Modified", old)], false),
            (.date(old), 200, [("Last-Modified", old)], true), (.date(old), 200, [("Last-Modified", sent)], false),
            (.date(old), 200, [("ETag", "\"a\"")], false),
        ] as [(Validator, Int, [(String, String)], Bool)])
    func matchTheSameBody(_ validator: Validator, _ status: Int, _ fields: [(String, String)], _ expected: Bool) {
        #expect(validator.matches(response(status, fields)) == expected)
    }

    @Test(
        arguments: [
            ("text/html", "", true), ("Text/HTML; charset=utf-8", "", true), ("application/xhtml+xml", "", true),
            ("application/octet-stream", "<!DOCTYPE html><html>", true), ("", "\u{FEFF}\n <HTML lang=en>", true),
            ("application/json", "{}", false), ("", "<?xml version='1.0'?><rss/>", false), ("", "", false),
        ])
    func aWebPageIsKnown(_ type: String, _ body: String, _ expected: Bool) {
        var page = response(200, type.isEmpty ? [] : [("Content-Type", type)])
        page.body = Array(body.utf8)
        #expect(page.isWebPage == expected)
    }
}
