import Foundation
import Support
import Testing
import Threads
import Transfer

@testable import Git

/// Pushes to real servers: nginx in front of `git http-backend`, sshd, and a folder. What came of it git itself tells.
@Suite struct PushTests {
    /// How the other repository is reached.
    enum Way: String, CaseIterable, CustomTestStringConvertible {
        case http, ssh, file
        var testDescription: String { rawValue }
    }

    static let branch = "refs/heads/pinr/update"

    /// A repository that others have, and a clone of it with a commit that the others do not have.
    struct Place {
        let root = TemporaryDirectory()
        let origin: TestRepository
        let clone: TestRepository
        let base: ObjectID
        let commit: ObjectID
        let remotes: GitRemotes
        let url: GitURL
        let server: GitHTTPServer?
        private let sshd: SSHServer?

        init(
            _ way: Way = .http, depth: Int? = nil, pushable: Bool = true, login: Credentials? = nil,
            source: (any CredentialSource)? = nil
        ) async throws {
            let work = try await TestRepository(at: root.file("work"))
            for number in 1...3 {
                try work.write("file", "number \(number)\n")
                try work.write("pins/pins.json", "{\"n\": \(number)}\n")
                try work.write("deep/er/other", "the same\n")
                try await work.commit("commit \(number)", date: TestRepository.epoch + number)
            }
            origin = try await work.bareCopy(at: root.file("srv/x.git"))
            let options = depth.map { ["--depth", String($0)] } ?? []
            try await run(
                ["git", "clone", "--quiet", "--template="] + options + ["file://" + origin.path, root.file("clone")],
                environment: isolatedEnvironment(home: root.file("home")))
            clone = TestRepository(existing: root.file("clone"))
            base = try #require(ObjectID(hex: try await clone.revision()))
            try clone.write("pins/pins.json", "{\"n\": 4}\n")
            commit = try #require(
                ObjectID(hex: try await clone.commit("update", date: TestRepository.epoch + 10)))

            var configuration = TransferConfiguration()
            configuration.retries = 0
            configuration.credentials = source
            var environment = isolatedEnvironment(home: root.file("home"))
            switch way {
            case .http:
                let server = try await GitHTTPServer(root: root.file("srv"), pushable: pushable, credentials: login)
                (self.server, sshd) = (server, nil)
                url = try GitURL(parsing: server.baseURL + "/x.git")
            case .ssh:
                let server = try await SSHServer()
                (self.server, sshd) = (nil, server)
                environment["GIT_SSH_COMMAND"] = server.command
                url = try GitURL(parsing: server.baseURL + origin.path)
            case .file:
                (server, sshd) = (nil, nil)
                url = try GitURL(parsing: "file://" + origin.path)
            }
            remotes = GitRemotes(
                transfer: TransferEngine(configuration: configuration), environment: environment,
                temporaryDirectory: root.path, stallTimeout: 120)
        }

        func push(_ updates: [RefUpdate], isAtomic: Bool = false) async throws -> [RefOutcome.Result] {
            let outcomes = try await remotes.push(
                updates, from: clone.path + "/.git", to: url, known: [base], isAtomic: isAtomic)
            #expect(outcomes.map(\.ref) == updates.map(\.ref))
            return outcomes.map(\.result)
        }

        func push(from old: ObjectID?, to new: ObjectID?) async throws -> RefOutcome.Result? {
            try await push([RefUpdate(ref: PushTests.branch, old: old, new: new)]).first
        }

        /// Where the ref is over there; nil when there is none.
        func there(_ ref: String = PushTests.branch) async throws -> ObjectID? {
            ObjectID(hex: try await origin.git("for-each-ref", "--format=%(objectname)", ref))
        }

        /// Git finds nothing wrong with what it was sent.
        func expectSound(sourceLocation: SourceLocation = #_sourceLocation) async throws {
            let result = try await runProcess(
                ["git", "-C", origin.path, "fsck", "--strict", "--full"],
                environment: isolatedEnvironment(home: root.file("home")))
            #expect(result.status == 0, "\(result)", sourceLocation: sourceLocation)
            #expect(!result.stdout.contains("missing") && !result.stderr.contains("error"), "\(result)")
        }

        func another(_ text: String) async throws -> ObjectID {
            try clone.write("file", text)
            return try #require(ObjectID(hex: try await clone.commit(text, date: TestRepository.epoch + 20)))
        }

