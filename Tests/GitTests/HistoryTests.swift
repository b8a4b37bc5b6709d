import Support
import Testing
import Transfer

@testable import Git

/// Questions about history, to real servers.
@Suite struct HistoryTests {
    /// A branch that was rewritten: its first tip is still there, on no branch.
    private struct Rewritten {
        let root = TemporaryDirectory()
        let origin: TestRepository
        let base: ObjectID
        let middle: ObjectID
        let old: ObjectID
        let new: ObjectID

        init(filters: Bool = true) async throws {
            origin = try await TestRepository(at: root.file("x"))
            try origin.write("folder/file", "a file\n")
            base = try #require(ObjectID(hex: try await origin.commit("base")))
            try origin.write("folder/file", "another\n")
            middle = try #require(ObjectID(hex: try await origin.commit("middle", date: TestRepository.epoch + 1)))
            // Later than what replaces it: a date says nothing.
            old = try #require(ObjectID(hex: try await origin.commit("old", date: TestRepository.epoch + 1000)))
            try await origin.git("reset", "--quiet", "--hard", middle.hex)
            try origin.write("folder/file", "rewritten\n")
            try await origin.commit("new 1", date: TestRepository.epoch + 2)
            new = try #require(ObjectID(hex: try await origin.commit("new 2", date: TestRepository.epoch + 3)))
            if filters { try await origin.git("config", "uploadpack.allowFilter", "true") }
        }

        /// Whether each commit is in the history of `new`, as somebody at that URL is told.
        func expect(_ client: HTTPRemoteTests.Client, _ text: String, unknownIs: Bool? = false) async throws {
            let url = try GitURL(parsing: text)
            let missing = try #require(ObjectID(hex: ProtocolTests.one))
            let expected: [(ObjectID, Bool?)] = [
                (base, true), (middle, true), (new, true), (old, false), (missing, unknownIs),
            ]
            for (commit, answer) in expected {
                #expect(try await client.remotes.isAncestor(commit, of: new, at: url) == answer, "\(commit)")
            }
            // Back to an older commit is a rewritten branch too.
            #expect(try await client.remotes.isAncestor(new, of: base, at: url) == false)
            #expect(try await client.remotes.isAncestor(old, of: base, at: url) == false)
            #expect(client.leftovers.isEmpty)
        }
    }

    @Test func isAskedOverHTTP() async throws {
        let rewritten = try await Rewritten()
        let server = try await GitHTTPServer(root: rewritten.root.path)
        try await rewritten.expect(HTTPRemoteTests.Client(), server.baseURL + "/x/.git")
    }

    @Test func isAskedOfADaemon() async throws {
        let rewritten = try await Rewritten()
        let daemon = try await GitDaemon(root: rewritten.root.path)
        try await rewritten.expect(HTTPRemoteTests.Client(), daemon.baseURL + "/x")
    }

    @Test func isReadInALocalRepository() async throws {
        let rewritten = try await Rewritten()
        try await rewritten.expect(HTTPRemoteTests.Client(), "file://" + rewritten.root.file("x"))
    }

    /// What the branch was is gone from the server too.
    @Test func aPrunedCommitIsInNoHistory() async throws {
        let rewritten = try await Rewritten()
        try await rewritten.origin.git("reflog", "expire", "--expire=now", "--all")
        try await rewritten.origin.git("update-ref", "-d", "ORIG_HEAD")
        try await rewritten.origin.git("gc", "--quiet", "--prune=now")
        let server = try await GitHTTPServer(root: rewritten.root.path)
        let client = HTTPRemoteTests.Client()
        let url = try GitURL(parsing: server.baseURL + "/x/.git")
        #expect(try await client.remotes.isAncestor(rewritten.old, of: rewritten.new, at: url) == false)
        #expect(client.leftovers.isEmpty)
    }

