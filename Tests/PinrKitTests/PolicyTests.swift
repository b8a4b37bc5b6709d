import Dates
import JSON
import Lockfile
import PinrKit
import Resolvers
import Support
import Testing
import Updates

/// Pins that wait: for another day, or until what is new is old enough.
struct PolicyTests {
    /// A world whose server tells of history, with commits of those ages in days behind the first, which is two years old.
    private func world(_ ages: [Int] = []) async throws -> World {
        let world = try await World()
        try await world.published.git("config", "uploadpack.allowFilter", "true")
        for age in ages { try await Self.commit(world, age) }
        return world
    }

    /// Commits a change that is so many days old, and publishes it.
    @discardableResult
    private static func commit(_ world: World, _ age: Int) async throws -> String {
        try world.repository.write("a", "\(age) days")
        let revision = try await world.repository.commit("\(age) days", date: Int(World.now) - age * 86400)
        try await world.publish()
        return revision
    }

    private func update(
        _ world: World, at now: Int64 = World.now, _ names: [String] = [],
        _ change: (inout UpdateRequest) -> Void = { _ in }
    ) async throws -> UpdateReport {
        var request = UpdateRequest()
        request.names = names
        change(&request)
        return try await world.pinr(at: now).update(request)
    }

    private func set(
        _ world: World, _ name: String, _ policy: PolicyOptions, _ change: (inout SetRequest) -> Void = { _ in }
    ) async throws -> SetOutcome {
        var request = SetRequest(name: name)
        request.policy = policy
        change(&request)
        return try await world.pinr().set(request)
    }

    // MARK: What is kept

    @Test func `A policy is written by add and set, and taken away again`() async throws {
        let world = try await world()
        try await world.add("github:o/r", as: "p") {
            $0.policy = PolicyOptions(minimumAge: "2w", schedule: "Friday, monday", group: "tools")
        }
        let expected: JSON = [
            "type": "github", "owner": "o", "repo": "r", "minimumAge": 14, "schedule": "monday,friday",
            "group": "tools",
        ]
        #expect(try world.pins()["p"]?.source.json == expected)
        #expect(try world.pins()["p"]?.source.summary == "github:o/r")
        let requests = world.server.accessLog().count
        var policy = PolicyOptions(minimumAge: "3d")
        #expect(try await set(world, "p", policy).pin.source["minimumAge"] == 3)
        policy = PolicyOptions(minimumAge: "0", schedule: "", group: "")
        let cleared = try await set(world, "p", policy)
        #expect(cleared.hasChanged && cleared.pin.source.json == ["type": "github", "owner": "o", "repo": "r"])
        // When a pin is updated says nothing of what it is.
        #expect(world.server.accessLog().count == requests)
        #expect(try await !set(world, "p", policy).hasChanged)
    }