        /// Installs a hook over there.
        func hook(_ name: String, _ script: String) throws {
            let path = origin.path + "/hooks/" + name
            try FileManager.default.createDirectory(
                atPath: origin.path + "/hooks", withIntermediateDirectories: true)
            try "#!/bin/sh\n\(script)\n".write(toFile: path, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        }
    }

    // MARK: What is moved

    @Test(arguments: Way.allCases, [nil, 1, 2])
    func aBranchIsMadeMovedAndDeleted(_ way: Way, _ depth: Int?) async throws {
        let place = try await Place(way, depth: depth)
        #expect(try await place.push(from: nil, to: place.commit) == .moved)
        #expect(try await place.there() == place.commit)
        try await place.expectSound()
        // The same once more is no work.
        #expect(try await place.push(from: nil, to: place.commit) == .alreadyThere)

        // To another commit on the same base, which the first one does not lead to.
        try await place.clone.git("reset", "--quiet", "--hard", place.base.hex)
        let other = try await place.another("other")
        #expect(try await place.push(from: place.commit, to: other) == .moved)
        #expect(try await place.there() == other)
        try await place.expectSound()

        #expect(try await place.push(from: other, to: nil) == .moved)
        #expect(try await place.there() == nil)
        #expect(try await place.push(from: other, to: nil) == .alreadyThere)
        #expect(try await place.there("refs/heads/main") == place.base)
    }

    @Test func onlyWhatIsNewIsSent() async throws {
        let place = try await Place(.file, depth: 1)
        let repository = try GitRepository.open(path: place.clone.path)
        let tree = try #require(ObjectID(hex: try await place.clone.git("rev-parse", "HEAD^{tree}")))
        let folder = try #require(ObjectID(hex: try await place.clone.git("rev-parse", "HEAD:pins")))
        let file = try #require(ObjectID(hex: try await place.clone.git("rev-parse", "HEAD:pins/pins.json")))
        let sent = try PushedObjects([place.commit], without: [place.base], in: repository).ids
        #expect(Set(sent) == [place.commit, tree, folder, file] && sent.count == 4)
        // The server need not name the commit: in a shallow clone it is the end of what there is.
        #expect(Set(try PushedObjects([place.commit], without: [], in: repository).ids) == Set(sent))
        #expect(try PushedObjects([place.base], without: [place.base], in: repository).ids.isEmpty)
        let newer = try await place.another("newer")
        #expect(try PushedObjects([newer], without: [place.commit], in: repository).ids.count == 3)
        #expect(try PushedObjects([newer], without: [place.base], in: repository).ids.count == 7)
    }

    /// A file that comes back, a folder that becomes a file, a link and a submodule: whatever git takes.
    @Test(arguments: Way.allCases) func everyKindOfEntryIsSent(_ way: Way) async throws {
        let place = try await Place(way)
        place.clone.remove("deep")
        try place.clone.write("deep", "a file now")
        try place.clone.write("more/run", "#!/bin/sh\n", executable: true)
        try place.clone.symlink("link", to: "file")
        try await place.clone.addSubmodule("sub", url: "https://h.example/s", revision: place.base.hex)
        let first = try #require(ObjectID(hex: try await place.clone.commit("kinds")))
        let second = try await place.another("number 1\n")
        #expect(try await place.push(from: nil, to: second) == .moved)
        try await place.expectSound()
        #expect(try await place.origin.git("rev-parse", PushTests.branch + "~1") == first.hex)
        #expect(try await place.origin.git("rev-list", "--count", PushTests.branch) == "6")
    }

    /// The branch whose commits are known goes on meanwhile: what the clone has is no longer the tip of anything.
    @Test(arguments: Way.allCases) func theBaseMovedMeanwhile(_ way: Way) async throws {
        let place = try await Place(way, depth: 1)
        let work = TestRepository(existing: place.root.file("work"))
        try work.write("file", "later")
        try await work.commit("later")
        try await work.push(to: place.origin)
        #expect(try await place.push(from: nil, to: place.commit) == .moved)
        try await place.expectSound()
    }

    @Test(arguments: Way.allCases) func anEmptyRepositoryIsPushedTo(_ way: Way) async throws {
        let place = try await Place(way)
        try await place.origin.git("update-ref", "-d", "refs/heads/main")
        let outcomes = try await place.remotes.push(
            [RefUpdate(ref: "refs/heads/main", old: nil, new: place.commit)], from: place.clone.path, to: place.url)
        #expect(outcomes == [RefOutcome(ref: "refs/heads/main", result: .moved)])
        try await place.expectSound()
        #expect(try await place.origin.git("rev-list", "--count", "main") == "4")
    }

