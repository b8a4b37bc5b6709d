import JSON
import Lockfile
import Testing
import Updates

/// What tells one state of the lock from another.
@Suite struct LockDifferenceTests {
    static let hash = "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="

    static func pin(_ revision: Character = "a", branch: String = "main", extra: JSONObject = [:]) -> JSON {
        let revision = String(repeating: revision, count: 40)
        var pin: JSONObject = [
            "source": ["type": "github", "owner": "o", "repo": "r", "branch": .string(branch)],
            "locked": [
                "fetcher": "tarball", "url": .string("https://github.com/o/r/archive/\(revision).tar.gz"),
                "hash": .string(hash), "revision": .string(revision),
            ],
        ]
        pin.merge(extra)
        return .object(pin)
    }

    static func state(_ pins: JSONObject, version: Int64 = 1, extra: JSONObject = [:]) throws -> LockState {
        var document: JSONObject = ["version": .number(JSONNumber(version)), "pins": .object(pins)]
        document.merge(extra)
        return try LockState(parsing: JSON.object(document).serialized())
    }

    private func json(_ difference: LockDifference) -> JSONObject { difference.json { _ in ["code": "bad-lock"] } }

    @Test func `The same state is no difference`() throws {
        let state = try Self.state(["x": Self.pin()])
        #expect(LockDifference(from: state, to: state).isEmpty)
        #expect(LockDifference(from: LockState(), to: LockState()).isEmpty)
        #expect(json(LockDifference()) == ["added": [], "changed": [], "removed": [], "renamed": [], "unreadable": []])
    }

    @Test func `Pins come and go`() throws {
        let old = try Self.state(["gone": Self.pin("a"), "same": Self.pin("b")])
        let new = try Self.state(["come": Self.pin("c"), "same": Self.pin("b")])
        let difference = LockDifference(from: old, to: new)
        #expect(difference.removed.map(\.name.text) == ["gone"])
        #expect(difference.added.map(\.name.text) == ["come"])
        #expect(difference.changed.isEmpty && difference.renamed.isEmpty && !difference.isEmpty)
        #expect(json(difference)["added"] == [["name": "come", "pin": Self.pin("c")]])
        // No file yet is a state without pins.
        #expect(LockDifference(from: LockState(), to: new).added.map(\.name.text) == ["come", "same"])
        #expect(LockDifference(from: old, to: LockState()).removed.count == 2)
    }

    @Test func `A pin that is locked to the same under another name was renamed`() throws {
        let old = try Self.state(["a": Self.pin("a"), "same": Self.pin("b")])
        let new = try Self.state(["b": Self.pin("a", extra: ["note": "n"]), "same": Self.pin("b")])
        let difference = LockDifference(from: old, to: new)
        #expect(difference.renamed.map(\.old.text) == ["a"] && difference.renamed.map(\.new.text) == ["b"])
        #expect(difference.added.isEmpty && difference.removed.isEmpty)
        // What else is not the same is told under the new name.
        #expect(difference.changed.map(\.name.text) == ["b"])
        #expect(difference.changed.map(\.fields) == [["note"]])
        #expect(json(difference)["renamed"] == [["old": "a", "new": "b"]])
    }

    @Test func `Which of several that are alike was renamed nobody can say`() throws {
        let old = try Self.state(["a": Self.pin("a"), "b": Self.pin("a")])
        let new = try Self.state(["c": Self.pin("a")])
        let difference = LockDifference(from: old, to: new)
        #expect(difference.renamed.isEmpty)
        #expect(difference.removed.map(\.name.text) == ["a", "b"] && difference.added.map(\.name.text) == ["c"])
    }

    @Test func `Every member of a pin counts`() throws {
        let frozen: JSON = ["reason": "r", "since": "2026-01-01"]
        let cases: [(JSON, [String])] = [
            (Self.pin("b"), ["locked"]), (Self.pin(branch: "next"), ["source"]),
            (Self.pin(extra: ["note": "n"]), ["note"]), (Self.pin(extra: ["frozen": frozen]), ["frozen"]),
            (Self.pin(extra: ["x-mine": 1]), ["x-mine"]),
            (Self.pin("b", branch: "next", extra: ["note": "n"]), ["locked", "note", "source"]),
        ]
        let old = try Self.state(["x": Self.pin()])
        for (pin, fields) in cases {
            let difference = LockDifference(from: old, to: try Self.state(["x": pin]))
            #expect(difference.changed.map(\.fields) == [fields])
            let changed = try #require(json(difference)["changed"]?[0]?.object)
            #expect(changed["fields"] == .array(fields.map { .string($0) }))
            #expect(changed["old"] == Self.pin()["locked"] && changed["new"] == pin["locked"])
            #expect(changed["note"] == (fields.contains("note") ? ["old": .null, "new": "n"] : nil))
            #expect(changed["frozen"] == (fields.contains("frozen") ? ["old": .null, "new": frozen] : nil))
            #expect(changed["source"]?["new"]?["branch"] == (fields.contains("source") ? "next" : nil))
        }
    }

    /// A pin that a later version wrote may have been removed, changed or left alone: it is told, and is neither gone nor new.
    @Test func `What is not understood is told and not lost`() throws {
        let later: JSON = ["source": "a new way to say it"]
        let old = try Self.state(["x": Self.pin(), "y": Self.pin("b")])
        let new = try Self.state(["x": later, "y": Self.pin("b")], version: 2)
        let difference = LockDifference(from: old, to: new)
        #expect(difference.unreadable.map(\.name) == ["x"] && difference.unreadable.map(\.isOld) == [false])
        #expect(difference.removed.isEmpty && difference.added.isEmpty && difference.changed.isEmpty)
        #expect(difference.versions == .init(old: 1, new: 2))
        #expect(json(difference)["unreadable"] == [["name": "x", "state": "new", "error": ["code": "bad-lock"]]])
        #expect(json(difference)["version"] == ["old": 1, "new": 2])
        // The same in both is no difference, whatever it means.
        let same = try Self.state(["x": later], version: 2)
        #expect(LockDifference(from: same, to: same).isEmpty)
        let other = try Self.state(["x": ["source": "yet another"]], version: 2)
        #expect(LockDifference(from: same, to: other).unreadable.count == 2)
    }

    @Test func `What else is in the document counts`() throws {
        let old = try Self.state([:], extra: ["x-a": 1, "x-b": 2])
        let new = try Self.state([:], extra: ["x-a": 1, "x-c": 2])
        #expect(LockDifference(from: old, to: new).otherMembers == ["x-b", "x-c"])
    }
}
