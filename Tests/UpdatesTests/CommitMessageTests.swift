import JSON
import Lockfile
import NixHash
import Testing

@testable import Updates

struct CommitMessageTests {
    private func locked(_ revision: Character, _ day: Int64? = nil, version: String? = nil) -> Locked {
        Locked(
            fetch: .other(fetcher: "x"), revision: String(repeating: revision, count: 40), version: version,
            lastModified: day.map { $0 * 86_400 })
    }

    private func change(_ name: String, _ old: Locked, _ new: Locked, url: String? = nil) throws -> PinChange {
        PinChange(
            name: try PinName(name), source: Source(type: "git", fields: [:]), old: old, new: new, compareURL: url)
    }

    @Test func `One pin stands in the first line with both states`() throws {
        let change = try change(
            "nixpkgs", locked("a", 19_700), locked("b", 19_710), url: "https://example.org/compare/a...b")
        #expect(
            CommitMessage.of([change]) == """
                pins: update nixpkgs: aaaaaaaaaaaa → bbbbbbbbbbbb

                • Updated 'nixpkgs':
                    aaaaaaaaaaaa (2023-12-09)
                  → bbbbbbbbbbbb (2023-12-19)
                    https://example.org/compare/a...b

                """)
    }

    @Test func `Few pins are named, and many are counted`() throws {
        let changes = try ["one", "two", "three", "four"].map { try change($0, locked("a"), locked("b")) }
        func subject(_ count: Int) -> String? {
            CommitMessage.of(Array(changes.prefix(count))).split(separator: "\n").first.map(String.init)
        }
        #expect(subject(2) == "pins: update one and two")
        #expect(subject(3) == "pins: update one, two and three")
        #expect(subject(4) == "pins: update 4 pins")
        #expect(subject(0) == "pins: note what upstream says now")
        let long = try change(String(repeating: "x", count: 60), locked("a"), locked("b"))
        #expect(CommitMessage.of([long, changes[0]]).hasPrefix("pins: update 2 pins\n\n"))
        let longer = try change(String(repeating: "x", count: 90), locked("a"), locked("b"))
        #expect(CommitMessage.of([longer]).hasPrefix("pins: update 1 pin\n\n"))
    }

    @Test func `What was rewritten, is older or is new to the repository is said`() throws {
        var change = try change("p", locked("a", version: "2.0"), locked("a", version: "1.0"))
        change.isRewritten = true
        change.isOlder = true
        #expect(
            CommitMessage.of([change], adding: ["pins/pins.json"]) == """
                pins: update p: 2.0 → 1.0

                • Updated 'p':
                    2.0
                  → 1.0
                    its history was rewritten
                    it is older than what was there before

                Not in the repository before:
                    pins/pins.json

                """)
    }

    @Test(arguments: [
        "x\nSigned-off-by: Mallory <m@example.org>", "\r\n# comment", "fixes #12", "@everyone", "closes GH-3", "see !7",
        "\u{1B}[31mred", "a\u{202E}b", "x\u{0}y", "Co-authored-by: A <a@example.org>", "---\ndiff --git a/x b/x",
        "javascript:alert(1)",
    ])
    func `Nothing from outside becomes more than a text`(hostile: String) throws {
        let other = try change("q", locked("a"), locked("b", version: hostile), url: hostile)
        let named = (try? change(hostile, locked("a", version: hostile), locked("b"), url: hostile)) ?? other
        for message in [CommitMessage.of([other]), CommitMessage.of([named]), CommitMessage.of([named, other])] {
            let lines = message.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.first?.hasPrefix("pins: update ") == true)
            for line in lines.dropFirst() {
                #expect(line.isEmpty || line.hasPrefix("• ") || line.hasPrefix("  "), "\(message.debugDescription)")
            }
            #expect(!message.unicodeScalars.contains { $0 != "\n" && $0.properties.generalCategory == .control })
            #expect(!message.unicodeScalars.contains("\u{202E}"))
            for mark in ["@e", "@m", "@a", "#1", "GH-3", "!7"] where hostile.contains(mark) {
                #expect(!message.contains(mark), "\(message.debugDescription)")
            }
        }
    }
}
