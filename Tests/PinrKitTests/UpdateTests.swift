import Foundation
import JSON
import Lockfile
import PinrKit
import Support
import Testing
import Updates

struct UpdateTests {
    @Test func `Each pin is changed, unchanged, skipped or failed, and one that fails harms no other`() async throws {
        let world = try await World()
        try await world.add("github:o/r", as: "moves")
        try await world.add("git+\(world.server.baseURL)/o/r.git", as: "moves-too")
        try await world.add("github:o/r/v1", as: "stays")
        try await world.add("github:o/r", as: "frozen") { $0.isFrozen = true }
        try await world.add("github:o/r", as: "fails")
        try await world.add("github:o/r", as: "later")
        try await world.add("github:o/r", as: "later-lock")
        try world.edit("later-lock") { pin in
            pin.locked.fetch = .other(fetcher: "svn")
            pin.locked.unknown["number"] = 7
        }
        try world.edit("fails") { $0.source["repo"] = "gone" }
        try world.edit("later") { $0.source = Source(type: "svn", fields: ["url": "u"]) }
        try world.edit("moves") { $0.unknown["later"] = ["kept": true] }
        let before = try world.pins()
        let revision = try await world.move()

        let report = try await update(world)
        #expect(report.changed.map(\.name.text) == ["moves", "moves-too"])
        #expect(report.unchanged.map(\.text) == ["stays"])
        #expect(report.skipped == [.init(name: try PinName("frozen"), reason: "frozen")])
        #expect(report.failed.map(\.name.text) == ["fails", "later", "later-lock"])
        #expect(report.failed.map { $0.error["code"] } == ["not-found", "unsupported", "unsupported"])

        let after = try world.pins()
        for name in ["stays", "frozen", "fails", "later", "later-lock"] { #expect(after[name] == before[name]) }
        for name in ["moves", "moves-too"] {
            #expect(after[name]?.locked.revision == revision)
            #expect(after[name]?.source == before[name]?.source)
        }
        #expect(after["moves"]?.unknown["later"] == ["kept": true])
        #expect(after["moves"]?.locked.fetch.hash == after["moves-too"]?.locked.fetch.hash)
        #expect(report.changed.first?.compareURL?.hasSuffix("...\(revision)") == true)
        // Nothing has moved since.
        #expect(try await update(world, ["moves", "moves-too"]).unchanged.count == 2)
    }

    @Test func `A dry run says the same and writes nothing`() async throws {
        let world = try await World()
        try await world.add("github:o/r", as: "p")
        let before = try Data(contentsOf: URL(fileURLWithPath: world.lock))
        try await world.move()
        let dry = try await update(world) { $0.isDryRun = true }
        #expect(try Data(contentsOf: URL(fileURLWithPath: world.lock)) == before)
        #expect(try await update(world) == dry)
        #expect(dry.changed.count == 1)
    }

    @Test func `A frozen pin moves when it is asked to, and a name that asks for it is told`() async throws {
        let world = try await World()
        try await world.add("github:o/r", as: "p") { $0.isFrozen = true }
        try world.edit("p") { $0.frozen?.reason = "2.0 is broken" }
        let revision = try await world.move()
        #expect(try await update(world).skipped.map(\.reason) == ["frozen: 2.0 is broken"])
        #expect(world.console.notices.isEmpty)
        _ = try await update(world, ["p"])
        #expect(world.console.notices.map(\.pin) == ["p"])
        #expect(try await update(world) { $0.includesFrozen = true }.changed.count == 1)
        #expect(try world.pins()["p"]?.locked.revision == revision)
        #expect(try world.pins()["p"]?.frozen?.reason == "2.0 is broken")
    }

    @Test func `A tag that has moved is not followed, and is told of`() async throws {
        let world = try await World()
        let before = try await world.add("github:o/r/v1", as: "p")
        try await world.move()
        try await world.repository.tag("v1", message: "another")
        try await world.publish()
        let report = try await update(world)
        #expect(report.unchanged.count == 1)
        #expect(try world.pins()["p"] == before)
        #expect(world.console.notices.count == 1)
    }

    @Test(arguments: [true, false])
    func `A rewritten branch is noticed where the server can tell`(_ filters: Bool) async throws {
        let world = try await World()
        if filters { try await world.published.git("config", "uploadpack.allowFilter", "true") }
        try await world.move("to be dropped")
        try await world.add("github:o/r", as: "forge")
        try await world.add("git+\(world.server.baseURL)/o/r.git", as: "git")
        try await world.repository.git("reset", "--quiet", "--hard", "HEAD~1")
        try await world.move("another")
        let report = try await update(world)
        #expect(report.changed.map(\.isRewritten) == [filters, filters])
        let rewritten = report.json["changed"]?.array?.map { $0["rewritten"] }
        #expect(rewritten == (filters ? [true, true] : [nil, nil]))
        #expect(world.console.notices.compactMap(\.pin).sorted() == (filters ? ["forge", "git"] : []))

        // What only went on is not rewritten.
        try await world.move("more")
        let next = try await update(world)
        #expect(next.changed.map(\.isRewritten) == [false, false])
        #expect(next.json["changed"]?.array?.map { $0["rewritten"] } == [nil, nil])
    }

    @Test func `Another branch is no rewritten one`() async throws {
        let world = try await World()
        try await world.published.git("config", "uploadpack.allowFilter", "true")
        try await world.add("git+\(world.server.baseURL)/o/r.git", as: "p")
        try await world.repository.git("checkout", "--quiet", "--orphan", "fresh")
        try await world.repository.commit("fresh")
        try await world.publish()
        try await world.published.git("symbolic-ref", "HEAD", "refs/heads/fresh")
        let report = try await update(world)
        #expect(report.changed.map(\.isRewritten) == [false])
        #expect(world.console.notices.isEmpty)
    }

    @Test func `What has not moved is fetched again when asked, and a changed hash is a change`() async throws {
        let world = try await World()
        try world.server.web.put("a.txt", "one")
        let url = "\(world.server.baseURL)/a.txt"
        let before = try await world.add(url, as: "p")
        try world.server.web.put("a.txt", "two")
        #expect(try await update(world).unchanged.count == 1)
        #expect(try await update(world) { $0.refetches = true }.changed.count == 1)
        #expect(try world.pins()["p"]?.locked.fetch.hash != before.locked.fetch.hash)
    }

    @Test func `A name that is not there is refused before any request`() async throws {
        let world = try await World()
        try await world.add("github:o/r", as: "mylib")
        world.server.web.clearAccessLog()
        await #expect {
            try await update(world, ["mylib", "mylob"])
        } throws: { error in
            (error as? LockfileError)?.reason == .noSuchPin("mylob", nearest: ["mylib"])
        }
        #expect(world.server.accessLog().isEmpty)
    }

