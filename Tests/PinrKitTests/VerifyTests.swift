import Foundation
import JSON
import Lockfile
import NixHash
import Support
import Testing
import Updates

@testable import PinrKit

struct VerifyTests {
    @Test func `What is there is what was locked, or not`() async throws {
        let world = try await World()
        try world.server.web.put("a.txt", "one")
        try world.server.web.put("b.txt", "b")
        let file = try await world.add("\(world.server.baseURL)/a.txt", as: "file")
        try await world.add("\(world.server.baseURL)/b.txt", as: "gone")
        try await world.add("github:o/r", as: "archive")
        try await world.add("git+\(world.server.baseURL)/o/r.git?ref=v1", as: "git")
        #expect(try await world.pinr().verify([]).verified.map(\.text) == ["archive", "file", "git", "gone"])

        try world.server.web.put("a.txt", "two")
        try await run(["rm", "b.txt"], directory: world.server.web.root)
        let before = try world.pins()
        let report = try await world.pinr().verify([])
        #expect(report.verified.map(\.text) == ["archive", "git"])
        #expect(
            report.mismatched == [
                .init(
                    name: try PinName("file"), expected: try #require(file.locked.fetch.hash),
                    actual: SHA256.hash(Array("two".utf8)))
            ])
        #expect(report.failed.map(\.name.text) == ["gone"])
        #expect(report.failed.first?.error["code"] == "not-found")
        #expect(report.moved.isEmpty)
        #expect(try world.pins() == before)
        #expect(try await world.pinr().verify(["git"]).verified.map(\.text) == ["git"])
    }

    @Test func `A tag that moved or is gone is told of`() async throws {
        let world = try await World()
        let first = try await world.repository.revision()
        try await world.add("github:o/r/v1", as: "github")
        try await world.add("git+\(world.server.baseURL)/o/r.git?ref=v1", as: "git")
        try await world.add("github:o/r", as: "branch")
        try await world.add("github:o/r/\(first)", as: "revision")
        let second = try await world.move()
        try await world.repository.tag("v1", message: "another")
        try await world.publish()
        let moved = try await world.pinr().verify([])
        #expect(moved.moved.map(\.name.text) == ["git", "github"])
        #expect(moved.moved.allSatisfy { $0.expected == first && $0.actual == second })
        #expect(moved.verified.map(\.text) == ["branch", "revision"])
        #expect(moved.failed.isEmpty && moved.mismatched.isEmpty)

        try await world.repository.git("tag", "--delete", "v1")
        try await world.publish()
        let gone = try await world.pinr().verify(["github", "git"])
        #expect(gone.moved.map(\.name.text) == ["github", "git"])
        #expect(gone.moved.allSatisfy { $0.expected == first && $0.actual == nil })
    }

    @Test func `What this version cannot fetch fails, and is not taken for verified`() async throws {
        let world = try await World()
        try await world.add("git+\(world.server.baseURL)/o/r.git", as: "later")
        try world.edit("later") { $0.locked.fetch = .other(fetcher: "svn") }
        let report = try await world.pinr().verify([])
        #expect(report.verified.isEmpty)
        #expect(report.failed.map(\.name.text) == ["later"])
        #expect(report.failed.allSatisfy { $0.error["code"] == "unsupported" })
    }

    @Test func `A pin that only a later version understands fails, and is not passed over`() async throws {
        let world = try await World()
        try world.server.web.put("a.txt", "one")
        try await world.add("\(world.server.baseURL)/a.txt", as: "known")
        let text = try String(contentsOfFile: world.lock, encoding: .utf8)
            .replacing("\"version\": 1", with: "\"version\": 2")
            .replacing("\"pins\": {", with: "\"pins\": { \"new\": { \"locked\": 7 },")
        try text.write(toFile: world.lock, atomically: true, encoding: .utf8)
        let report = try await world.pinr().verify([])
        #expect(report.verified.map(\.text) == ["known"])
        #expect(report.failed.map(\.name.text) == ["new"])
        #expect(try await world.pinr().verify(["new"]).failed.count == 1)
        #expect(try await world.pinr().verify(["known"]).failed.isEmpty)
    }

    @Test func `Names are told apart by their bytes, and each is looked at once`() async throws {
        let world = try await World()
        let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
        try world.server.web.put("a.txt", "one")
        try await world.add("\(world.server.baseURL)/a.txt", as: composed)
        let text = try String(contentsOfFile: world.lock, encoding: .utf8)
            .replacing("\"version\": 1", with: "\"version\": 2")
            .replacing("\"pins\": {", with: "\"pins\": { \"\(decomposed)\": { \"locked\": 7 },")
        try text.write(toFile: world.lock, atomically: true, encoding: .utf8)
        let known = try await world.pinr().verify([composed, composed])
        #expect(known.verified.map(\.text) == [composed] && known.failed.isEmpty)
        let unknown = try await world.pinr().verify([decomposed, decomposed])
        #expect(unknown.verified.isEmpty && unknown.failed.count == 1)
    }

    @Test func `The report has the shape that the contract gives it`() throws {
        let (one, two) = (SHA256.hash([1]), SHA256.hash([2]))
        var report = VerifyReport()
        report.verified = [try PinName("v")]
        report.mismatched = [.init(name: try PinName("m"), expected: one, actual: two)]
        report.moved = [
            .init(name: try PinName("t"), expected: "a", actual: "b"),
            .init(name: try PinName("g"), expected: "a", actual: nil),
        ]
        let expected: JSON = [
            "verified": ["v"], "failed": [],
            "mismatched": [["name": "m", "expected": .string(one.sri), "actual": .string(two.sri)]],
            "moved": [
                ["name": "t", "expected": "a", "actual": "b"], ["name": "g", "expected": "a", "actual": .null],
            ],
        ]
        #expect(report.json == expected)
    }
}
