import JSON
import Lockfile
import NixHash
import Support

/// Locks, and what two people could make of one; the same in every run.
struct RandomLock: RandomNumberGenerator {
    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func next() -> UInt64 { generator.next() }

    private mutating func chance(_ count: Int) -> Bool { Int.random(in: 0..<count, using: &self) == 0 }

    private mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: 0..<elements.count, using: &self)]
    }

    /// Few, so that both sides often mean the same one; some of them share a variable.
    private static let names = ["a", "b-c", "b_c", "b.c", "bZ", "d", "é", "e\u{301}", "lib \"x\"", "z"]

    mutating func document() throws -> LockDocument {
        var document = LockDocument()
        for _ in 0..<Int.random(in: 0..<6, using: &self) { try add(to: &document) }
        while chance(2) { document.unknown[pick(["x", "aa", "zz", "pinsa"])] = value() }
        return document
    }

    /// What somebody makes of a lock.
    mutating func edited(_ base: LockDocument) throws -> LockDocument {
        var document = base
        for _ in 0..<Int.random(in: 0..<5, using: &self) { try edit(&document) }
        return document
    }

    private mutating func edit(_ document: inout LockDocument) throws {
        guard !document.pins.isEmpty, !chance(5) else { return try add(to: &document) }
        let name = pick(document.pins.names)
        switch Int.random(in: 0..<10, using: &self) {
        case 0: try document.pins.remove(name)
        case 1: try? document.pins.rename(name, to: PinName(pick(Self.names)))
        case 2:
            let (source, locked) = (source(), locked())
            try document.pins.modify(name) { ($0.source, $0.locked) = (source, locked) }
        case 3, 4, 5:
            let locked = locked()
            try document.pins.modify(name) { $0.locked = locked }
        case 6:
            let note = pick([nil, "one", "two\n<<<<<<< no", "é", "e\u{301}"])
            try document.pins.modify(name) { $0.note = note }
        case 7:
            let frozen = pick([
                nil, Frozen(), Frozen(since: "2026-11-22"), Frozen(reason: "r", since: "2026-11-23"),
                Frozen(reason: "s", unknown: ["k": value()]),
            ])
            try document.pins.modify(name) { $0.frozen = frozen }
        case 8:
            let (key, value) = (pick(["group", "minimumAge", "unknown"]), value())
            try document.pins.modify(name) { $0.source[key] = value }
        default:
            let (key, value) = (pick(["x", "aa", "zz"]), chance(3) ? nil : value())
            if chance(2) {
                document.unknown[key] = value
            } else {
                try document.pins.modify(name) { $0.unknown[key] = value }
            }
        }
    }

    private mutating func add(to document: inout LockDocument) throws {
        try? document.pins.insert(Pin(source: source(), locked: locked()), as: PinName(pick(Self.names)))
    }

    private mutating func source() -> Source {
        Source(
            type: pick(["git", "github", "later"]), fields: chance(2) ? [:] : ["branch": .string(pick(["m", "n"]))])
    }

    private mutating func locked() -> Locked {
        let number = Int.random(in: 0..<6, using: &self)
        let hash = SHA256.hash([UInt8(number)])
        let fetch: Fetch = pick([
            .tarball(url: "https://example.org/\(number)", hash: hash), .other(fetcher: "later"),
            .git(
                GitFetch(
                    url: "https://example.org/r.git", revision: String(repeating: "\(number)", count: 40), hash: hash)),
            .oci(
                OCIFetch(
                    image: "i", tag: "t", digest: "sha256:" + String(repeating: "\(number)", count: 64), os: "linux",
                    arch: "amd64", hash: hash)),
        ])
        return Locked(
            fetch: fetch, version: chance(4) ? pick(["1", "2"]) : nil,
            lastModified: chance(3) ? nil : Int64(Int.random(in: 0..<4, using: &self)),
            validator: chance(6) ? pick(["\"a\"", "\"b\""]) : nil, unknown: chance(6) ? ["later": value()] : [:])
    }

    private mutating func value() -> JSON {
        pick([
            1, "two", ["deep": [.null, false]], .array([]), .object([:]), .number(JSONNumber(9_007_199_254_740_993)),
        ])
    }

    mutating func answer() -> MergeAnswerKind { pick(MergeAnswerKind.allCases) }
}

/// What is answered to every question of a merge; the higher place is the one whose bytes are greater, on either side.
enum MergeAnswerKind: CaseIterable {
    case nothing, higher, descends, apart
}
