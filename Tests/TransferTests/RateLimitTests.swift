import Support
import Synchronization
import Testing

@testable import Transfer

/// Servers that are asked too often.
@Suite struct RateLimitTests {
    /// Forges say 403 where others say 429, and it is no matter of who may come in.
    @Test(arguments: [
        ("403 Forbidden", ["X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 4102444800"], Int64(4_102_444_800)),
        ("403 Forbidden", ["Retry-After: Fri, 01 Jan 2100 00:00:00 GMT"], 4_102_444_800),
        ("429 Too Many Requests", ["RateLimit-Remaining: 0", "RateLimit-Reset: 4102444800"], 4_102_444_800),
    ])
    func aLongLimitIsSaidWithItsEnd(_ status: String, _ fields: [String], _ end: Int64) async throws {
        let server = try ScriptedServer { _ in [.response(status, fields, "slow down".utf8)] }
        let response = try await quickEngine().get(server.url())
        let limit = try #require(response.rateLimit)
        #expect(limit.end == end && limit.authority == "127.0.0.1:\(server.port)" && limit.url == server.url())
        #expect(response.refusal == nil)
        guard case .rateLimited(let thrown) = response.failure() else {
            Issue.record("\(response.failure())")
            return
        }
        #expect(thrown.end == end)
        #expect(await quickDownload(server) == end)
        #expect(server.requests.count == 2)
    }

    private func quickDownload(_ server: ScriptedServer) async -> Int64? {
        guard let error = try? await quickEngine().fetch(server.url()).error, case .rateLimited(let limit) = error
        else { return nil }
        return limit.end
    }

    /// What is left of GitHub's secondary limits when no field says it.
    @Test func aLimitThatOnlyItsTextNamesIsOne() async throws {
        let text = #"{"message": "You have exceeded a secondary rate limit. Please wait a few minutes."}"#
        let server = try ScriptedServer { _ in [.response("403 Forbidden", [], text.utf8)] }
        let response = try await quickEngine().get(server.url())
        #expect(response.rateLimit?.status == 403 && response.rateLimit?.wait == nil)
        #expect(server.requests.count == 1)
    }

    @Test func aForbiddenPageIsNoLimit() async throws {
        let server = try ScriptedServer { _ in
            [.response("403 Forbidden", ["X-RateLimit-Remaining: 58", "X-RateLimit-Reset: 4102444800"])]
        }
        let response = try await quickEngine().get(server.url())
        #expect(response.rateLimit == nil)
        #expect(response.refusal?.status == 403)
    }

    @Test func aShortOneIsWaitedForAndSaid() async throws {
        let server = try ScriptedServer { request in
            request.number == 0
                ? [.response("403 Forbidden", ["Retry-After: 1"])] : [.response("200 OK", [], "ok".utf8)]
        }
        let waits = Mutex<[RetryWait]>([])
        let engine = quickEngine { $0.onWait = { wait in waits.withLock { $0.append(wait) } } }
        #expect(try await engine.get(server.url()).body == Array("ok".utf8))
        let said = waits.withLock { $0 }
        #expect(said.map(\.status) == [403] && said.map(\.url) == [server.url()])
        #expect(said.allSatisfy { $0.duration >= .seconds(1) })
        #expect(server.requests.count == 2)
    }

    /// Whose limit is used up may have a token with a higher one.
    @Test func aCredentialIsTriedAgainstALimit() async throws {
        let server = try ScriptedServer { request in
            request.headers["authorization"] == nil
                ? [.response("403 Forbidden", ["X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 4102444800"])]
                : [.response("200 OK", [], "ok".utf8)]
        }
        let source = OneCredential()
        let response = try await quickEngine { $0.credentials = source }.get(server.url())
        #expect(response.status == 200 && response.credentials == .variable("T"))
        #expect(server.requests.count == 2)
        // A stranger gets the same, at another time: nobody is to be told that they need a credential.
        #expect(source.accepted.withLock { $0 } == 0)
    }

    @Test func theLimitOfACredentialIsSaidToBeIts() async throws {
        let server = try ScriptedServer { _ in [.response("429 Slow", ["Retry-After: 3600"])] }
        let response = try await quickEngine { $0.credentials = OneCredential() }.get(server.url())
        #expect(response.rateLimit?.credential == .variable("T"))
        #expect(server.requests.map { $0.headers["authorization"] != nil } == [false, true])
    }

    private final class OneCredential: CredentialSource {
        let accepted = Mutex(0)
        func credential(for query: CredentialQuery) async throws -> Credential? {
            try Credential(user: "u", secret: "s", origin: .variable("T"))
        }
        func accepted(_ credential: Credential, for url: String) { accepted.withLock { $0 += 1 } }
    }
}
