import Foundation
import Support
import Testing
import Threads
import Transfer

@testable import Git

/// Fetches from real servers: nginx in front of `git http-backend`, with protocol v2 and with v0.
@Suite struct HTTPRemoteTests {
    /// Where fetched repositories are kept, and what fetches them.
    final class Client: Sendable {
        let folder = TemporaryDirectory()
        let remotes: GitRemotes

        init(environment: [String: String] = [:]) {
            var configuration = TransferConfiguration()
            configuration.retries = 0
            remotes = GitRemotes(
                transfer: TransferEngine(configuration: configuration), environment: environment,
                temporaryDirectory: folder.path)
        }

        var leftovers: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] }
    }

    /// A repository with history, tags of both kinds, and a branch and a tag of one name.
    static func sample(at path: String) async throws -> (repository: TestRepository, commits: [ObjectID]) {
        let repository = try await TestRepository(at: path, branch: "trunk")
        var commits: [ObjectID] = []
        for number in 1...5 {
            try repository.write("file", "number \(number)\n")
            try repository.write("folder/other", "the same\n")
            let revision = try await repository.commit("commit \(number)", date: TestRepository.epoch + number)
            commits.append(try #require(ObjectID(hex: revision)))
        }
        try await repository.tag("light", at: commits[0].hex)
        try await repository.tag("v1", message: "one", at: commits[1].hex)
        try await repository.tag("v1-again", message: "tag of a tag", at: "refs/tags/v1")
        try await repository.branch("both", at: commits[2].hex)
        try await repository.tag("both", at: commits[3].hex)
        return (repository, commits)
    }

    private func hash(_ repository: GitRepository, _ commit: ObjectID) async throws -> TreeHash {
        try await onThread { try repository.hashTree(ofCommit: commit, cancellation: $0) }
    }

    // MARK: Refs

    @Test(arguments: [true, false])
    func refsAreRead(_ isVersion2: Bool) async throws {
        let root = TemporaryDirectory()
        let (_, commits) = try await Self.sample(at: root.file("x"))
        let server = try await GitHTTPServer(root: root.path, protocolV2: isVersion2)
        let client = Client()
        let url = try GitURL(parsing: server.baseURL + "/x/.git")

        let all = try await client.remotes.refs(of: url, matching: [.all])
        #expect(all.head == "refs/heads/trunk")
        #expect(all.headCommit == commits[4])
        #expect(
            Set(all.refs.map(\.name)) == [
                "refs/heads/both", "refs/heads/trunk", "refs/tags/both", "refs/tags/light", "refs/tags/v1",
                "refs/tags/v1-again",
            ])
        #expect(all.branch("both")?.commit == commits[2])
        #expect(all.tag("both")?.commit == commits[3])
        #expect(all.tag("light")?.peeled == nil)
        #expect(all.tag("v1")?.peeled == commits[1])
        #expect(all.tag("v1-again")?.commit == commits[1])
        #expect(all.tag("v1-again")?.id != all.tag("v1")?.id)

        let head = try await client.remotes.refs(of: url, matching: [.head])
        #expect(head.head == "refs/heads/trunk" && head.refs.isEmpty)
        let named = try await client.remotes.refs(of: url, matching: [.named("v1")])
        #expect(named.refs.map(\.name) == ["refs/tags/v1"])
        #expect(named.head == nil && named.headCommit == nil)
        let both = try await client.remotes.refs(of: url, matching: [.named("both"), .named("refs/tags/light")])
        #expect(Set(both.refs.map(\.name)) == ["refs/heads/both", "refs/tags/both", "refs/tags/light"])
        let tags = try await client.remotes.refs(of: url, matching: [.tags("v1")])
        #expect(tags.tags.map(\.name) == ["v1", "v1-again"])
        let none = try await client.remotes.refs(of: url, matching: [.named("nope")])
        #expect(none.isEmpty)
    }

    @Test(arguments: [true, false])
    func emptyRepository(_ isVersion2: Bool) async throws {
        let root = TemporaryDirectory()
        _ = try await TestRepository(at: root.file("x.git"), bare: true, branch: "trunk")
        let server = try await GitHTTPServer(root: root.path, protocolV2: isVersion2)
        let refs = try await Client().remotes.refs(
            of: try GitURL(parsing: server.baseURL + "/x.git"), matching: [.all])
        #expect(refs.isEmpty)
        #expect(refs.headCommit == nil)
    }

    @Test(arguments: [true, false])
    func sha256IsRefused(_ isVersion2: Bool) async throws {
        let root = TemporaryDirectory()
        let repository = try await TestRepository(at: root.file("x"), objectFormat: "sha256")
        try await repository.commit("one")
        let server = try await GitHTTPServer(root: root.path, protocolV2: isVersion2)
        let url = try GitURL(parsing: server.baseURL + "/x/.git")
        await #expect(throws: GitError.sha256Repository(url: url.text)) {
            try await Client().remotes.refs(of: url, matching: [.head])
        }
    }

    @Test func whatIsNoRepositoryIsNamed() async throws {
        let root = TemporaryDirectory()
        let repository = try await TestRepository(at: root.file("dumb"))
        try await repository.commit("one")
        try await repository.updateServerInfo()
        let git = try await GitHTTPServer(root: root.path)
        let dumb = try await WebServer(root: root.path)
        let locked = try await GitHTTPServer(root: root.path, credentials: Credentials(user: "u", password: "p"))
        let remotes = Client().remotes
        func error(_ text: String) async -> GitError? {
            do {
                _ = try await remotes.refs(of: try GitURL(parsing: text), matching: [.head])
                return nil
            } catch {
                return error as? GitError
            }
        }
        #expect(await error(git.baseURL + "/nope.git") == .notFound(url: git.baseURL + "/nope.git"))
        guard case .notSmartHTTP(let url, _) = await error(dumb.baseURL + "/dumb/.git") else {
            Issue.record("dumb http was not told apart")
            return
        }
        #expect(url == dumb.baseURL + "/dumb/.git")
        let closed = locked.baseURL + "/dumb/.git"
        let refusal = Refusal(
            url: closed + "/info/refs?service=git-upload-pack", status: 401, authority: "127.0.0.1:\(locked.web.port)",
            attempt: .nothingKnown)
        #expect(await error(closed) == .authenticationRequired(url: closed, refusal))
    }

    @Test func redirectOfTheFirstRequestHolds() async throws {
        let root = TemporaryDirectory()
        let (_, commits) = try await Self.sample(at: root.file("new"))
        let server = try await GitHTTPServer(
            root: root.path, locations: ["location ~ ^/old/ { rewrite ^/old/(.*)$ /new/$1 redirect; }"])
        let client = Client()
        let url = try GitURL(parsing: server.baseURL + "/old/.git")
        let refs = try await client.remotes.refs(of: url, matching: [.head])
        #expect(refs.headCommit == commits[4])
        let repository = try await client.remotes.fetch(commits[4], of: url, ref: nil).repository
        #expect(repository.contains(commits[4]))
        #expect(server.accessLog().contains { $0.uri.contains("/new/.git/git-upload-pack") })
        #expect(!server.accessLog().contains { $0.uri.contains("/old/.git/git-upload-pack") })
    }

    // MARK: Fetch

    /// The commit, two trees and two files.
    private static let objectsOfACommit = 5

    @Test(arguments: [true, false])
    func oneCommitIsAllThatIsFetched(_ isVersion2: Bool) async throws {
        let root = TemporaryDirectory()
        let (_, commits) = try await Self.sample(at: root.file("x"))
        let server = try await GitHTTPServer(root: root.path, protocolV2: isVersion2)
        let client = Client()
        let url = try GitURL(parsing: server.baseURL + "/x/.git")
        let local = try GitRepository.open(path: root.file("x"))

        let repository = try await client.remotes.fetch(commits[4], of: url, ref: "refs/heads/trunk").repository
        let folder = client.folder.file(try #require(client.leftovers.first))
        let objects = try await run(["git", "-C", folder, "cat-file", "--batch-all-objects", "--batch-check"])
        #expect(objects.stdout.split(separator: "\n").count == Self.objectsOfACommit)
        #expect(!repository.contains(commits[3]))
        let fetched = try await hash(repository, commits[4])
        #expect(fetched.summary == (try await hash(local, commits[4])).summary)
        #expect(try repository.commit(commits[4]).committerTime == Int64(TestRepository.epoch + 5))
        #expect(client.leftovers.count == 1)
        repository.close()
        #expect(client.leftovers.isEmpty)
    }

    @Test(arguments: [true, false])
    func tagsAreFetchedByTheirCommit(_ isVersion2: Bool) async throws {
        let root = TemporaryDirectory()
        let (_, commits) = try await Self.sample(at: root.file("x"))
        let server = try await GitHTTPServer(root: root.path, protocolV2: isVersion2)
        let client = Client()
        let url = try GitURL(parsing: server.baseURL + "/x/.git")
        let refs = try await client.remotes.refs(of: url, matching: [.tags("")])
        let tag = try #require(refs.tag("v1-again"))
        for wanted in [tag.commit, tag.id] {
            let fetched = try await client.remotes.fetch(wanted, of: url, ref: "v1-again")
            #expect(fetched.commit == commits[1])
            #expect(!fetched.repository.contains(commits[0]))
        }
    }

    /// The commit is no ref's tip: only a server that allows it hands it out, otherwise the branch's history has it.
    @Test(arguments: [true, false], [nil, "allowReachableSHA1InWant", "allowAnySHA1InWant"])
    func commitInTheHistory(_ isVersion2: Bool, _ permission: String?) async throws {
        let root = TemporaryDirectory()
        let (origin, commits) = try await Self.sample(at: root.file("x"))
        try await origin.git("branch", "-D", "both")
        try await origin.git("tag", "-d", "both")
        if let permission { try await origin.git("config", "uploadpack." + permission, "true") }
        let server = try await GitHTTPServer(root: root.path, protocolV2: isVersion2)
        let client = Client()
        let url = try GitURL(parsing: server.baseURL + "/x/.git")

        let repository = try await client.remotes.fetch(commits[2], of: url, ref: "trunk").repository
        #expect(repository.contains(commits[2]))
        #expect(repository.contains(commits[4]) == (!isVersion2 && permission == nil))
        let local = try GitRepository.open(path: root.file("x"))
        let fetched = try await hash(repository, commits[2])
        #expect(fetched.summary == (try await hash(local, commits[2])).summary)
        #expect(client.leftovers.count == 1)
    }

    @Test(arguments: [true, false])
    func commitThatIsNotThere(_ isVersion2: Bool) async throws {
        let root = TemporaryDirectory()
        _ = try await Self.sample(at: root.file("x"))
        let server = try await GitHTTPServer(root: root.path, protocolV2: isVersion2)
        let client = Client()
        let url = try GitURL(parsing: server.baseURL + "/x/.git")
        let missing = try #require(ObjectID(hex: ProtocolTests.one))
        for ref in [nil, "trunk", "nope"] {
            await #expect(throws: GitError.revisionNotOnServer(missing, url: url.text)) {
                try await client.remotes.fetch(missing, of: url, ref: ref)
            }
        }
        #expect(client.leftovers.isEmpty)
    }

    /// With 100 commits the first depth is too small for the oldest.
    @Test func historyIsDeepenedUntilTheCommitIsThere() async throws {
        let root = TemporaryDirectory()
        let origin = try await TestRepository(at: root.file("x"))
        let first = try #require(ObjectID(hex: try await origin.commit("0")))
        for number in 1...100 { try await origin.commit("\(number)") }
        let server = try await GitHTTPServer(root: root.path, protocolV2: false)
        let client = Client()
        let url = try GitURL(parsing: server.baseURL + "/x/.git")
        let repository = try await client.remotes.fetch(first, of: url, ref: "main").repository
        #expect(try repository.commit(first).parents.isEmpty)
        #expect(client.leftovers.count == 1)
    }

    @Test(.timeLimit(.minutes(10))) func cancellationLeavesNothingBehind() async throws {
        let root = TemporaryDirectory()
        let origin = try await TestRepository(at: root.file("x"))
        var noise = SystemRandomNumberGenerator()
        for number in 0..<40 {
            try origin.write("file\(number)", (0..<50_000).map { _ in UInt8.random(in: 0...255, using: &noise) })
        }
        let commit = try #require(ObjectID(hex: try await origin.commit("big")))
        // The pack trickles: a fetch would take half an hour.
        let server = try await GitHTTPServer(root: root.path, locations: ["limit_rate 1k;"])
        let client = Client()
        let url = try GitURL(parsing: server.baseURL + "/x/.git")
        let task = Task { try await client.remotes.fetch(commit, of: url, ref: nil) }
        #expect(try await eventually { !client.leftovers.isEmpty })
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(client.leftovers.isEmpty)
    }

    @Test func brokenPackIsRefused() async throws {
        let root = TemporaryDirectory()
        let id = ProtocolTests.one
        let advertisement = ProtocolTests.packets(
            "# service=git-upload-pack", "0000", "version 2", "ls-refs", "fetch=shallow", "0000")
        let pack = Array("PACK".utf8) + [0, 0, 0, 2, 0, 0, 0, 1, 0x95, 0x0A, 1, 2, 3]
        let answer =
            ProtocolTests.packets("packfile") + PktLine.encode(bytes: [1] + pack) + ProtocolTests.packets("0000")
        try root.write("x/info/refs", advertisement)
        try root.write("x/pack", answer)
        let server = try await WebServer(
            root: root.path,
            locations: [
                """
                location /x/info/refs { types { } default_type application/x-git-upload-pack-advertisement; }
                location = /x/git-upload-pack {
                    types { } default_type application/x-git-upload-pack-result;
                    error_page 405 =200 /x/pack;
                    rewrite ^ /x/pack break;
                }
                location = /x/pack { types { } default_type application/x-git-upload-pack-result; }
                """
            ])
        let client = Client()
        let url = try GitURL(parsing: server.baseURL + "/x")
        let commit = try #require(ObjectID(hex: id))
        do {
            _ = try await client.remotes.fetch(commit, of: url, ref: nil)
            Issue.record("accepted")
        } catch GitError.malformedResponse(_, .illegalPack) {
            #expect(client.leftovers.isEmpty)
        }
    }
}