    /// What a server has cut off it cannot tell from what never was in its history.
    @Test(arguments: [1, 2, 3]) func aShallowServerCannotTell(_ depth: Int) async throws {
        let rewritten = try await Rewritten()
        let shallow = TestRepository(existing: rewritten.root.file("shallow"))
        try await run(
            [
                "git", "-c", "protocol.file.allow=always", "clone", "--quiet", "--bare", "--depth", "\(depth)",
                "file://" + rewritten.root.file("x"), shallow.path,
            ], environment: isolatedEnvironment(home: rewritten.root.file("home")))
        try await shallow.git("config", "uploadpack.allowFilter", "true")
        let server = try await GitHTTPServer(root: rewritten.root.path)
        let client = HTTPRemoteTests.Client()
        let url = try GitURL(parsing: server.baseURL + "/shallow")
        for (commit, distance) in [(rewritten.middle, 2), (rewritten.base, 3)] {
            let expected: Bool? = distance < depth ? true : nil
            #expect(try await client.remotes.isAncestor(commit, of: rewritten.new, at: url) == expected)
        }
        #expect(try await client.remotes.isAncestor(rewritten.old, of: rewritten.new, at: url) == nil)
        #expect(client.leftovers.isEmpty)
    }

    /// Without a filter each commit would come with all of its files.
    @Test(arguments: [(true, false), (false, true)])
    func isUnknownWhereTheServerCannotFilter(_ isVersion2: Bool, _ filters: Bool) async throws {
        let rewritten = try await Rewritten(filters: filters)
        let server = try await GitHTTPServer(root: rewritten.root.path, protocolV2: isVersion2)
        let client = HTTPRemoteTests.Client()
        let url = try GitURL(parsing: server.baseURL + "/x/.git")
        #expect(try await client.remotes.isAncestor(rewritten.base, of: rewritten.new, at: url) == nil)
        server.stop()
        #expect(try await client.remotes.isAncestor(rewritten.base, of: rewritten.new, at: url) == nil)
        #expect(client.leftovers.isEmpty)
    }

    /// The answer costs commits and nothing of what is in them.
    @Test func noFilesAreFetched() async throws {
        let rewritten = try await Rewritten()
        var noise = SeededGenerator(seed: 4)
        try rewritten.origin.write("big", (0..<2_000_000).map { _ in UInt8.random(in: 0...255, using: &noise) })
        let tip = try #require(ObjectID(hex: try await rewritten.origin.commit("big")))
        let server = try await GitHTTPServer(root: rewritten.root.path)
        let client = HTTPRemoteTests.Client()
        let url = try GitURL(parsing: server.baseURL + "/x/.git")
        #expect(try await client.remotes.isAncestor(rewritten.base, of: tip, at: url) == true)
        let bytes = server.accessLog().compactMap { Int($0.bytes) }.reduce(0, +)
        #expect(bytes > 0 && bytes < 20_000)
    }

    // MARK: Abbreviations

    private func find(_ digits: String, _ client: HTTPRemoteTests.Client, _ url: GitURL) async throws -> ObjectID {
        let refs = try await client.remotes.refs(of: url, matching: [.all])
        return try await client.remotes.commit(abbreviated: digits, of: url, refs: refs)
    }

