import Support
import Testing
import Transfer

@testable import Git

/// The commits between two, as git itself lists them.
@Suite struct CommitsTests {
    /// A repository of random commits and merges; every one of them.
    private static func randomHistory(at path: String, seed: UInt64) async throws -> (TestRepository, [ObjectID]) {
        let repository = try await TestRepository(at: path)
        var generator = SeededGenerator(seed: seed)
        var stream = "blob\nmark :1\ndata 1\nx\n"
        let count = 60
        var parents: [[Int]] = []
        for number in 0..<count {
            // Now and then a root of its own; otherwise one to three of those before, mostly late ones.
            var of: [Int] = []
            if number > 0 && Int.random(in: 0..<25, using: &generator) > 0 {
                for _
                    in 0..<(Int.random(in: 0..<4, using: &generator) == 0
                    ? 3 : Int.random(in: 1...2, using: &generator))
                {
                    let parent = max(0, number - 1 - Int.random(in: 0..<6, using: &generator))
                    if !of.contains(parent) { of.append(parent) }
                }
            }
            parents.append(of)
            // Many at one time, and none before what it was made of.
            let time = TestRepository.epoch + number / 4
            let message = subjects[number % subjects.count].replacing("N", with: "\(number)")
            stream += "commit refs/heads/b\(number)\nmark :\(number + 2)\n"
            stream += "author A <a@b> \(time - 5) +0200\ncommitter C <c@d> \(time) +0000\n"
            stream += "data \(message.utf8.count)\n\(message)\n"
            for (index, parent) in of.enumerated() {
                stream += index == 0 ? "from :\(parent + 2)\n" : "merge :\(parent + 2)\n"
            }
            if of.isEmpty { stream += "deleteall\n" }
            stream += "M 100644 :1 f\(number)\n\n"
        }
        try await repository.git("fast-import", "--quiet", "--force", input: Array(stream.utf8))
        try await repository.git("config", "uploadpack.allowFilter", "true")
        var ids: [ObjectID] = []
        for number in 0..<count { ids.append(try #require(ObjectID(hex: try await repository.revision("b\(number)")))) }
        return (repository, ids)
    }

    private static let subjects = [
        "commit N", "commit N\n\nwith a body", "commit N\nof two lines \n\nbody", "\n\n  commit N  \n", "", "   ",
        "é N\tx", "commit N\r\nx\r\n\r\ny",
    ]

    /// What git says of `old..new`.
    private static func expected(_ repository: TestRepository, _ old: ObjectID, _ new: ObjectID, limit: Int)
        async throws
        -> (count: Int, gone: Int, newest: [String])
    {
        func count(_ range: String) async throws -> Int {
            try #require(Int(try await repository.git("rev-list", "--count", range)))
        }
        let log = try await repository.git("log", "--max-count=\(limit)", "--format=%H %ct %s%x00", "\(old)..\(new)")
        let lines = log.split(separator: "\0").map { $0.drop { $0 == "\n" } }.filter { !$0.isEmpty }
        return (try await count("\(old)..\(new)"), try await count("\(new)..\(old)"), lines.map { trimmed(String($0)) })
    }

    private static func trimmed(_ line: String) -> String { String(line.reversed().drop { $0 == " " }.reversed()) }

    @Test(arguments: [UInt64(1), 2, 3], ["http", "file", "git"])
    func areThoseOfGit(seed: UInt64, scheme: String) async throws {
        let root = TemporaryDirectory()
        let (repository, ids) = try await Self.randomHistory(at: root.file("x"), seed: seed)
        let client = HTTPRemoteTests.Client()
        let server = try await GitHTTPServer(root: root.path)
        let daemon = try await GitDaemon(root: root.path)
        let text =
            switch scheme {
            case "http": server.baseURL + "/x/.git"
            case "git": daemon.baseURL + "/x"
            default: "file://" + root.file("x")
            }
        let url = try GitURL(parsing: text)
        var generator = SeededGenerator(seed: seed + 100)
        for _ in 0..<10 {
            let (old, new) = (
                try #require(ids.randomElement(using: &generator)), try #require(ids.randomElement(using: &generator))
            )
            let expected = try await Self.expected(repository, old, new, limit: 7)
            let found = try #require(try await client.remotes.commits(from: old, to: new, at: url, limit: 7))
            #expect(found.count == expected.count, "\(old)..\(new)")
            #expect(found.gone == expected.gone, "\(old)..\(new)")
            #expect(found.isAncestor == (expected.gone == 0) && !found.isAtLeast, "\(old)..\(new)")
            #expect(
                found.newest.map { Self.trimmed("\($0.id) \($0.time) \($0.subject)") } == expected.newest,
                "\(old)..\(new)")
            // The same conversation answers the narrower question.
            #expect(try await client.remotes.isAncestor(old, of: new, at: url) == found.isAncestor)
        }
        #expect(client.leftovers.isEmpty)
    }

    @Test(arguments: ["http", "file"])
    func whatTheServerHasNotIsNotCounted(_ scheme: String) async throws {
        let root = TemporaryDirectory()
        let (_, ids) = try await Self.randomHistory(at: root.file("x"), seed: 4)
        let client = HTTPRemoteTests.Client()
        let server = try await GitHTTPServer(root: root.path)
        let url = try GitURL(parsing: scheme == "http" ? server.baseURL + "/x/.git" : "file://" + root.file("x"))
        let missing = try #require(ObjectID(hex: ProtocolTests.one))
        let found = try #require(try await client.remotes.commits(from: missing, to: ids[50], at: url, limit: 5))
        #expect(found == CommitsApart(isAncestor: false, count: nil, isAtLeast: false, gone: nil, newest: []))
        await #expect(throws: GitError.self) {
            _ = try await client.remotes.commits(from: ids[50], to: missing, at: url, limit: 5)
        }
        #expect(client.leftovers.isEmpty)
    }