    @Test(arguments: Way.allCases) func eachGoesItsOwnWay(_ way: Way) async throws {
        let place = try await Place(way)
        let (one, two) = ("refs/heads/one", "refs/heads/two")
        try await place.origin.git("update-ref", one, place.base.hex)
        let results = try await place.push([
            RefUpdate(ref: one, old: nil, new: place.commit), RefUpdate(ref: two, old: nil, new: place.commit),
            RefUpdate(ref: "refs/heads/three", old: place.base, new: place.commit),
        ])
        #expect(results == [.stale(actual: place.base), .moved, .stale(actual: nil)])
        #expect(try await place.there(one) == place.base)
        #expect(try await place.there(two) == place.commit)
    }

    @Test(arguments: [Way.http, .ssh]) func allOrNothing(_ way: Way) async throws {
        let place = try await Place(way)
        try place.hook("update", "[ \"$1\" != refs/heads/two ]")
        let updates = ["one", "two"].map { RefUpdate(ref: "refs/heads/\($0)", old: nil, new: place.commit) }
        let results = try await place.push(updates, isAtomic: true)
        #expect(results.allSatisfy { if case .refused = $0 { true } else { false } }, "\(results)")
        #expect(try await place.there("refs/heads/one") == nil)
        // Without it the one that nothing is against is made.
        #expect(try await place.push(updates).first == .moved)
    }

    // MARK: Leases

    /// What the server says first is enough: nothing is sent.
    @Test(arguments: Way.allCases) func aRefThatIsElsewhereIsLeftAlone(_ way: Way) async throws {
        let place = try await Place(way)
        try await place.origin.git("update-ref", Self.branch, place.base.hex)
        #expect(try await place.push(from: nil, to: place.commit) == .stale(actual: place.base))
        #expect(try await place.push(from: place.commit, to: nil) == .stale(actual: place.base))
        #expect(try await place.there() == place.base)
        #expect(try await place.push(from: place.base, to: place.commit) == .moved)
        if let server = place.server {
            #expect(server.accessLog().filter { $0.method == "POST" }.count == 1)
        }
    }

    /// Somebody moves the ref after the server has said where it is: the server compares again.
    @Test(arguments: [Way.http, .ssh]) func aRefThatMovesMeanwhileIsLeftAlone(_ way: Way) async throws {
        let place = try await Place(way)
        try await place.origin.git("update-ref", Self.branch, place.base.hex)
        let first = try await place.origin.git("rev-list", "--max-parents=0", "main")
        try place.hook(
            "pre-receive", "env -u GIT_QUARANTINE_PATH git update-ref \(Self.branch) \(first)")
        #expect(try await place.push(from: place.base, to: place.commit) == .stale(actual: ObjectID(hex: first)))
        #expect(try await place.there() == ObjectID(hex: first))
    }

    // MARK: Refusals

    @Test(arguments: [Way.http, .ssh]) func aHookRefuses(_ way: Way) async throws {
        let place = try await Place(way)
        try place.hook("pre-receive", "echo 'no \u{1B}[31mbranches\u{1B}[0m of robots'; echo 'ask us' >&2; exit 1")
        let result = try await place.push(from: nil, to: place.commit)
        guard case .refused(let reason, let messages) = result else {
            Issue.record("\(String(describing: result))")
            return
        }
        #expect(reason == "pre-receive hook declined")
        #expect(messages.sorted() == ["ask us", "no  [31mbranches [0m of robots"])
        #expect(try await place.there() == nil)
    }

    @Test func aFolderWithAHookIsLeftAlone() async throws {
        let place = try await Place(.file)
        try place.hook("post-receive", "exit 0")
        #expect(try await place.push(from: nil, to: place.commit) == .held(.hook("post-receive")))
        #expect(try await place.there() == nil)
    }

    @Test func whatTheConfigurationForbids() async throws {
        for way in Way.allCases {
            let place = try await Place(way)
            try await place.origin.git("config", "receive.denyDeletes", "true")
            try await place.origin.git("config", "receive.denyNonFastForwards", "yes")
            #expect(try await place.push(from: nil, to: place.commit) == .moved)
            for new in [nil, place.base] {
                let result = try await place.push(from: place.commit, to: new)
                switch result {
                case .held(.configured(let name)): #expect(way == .file && name.hasPrefix("receive.deny"))
                case .refused(let reason, _): #expect(way != .file && !reason.isEmpty)
                default: Issue.record("\(way): \(String(describing: result))")
                }
            }
            #expect(try await place.there() == place.commit)
        }
    }

