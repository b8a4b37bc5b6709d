import JSON
import NixHash
import Support
import Testing

@testable import Lockfile
@testable import Updates

/// Each combination of what two sides can do to a pin.
struct LockMergeTests {
    static func locked(_ place: Int, date: Int64? = nil, version: String? = nil) -> Locked {
        Locked(
            fetch: .tarball(url: "https://example.org/\(place)", hash: SHA256.hash([UInt8(place)])),
            revision: String(repeating: "\(place)", count: 40), version: version, lastModified: date)
    }

    static func pin(
        _ place: Int, date: Int64? = nil, branch: String = "m", note: String? = nil, frozen: Frozen? = nil
    ) -> Pin {
        Pin(
            source: Source(type: "git", fields: ["branch": .string(branch)]), locked: locked(place, date: date),
            frozen: frozen, note: note)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let base: Pin?
        let ours: Pin?
        let theirs: Pin?
        /// What is there when conflicts are resolved to ours, and to theirs.
        let result: (ours: Pin?, theirs: Pin?)
        let facts: [MergeFact.Kind]

        init(
            _ text: String, _ base: Pin?, _ ours: Pin?, _ theirs: Pin?, _ result: (ours: Pin?, theirs: Pin?),
            _ facts: MergeFact.Kind...
        ) {
            testDescription = text
            (self.base, self.ours, self.theirs, self.result, self.facts) = (base, ours, theirs, result, facts)
        }

        init(
            _ text: String, _ base: Pin?, _ ours: Pin?, _ theirs: Pin?, _ result: Pin?, _ facts: MergeFact.Kind...
        ) {
            testDescription = text
            (self.base, self.ours, self.theirs, self.result) = (base, ours, theirs, (result, result))
            self.facts = facts
        }
    }

    static let frozen = Frozen(reason: "r", since: "2026-11-22")

    static let rows = [
        Row("added by one", nil, pin(1), nil, pin(1), .added(.ours)),
        Row("added by both alike", nil, pin(1), pin(1), pin(1)),
        Row(
            "added by both, with other sources", nil, pin(1, branch: "x"), pin(1), (pin(1, branch: "x"), pin(1)),
            .conflict(.addedApart)),
        Row("removed by one", pin(1), pin(1), nil, nil, .removed(.theirs)),
        Row("removed by both", pin(1), nil, nil, nil),
        Row("removed and moved", pin(1), nil, pin(2), (nil, pin(2)), .conflict(.removed(by: .ours))),
        Row("moved by one", pin(1), pin(2), pin(1), pin(2), .changed(.ours)),
        Row(
            "moved by both", pin(1), pin(2, date: 5), pin(3, date: 4), pin(2, date: 5), .moved(.ours, .later)),
        Row(
            "moved by both, without dates", pin(1), pin(2), pin(3, date: 4), (pin(2), pin(3, date: 4)),
            .conflict(.undecided)),
        Row(
            "moved by both, in one second", pin(1), pin(2, date: 4), pin(3, date: 4),
            (pin(2, date: 4), pin(3, date: 4)), .conflict(.undecided)),
        Row(
            "another source and a move", pin(1), pin(2, branch: "x"), pin(3, date: 9), pin(2, branch: "x"),
            .redirected(.ours)),
        Row(
            "another source and a note", pin(1), pin(2, branch: "x"), pin(1, note: "n"), pin(2, branch: "x", note: "n"),
            .combined),
        Row(
            "two other sources", pin(1), pin(2, branch: "x"), pin(3, branch: "y", note: "n"),
            (pin(2, branch: "x", note: "n"), pin(3, branch: "y", note: "n")), .conflict(.sources)),
        Row(
            "the same other source, further on one side", pin(1), pin(2, date: 1, branch: "x"),
            pin(3, date: 2, branch: "x"),
            pin(3, date: 2, branch: "x"), .moved(.theirs, .later)),
        Row("a move and a note", pin(1), pin(2), pin(1, note: "n"), pin(2, note: "n"), .combined),
        Row(
            "two notes and a move", pin(1), pin(1, note: "a"), pin(2, note: "b"),
            (pin(2, note: "a"), pin(2, note: "b")),
            .conflict(.member("note"))),
        Row("a freeze and a move", pin(1), pin(1, frozen: frozen), pin(2), pin(1, frozen: frozen), .held(.ours)),
        Row(
            "a freeze and another source", pin(1), pin(1, frozen: frozen), pin(2, branch: "x"),
            (pin(1, frozen: frozen), pin(2, branch: "x")), .conflict(.frozenAndRedirected(frozenBy: .ours))),
        Row(
            "frozen at two places", pin(1), pin(1, frozen: frozen), pin(2, frozen: frozen),
            (pin(1, frozen: frozen), pin(2, frozen: frozen)), .conflict(.frozenApart)),
        Row(
            "frozen on two days", pin(1), pin(1, frozen: frozen), pin(1, frozen: Frozen(since: "2026-11-20")),
            pin(1, frozen: Frozen(reason: "r", since: "2026-11-20")), .combined),
        Row(
            "thawed and moved, frozen and noted", pin(1, frozen: frozen), pin(2), pin(1, note: "n", frozen: frozen),
            pin(2, note: "n"), .combined),
    ]