    /// Dates are what committers say: a walk by date stops too early where they go back.
    @Test(arguments: ["http", "file"])
    func areNoneThatAreThereWhateverTheirDates(_ scheme: String) async throws {
        let root = TemporaryDirectory()
        let repository = try await TestRepository(at: root.file("x"))
        try await repository.git("config", "uploadpack.allowFilter", "true")
        let days = [100, 90, 80, 1, 70, 2, 60, 3, 50, 4, 40, 5, 30, 6]
        for day in days { _ = try await repository.commit("\(day)", date: TestRepository.epoch + day * 86400) }
        let old = try #require(ObjectID(hex: try await repository.revision("HEAD~7")))
        for second in [0, 200, 0, 300, 0] {
            _ = try await repository.commit("\(second)", date: TestRepository.epoch + second)
        }
        let new = try #require(ObjectID(hex: try await repository.revision()))
        let server = try await GitHTTPServer(root: root.path)
        let url = try GitURL(parsing: scheme == "http" ? server.baseURL + "/x/.git" : "file://" + root.file("x"))
        let client = HTTPRemoteTests.Client()
        let ahead = try #require(try await client.remotes.commits(from: old, to: new, at: url, limit: 3))
        #expect(ahead.isAncestor == true && ahead.count == 12 && ahead.gone == 0)
        let back = try #require(try await client.remotes.commits(from: new, to: old, at: url, limit: 3))
        #expect(back.isAncestor == false && back.count == 0 && back.gone == 12)
        #expect(client.leftovers.isEmpty)
    }

