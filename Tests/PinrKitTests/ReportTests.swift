import JSON
import Lockfile
import Support
import Testing

@testable import PinrKit
@testable import Updates

/// How the facts of the report come about.
struct ReportTests {
    private func pin(_ name: String, in page: ReportPage) throws -> ReportedPin {
        try #require(page.pins.first { $0.name == name })
    }

    @Test func `What is held or waits says why, and what waits how far it is behind`() async throws {
        let world = try await World()
        try await world.add("github:o/r/v1", as: "tag")
        try await world.add("github:o/r", as: "young")
        try await world.add("github:o/r", as: "scheduled")
        try world.edit("young") { $0.source["minimumAge"] = 3000 }
        try world.edit("scheduled") { $0.source["schedule"] = "monthly" }
        let second = try await world.move()
        try await world.repository.git("tag", "--force", "v1")
        try await world.publish()
        let page = try await world.pinr().report([])

        let tag = try pin("tag", in: page)
        guard case .held(let reason) = tag.standing else {
            Issue.record("\(tag.standing)")
            return
        }
        #expect(reason.contains("now leads to \(second)"))
        #expect(tag.newest?.revision == second && tag.commits == nil && tag.versions == nil)
        for (name, word) in [("young", "minimum age"), ("scheduled", "schedule")] {
            let waiting = try pin(name, in: page)
            guard case .waiting(let reason) = waiting.standing else {
                Issue.record("\(waiting.standing)")
                continue
            }
            #expect(reason.contains(word), "\(reason)")
            #expect(waiting.newest?.revision == second)
        }
        #expect(page.summary == "1 needs a look, 2 waiting")
        #expect(try page.failures.isEmpty)
    }

    @Test func `A frozen pin is measured as if it were not`() async throws {
        let world = try await World()
        try await world.add("github:o/r", as: "p") { $0.isFrozen = true }
        let second = try await world.move()
        let page = try await world.pinr().report(["p"])
        let frozen = try pin("p", in: page)
        #expect(frozen.standing == .behind && frozen.frozen != nil && frozen.newest?.revision == second)
        #expect(Chapter(of: frozen) == .frozen && page.isSelection)
        #expect(page.historyGap != nil)
    }

    @Test func `Nobody is asked offline`() async throws {
        let world = try await World()
        try await world.add("github:o/r", as: "branch")
        try await world.add("github:o/r/v1", as: "tag")
        let before = world.server.accessLog().count
        let page = try await world.pinr(isOffline: true).report([])
        #expect(world.server.accessLog().count == before)
        #expect(page.isOffline)
        #expect(try pin("branch", in: page).standing == .unknown("upstream was not asked"))
        #expect(try pin("tag", in: page).standing == .fixed)
        #expect(page.html().contains("Made offline"))
    }

    @Test func `What a fetch of another kind is, is told as a failure and not passed over`() async throws {
        let world = try await World()
        try await world.add("github:o/r", as: "p")
        try world.edit("p") { $0.locked.fetch = .other(fetcher: "later") }
        let page = try await world.pinr().report([])
        #expect(try page.failures.map(\.name.text) == ["p"])
        #expect(page.html().contains("later"))
    }

    @Test(arguments: [
        ("/a/pins/pins.json", "/a/pins/pins.json"), ("pins.html", "pins.html"),
    ])
    func `The lock is called what its user calls it`(_ path: String, _ shown: String) {
        #expect(ReportPage(madeAt: 0, lock: path).html().contains("<bdi>\(shown)</bdi>"))
    }
}
