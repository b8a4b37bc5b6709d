import Support
import Testing

@testable import Git

/// Whether an object is a commit, as real servers tell.
@Suite struct KindTests {
    private struct Objects {
        let root = TemporaryDirectory()
        let origin: TestRepository
        let commit: ObjectID
        let others: [ObjectID]

        init(filters: Bool = true) async throws {
            origin = try await TestRepository(at: root.file("x"))
            try origin.write("folder/file", String(repeating: "a file\n", count: 1000))
            try await origin.commit("one")
            try origin.write("folder/file", "another\n")
            commit = try #require(ObjectID(hex: try await origin.commit("two")))
            var ids: [String] = []
            for name in ["HEAD^{tree}", "HEAD:folder/file"] { ids.append(try await origin.git("rev-parse", name)) }
            others = try ids.map { try #require(ObjectID(hex: $0)) }
            // Whatever a tag points to is handed out.
            for id in ids { try await origin.tag("t\(id)", at: id) }
            if filters { try await origin.git("config", "uploadpack.allowFilter", "true") }
        }

        func expect(_ client: HTTPRemoteTests.Client, _ text: String, knows: Bool = true) async throws {
            let url = try GitURL(parsing: text)
            #expect(try await client.remotes.isCommit(commit, at: url) == (knows ? true : nil))
            for id in others { #expect(try await client.remotes.isCommit(id, at: url) == (knows ? false : nil)) }
            let missing = try #require(ObjectID(hex: ProtocolTests.one))
            #expect(try await client.remotes.isCommit(missing, at: url) == nil)
            #expect(client.leftovers.isEmpty)
        }
    }

    @Test func isAskedOverHTTP() async throws {
        let objects = try await Objects()
        let server = try await GitHTTPServer(root: objects.root.path)
        try await objects.expect(HTTPRemoteTests.Client(), server.baseURL + "/x/.git")
    }

    @Test func isAskedOfADaemon() async throws {
        let objects = try await Objects()
        let daemon = try await GitDaemon(root: objects.root.path)
        try await objects.expect(HTTPRemoteTests.Client(), daemon.baseURL + "/x")
    }

    @Test func isReadOfThisMachine() async throws {
        let objects = try await Objects()
        try await objects.expect(HTTPRemoteTests.Client(), "file://\(objects.origin.path)")
    }

    @Test func isNotKnownOfAServerThatWouldSendEverything() async throws {
        let objects = try await Objects(filters: false)
        let server = try await GitHTTPServer(root: objects.root.path)
        try await objects.expect(HTTPRemoteTests.Client(), server.baseURL + "/x/.git", knows: false)
        let old = try await GitHTTPServer(root: objects.root.path, protocolV2: false)
        try await objects.expect(HTTPRemoteTests.Client(), old.baseURL + "/x/.git", knows: false)
    }
}
