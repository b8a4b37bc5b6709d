import Support
import Testing

@testable import Transfer

/// A credential that comes with a request, for a server that it is not kept for.
@Suite struct GivenCredentialTests {
    private static let header = Credentials(user: "me", password: "given").authorization

    private func given() throws -> Credential {
        try Credential(user: "me", secret: "given", origin: .variable("GIVEN"))
    }

    @Test func `It is sent with the first request, instead of one that is known, and nobody is told`() async throws {
        let server = try ScriptedServer { request in
            request.headers["authorization"] == Self.header ? [.response("200 OK")] : [.response("401 No")]
        }
        let source = CredentialTests.Source()
        let request = TransferRequest(url: server.url(), credentials: .never, credential: try given())
        let response = try await quickEngine { $0.credentials = source }.send(request)
        #expect(response.status == 200 && response.credentials == .variable("GIVEN"))
        #expect(server.requests.count == 1 && source.queries.isEmpty && source.accepted.isEmpty)
    }

    @Test func `Refused, it is not tried again, nor another`() async throws {
        let server = try ScriptedServer { _ in [.response("401 No")] }
        let source = CredentialTests.Source()
        let request = TransferRequest(url: server.url(), credential: try given())
        let response = try await quickEngine { $0.credentials = source }.send(request)
        #expect(response.refusal?.attempt == .tried(.variable("GIVEN")))
        #expect(server.requests.count == 1 && source.queries.isEmpty)
    }

    @Test func `It goes nowhere that a redirect leads`() async throws {
        let other = try ScriptedServer { _ in [.response("200 OK")] }
        let server = try ScriptedServer { _ in
            [.response("302 Found", ["Location: \(other.url("/", host: "localhost"))"])]
        }
        let request = TransferRequest(url: server.url(), credential: try given())
        #expect(try await quickEngine().send(request).status == 200)
        #expect(server.requests.map { $0.headers["authorization"] } == [Self.header])
        #expect(other.requests.map { $0.headers["authorization"] } == [nil])
    }

    @Test func `It is not sent where anybody can read it`() async throws {
        // A proxy is somebody else, also on the way to this machine.
        let proxy = try ScriptedServer { _ in [.response("401 No")] }
        let request = TransferRequest(url: "http://127.0.0.1:9/", credential: try given())
        let response = try await quickEngine(environment: ["http_proxy": proxy.url()]).send(request)
        #expect(response.refusal?.attempt == .withheldFromPlainHTTP)
        #expect(proxy.requests.map { $0.headers["authorization"] } == [nil])
    }

    @Test func `A known one is sent in the way that the request asks for`() async throws {
        let server = try ScriptedServer { _ in [.response("200 OK")] }
        let source = CredentialTests.Source()
        for scheme in [Credential.Scheme.bearer, .basic, nil] {
            let request = TransferRequest(url: server.url(), credentials: .immediately, credentialScheme: scheme)
            _ = try await quickEngine { $0.credentials = source }.send(request)
        }
        let schemes = server.requests.map { $0.headers["authorization"]?.split(separator: " ").first }
        #expect(schemes == ["Bearer", "Basic", "Basic"])
    }

    @Test(arguments: [
        ("https://example.org/a", true), ("http://127.0.0.1:1/a", true), ("http://localhost/", true),
        ("http://[::1]:5000/", true), ("http://example.org/", false), ("http://127.0.0.1.example.org/", false),
        ("ftp://localhost/", false), ("", false),
    ])
    func `What nobody on the way can read`(url: String, isConfidential: Bool) {
        #expect(URLText.isConfidential(url) == isConfidential)
    }

    @Test func `A query for a server by its URL`() {
        let query = URLText.credentialQuery("https://EXAMPLE.org:8443/a/b?c")
        #expect(
            query
                == CredentialQuery(isSecure: true, host: "example.org", port: 8443, path: "/a/b", reason: .requested))
        #expect(URLText.credentialQuery("example.org") == nil)
    }
}
