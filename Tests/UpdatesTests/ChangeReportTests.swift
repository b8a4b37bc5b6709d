import JSON
import Lockfile
import NixHash
import Support
import Testing
import Updates

/// What people are told of pins that changed.
@Suite struct ChangeReportTests {
    static func commits(_ count: Int, listed: Int? = nil, _ subject: (Int) -> String = { "change \($0)" })
        -> CommitsBetween
    {
        CommitsBetween(
            count: count,
            newest: (0..<min(count, listed ?? ChangeReport.listedCommits)).map {
                CommitLine(id: PinChangeTests.new, subject: subject($0), time: 0)
            })
    }

    static func change(_ name: String, _ commits: CommitsBetween? = nil, version: String? = nil) throws -> PinChange {
        var (old, new) = (PinChangeTests.archive(PinChangeTests.old), PinChangeTests.archive(PinChangeTests.new))
        old.lastModified = 1_704_067_200
        new.lastModified = 1_735_689_600
        new.version = version
        return PinChange(
            name: try PinName(name), source: Source(type: "github"), old: old, new: new,
            compareURL: "https://github.com/o/r/compare/a...b", commits: commits)
    }

    // MARK: Titles

    @Test func `A title names what it has room for`() throws {
        let changes = try ["a", "b", "c", "d", "e"].map { try Self.change($0) }
        let titles = (0...5).map { ChangeReport(Array(changes.prefix($0))).title }
        #expect(
            titles == [
                "No pins changed", "Update a from aaaaaaaaaaaa to bbbbbbbbbbbb", "Update a and b", "Update a, b and c",
                "Update a, b and 2 other pins", "Update a, b and 3 other pins",
            ])
        let named = try Self.change("fixes #1", version: "@octocat")
        #expect(References.found(in: ChangeReport([named]).title.replacing(PinChangeTests.short, with: "")) == [])
    }

    // MARK: Markdown

    @Test func `A pull request is told from what to what, how far, and where to look`() throws {
        var change = try Self.change("nixpkgs", Self.commits(25), version: "25.11")
        change.releaseNotesURL = "https://github.com/o/r/releases/tag/v1"
        let markdown = ChangeReport([change]).markdown()
        #expect(
            markdown.hasPrefix(
                """
                | Pin | From | To | |
                | --- | --- | --- | --- |
                | nixpkgs | `aaaaaaaaaaaa` | 25.11 | 25 commits · [compare](https://github.com/o/r/compare/a...b) · \
                [release notes](https://github.com/o/r/releases/tag/v1) |

                ### nixpkgs

                `aaaaaaaaaaaa` (2024-01-01) → 25.11 `bbbbbbbbbbbb` (2025-01-01)

                [compare](https://github.com/o/r/compare/a...b) · [release notes](https://github.com/o/r/releases/tag/v1)

                <details>
                <summary>25 commits</summary>

                - `bbbbbbbbbbbb` change 0
                - `bbbbbbbbbbbb` change 1

                """), "\(markdown)")
        #expect(markdown.hasSuffix("change 19\n- … and 5 older commits\n\n</details>\n"), "\(markdown)")
    }

    @Test func `What has to be looked at is said`() throws {
        var rewritten = try Self.change("a", CommitsBetween(count: 2, gone: 3, newest: []))
        rewritten.isRewritten = true
        var back = try Self.change("b", CommitsBetween(count: 0, gone: 1, newest: []))
        back.isRewritten = true
        var older = try Self.change("c")
        older.isOlder = true
        older.remarks = ["the commits in between are not known: offline"]
        let text = ChangeReport([rewritten, back, older]).markdown()
        #expect(text.contains("⚠ history rewritten · 2 commits"))
        #expect(text.contains("the history was rewritten: 3 commits of what was locked are not in it any more"))
        #expect(text.contains("⚠ older · back by 1 commit"))
        #expect(text.contains("the new version is older"))
        #expect(text.contains("the commits in between are not known: offline."))
    }

    @Test func `What failed and what was left alone is told too`() throws {
        var update = UpdateReport()
        update.changed = [try Self.change("a")]
        update.failed = [Failure(name: try PinName("f"), error: ["code": "network", "message": "no <answer> @all"])]
        update.skipped = [.init(name: try PinName("s"), reason: "frozen: because")]
        update.unchanged = [try PinName("u")]
        let markdown = ChangeReport(update).markdown()
        #expect(markdown.contains("- **Not updated:** f: no &lt;answer&gt; @&#8203;all"))
        #expect(markdown.contains("- Left alone: s: frozen"))
        #expect(markdown.contains("- 1 pin up to date"))
    }

    /// Whatever is in names, versions, subjects, notes and reasons: there is no element that a harmless report has not.
    @Test func `Nothing in a report comes from anybody else`() async throws {
        var generator = SeededGenerator(seed: 11)
        func name(_ text: String, _ index: Int) -> String { SafeText.line(text, limit: 40) + "\(index)" }
        func report(_ texts: [String]) throws -> ChangeReport {
            var changes: [LockDifference.Changed] = []
            for (index, text) in texts.enumerated() {
                var change = try Self.change(
                    name(text, index), Self.commits(3) { _ in text + "x" }, version: SafeText.line(text) + "v")
                change.remarks = [text + "r"]
                change.compareURL = "https://example.org/" + text
                let locked = change.new
                let old = Pin(source: change.source, locked: change.old, note: "one")
                let new = Pin(
                    source: Source(type: "github", fields: ["branch": .string(text + "b")]), locked: locked,
                    frozen: Frozen(reason: text + "f"), note: text + "n")
                changes.append(.init(change, old: old, new: new))
            }
            var difference = LockDifference()
            difference.changed = changes
            var report = ChangeReport(difference)
            report.failed = [Failure(name: try PinName("f"), error: ["message": .string(texts[0] + "m")])]
            report.skipped = [.init(name: try PinName("s"), reason: texts[0] + "s")]
            return report
        }
        for _ in 0..<8 {
            let texts = (0..<12).map { _ in HostileText.random(&generator) }
            let hostile = try await Rendered(try report(texts).markdown())
            let benign = try await Rendered(try report(texts.map { _ in "word" }).markdown())
            func isLink(_ element: String) -> Bool { element.hasPrefix("link ") }
            #expect(hostile.structure.filter { !isLink($0) } == benign.structure.filter { !isLink($0) })
            let links = hostile.structure.filter(isLink)
            #expect(links.count == benign.structure.count(where: isLink))
            #expect(links.allSatisfy { $0.hasPrefix("link destination=\"https://example.org/") }, "\(links)")
            // The shortened revisions are ours, in code, where no forge looks for any.
            let text = hostile.texts.map { $0.replacing("aaaaaaaaaaaa", with: "").replacing("bbbbbbbbbbbb", with: "") }
            #expect(References.found(in: text.joined(separator: "\n")) == [])
        }
    }

    // MARK: Limits

    @Test func `It fits whatever the limit, and says what was left out`() async throws {
        let changes = try (0..<60).map { index in
            try Self.change(
                "pin-\(index)", Self.commits(300) { "a subject with `code` and @somebody, number \($0) of \(index)" })
        }
        let report = ChangeReport(changes)
        let whole = report.markdown()
        #expect(whole.utf16.count > 65_536)
        #expect(!whole.contains("left out"))
        var last = Int.max
        for limit in [
            whole.utf16.count, whole.utf16.count - 1, 65_536, 30_000, 12_000, 8_000, 5_000, 1_000, 300, 120, 40, 0,
        ] {
            let markdown = report.markdown(limit: limit)
            #expect(markdown.utf16.count <= limit)
            #expect(markdown.utf16.count <= last)
            last = markdown.utf16.count
            if limit < whole.utf16.count && limit >= 300 {
                #expect(markdown.contains(/left out|more changed/), "\(limit): \(markdown.suffix(200))")
            }
            // Every element is whole.
            func count(_ text: String) -> Int {
                markdown.split(separator: text, omittingEmptySubsequences: false).count - 1
            }
            #expect(count("<details>") == count("</details>") && count("<summary>") == count("</summary>"))
            for line in markdown.split(separator: "\n") where line.hasPrefix("|") { #expect(line.hasSuffix("|")) }
            let rendered = try await Rendered(markdown)
            #expect(References.found(in: rendered.texts.joined(separator: "\n").replacing(/[ab]{12}/, with: "")) == [])
        }
        // Subjects go first, and the newest stay longest.
        let capped = report.markdown(limit: 65_536)
        #expect(capped.contains("number 0 of 59") && !capped.contains("number 19 of"))
        #expect(capped.contains("### pin\\-59") || capped.contains("### pin-59"))
        // Then what is said of single pins, and pins at last.
        let short = report.markdown(limit: 12_000)
        #expect(!short.contains("number") && short.contains("| pin-59 |"))
        #expect(report.markdown(limit: 1_000).contains("| pin-0 |"))
    }

    /// As when a server does not answer that hundreds of pins come from.
    @Test func `Many that failed are no empty report`() throws {
        var outcome = UpdateReport()
        outcome.failed = try (0..<400).map { index in
            Failure(
                name: try PinName("pin\(index)"),
                error: ["code": "network", "message": .string(String(repeating: "it does not answer ", count: 14))])
        }
        for count in [0, 1] {
            outcome.changed = try (0..<count).map { try Self.change("moved\($0)", Self.commits(2)) }
            let markdown = ChangeReport(outcome).markdown(limit: 65_536)
            #expect(markdown.utf16.count <= 65_536 && markdown.utf16.count > 60_000)
            #expect(markdown.contains(count == 0 ? "No pins changed." : "| moved0 |"))
            let told = markdown.split(separator: "\n").count { $0.hasPrefix("- **Not updated:**") }
            #expect(markdown.hasSuffix("- … and \(400 - told) remarks more, for want of room\n"))
        }
    }

    @Test func `A warning outlives what is only of interest`() throws {
        var changes = try (0..<30).map { try Self.change("pin\($0)", Self.commits(5)) }
        changes[29].isRewritten = true
        let report = ChangeReport(changes)
        let markdown = report.markdown(limit: 6_000)
        #expect(markdown.contains("the history was rewritten") && markdown.contains("was left out"), "\(markdown)")
    }

    // MARK: Text

    @Test func `A terminal is told the same in lines`() throws {
        var change = try Self.change("a", Self.commits(12) { "\u{1B}[31mchange \($0)" })
        change.releaseNotesURL = "https://example.org/news"
        let lines = ChangeReport([change]).text()
        #expect(
            Array(lines.prefix(7)) == [
                "a: aaaaaaaaaaaa → bbbbbbbbbbbb", "  dates    2024-01-01 → 2025-01-01",
                "  compare  https://github.com/o/r/compare/a...b", "  news     https://example.org/news",
                "  commits  12 commits", "    bbbbbbbbbbbb change 0", "    bbbbbbbbbbbb change 1",
            ], "\(lines)")
        #expect(lines.last == "    … and 2 older commits")
    }

    @Test func `Commits have a place in the document`() throws {
        let json = try Self.change(
            "a", CommitsBetween(count: 1, gone: 2, newest: [CommitLine(id: "i", subject: "s", time: 3)])
        ).json
        #expect(json["commits"] == ["count": 1, "gone": 2, "newest": [["revision": "i", "subject": "s", "time": 3]]])
        let least = try Self.change("a", CommitsBetween(count: 1, isAtLeast: true, newest: [])).json
        #expect(least["commits"] == ["count": 1, "atLeast": true, "newest": []])
    }
}

extension PinChangeTests {
    static let short = String(old.prefix(12))
}