    @Test(arguments: ["http", "file"])
    func anAbbreviatedRevisionIsFound(_ scheme: String) async throws {
        let rewritten = try await Rewritten()
        let server = try await GitHTTPServer(root: rewritten.root.path)
        let client = HTTPRemoteTests.Client()
        let url = try GitURL(
            parsing: scheme == "http" ? server.baseURL + "/x/.git" : "file://" + rewritten.root.file("x"))
        for commit in [rewritten.new, rewritten.middle, rewritten.base] {
            #expect(try await find(String(commit.hex.prefix(10)), client, url) == commit)
            #expect(try await find(String(commit.hex.prefix(39)).uppercased(), client, url) == commit)
        }
        await #expect(throws: GitError.unknownAbbreviation("1111111", url: url.text)) {
            try await find("1111111", client, url)
        }
        #expect(client.leftovers.isEmpty)
    }

    /// Where the server cannot filter, what a ref is at is all that can be found.
    @Test func withoutAFilterOnlyTipsAreFound() async throws {
        let rewritten = try await Rewritten(filters: false)
        let server = try await GitHTTPServer(root: rewritten.root.path)
        let client = HTTPRemoteTests.Client()
        let url = try GitURL(parsing: server.baseURL + "/x/.git")
        #expect(try await find(String(rewritten.new.hex.prefix(7)), client, url) == rewritten.new)
        let digits = String(rewritten.base.hex.prefix(7))
        await #expect(throws: GitError.unknownAbbreviation(digits, url: url.text)) {
            try await find(digits, client, url)
        }
    }

    /// Commits until two ids begin alike.
    @Test(arguments: ["http", "file"])
    func whatIsShortForTwoIsRefused(_ scheme: String) async throws {
        let rewritten = try await Rewritten()
        // Of a thousand ids two begin alike, as birthdays do.
        let author = "committer Pin Tester <tester@example.org> \(TestRepository.epoch) +0000"
        let stream = (0..<1000).map { number -> String in
            let message = "\(number)"
            return "commit refs/heads/b\(number)\n\(author)\ndata \(message.utf8.count)\n\(message)\n"
        }
        try await rewritten.origin.git("fast-import", "--quiet", input: Array(stream.joined().utf8))
        let ids = try await rewritten.origin.git("for-each-ref", "--format=%(objectname)").split(separator: "\n")
        let groups = Dictionary(grouping: ids) { $0.prefix(4) }
        let shared = groups.values.first { $0.count > 1 }?.first?.prefix(4)
        let server = try await GitHTTPServer(root: rewritten.root.path)
        let client = HTTPRemoteTests.Client()
        let url = try GitURL(
            parsing: scheme == "http" ? server.baseURL + "/x/.git" : "file://" + rewritten.root.file("x"))
        let digits = String(try #require(shared))
        await #expect(throws: GitError.ambiguousRevision(digits, url: url.text)) {
            try await find(digits, client, url)
        }
    }

    // MARK: Bare revisions

    /// A server of version 0 gives out tips only, and this commit is on another branch than the one that is named.
    @Test(arguments: [nil, "main", "nope"])
    func aCommitOfAnotherBranchIsFoundInTheEnd(_ ref: String?) async throws {
        let root = TemporaryDirectory()
        let origin = try await TestRepository(at: root.file("x"))
        try await origin.commit("one")
        try await origin.checkout("other")
        let wanted = try #require(ObjectID(hex: try await origin.commit("wanted")))
        try await origin.commit("later")
        try await origin.checkout("main")
        let server = try await GitHTTPServer(root: root.path, protocolV2: false)
        let client = HTTPRemoteTests.Client()
        let url = try GitURL(parsing: server.baseURL + "/x/.git")
        let fetched = try await client.remotes.fetch(wanted, of: url, ref: ref)
        #expect(fetched.commit == wanted)
        #expect(fetched.hasWholeHistory)
    }

    /// Nobody downloads all there is because of a revision that is not there.
    @Test func aRevisionThatGitDoesNotHaveIsNotSearchedFor() async throws {
        let rewritten = try await Rewritten()
        let server = try await GitHTTPServer(root: rewritten.root.path)
        let client = HTTPRemoteTests.Client()
        let url = try GitURL(parsing: server.baseURL + "/x/.git")
        let missing = try #require(ObjectID(hex: ProtocolTests.one))
        await #expect(throws: GitError.revisionNotOnServer(missing, url: url.text)) {
            try await client.remotes.fetch(missing, of: url, ref: "main")
        }
        #expect(server.accessLog().map(\.method) == ["GET", "POST"])
    }
}
