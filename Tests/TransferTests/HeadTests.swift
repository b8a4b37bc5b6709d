import Testing

@testable import Transfer

/// Where a URL leads, without the body: also of servers that know no HEAD.
@Suite struct HeadTests {
    @Test func askedOnceWhereHeadIsKnown() async throws {
        let server = try ScriptedServer { request in
            request.target == "/a" ? [.response("302 Found", ["Location: /b"])] : [.response("200 OK")]
        }
        let response = try await quickEngine().head(of: server.url("/a"))
        #expect(response.status == 200 && response.url == server.url("/b"))
        #expect(server.requests.map(\.method) == ["HEAD", "HEAD"])
    }

    @Test(arguments: ["405 Method Not Allowed", "501 Unsupported method ('HEAD')"])
    func aGetIsBegunWhereItIsNot(refusal: String) async throws {
        let server = try ScriptedServer { request in
            if request.method == "HEAD" { return [.response(refusal, ["Connection: close"]), .close] }
            switch request.target {
            case "/a": return [.response("302 Found", ["Location: /b"])]
            case "/none": return [.response("404 Not Found")]
            // The body never comes, and nobody waits for it.
            default: return [.text("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n"), .hold]
            }
        }
        let engine = quickEngine()
        let response = try await engine.head(of: server.url("/a"))
        #expect(response.status == 200 && response.url == server.url("/b"))
        #expect(response.body.isEmpty)
        #expect(await becomesTrue { server.openConnections == 0 })
        #expect(try await engine.head(of: server.url("/none")).status == 404)
    }

    @Test func aConditionIsAskedWith() async throws {
        let server = try ScriptedServer { request in
            request.headers["if-none-match"] == "\"a\""
                ? [.response("304 Not Modified", ["ETag: \"a\""])] : [.response("200 OK")]
        }
        let engine = quickEngine()
        let same = try await engine.head(of: server.url(), headers: [("If-None-Match", "\"a\"")])
        #expect(same.status == 304)
        #expect(try await engine.head(of: server.url()).status == 200)
        #expect(try await engine.beginning(of: server.url(), headers: [("If-None-Match", "\"a\"")]).status == 304)
        #expect(server.requests.map(\.method) == ["HEAD", "HEAD", "GET"])
    }
}
