import Foundation
import JSON
import Support
import Testing

/// Policies as a person has them: by the clock of this machine, on commits that are dated from it.
@Suite struct PolicyTests {
    private static let day = 86400
    private let now = Int(Date().timeIntervalSince1970)

    /// A repository whose newest commits are so many days old, with a release on each.
    private func repository(_ ages: [Int]) async throws -> Repository {
        let repository = try await Upstream.shared().github()
        try await repository.bare.git("config", "uploadpack.allowFilter", "true")
        for (number, age) in ages.enumerated() { try await commit(repository, age, "v1.\(number + 1)") }
        return repository
    }

    @discardableResult
    private func commit(_ repository: Repository, _ age: Int, _ tag: String) async throws -> String {
        let date = now - age * Self.day
        try repository.work.write("default.nix", "\"\(tag)\"\n")
        let revision = try await repository.work.commit(tag, date: date)
        try await repository.work.tag(tag, message: tag, date: date)
        try await repository.publish()
        return revision
    }

    @Test func `A pin is added, checked, shown, explained and updated with what is old enough`() async throws {
        let repository = try await repository([60, 30, 1])
        let project = try await Project.connected()
        let old = try await repository.work.revision("v1.2")
        for (name, options) in [("branch", []), ("release", ["--release"])] {
            try await project.pinr(
                ["add", repository.notation, "--name", name, "--minimum-age", "1w", "--group", "tools"] + options
            ).expect(0)
            #expect(try project.pin(name)["locked"]?["revision"]?.string == old)
            #expect(try project.pin(name)["source"]?["minimumAge"] == 7)
        }
        let check = try await project.pinr("update", "--check", "--json").expect(0)
        let skipped = try #require(try check.json["skipped"]?.array)
        #expect(skipped.map { $0["reason"]?.string?.hasPrefix("minimum age: 7 days: ") } == [true, true], "\(check)")
        #expect(try check.json["changed"] == [] && check.json["unchanged"] == [])

        let shown = try await project.pinr("show", "branch").expect(0)
        #expect(shown.stdout.contains("policy  at least 7 days old, in group tools"), "\(shown)")
        let explained = try await project.pinr("explain", "release").expect(0)
        #expect(explained.stdout.contains("newest  v1.3") && explained.stdout.contains("allowed v1.2"), "\(explained)")
        #expect(explained.stdout.contains("it is too young"), "\(explained)")
        let json = try await project.pinr("explain", "release", "--json").expect(0).json
        #expect(json["update"]?["action"] == "wait" && json["policy"]?["group"] == "tools")
        #expect(json["policy"]?["allowed"]?["version"] == "v1.2" && json["newest"]?["version"] == "v1.3")

        try await commit(repository, 8, "v1.4")
        #expect(try await project.pinr("update", "--check").status == 2)
        try await project.pinr("update", "--group", "tools").expect(0)
        // The newest commit is old enough, and one before it is not: made before it, the newest cannot be older.
        #expect(try project.pin("branch")["locked"]?["revision"]?.string == old)
        #expect(try project.pin("release")["locked"]?["version"] == "v1.4")
        try await project.pinr("update", "branch", "--now").expect(0)
        let newest = try await repository.work.revision()
        #expect(try project.pin("branch")["locked"]?["revision"]?.string == newest)
        let noGroup = try await project.pinr("update", "--group", "other")
        noGroup.expectFailure(saying: "no pin is in a group `other`", "`tools`")
    }

    @Test func `A pin out of its schedule is skipped, unless it is to be now`() async throws {
        let repository = try await repository([60])
        let project = try await Project.connected()
        try await project.pinr("add", repository.notation, "--name", "x").expect(0)
        let names = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
        // Neither today nor, should midnight come meanwhile, tomorrow.
        let day = names[(now / Self.day + 3 + 3) % 7]
        try await project.pinr("set", "x", "--schedule", day.uppercased()).expect(0)
        #expect(try project.pin("x")["source"]?["schedule"]?.string == day)
        try await commit(repository, 1, "v2")
        let all = try await project.pinr("update").expect(0)
        #expect(all.stdout.contains("x: skipped, schedule: \(day), next on "), "\(all)")
        let named = try await project.pinr("update", "x").expect(0, quietly: false)
        #expect(named.stderr.contains("--now"), "\(named)")
        #expect(try await project.pinr("update", "--check", "x").status == 0)
        try await project.pinr("update", "x", "--now").expect(0)
        try await project.pinr("set", "x", "--schedule", "").expect(0)
        #expect(try project.pin("x")["source"]?["schedule"] == nil)
    }

    @Test func `What is no policy is refused with what would be one`() async throws {
        let repository = try await repository([60])
        let project = try await Project.connected()
        try await project.pinr("add", repository.notation, "--name", "x", "--minimum-age", "soon")
            .expectFailure(saying: "`--minimum-age soon`", "2w")
        try await project.pinr("add", repository.notation, "--name", "x", "--schedule", "mondays")
            .expectFailure(saying: "`--schedule mondays`", "`monday`")
        try await project.pinr("add", repository.notation, "--name", "x", "--minimum-age", "3650")
            .expectFailure(saying: "nothing that is old enough", "--now")
        try await project.pinr("add", repository.notation, "--name", "x", "--schedule", "daily").expect(0)
        try project.edit("\"daily\"", to: "\"hourly\"")
        let update = try await project.pinr("update")
        #expect(
            update.status == 1 && update.stderr.contains("x") && update.stderr.contains("source.schedule"), "\(update)")
        // What only a later version knows is kept by whatever does not need it.
        try await project.pinr("rename", "x", "y").expect(0)
        #expect(try project.pin("y")["source"]?["schedule"] == "hourly")
        try await project.pinr("set", "y", "--schedule", "weekly").expect(0)
    }
}