    @Test func aShallowServerKnowsAtLeastSomeOfThem() async throws {
        let root = TemporaryDirectory()
        let origin = try await TestRepository(at: root.file("x"))
        var ids: [ObjectID] = []
        for number in 0..<6 {
            ids.append(
                try #require(ObjectID(hex: try await origin.commit("c\(number)", date: TestRepository.epoch + number))))
        }
        let shallow = TestRepository(existing: root.file("shallow"))
        try await run(
            [
                "git", "-c", "protocol.file.allow=always", "clone", "--quiet", "--bare", "--depth", "4",
                "file://" + root.file("x"), shallow.path,
            ], environment: isolatedEnvironment(home: root.file("home")))
        try await shallow.git("config", "uploadpack.allowFilter", "true")
        let server = try await GitHTTPServer(root: root.path)
        let client = HTTPRemoteTests.Client()
        let url = try GitURL(parsing: server.baseURL + "/shallow")
        let near = try #require(try await client.remotes.commits(from: ids[3], to: ids[5], at: url, limit: 5))
        #expect(near.isAncestor == true && near.count == 2 && near.isAtLeast)
        #expect(near.newest.map(\.subject) == ["c5", "c4"])
        let far = try #require(try await client.remotes.commits(from: ids[0], to: ids[5], at: url, limit: 5))
        #expect(far.isAncestor == nil && far.count == nil)
        #expect(client.leftovers.isEmpty)
    }

    @Test(arguments: [(true, false), (false, true)])
    func areUnknownWhereTheServerCannotFilter(_ isVersion2: Bool, _ filters: Bool) async throws {
        let root = TemporaryDirectory()
        let (repository, ids) = try await Self.randomHistory(at: root.file("x"), seed: 5)
        if !filters { try await repository.git("config", "uploadpack.allowFilter", "false") }
        let server = try await GitHTTPServer(root: root.path, protocolV2: isVersion2)
        let client = HTTPRemoteTests.Client()
        let url = try GitURL(parsing: server.baseURL + "/x/.git")
        #expect(try await client.remotes.commits(from: ids[0], to: ids[59], at: url, limit: 5) == nil)
    }

    /// Nobody there is another answer than one who cannot tell.
    @Test func aServerThatIsAwayIsAnError() async throws {
        let root = TemporaryDirectory()
        let server = try await GitHTTPServer(root: root.path)
        server.stop()
        let url = try GitURL(parsing: server.baseURL + "/x/.git")
        let (one, two) = (
            try #require(ObjectID(hex: ProtocolTests.one)), try #require(ObjectID(hex: ProtocolTests.two))
        )
        await #expect(throws: TransferError.self) {
            _ = try await HTTPRemoteTests.Client().remotes.commits(from: one, to: two, at: url, limit: 5)
        }
    }

    @Test func noFilesAreFetched() async throws {
        let root = TemporaryDirectory()
        let origin = try await TestRepository(at: root.file("x"))
        let base = try #require(ObjectID(hex: try await origin.commit("base")))
        var noise = SeededGenerator(seed: 4)
        try origin.write("big", (0..<2_000_000).map { _ in UInt8.random(in: 0...255, using: &noise) })
        let tip = try #require(ObjectID(hex: try await origin.commit("big")))
        try await origin.git("config", "uploadpack.allowFilter", "true")
        let server = try await GitHTTPServer(root: root.path)
        let client = HTTPRemoteTests.Client()
        let url = try GitURL(parsing: server.baseURL + "/x/.git")
        let found = try #require(try await client.remotes.commits(from: base, to: tip, at: url, limit: 5))
        #expect(found.count == 1 && found.newest.map(\.subject) == ["big"])
        let bytes = server.accessLog().compactMap { Int($0.bytes) }.reduce(0, +)
        #expect(bytes > 0 && bytes < 20_000)
    }

    /// What a message is encoded in its commit says; what is no text is mended.
    @Test func theSubjectIsText() throws {
        func subject(_ header: String, _ message: [UInt8]) -> String {
            GitCommit.subject(of: Array("tree \(ProtocolTests.one)\n\(header)\n".utf8) + message)
        }
        #expect(subject("", Array("é a\n".utf8)) == "é a")
        #expect(subject("encoding ISO-8859-1\n", [0xE9, 0x20, 0x61, 0x0A]) == "é a")
        #expect(subject("", [0xE9, 0x20, 0x61]) == "\u{FFFD} a")
        #expect(subject("gpgsig x\n \n y\n", Array("signed\n".utf8)) == "signed")
        #expect(subject("", []) == "" && GitCommit.subject(of: []) == "")
        #expect(subject("", Array(repeating: 0x61, count: 1_000_000)).utf8.count == 4096)
    }
}
