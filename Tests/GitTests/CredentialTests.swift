import Foundation
import NixHash
import Support
import Synchronization
import Testing
import Transfer

@testable import Git

/// Which servers of git and of LFS see a credential.
@Suite struct CredentialTests {
    /// Knows the same credential for every server: what is not sent is not sent for another reason.
    final class Source: CredentialSource {
        private let asked = Mutex([String]())

        var servers: [String] { asked.withLock { $0 } }

        func credential(for query: CredentialQuery) async throws -> Credential? {
            asked.withLock { $0.append(query.authority) }
            return try Credential(user: "me", secret: "secret", origin: .variable("TOKEN"))
        }

        func accepted(_ credential: Credential, for url: String) {}
    }

    static let login = Credentials(user: "me", password: "secret")

    private func remotes(_ source: Source, in folder: TemporaryDirectory) -> GitRemotes {
        var configuration = TransferConfiguration()
        configuration.retries = 0
        configuration.credentials = source
        return GitRemotes(
            transfer: TransferEngine(configuration: configuration), environment: [:], temporaryDirectory: folder.path)
    }

    @Test(arguments: [true, false]) func aPrivateRepositoryIsFetched(_ isVersion2: Bool) async throws {
        let root = TemporaryDirectory()
        let (_, commits) = try await HTTPRemoteTests.sample(at: root.file("x"))
        let server = try await GitHTTPServer(root: root.path, protocolV2: isVersion2, credentials: Self.login)
        let folder = TemporaryDirectory()
        defer { withExtendedLifetime(folder) {} }
        let remotes = remotes(Source(), in: folder)
        let url = try GitURL(parsing: server.baseURL + "/x/.git")
        #expect(try await remotes.refs(of: url, matching: [.head]).headCommit == commits[4])
        let repository = try await remotes.fetch(commits[4], of: url, ref: "trunk").repository
        #expect(repository.contains(commits[4]))
        repository.close()
        let log = server.accessLog()
        // Only the first question is asked as a stranger.
        #expect(log.first?.status == "401" && log.first?.authorization == "")
        let posts = log.filter { $0.method == "POST" }
        #expect(
            !posts.isEmpty && posts.allSatisfy { $0.authorization == Self.login.authorization && $0.status == "200" })
    }

    /// Somebody who redirects to a private server would else be given what is on it.
    @Test func behindARedirectElsewhereNoneIsSent() async throws {
        let root = TemporaryDirectory()
        let (_, commits) = try await HTTPRemoteTests.sample(at: root.file("x"))
        let open = try await GitHTTPServer(root: root.path)
        let closed = try await GitHTTPServer(root: root.path, credentials: Self.login)
        for (target, isOpen) in [(open, true), (closed, false)] {
            let target = target.web.url("", host: "localhost")
            let server = try await WebServer(locations: ["location / { return 302 \(target)$request_uri; }"])
            let source = Source()
            let remotes = remotes(source, in: root)
            let url = try GitURL(parsing: server.baseURL + "/x/.git")
            if isOpen {
                #expect(try await remotes.refs(of: url, matching: [.head]).headCommit == commits[4])
            } else {
                let error = await #expect(throws: GitError.self) { try await remotes.refs(of: url, matching: [.head]) }
                guard case .authenticationRequired(_, let refusal) = error else {
                    Issue.record("\(String(describing: error))")
                    continue
                }
                #expect(refusal.attempt == .withheldFromRedirect)
            }
            #expect(source.servers.isEmpty)
        }
        for log in [open.accessLog(), closed.accessLog()] {
            #expect(!log.isEmpty && log.allSatisfy { $0.authorization.isEmpty })
        }
    }

    @Test func objectsOfLFSAreForWhoBringsIt() async throws {
        let server = try await LFSServer(rules: "{\"authorization\": \"\(Self.login.authorization)\"}")
        let file = LFSClientTests.file(LFSClientTests.contents(1))
        try server.put(LFSClientTests.contents(1), as: file.pointer.oid.hex)
        let client = LFSClientTests.Client(credentials: Source())
        #expect(try await client.fetch([file], from: server.baseURL) == [LFSClientTests.contents(1)])
    }

    @Test func anotherServerOfObjectsGetsNone() async throws {
        let file = LFSClientTests.file(LFSClientTests.contents(1))
        let other = try await WebServer(credentials: Self.login)
        try other.put("object", LFSClientTests.contents(1))
        let server = try await LFSServer(
            rules: "{\"download\": {\"href\": \"\(other.url("/object"))\"}}")
        try server.put(LFSClientTests.contents(1), as: file.pointer.oid.hex)
        let source = Source()
        let client = LFSClientTests.Client(credentials: source)
        await #expect(throws: LFSError.self) { try await client.fetch([file], from: server.baseURL) }
        #expect(source.servers.isEmpty)
        #expect(other.accessLog().map(\.authorization) == [""])
    }
}
