import Support
import Testing
import Threads

@testable import Git

/// Which commit of a branch is old enough.
@Suite struct AgeTests {
    // MARK: A branch as dates alone

    /// Times of a branch, the newest first, with 100 for the limit and 1000 days for now; where the chosen one is, and the one
    /// whose turn is next.
    @Test(
        arguments: [
            ([90], 0, nil), ([110], nil, 0), ([110, 90], 1, 0), ([120, 110, 100], 2, 1), ([120, 110, 101], nil, 2),
            // Made again with its old date, or with a clock that is slow: what it was made on is too young.
            ([90, 110, 95, 80], 2, 1), ([120, 90, 110, 95], 3, 2), ([90, 110], nil, 1),
            // A date of the future says nothing of what was made later, and is no old one either.
            ([90, 9_000_000_000, 80], 0, nil), ([9_000_000_000, 90], 1, 0), ([9_000_000_000], nil, 0),
            ([], nil, nil),
        ] as [([Int64], Int?, Int?)])
    func `The newest is chosen behind which all are old enough`(times: [Int64], chosen: Int?, next: Int?) {
        let entries = times.enumerated().map { FirstParents.Entry(id: Self.id($0), time: $1) }
        let choice = FirstParents(entries: entries, isWhole: true).choice(madeBy: 100, now: 86_400_000)
        #expect(choice.chosen == chosen.map { entries[$0] })
        #expect(choice.next == next.map { entries[$0] })
        #expect(choice.isSettled)
    }

    @Test func `So many witnesses are enough, and fewer are not where there may be more`() {
        func choice(_ old: Int, isWhole: Bool = false) -> FirstParents.Choice {
            let entries = ([200] + Array(repeating: 50, count: old)).enumerated()
                .map { FirstParents.Entry(id: Self.id($0), time: $1) }
            return FirstParents(entries: entries, isWhole: isWhole).choice(madeBy: 100, now: 300)
        }
        #expect(choice(FirstParents.witnesses + 1).isSettled)
        #expect(!choice(FirstParents.witnesses).isSettled && choice(FirstParents.witnesses, isWhole: true).isSettled)
        #expect(choice(1).chosen?.id == Self.id(1))
    }

    private static func id(_ number: Int) -> ObjectID {
        let digits = String(number, radix: 16)
        guard let id = ObjectID(hex: String(repeating: "0", count: 40 - digits.count) + digits) else {
            preconditionFailure("forty digits are an id")
        }
        return id
    }

    // MARK: Real servers

    /// A repository whose commits are a day apart, the newest at day 200; every tenth is a merge.
    private struct Branch {
        static let now: Int64 = 1_800_000_000
        let root = TemporaryDirectory()
        let repository: TestRepository
        /// By day.
        var commits: [Int: ObjectID] = [:]

        static func time(_ day: Int) -> Int { Int(now) - (200 - day) * 86400 }

        init(filters: Bool = true) async throws {
            repository = try await TestRepository(at: root.file("x"))
            if filters { try await repository.git("config", "uploadpack.allowFilter", "true") }
            for day in 1...200 {
                if day % 10 == 0 {
                    // Long on a branch of its own, and merged today.
                    try await repository.git("checkout", "--quiet", "-b", "side\(day)", date: Self.time(day - 8))
                    try await side(day)
                    try await repository.git("checkout", "--quiet", "main")
                    try await repository.git(
                        "merge", "--quiet", "--no-ff", "-m", "merge", "side\(day)", date: Self.time(day))
                    try await repository.git("branch", "-D", "--quiet", "side\(day)")
                } else {
                    try await repository.git(
                        "commit", "--quiet", "--allow-empty", "-m", "day \(day)", date: Self.time(day))
                }
                let commit: ObjectID = try #require(ObjectID(hex: try await repository.revision()))
                commits[day] = commit
            }
        }

        private func side(_ day: Int) async throws {
            try await repository.git("commit", "--quiet", "--allow-empty", "-m", "side", date: Self.time(day - 8))
        }

        func question(age: Int, locked: Int?, tip: Int = 200) -> AgeQuestion {
            AgeQuestion(
                tip: commits[tip] ?? AgeTests.id(0), ref: "refs/heads/main", locked: locked.flatMap { commits[$0] },
                limit: Self.now - Int64(age) * 86400, now: Self.now)
        }

        func expect(_ client: HTTPRemoteTests.Client, _ text: String) async throws {
            let url = try GitURL(parsing: text)
            // Of an age: what is locked by day, and the day of what is chosen.
            let rows: [(age: Int, locked: Int?, chosen: Int?)] = [
                (7, nil, 193), (7, 150, 193), (7, 192, 193), (7, 193, nil), (7, 198, nil), (1, 190, 199),
                // Further back than the first that is asked for.
                (180, nil, 20), (199, nil, 1), (300, nil, nil), (300, 150, nil), (10, nil, 190),
            ]
            for row in rows {
                let ages = try await client.remotes.ages(question(age: row.age, locked: row.locked), at: url)
                #expect(ages.chosen == row.chosen.flatMap { commits[$0] }, "\(row)")
                #expect(ages.tipTime == Int64(Self.time(200)) && ages.knowsHistory && !ages.isRewritten, "\(row)")
                if let chosen = row.chosen {
                    #expect(ages.time == Int64(Self.time(chosen)), "\(row)")
                    #expect(ages.nextTime == Int64(Self.time(chosen + 1)), "\(row)")
                }
            }
            // What was locked is of a branch that is no longer there.
            var gone = question(age: 7, locked: nil)
            gone.locked = ObjectID(hex: ProtocolTests.one)
            let rewritten = try await client.remotes.ages(gone, at: url)
            #expect(rewritten.isRewritten && rewritten.chosen == commits[193])
            #expect(client.leftovers.isEmpty)
        }
    }

