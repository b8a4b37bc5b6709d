import JSON
import Lockfile
import NixHash
import Testing
import Updates

/// What happened to pins between versions of a lock.
struct PinHistoryTests {
    static func pin(_ revision: String, url: String = "https://h/r.git", note: String? = nil) -> Pin {
        Pin(
            source: Source(type: "git", fields: ["url": .string(url)]),
            locked: Locked(
                fetch: .git(GitFetch(url: url, revision: revision, hash: SHA256.hash(Array(revision.utf8))))),
            note: note)
    }

    static func pins(_ pins: [String: Pin]) throws -> Pins {
        var all = Pins()
        for (name, pin) in pins { try all.insert(pin, as: PinName(name)) }
        return all
    }

    /// The events as `NAME WHAT`.
    static func words(_ events: [PinEvent]) -> [String] {
        events.map { event in
            let what =
                switch event.what {
                case .added: "added"
                case .removed: "removed"
                case .renamed(let old): "renamed from \(old)"
                case .sourceChanged: "source changed"
                case .moved(_, let old, let new): "moved \(old.revision ?? "-") to \(new.revision ?? "-")"
                case .frozen(let frozen): "frozen \(frozen.reason ?? "-")"
                case .unfrozen: "unfrozen"
                case .noted(let note): "noted \(note ?? "-")"
                case .touched: "touched"
                }
            return "\(event.name) \(what)"
        }
    }

    static func events(_ old: [String: Pin], _ new: [String: Pin]) throws -> [String] {
        words(PinEvent.between(try pins(old), try pins(new)))
    }