    /// The files of a work tree would not move with its branch.
    @Test(arguments: Way.allCases) func aBranchThatIsCheckedOutIsNotMoved(_ way: Way) async throws {
        let place = try await Place(way)
        try await place.origin.git("config", "core.bare", "false")
        try await place.origin.git("worktree", "add", "--quiet", place.root.file("tree"), "-b", "elsewhere")
        for branch in ["main", "elsewhere"] {
            let result = try await place.push([
                RefUpdate(ref: "refs/heads/" + branch, old: place.base, new: place.commit)
            ]).first
            switch result {
            case .held(.checkedOut): #expect(way == .file)
            case .refused(let reason, _): #expect(way != .file && reason.contains("checked out"))
            default: Issue.record("\(way), \(branch): \(String(describing: result))")
            }
            #expect(try await place.there("refs/heads/" + branch) == place.base)
        }
        #expect(try await place.push(from: nil, to: place.commit) == .moved)
        try await place.origin.git("config", "receive.denyCurrentBranch", "ignore")
        #expect(
            try await place.push([RefUpdate(ref: "refs/heads/main", old: place.base, new: place.commit)]) == [.moved])
    }

    @Test func aServerThatTakesNothing() async throws {
        let place = try await Place(.http, pushable: false)
        let error = await #expect(throws: GitError.self) { try await place.push(from: nil, to: place.commit) }
        guard case .authenticationRequired(let url, let refusal) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(url == place.url.text && refusal.status == 403 && refusal.attempt == .nothingKnown)
    }

    // MARK: Credentials

    private struct Token: CredentialSource {
        let secret: String

        func credential(for query: CredentialQuery) async throws -> Credential? {
            try Credential(user: "me", secret: secret, origin: .variable("TOKEN"))
        }

        func accepted(_ credential: Credential, for url: String) {}
    }

    @Test func aStrangerAsksFirst() async throws {
        let login = Credentials(user: "me", password: "a secret")
        let place = try await Place(.http, login: login, source: Token(secret: "a secret"))
        #expect(try await place.push(from: nil, to: place.commit) == .moved)
        let log = try #require(place.server).accessLog()
        #expect(log.first?.status == "401" && log.first?.authorization == "")
        let posts = log.filter { $0.method == "POST" }
        #expect(posts.map(\.status) == ["200"] && posts.first?.authorization == login.authorization)
    }

    /// A server that lets everybody look asks who it is only when the pack is there: it is sent once more.
    @Test func thePackIsSentAgainWithACredential() async throws {
        let place = try await Place(.http)
        let server = try #require(place.server)
        let login = Credentials(user: "me", password: "a secret")
        let front = try await WebServer(locations: [
            """
            location / {
                if ($request_method = POST) { set $asks A; }
                if ($http_authorization = "") { set $asks "${asks}B"; }
                if ($asks = AB) { return 401; }
                proxy_pass \(server.baseURL);
            }
            """
        ])
        var configuration = TransferConfiguration()
        configuration.retries = 0
        configuration.credentials = Token(secret: "a secret")
        let remotes = GitRemotes(
            transfer: TransferEngine(configuration: configuration), environment: [:],
            temporaryDirectory: place.root.path)
        let outcomes = try await remotes.push(
            [RefUpdate(ref: Self.branch, old: nil, new: place.commit)], from: place.clone.path,
            to: GitURL(parsing: front.baseURL + "/x.git"))
        #expect(outcomes.map(\.result) == [.moved])
        let posts = front.accessLog().filter { $0.method == "POST" }
        #expect(posts.map(\.status) == ["401", "200"])
        #expect(posts.map(\.authorization) == ["", login.authorization])
        try await place.expectSound()
    }

    @Test func aWrongCredentialIsNotRepeated() async throws {
        let place = try await Place(
            .http, login: Credentials(user: "me", password: "another"), source: Token(secret: "wrong-secret"))
        let error = await #expect(throws: GitError.self) { try await place.push(from: nil, to: place.commit) }
        guard case .authenticationRequired(_, let refusal) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(refusal.status == 401 && refusal.attempt == .tried(.variable("TOKEN")))
        #expect(!"\(String(describing: error))".contains("wrong-secret"))
        #expect(try #require(place.server).accessLog().allSatisfy { $0.method == "GET" })
    }
}
