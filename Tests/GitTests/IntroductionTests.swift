import Support
import Testing
import Transfer

@testable import Git

/// A web server that has said what it can do is asked for the refs of its other repositories without an introduction.
@Suite struct IntroductionTests {
    /// Repositories `a` to `d` of one commit each, below a folder that is served.
    private static func repositories(_ root: TemporaryDirectory, _ names: [String]) async throws -> [ObjectID] {
        var commits: [ObjectID] = []
        for name in names {
            let repository = try await TestRepository(at: root.file(name))
            try repository.write("file", name)
            commits.append(try #require(ObjectID(hex: try await repository.commit(name))))
        }
        return commits
    }

    private static func heads(
        _ client: HTTPRemoteTests.Client, _ urls: [String]
    ) async throws -> [Result<ObjectID?, any Error>] {
        try await withThrowingTaskGroup(of: (Int, Result<ObjectID?, any Error>).self) { group in
            for (index, url) in urls.enumerated() {
                group.addTask {
                    do {
                        let refs = try await client.remotes.refs(of: GitURL(parsing: url), matching: [.head])
                        return (index, .success(refs.headCommit))
                    } catch {
                        return (index, .failure(error))
                    }
                }
            }
            var heads = [Result<ObjectID?, any Error>?](repeating: nil, count: urls.count)
            for try await (index, head) in group { heads[index] = head }
            return heads.compactMap { $0 }
        }
    }

    @Test func isMadeOnceAServer() async throws {
        let root = TemporaryDirectory()
        let names = ["a", "b", "c", "d", "e", "f"]
        let commits = try await Self.repositories(root, names)
        let server = try await GitHTTPServer(root: root.path)
        let client = HTTPRemoteTests.Client()
        let heads = try await Self.heads(client, names.map { "\(server.baseURL)/\($0)/.git" })
        #expect(try heads.map { try $0.get() } == commits)
        let methods = server.accessLog().map(\.method)
        #expect(methods.filter { $0 == "GET" }.count == 1 && methods.count == 7, "\(methods)")

        // What is fetched is fetched from a server that was asked about that very repository.
        let url = try GitURL(parsing: "\(server.baseURL)/f/.git")
        #expect(try await client.remotes.fetch(commits[5], of: url, ref: nil).commit == commits[5])
    }

    @Test func isMadeWithEachRepositoryOfAnOldServer() async throws {
        let root = TemporaryDirectory()
        let names = ["a", "b", "c"]
        let commits = try await Self.repositories(root, names)
        let server = try await GitHTTPServer(root: root.path, protocolV2: false)
        let client = HTTPRemoteTests.Client()
        let heads = try await Self.heads(client, names.map { "\(server.baseURL)/\($0)/.git" })
        #expect(try heads.map { try $0.get() } == commits)
        #expect(server.accessLog().map(\.method) == ["GET", "GET", "GET"])
    }

    /// What is not as the first repository is asked as usual, and gives the answer that it would have given alone.
    @Test func aGuessThatIsWrongIsMadeGood() async throws {
        let root = TemporaryDirectory()
        let commits = try await Self.repositories(root, ["a", "moved", "old"])
        let modern = try await TestRepository(at: root.file("sha256"), objectFormat: "sha256")
        try await modern.commit("one")
        let server = try await GitHTTPServer(
            root: root.path,
            locations: [
                "location ^~ /former/ { rewrite ^/former/(.*)$ /moved/$1 redirect; }",
                "location ^~ /secret/ { return 401; }", "location ^~ /page/ { return 200 hello; }",
            ])
        let old = try await GitHTTPServer(root: root.path, protocolV2: false)
        // Two kinds of servers behind one name.
        let front = try await WebServer(locations: [
            "location / { proxy_pass \(server.baseURL); proxy_set_header Host $http_host; }",
            "location ^~ /old/ { proxy_pass \(old.baseURL); }",
        ])
        let client = HTTPRemoteTests.Client()
        let base = front.baseURL
        #expect(try await Self.heads(client, ["\(base)/a/.git"]).first?.get() == commits[0])
        let urls = ["former", "old", "sha256", "gone", "secret", "page"].map { "\(base)/\($0)/.git" }
        let heads = try await Self.heads(client, urls)
        #expect(try heads[0].get() == commits[1])
        #expect(try heads[1].get() == commits[2])
        func error(_ index: Int) -> GitError? {
            if case .failure(let error) = heads[index] { error as? GitError } else { nil }
        }
        #expect(error(2) == .sha256Repository(url: urls[2]))
        #expect(error(3) == .notFound(url: urls[3]))
        guard case .authenticationRequired = error(4) else { throw Unexpected(error: error(4)) }
        guard case .notSmartHTTP = error(5) else { throw Unexpected(error: error(5)) }
    }

    private struct Unexpected: Error {
        let error: GitError?
    }

    /// Nobody waits for an introduction that came to nothing.
    @Test(.timeLimit(.minutes(10))) func oneThatFailsHoldsNobodyUp() async throws {
        let root = TemporaryDirectory()
        let names = ["a", "b", "c"]
        let commits = try await Self.repositories(root, names)
        let server = try await GitHTTPServer(root: root.path)
        let client = HTTPRemoteTests.Client()
        let urls = (["gone"] + names).map { "\(server.baseURL)/\($0)/.git" }
        let heads = try await Self.heads(client, urls)
        #expect(try heads.dropFirst().map { try $0.get() } == commits)
    }
}