    @Test func `Each thing that can happen to a pin is told`() throws {
        var frozen = Self.pin("1")
        frozen.frozen = Frozen(reason: "why", since: "2026-01-01")
        var refrozen = frozen
        refrozen.frozen?.reason = "other"
        var touched = Self.pin("1")
        touched.locked.lastModified = 5
        #expect(try Self.events([:], ["a": Self.pin("1")]) == ["a added"])
        #expect(try Self.events(["a": Self.pin("1")], [:]) == ["a removed"])
        #expect(try Self.events(["a": Self.pin("1")], ["a": Self.pin("1")]) == [])
        #expect(try Self.events(["a": Self.pin("1")], ["a": Self.pin("2")]) == ["a moved 1 to 2"])
        #expect(try Self.events(["a": Self.pin("1")], ["a": frozen]) == ["a frozen why"])
        #expect(try Self.events(["a": frozen], ["a": refrozen]) == ["a frozen other"])
        #expect(try Self.events(["a": refrozen], ["a": Self.pin("1")]) == ["a unfrozen"])
        #expect(try Self.events(["a": Self.pin("1")], ["a": Self.pin("1", note: "n")]) == ["a noted n"])
        #expect(try Self.events(["a": Self.pin("1", note: "n")], ["a": Self.pin("1")]) == ["a noted -"])
        #expect(try Self.events(["a": Self.pin("1")], ["a": touched]) == ["a touched"])
        #expect(
            try Self.events(["a": Self.pin("1")], ["a": Self.pin("2", url: "https://h/other.git", note: "n")])
                == ["a source changed", "a moved 1 to 2", "a noted n"])
    }

    @Test func `A rename is one where there is no doubt`() throws {
        #expect(
            try Self.events(["a": Self.pin("1")], ["b": Self.pin("1", note: "n")]) == ["b renamed from a", "b noted n"])
        #expect(try Self.events(["a": Self.pin("1")], ["b": Self.pin("2")]) == ["a removed", "b added"])
        // Of twins nobody knows which is which.
        #expect(
            try Self.events(["a": Self.pin("1"), "b": Self.pin("1")], ["c": Self.pin("1")])
                == ["a removed", "b removed", "c added"])
        #expect(try Self.events(["a": Self.pin("1")], ["a": Self.pin("1"), "b": Self.pin("1")]) == ["b added"])
        // Two that change places have both moved.
        #expect(
            try Self.events(["a": Self.pin("1"), "b": Self.pin("2")], ["a": Self.pin("2"), "b": Self.pin("1")])
                == ["a moved 1 to 2", "b moved 2 to 1"])
    }

    // MARK: History

    static func commit(_ number: Int) -> PinHistory.Commit {
        .init(id: "\(number)", time: Int64(number), author: "A", subject: "s")
    }

    /// A history without branches, the oldest first; nil for a version that cannot be read.
    static func linear(_ versions: [[String: Pin]?]) throws -> PinHistory {
        let contents = try versions.map { version -> PinHistory.Version.Contents in
            guard let version else { return .failure(LockfileError(.missingVersion)) }
            return .success(LockSnapshot(try pins(version)))
        }
        return PinHistory(
            of: contents.indices.reversed().map { index in
                .init(
                    commit: commit(index), contents: contents[index],
                    parents: index == 0 ? [] : [contents[index - 1]])
            })
    }

    static func told(_ entries: [PinHistory.Entry]) -> [String] {
        entries.map { "\($0.commit?.id ?? "-"): " + words([$0.event])[0] }
    }

    @Test func `A pin is followed under all names that it had, and none that others had`() throws {
        let history = try Self.linear([
            ["b": Self.pin("0")], [:], ["a": Self.pin("1")], ["a": Self.pin("2")], ["b": Self.pin("2")],
            ["b": Self.pin("3"), "a": Self.pin("9")], ["a": Self.pin("9")],
        ])
        #expect(
            Self.told(history.entries(of: try PinName("b"))) == [
                "6: b removed", "5: b moved 2 to 3", "4: b renamed from a", "3: a moved 1 to 2", "2: a added",
            ])
        #expect(
            Self.told(history.entries(of: try PinName("a"))) == [
                "5: a added", "4: b renamed from a", "3: a moved 1 to 2", "2: a added",
            ])
        #expect(history.entries(of: try PinName("c")).isEmpty)
        #expect(history.names.map(\.text) == ["a", "b"])
    }

    @Test func `A pin that was removed and added again has both lives`() throws {
        let history = try Self.linear([["a": Self.pin("1")], [:], ["a": Self.pin("2")]])
        #expect(Self.told(history.entries) == ["2: a added", "1: a removed", "0: a added"])
    }

    @Test func `What cannot be read is passed over, and what happened in it is told of the next`() throws {
        let history = try Self.linear([
            ["a": Self.pin("1")], nil, nil, ["a": Self.pin("2")], ["a": Self.pin("3")], nil,
        ])
        #expect(Self.told(history.entries) == ["4: a moved 2 to 3", "3: a moved 1 to 2", "0: a added"])
        #expect(history.unreadable.map(\.commit?.id) == ["5", "2", "1"])
        let first = try Self.linear([nil, ["a": Self.pin("2")]])
        #expect(Self.told(first.entries) == ["1: a added"])
        #expect(try Self.linear([nil]).entries.isEmpty)
    }

    /// Neighbours by date need not be parents: both branches change something, and a merge brings it together.
    @Test func `Of branches each has its own, and of a merge only what it did itself`() throws {
        let base = LockSnapshot(try Self.pins(["a": Self.pin("1"), "b": Self.pin("1")]))
        let left = LockSnapshot(try Self.pins(["a": Self.pin("2"), "b": Self.pin("1")]))
        let right = LockSnapshot(try Self.pins(["a": Self.pin("1"), "b": Self.pin("2")]))
        let both = LockSnapshot(try Self.pins(["a": Self.pin("2"), "b": Self.pin("2"), "c": Self.pin("3")]))
        let history = PinHistory(of: [
            .init(commit: Self.commit(4), contents: .success(both), parents: [.success(left), .success(right)]),
            .init(commit: Self.commit(3), contents: .success(left), parents: [.success(base)]),
            .init(commit: Self.commit(2), contents: .success(right), parents: [.success(base)]),
            .init(commit: Self.commit(1), contents: .success(base), parents: []),
        ])
        #expect(
            Self.told(history.entries) == [
                "4: c added", "3: a moved 1 to 2", "2: b moved 1 to 2", "1: a added", "1: b added",
            ])
    }

    @Test func `What is not committed comes first`() throws {
        let (old, new) = (LockSnapshot(), LockSnapshot(try Self.pins(["a": Self.pin("1")])))
        let history = PinHistory(of: [
            .init(commit: nil, contents: .success(new), parents: [.success(old)]),
            .init(commit: Self.commit(1), contents: .success(old), parents: []),
        ])
        #expect(Self.told(history.entries) == ["-: a added"])
    }
}