    @Test func `A server tells it by commits alone`() async throws {
        let branch = try await Branch()
        let server = try await GitHTTPServer(root: branch.root.path)
        try await branch.expect(HTTPRemoteTests.Client(), server.baseURL + "/x/.git")
        let daemon = try await GitDaemon(root: branch.root.path)
        try await branch.expect(HTTPRemoteTests.Client(), daemon.baseURL + "/x")
        // A repository of this machine is read where it is.
        try await branch.expect(HTTPRemoteTests.Client(), "file://\(branch.root.path)/x")
    }

    @Test(arguments: [(false, true), (true, false)])
    func `Of a server that cannot, the newest commit alone is known`(filters: Bool, isVersion2: Bool) async throws {
        let branch = try await Branch(filters: filters)
        let server = try await GitHTTPServer(root: branch.root.path, protocolV2: isVersion2)
        let url = try GitURL(parsing: server.baseURL + "/x/.git")
        let client = HTTPRemoteTests.Client()
        let young = try await client.remotes.ages(branch.question(age: 7, locked: 150), at: url)
        #expect(young.chosen == nil && young.tipTime == Int64(Branch.time(200)) && !young.knowsHistory)
        let old = try await client.remotes.ages(branch.question(age: 0, locked: 150), at: url)
        #expect(old.chosen == branch.commits[200])
        #expect(client.leftovers.isEmpty)
    }

    /// A merge turned round: what is locked is a side of it, so that the branch of before lacks it.
    @Test func `What lacks the locked commit is not taken, though it is on the branch`() async throws {
        let root = TemporaryDirectory()
        let repository = try await TestRepository(at: root.file("x"))
        try await repository.git("config", "uploadpack.allowFilter", "true")
        let now = 1_800_000_000
        func commit(_ message: String, daysOld: Int) async throws -> ObjectID {
            try await repository.git(
                "commit", "--quiet", "--allow-empty", "-m", message, date: now - daysOld * 86400)
            return try #require(ObjectID(hex: try await repository.revision()))
        }
        _ = try await commit("base", daysOld: 40)
        try await repository.checkout("other")
        let other = try await commit("other", daysOld: 20)
        try await repository.checkout("main")
        let locked = try await commit("locked", daysOld: 30)
        try await repository.git("checkout", "--quiet", "other")
        try await repository.git("merge", "--quiet", "--no-ff", "-m", "merge", "main", date: now - 86400)
        let tip = try #require(ObjectID(hex: try await repository.revision()))
        let server = try await GitHTTPServer(root: root.path)
        let client = HTTPRemoteTests.Client()
        for text in [server.baseURL + "/x/.git", "file://\(root.path)/x"] {
            let url = try GitURL(parsing: text)
            func ages(_ age: Int64, _ locked: ObjectID?) async throws -> CommitAges {
                try await client.remotes.ages(
                    AgeQuestion(tip: tip, locked: locked, limit: Int64(now) - age * 86400, now: Int64(now)), at: url)
            }
            let free = try await ages(7, nil)
            #expect(free.chosen == other, "\(free) \(text)")
            let held = try await ages(7, locked)
            #expect(held.chosen == nil && !held.isRewritten)
            #expect(try await ages(1, locked).chosen == tip)
        }
    }

    // MARK: Tags

    @Test func `A tag is as old as it is, and a commit that is tagged late is not older`() async throws {
        let root = TemporaryDirectory()
        let repository = try await TestRepository(at: root.file("x"))
        try await repository.git("config", "uploadpack.allowFilter", "true")
        let old = try await repository.commit("old", date: 1_000_000_000)
        try await repository.tag("light")
        try await repository.tag("late", message: "tagger Me <m> 1 +0000\n\ntagger Me <m> 2 +0000", date: 1_500_000_000)
        try await repository.tag("twice", message: "again", at: "late", date: 1_400_000_000)
        try await repository.tag("early", message: "early", date: 900_000_000)
        try await repository.git("tag", "tree", "HEAD^{tree}")
        let expected: [(String, Int64?)] = [
            ("light", 1_000_000_000), ("late", 1_500_000_000), ("twice", 1_500_000_000), ("early", 1_000_000_000),
            ("tree", nil),
        ]
        var ids: [String: ObjectID] = [:]
        for (tag, _) in expected {
            let id: ObjectID = try #require(
                ObjectID(hex: try await repository.git("rev-parse", "refs/tags/\(tag)")))
            ids[tag] = id
        }
        #expect(ids["light"]?.hex == old)
        let server = try await GitHTTPServer(root: root.path)
        let client = HTTPRemoteTests.Client()
        for text in [server.baseURL + "/x/.git", "file://\(root.path)/x"] {
            let url = try GitURL(parsing: text)
            let times = try await client.remotes.times(of: expected.compactMap { ids[$0.0] }, at: url)
            for (tag, time) in expected { #expect(ids[tag].flatMap { times[$0] } == time, "\(tag)") }
        }
        // Where it takes a whole tree, the first is asked for.
        try await repository.git("config", "uploadpack.allowFilter", "false")
        let late = try #require(ids["late"])
        let early = try #require(ids["early"])
        let url = try GitURL(parsing: server.baseURL + "/x/.git")
        // The server of before is remembered by who asked it.
        let another = HTTPRemoteTests.Client()
        #expect(try await another.remotes.times(of: [late, early], at: url) == [late: 1_500_000_000])
        let missing = try #require(ObjectID(hex: ProtocolTests.one))
        #expect(try await another.remotes.times(of: [missing], at: url).isEmpty)
        #expect(client.leftovers.isEmpty && another.leftovers.isEmpty)
    }
}