    static func bytes(_ pins: [(String, Pin?)], unknown: JSONObject = [:]) throws -> [UInt8] {
        var document = LockDocument(unknown: unknown)
        for (name, pin) in pins { if let pin { try document.pins.set(pin, as: PinName(name)) } }
        return try document.serialized()
    }

    @Test(arguments: rows)
    func `A pin`(_ row: Row) throws {
        // Another one on each side, so that no side is as it was.
        func state(_ pin: Pin?, _ other: String?) throws -> [UInt8] {
            try Self.bytes([("p", pin)] + (other.map { [($0, Self.pin(7))] } ?? []))
        }
        let outcome = try LockMerge(
            ancestor: state(row.base, nil), ours: state(row.ours, "x"), theirs: state(row.theirs, "y")
        ).outcome()
        #expect(outcome.facts.filter { $0.name == "p" }.map(\.kind) == row.facts)
        for (side, pin) in [(MergeSide.ours, row.result.ours), (.theirs, row.result.theirs)] {
            #expect(
                try outcome.resolved(to: side) == Self.bytes([("p", pin), ("x", Self.pin(7)), ("y", Self.pin(7))]))
        }
    }

    @Test func `The same revision with two hashes is nothing for a date`() throws {
        var other = Self.pin(2, date: 9)
        other.locked.fetch = .tarball(url: "https://example.org/2", hash: SHA256.hash([99]))
        let outcome = try LockMerge(
            ancestor: Self.bytes([("p", Self.pin(1))]), ours: Self.bytes([("p", Self.pin(2, date: 1))]),
            theirs: Self.bytes([("p", other)])
        ).outcome { _ in .descends(.ours) }
        #expect(outcome.facts.map(\.kind) == [.conflict(.hashes)])
    }

    @Test func `What was renamed follows what was moved`() throws {
        let outcome = try LockMerge(
            ancestor: Self.bytes([("p", Self.pin(1))]), ours: Self.bytes([("q", Self.pin(1, note: "n"))]),
            theirs: Self.bytes([("p", Self.pin(2))])
        ).outcome()
        #expect(outcome.isClean)
        #expect(try outcome.bytes() == Self.bytes([("q", Self.pin(2, note: "n"))]))
        #expect(outcome.facts.contains(MergeFact(name: "q", kind: .renamed(.ours, from: "p"))))
    }

    @Test(arguments: MergeSide.allCases)
    func `Two pins that are given one name are two pins`(_ side: MergeSide) throws {
        // Of the same source, so that as one pin that both moved the later one would win.
        let (a, c) = (Self.pin(1, date: 1), Self.pin(2, date: 2))
        let states = Fork(
            ours: try Self.bytes([("b", a), ("c", c)]), theirs: try Self.bytes([("a", a), ("b", c)]))
        let outcome = try LockMerge(
            ancestor: Self.bytes([("a", a), ("c", c)]), ours: states[side], theirs: states[side.other]
        ).outcome()
        #expect(outcome.resolved(to: .ours) == states[side] && outcome.resolved(to: .theirs) == states[side.other])
        #expect(
            outcome.facts == [
                MergeFact(name: "a", kind: .conflict(.nameTaken(by: side, "b"))),
                MergeFact(name: "b", kind: .conflict(.addedApart)),
                MergeFact(name: "c", kind: .conflict(.nameTaken(by: side.other, "b"))),
            ])
    }

    @Test(arguments: ["new", "ne-w", "ne_w"])
    func `A new name that is taken on the other side takes nothing away`(_ taken: String) throws {
        let (base, new) = (Self.pin(1, date: 1), taken == "new" ? "new" : "ne_w")
        let ours = try Self.bytes([(new, base)])
        let theirs = try Self.bytes([(taken, Self.pin(2, date: 2)), ("old", base)])
        let outcome = try LockMerge(ancestor: Self.bytes([("old", base)]), ours: ours, theirs: theirs).outcome()
        #expect(outcome.resolved(to: .ours) == ours && outcome.resolved(to: .theirs) == theirs)
        #expect(outcome.facts.contains(MergeFact(name: "old", kind: .conflict(.nameTaken(by: .ours, new)))))
    }

    @Test func `A conflict at the end takes the comma before it along`() throws {
        let outcome = try LockMerge(
            ancestor: Self.bytes([("a", Self.pin(1)), ("p", Self.pin(1))]), ours: Self.bytes([("a", Self.pin(1))]),
            theirs: Self.bytes([("a", Self.pin(1)), ("p", Self.pin(2))])
        ).outcome()
        let text = String(decoding: outcome.bytes(), as: UTF8.self)
        #expect(text.contains("\n<<<<<<< ours\n    }\n=======\n    },\n    \"p\": {\n"), "\(text)")
        #expect(text.contains("\n    }\n>>>>>>> theirs\n  },\n  \"version\": 1\n}\n"), "\(text)")
    }

    @Test func `An ancestor that cannot be read takes nothing away`() throws {
        let merge = try LockMerge(
            ancestor: Array("oh".utf8), ours: Self.bytes([("a", Self.pin(1))]), theirs: Self.bytes([("b", Self.pin(1))])
        )
        #expect(merge.ancestorError != nil)
        #expect(try merge.outcome().bytes() == Self.bytes([("a", Self.pin(1)), ("b", Self.pin(1))]))
    }

    @Test func `A side that cannot be read is named`() throws {
        let (one, two) = (try Self.bytes([("a", Self.pin(1))]), try Self.bytes([("b", Self.pin(1))]))
        let marks = Array("<<<<<<< a\n{}\n=======\n>>>>>>> b\n".utf8)
        for bad in [Array("{".utf8), [0xEF, 0xBB, 0xBF] + two, marks, [], Array("{\"a\": 1, \"a\": 1}".utf8)] {
            #expect { try LockMerge(ancestor: one + [0x20], ours: one, theirs: bad) } throws: {
                if case .unreadable(.theirs, _)? = $0 as? MergeError { true } else { false }
            }
            #expect { try LockMerge(ancestor: one + [0x20], ours: bad, theirs: two) } throws: {
                if case .unreadable(.ours, _)? = $0 as? MergeError { true } else { false }
            }
        }
    }

    @Test func `Of two generated files the newer generation wins, and none over an edited one`() {
        let files = (0..<3).map { DefaultNix.file(generation: DefaultNix.generation + $0, body: anyBody) }
        for (one, other) in [(1, 2), (2, 1)] {
            #expect(
                DefaultNixMerge.merged(ancestor: files[0], ours: files[one], theirs: files[other]) == files[2])
        }
        #expect(DefaultNixMerge.merged(ancestor: files[0], ours: files[1] + [0x20], theirs: files[2]) == nil)
        #expect(
            DefaultNixMerge.merged(ancestor: files[0], ours: files[0] + [0x20], theirs: files[0]) == files[0] + [0x20])
    }

    private var anyBody: [UInt8] { Array("{ }\n".utf8) }

    @Test(arguments: [
        ("pins/pins.json", "/pins/pins.json"), ("a b/p", "\"/a b/p\""), ("[x]*?", "/\\[x]\\*\\?"),
        ("a\\b", "/a\\\\b"), ("a \\ \"", "\"/a \\\\\\\\ \\\"\""), ("é", "/é"), ("é ", "\"/\\303\\251 \""),
    ])
    func `A pattern matches its path alone`(_ path: String, _ pattern: String) {
        #expect(AttributesFile.pattern(for: path) == pattern)
    }
}