    // MARK: Others at work on the same lock

    @Test func `A pin that another process changed meanwhile is left to it`() async throws {
        let world = try await World()
        try await world.add("github:o/r", as: "mine")
        try await world.add("github:o/r", as: "theirs")
        try await world.add("github:o/r", as: "gone")
        let revision = try await world.move()
        let store = world.store
        world.console.onProgress { step in
            guard step.hasSuffix("mine") else { return }
            _ = try? store.update { document in
                try document.pins.modify(PinName("theirs")) { $0.source["branch"] = "main" }
                if document.pins.names.contains(where: { $0.text == "gone" }) {
                    let pin = try document.pins.remove(PinName("gone"))
                    try document.pins.insert(pin, as: PinName("added"))
                }
            }
        }
        let report = try await update(world)
        #expect(report.changed.map(\.name.text) == ["mine"])
        #expect(report.failed.map(\.name.text) == ["gone", "theirs"])
        #expect(report.failed.allSatisfy { $0.error["code"] == "changed-meanwhile" })
        let pins = try world.pins()
        #expect(Set(pins.keys) == ["mine", "theirs", "added"])
        #expect(pins["mine"]?.locked.revision == revision)
        #expect(pins["theirs"]?.source["branch"] == "main")
        #expect(pins["theirs"]?.locked.revision != revision)
    }