    @Test func `What is no policy is refused before anything is asked`() async throws {
        let world = try await world()
        let before = world.server.accessLog().count
        for policy in [
            PolicyOptions(minimumAge: "a week"), PolicyOptions(minimumAge: "7x"), PolicyOptions(minimumAge: "-1"),
            PolicyOptions(minimumAge: "99999999999999999999"), PolicyOptions(minimumAge: "9223372036854775807w"),
            PolicyOptions(minimumAge: "w"), PolicyOptions(schedule: "mondays"), PolicyOptions(group: "a\nb"),
        ] {
            let problem = await #expect(throws: Problem.self) {
                try await world.add("github:o/r", as: "p") { $0.policy = policy }
            }
            #expect(problem?.code == .usage && problem?.hint != nil)
        }
        #expect(world.server.accessLog().count == before)
    }

    @Test func `Another source keeps the policy, and a frozen pin can have another one`() async throws {
        let world = try await world()
        try await world.add("github:o/r", as: "p") { $0.policy = PolicyOptions(schedule: "weekly", group: "g") }
        _ = try await set(world, "p", PolicyOptions()) { $0.source = "channel:nixpkgs-unstable" }
        #expect(
            try world.pins()["p"]?.source.json == [
                "type": "channel", "channel": "nixpkgs-unstable", "schedule": "weekly", "group": "g",
            ])
        _ = try await world.pinr().freeze(["p"], reason: nil)
        #expect(try await set(world, "p", PolicyOptions(group: "h")).pin.source.group == "h")
        await #expect(throws: Problem.self) {
            try await set(world, "p", PolicyOptions(group: "i")) { $0.options.unpack = false }
        }
        #expect(try world.pins()["p"]?.source.group == "h" && world.pins()["p"]?.frozen != nil)
    }

    @Test func `A policy that is not understood leaves its pin where it is, and can be replaced`() async throws {
        let world = try await world()
        try await world.add("github:o/r", as: "p")
        try world.edit("p") { $0.source["schedule"] = ["cron": "0 4 * * 1"] }
        let before = try world.pins()
        try await world.move()
        let report = try await update(world)
        #expect(report.changed.isEmpty && report.failed.map(\.name.text) == ["p"])
        #expect(report.failed.first?.error["message"]?.string?.contains("source.schedule") == true)
        #expect(try world.pins() == before)
        _ = try await set(world, "p", PolicyOptions(schedule: "daily"))
        #expect(try await update(world).changed.count == 1)
    }

    // MARK: Ages

    @Test func `A branch goes to its newest commit that is old enough, and never back`() async throws {
        let world = try await world([30])
        let first = try await world.repository.revision()
        try await world.add("git+\(world.server.baseURL)/o/r.git", as: "p") {
            $0.policy = PolicyOptions(minimumAge: "7")
        }
        #expect(try world.pins()["p"]?.locked.revision == first)
        let second = try await Self.commit(world, 10)
        let third = try await Self.commit(world, 3)
        try await Self.commit(world, 0)
        let check = try await update(world) { $0.isDryRun = true }
        #expect(check.changed.map(\.new.revision) == [second])
        #expect(try await update(world).changed.map(\.new.revision) == [second])
        // The newest is there, and too young.
        let report = try await update(world)
        #expect(report.changed.isEmpty && report.unchanged.isEmpty && report.failed.isEmpty)
        #expect(
            report.skipped.map(\.reason) == [
                "minimum age: 7 days: the newest is too young, from 2025-11-23; next on 2025-11-27"
            ])
        // Four days later.
        #expect(try await update(world, at: World.now + 4 * 86400).changed.map(\.new.revision) == [third])
        // What is locked is younger than it should be: it stays.
        let back = try await update(world)
        #expect(back.changed.isEmpty && back.skipped.count == 1)
        #expect(try world.pins()["p"]?.locked.revision == third)
        #expect(world.console.notices.isEmpty)
    }

    @Test func `Whoever says now gets the newest`() async throws {
        let world = try await world([30])
        try await world.add("github:o/r", as: "p") { $0.policy = PolicyOptions(minimumAge: "7", schedule: "monday") }
        let new = try await Self.commit(world, 1)
        #expect(try await update(world, ["p"]).changed.isEmpty)
        #expect(world.console.notices.map(\.hint) == ["`--now` updates it all the same"])
        let dry = try await update(world, ["p"]) {
            $0.isDryRun = true
            $0.target = "main"
        }
        #expect(dry.changed.map(\.new.revision) == [new])
        #expect(try await update(world) { $0.isNow = true }.changed.map(\.new.revision) == [new])
        #expect(try await update(world) { $0.isNow = true }.unchanged.count == 1)
    }

    @Test func `Nothing that is old enough is nothing to add`() async throws {
        let world = try await World()
        let problem = await #expect(throws: Problem.self) {
            try await world.add("github:o/r", as: "p") { $0.policy = PolicyOptions(minimumAge: "3000") }
        }
        #expect(problem?.code == .notFound && problem?.hint?.contains("--now") == true)
        #expect(
            !(try await world.add("github:o/r", as: "p") {
                $0.policy = PolicyOptions(minimumAge: "3000")
                $0.isNow = true
            }).source.fields.isEmpty)
        #expect(try world.pins()["p"]?.source["minimumAge"] == 3000)
    }

    @Test func `A rewritten branch does not take a pin back`() async throws {
        let world = try await world([30, 20])
        try await world.add("github:o/r", as: "p")
        _ = try await set(world, "p", PolicyOptions(minimumAge: "7"))
        let locked = try await world.repository.revision()
        try await world.repository.git("reset", "--quiet", "--hard", "HEAD^")
        try await Self.commit(world, 2)
        var report = try await update(world)
        #expect(report.changed.isEmpty && report.skipped.count == 1, "\(report)")
        #expect(try world.pins()["p"]?.locked.revision == locked)
        // Also where the server has forgotten it.
        try await world.published.git("reflog", "expire", "--expire=now", "--all")
        try await world.published.git("gc", "--quiet", "--prune=now")
        report = try await update(world)
        #expect(report.changed.isEmpty && report.skipped.map { $0.reason.contains("rewritten") } == [true], "\(report)")
        report = try await update(world, at: World.now + 5 * 86400)
        #expect(report.changed.map(\.isRewritten) == [true])
    }

    /// A server that filters has nothing to send then; one that does not tells of the newest commit alone.
    @Test(arguments: [true, false])
    func `A branch that was put back does not take a pin back`(_ filters: Bool) async throws {
        let world = try await world([30, 20])
        if !filters { try await world.published.git("config", "uploadpack.allowFilter", "false") }
        try await world.add("github:o/r", as: "p")
        _ = try await set(world, "p", PolicyOptions(minimumAge: "7"))
        let locked = try await world.repository.revision()
        try await world.repository.git("reset", "--quiet", "--hard", "HEAD^")
        try await world.publish()
        let report = try await update(world)
        #expect(report.changed.isEmpty, "\(report)")
        #expect(
            report.skipped.map(\.reason) == [
                "minimum age: 7 days: the branch was rewritten, and what is old enough is older than what is locked"
            ])
        #expect(try world.pins()["p"]?.locked.revision == locked)
        // What comes after it is taken all the same.
        try await Self.commit(world, 8)
        #expect(try await update(world).changed.count == 1)
    }

    @Test func `What was made on something young is young, whatever its date`() async throws {
        let world = try await world([30, 2])
        try await world.add("github:o/r", as: "p")
        _ = try await set(world, "p", PolicyOptions(minimumAge: "7"))
        try await Self.commit(world, 25)
        let report = try await update(world)
        #expect(report.changed.isEmpty && report.skipped.count == 1, "\(report)")
        #expect(try await update(world, at: World.now + 5 * 86400).changed.count == 1)
    }

    /// Whoever may push can write any date; none of them ends the program.
    @Test(arguments: [.max, .max - 86400, 67_768_036_191_676_799, 253_402_300_800] as [Int64])
    func `A date that no calendar has is too young for ever`(_ time: Int64) async throws {
        let world = try await world([30])
        try await world.add("github:o/r", as: "p") { $0.policy = PolicyOptions(minimumAge: "7") }
        let (tree, parent) = (
            try await world.repository.git("rev-parse", "HEAD^{tree}"), try await world.repository.revision()
        )
        let commit = "tree \(tree)\nparent \(parent)\nauthor a <a@b> 0 +0000\ncommitter a <a@b> \(time) +0000\n\nx\n"
        try world.repository.write("commit", commit)
        let id = try await world.repository.git("hash-object", "-t", "commit", "-w", "--literally", "commit")
        try await world.repository.git("update-ref", "HEAD", id)
        try await world.publish()
        let report = try await update(world)
        #expect(report.skipped.count == 1 && report.changed.isEmpty, "\(report)")
        let found = try await world.pinr().explain("p")
        #expect(found.action == .wait)
        #expect(try await world.pinr().report([]).pins.count == 1)
    }

    @Test func `A release is taken when it is old enough, by its tag`() async throws {
        let world = try await world([400])
        let day = { (age: Int) in Int(World.now) - age * 86400 }
        try await world.repository.tag("v1.1", message: "1.1", date: day(30))
        try await world.repository.tag("v1.2", message: "1.2", date: day(9))
        // On a commit that is more than a year old.
        try await world.repository.tag("v1.3", message: "1.3", date: day(2))
        try await world.repository.tag("v1.4", message: "1.4", date: day(1))
        try await world.publish()
        let pin = try await world.add("github:o/r", as: "p") {
            $0.options.release = true
            $0.policy = PolicyOptions(minimumAge: "7")
        }
        #expect(pin.locked.version == "v1.2")
        let report = try await update(world)
        #expect(
            report.skipped.map(\.reason) == [
                "minimum age: 7 days: what is newer is too young; next on 2025-11-28"
            ])
        let found = try await world.pinr().explain("p")
        #expect(found.action == .wait && found.newest?.version == "v1.4")
        #expect(found.policy?.allowed?.version == "v1.2" && found.policy?.oldEnoughOn?.description == "2025-11-28")
        #expect(found.seen.prefix(3).map(\.verdict) == ["too-young", "too-young", "chosen"])
        #expect(found.json["policy"]?["minimumAge"] == 7)
        #expect(try await update(world, at: World.now + 5 * 86400).changed.map(\.new.version) == ["v1.3"])
        // The newest that is old enough is older than what is locked.
        let held = try await update(world)
        #expect(held.changed.isEmpty && held.skipped.count == 1)
        #expect(try world.pins()["p"]?.locked.version == "v1.3")
    }

    @Test func `A server that sends no commits alone tells of the newest release`() async throws {
        let world = try await World()
        try await world.repository.tag("v1.1", message: "1.1", date: Int(World.now) - 30 * 86400)
        try await world.repository.tag("v1.2", message: "1.2", date: Int(World.now) - 86400)
        try await world.publish()
        try await world.add("github:o/r", as: "p") { $0.options.range = "<1.1" }
        _ = try await set(world, "p", PolicyOptions(minimumAge: "7"))
        try world.edit("p") { $0.source["release"] = [:] }
        #expect(try await update(world).changed.map(\.new.version) == ["v1.1"])
        #expect(try await update(world).skipped.count == 1)
    }

    @Test func `A channel waits for its newest release, and says that it may wait for ever`() async throws {
        let world = try await World()
        let release = "srv/nixpkgs/nixpkgs-25.11pre1.abc/nixexprs.tar.xz"
        try await run(["touch", "-d", "@\(World.now - 3 * 86400)", world.folder.file(release)])
        try await world.add("channel:nixpkgs-unstable", as: "p") {
            $0.policy = PolicyOptions(minimumAge: "7")
            $0.isNow = true
        }
        let hash = try #require(try world.pins()["p"]?.locked.fetch.hash)
        try world.edit("p") {
            $0.locked.version = "nixpkgs-25.11pre0.abc"
            $0.locked.fetch = .tarball(url: "https://example.org/x", hash: hash, isStripped: true)
        }
        let held = try await update(world)
        #expect(
            held.skipped.map(\.reason) == [
                "minimum age: 7 days: the newest is too young, from 2025-11-20; next on 2025-11-27"
            ])
        let found = try await world.pinr().explain("p")
        #expect(found.action == .wait && found.policy?.allowed == nil)
        #expect(found.reason?.contains("branch of nixpkgs") == true)
        #expect(
            try await update(world, at: World.now + 4 * 86400).changed.map(\.new.version) == ["nixpkgs-25.11pre1.abc"])
    }

    @Test func `A file behind a URL that changes is as old as its server says`() async throws {
        let world = try await World()
        let day: Int64 = 86400
        let path = world.folder.file("srv/latest.txt")
        func put(_ text: String, _ time: Int64) async throws {
            try world.server.web.put("latest.txt", Array(text.utf8))
            try await run(["touch", "-d", "@\(time)", path])
        }
        try await put("one", World.now - 30 * day)
        try await world.add("file+\(world.server.baseURL)/latest.txt", as: "p") {
            $0.options.mutable = true
            $0.policy = PolicyOptions(minimumAge: "7")
        }
        #expect(try await update(world).unchanged.count == 1)
        try await put("two", World.now - 2 * day)
        #expect(try await update(world).skipped.count == 1)
        #expect(try await update(world, at: World.now + 5 * day).changed.count == 1)
        // A date that says nothing is said, and nothing is taken.
        try await put("three", 1)
        #expect(try await update(world).skipped.map { $0.reason.contains("nobody says") } == [true])
        #expect(world.console.notices.last?.hint?.contains("--now") == true)
    }

    // MARK: Days and groups

    @Test func `A pin is left alone on other days, and waits for its own`() async throws {
        let world = try await world([30])
        try await world.add("github:o/r", as: "p") { $0.policy = PolicyOptions(schedule: "monday") }
        try await world.add("github:o/r", as: "q")
        let new = try await Self.commit(world, 1)
        // A Sunday.
        let report = try await update(world)
        #expect(report.changed.map(\.name.text) == ["q"])
        #expect(report.skipped == [.init(name: try PinName("p"), reason: "schedule: monday, next on 2025-11-24")])
        #expect(world.console.notices.isEmpty)
        let found = try await world.pinr().explain("p")
        #expect(found.action == .wait && found.reason == "schedule: monday, next on 2025-11-24")
        #expect(found.policy?.nextDay?.description == "2025-11-24")
        let monday = try await update(world, at: World.now + 86400)
        #expect(monday.changed.map(\.new.revision) == [new])
        // A frozen pin is first of all frozen.
        _ = try await world.pinr().freeze(["p"], reason: "r")
        #expect(try await update(world).skipped.map(\.reason) == ["frozen: r"])
    }

    @Test func `A group is updated without the others`() async throws {
        let world = try await world([30])
        for (name, group) in [("a", "x"), ("b", "y"), ("c", "x"), ("d", nil)] {
            try await world.add("github:o/r", as: name) { $0.policy = PolicyOptions(group: group) }
        }
        try await Self.commit(world, 1)
        let report = try await update(world) { $0.groups = ["x"] }
        #expect(report.changed.map(\.name.text) == ["a", "c"])
        #expect(
            try await update(world, ["d", "a"]) { $0.groups = ["y", "x"] }.changed.map(\.name.text) == ["d", "b"])
        let problem = await #expect(throws: Problem.self) { try await update(world) { $0.groups = ["z"] } }
        #expect(problem?.code == .notFound && problem?.hint == "there are `x`, `y`")
    }
}