    @Test func `What another process wrote meanwhile is in no commit that says it is an update`() async throws {
        var world = try await World()
        for role in ["AUTHOR", "COMMITTER"] {
            world.environment["GIT_\(role)_NAME"] = "A U Thor"
            world.environment["GIT_\(role)_EMAIL"] = "author@example.org"
        }
        world.environment.merge(["GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null"]) { $1 }
        try await world.add("github:o/r", as: "mine")
        try await world.add("github:o/r", as: "theirs")
        let pins = try await TestRepository(at: world.folder.file("pins"))
        let head = try await pins.commit("pins")
        let revision = try await world.move()
        let store = world.store
        world.console.onProgress { step in
            guard step.hasSuffix("mine") else { return }
            _ = try? store.update { document in
                try document.pins.modify(PinName("theirs")) { $0.frozen = Frozen(reason: "wait") }
            }
        }
        let report = try await update(world, ["mine"]) { $0.commits = true }
        // Both are kept, and neither is committed.
        #expect(try world.pins()["mine"]?.locked.revision == revision)
        #expect(try world.pins()["theirs"]?.frozen != nil)
        #expect(report.commit == nil)
        #expect(report.commitError?["message"]?.string?.contains("changes that are not committed") == true)
        #expect(try await pins.revision() == head)
        // Once they are, the next update is committed.
        world.console.onProgress(nil)
        try await pins.commit("by hand")
        let newer = try await world.move("3")
        #expect(try await update(world, ["mine"]) { $0.commits = true }.commit == pins.revision())
        #expect(try world.pins()["mine"]?.locked.revision == newer)
    }

    @Test func `A pin that was frozen meanwhile stays where it is`() async throws {
        let world = try await World()
        let before = try await world.add("github:o/r", as: "p")
        try await world.move()
        let store = world.store
        world.console.onProgress { _ in
            _ = try? store.update { document in
                try document.pins.modify(PinName("p")) { $0.frozen = Frozen(reason: "wait") }
            }
        }
        let report = try await update(world)
        #expect(report.changed.isEmpty)
        #expect(report.skipped == [.init(name: try PinName("p"), reason: "frozen: wait")])
        #expect(try world.pins()["p"]?.locked == before.locked)
    }

    @Test func `A tag that is gone is told of, and the pin stays`() async throws {
        let world = try await World()
        let before = try await world.add("github:o/r/v1", as: "p")
        try await world.published.git("tag", "-d", "v1")
        let report = try await update(world)
        #expect(report.unchanged.count == 1 && report.failed.isEmpty)
        #expect(world.console.notices.count == 1)
        #expect(try world.pins()["p"] == before)
    }

    @Test func `A channel that no longer says its revision does not take it from the pin`() async throws {
        let world = try await World()
        let before = try await world.add("nixpkgs", as: "p")
        #expect(before.locked.revision != nil)
        try await run(["rm", "-r", "nixpkgs/nixpkgs-25.11pre1.abc/git-revision"], directory: world.server.web.root)
        #expect(try await update(world).unchanged.count == 1)
        #expect(try world.pins()["p"] == before)
    }

    @Test func `A revision is not changed by what its branch is called`() async throws {
        let world = try await World()
        let revision = try await world.repository.revision()
        let before = try await world.add("git+\(world.server.baseURL)/o/r.git?rev=\(revision)", as: "p")
        try await world.published.git("branch", "-m", "main", "trunk")
        #expect(try await update(world) { $0.refetches = true }.unchanged.count == 1)
        #expect(try world.pins()["p"] == before)
    }

    @Test func `A lock of a later version is not called up to date`() async throws {
        let world = try await World()
        try await world.add("github:o/r", as: "p")
        let text = try String(contentsOfFile: world.lock, encoding: .utf8)
        try text.replacing("\"version\": 1", with: "\"version\": 2")
            .write(toFile: world.lock, atomically: true, encoding: .utf8)
        await #expect(throws: LockfileError.self) { try await update(world) { $0.isDryRun = true } }
    }

    @Test func `Two that find the same agree`() async throws {
        let world = try await World()
        try await world.add("github:o/r", as: "p")
        let revision = try await world.move()
        async let one = update(world)
        async let other = update(world)
        let reports = try await [one, other]
        #expect(reports.allSatisfy { $0.failed.isEmpty })
        #expect(try world.pins()["p"]?.locked.revision == revision)
    }

    @Test func `A cancelled update changes nothing`() async throws {
        let world = try await World()
        try await world.add("github:o/r", as: "p")
        let before = try world.pins()
        try await world.move()
        let task = Task { () -> UpdateReport in
            withUnsafeCurrentTask { $0?.cancel() }
            return try await update(world)
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try world.pins() == before)
    }
}
