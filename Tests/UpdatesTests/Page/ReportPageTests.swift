import JSON
import Lockfile
import NixHash
import Testing

@testable import Updates

/// What the page says, and in which order.
struct ReportPageTests {
    @Test func `The same facts make the same page, in whatever order they come`() {
        var page = ExamplePage.usual
        let text = page.html()
        page.pins.reverse()
        #expect(page.html() == text)
        #expect(page.json == ExamplePage.usual.json)
    }

    @Test func `The most pressing come first`() {
        let page = ExamplePage.usual
        #expect(
            page.pins(in: .behind).map(\.name)
                == [
                    "requests", "linux", "crane", "home-manager", "nixpkgs", "rust-overlay", "treefmt-nix", "debian",
                ])
        #expect(page.pins(in: .frozen).map(\.name) == ["openssl", "zig-overlay"])
        #expect(page.pins(in: .failed).map(\.name) == ["from-the-future", "secrets-tool"])
        #expect(page.pins(in: .held).map(\.name) == ["jq"])
        #expect(page.oldest?.name == "snapshot")
        #expect(Chapter.allCases.map { page.pins(in: $0).count }.reduce(0, +) == page.pins.count)
    }

    @Test func `A frozen pin that failed is a failed one`() {
        var pin = ExamplePage.pin("p", "t", .failed(["code": "network", "message": "m"]), nil)
        pin.frozen = Frozen()
        #expect(Chapter(of: pin) == .failed)
        pin.standing = .held("h")
        #expect(Chapter(of: pin) == .frozen)
    }

    @Test func `The facts are there for machines, and nothing that is not known`() throws {
        let json = ExamplePage.usual.json
        #expect(json["madeAt"]?.integer == ExamplePage.now)
        #expect(json["lock"] == "pins/pins.json" && json["offline"] == nil && json["historyGap"] == nil)
        #expect(
            json["summary"]
                == [
                    "failed": 2, "held": 1, "behind": 8, "waiting": 1, "frozen": 2, "unknown": 2, "upToDate": 15,
                    "oldest": "snapshot",
                ])
        func pin(_ name: String) throws -> JSON {
            try #require(json["pins"]?.array?.first { $0["name"]?.string == name })
        }
        #expect(
            try pin("from-the-future")
                == [
                    "name": "from-the-future", "tracked": "bad-type", "state": "failed", "history": [],
                    "error": ["code": "bad-lock", "message": "`source.type` is missing"],
                ])
        let crane = try pin("crane")
        #expect(
            crane.object?.keys == [
                "commits", "compareURL", "history", "locked", "name", "newest", "releaseNotesURL", "secondsBehind",
                "state",
                "tracked", "verifiedAt", "versions",
            ])
        #expect(crane["commits"]?["count"] == 188 && crane["commits"]?["atLeast"] == nil)
        #expect(crane["commits"]?["newest"]?.array?.count == 5)
        #expect(crane["secondsBehind"]?.integer == 400 * 86_400 && crane["versions"] == 9)
        #expect(
            crane["history"]?[0]?.object?.keys == ["after", "author", "commit", "kind", "subject", "time"])
        #expect(try pin("nixpkgs")["history"]?[0] == ["kind": "changed", "change": "frozen no more"])
        #expect(try pin("linux")["commits"]?["atLeast"] == true)
        #expect(try pin("jq")["state"] == "held" && pin("jq")["reason"]?.string?.contains("now leads to") == true)
        #expect(try pin("lanzaboote")["state"] == "fixed")
        #expect(try pin("openssl")["frozen"]?["since"] == "2026-03-02")
    }

    @Test(
        arguments: [
            (0, "1970-01-01", "00:00"), (1_795_689_600, "2026-11-26", "10:40"), (951_782_400, "2000-02-29", "00:00"),
            (253_402_300_799, "9999-12-31", "23:59"),
            (4_107_542_399, "2100-02-28", "23:59"), (4_107_542_400, "2100-03-01", "00:00"),
        ] as [(Int64, String, String)])
    func `Days are those of the calendar`(_ seconds: Int64, _ day: String, _ time: String) {
        let date = PageDate(seconds)
        #expect(date?.day == day && date?.time == time)
    }

    @Test(arguments: [Int64.min, -1, 253_402_300_800, .max])
    func `Times of no calendar have no day`(_ seconds: Int64) { #expect(PageDate(seconds) == nil) }

    @Test(
        arguments: [
            (0, "less than a day"), (86_399, "less than a day"), (86_400, "1 day"), (59 * 86_400, "59 days"),
            (61 * 86_400, "2 months"), (729 * 86_400, "23 months"), (731 * 86_400, "2 years"),
            (3653 * 86_400, "10 years"),
            (.max / 86_400 * 86_400, "292,271,023,045 years"),
        ] as [(Int64, String)])
    func `Ages are said in one unit`(_ seconds: Int64, _ words: String) {
        #expect(PageSpan.words(seconds) == words)
    }

    @Test func `The scale goes from now on the right to the oldest on the left, and is even between two marks`() {
        let scale = AgeScale(longest: 400 * 86_400)
        #expect(scale.marks.map(\.label) == ["now", "1 d", "1 wk", "1 mo", "3 mo", "1 yr", "2 yr"])
        #expect(scale.position(0) == 1000 && scale.position(-5) == 1000 && scale.position(.min) == 1000)
        #expect(scale.position(731 * 86_400) == 0 && scale.position(.max) == 0)
        #expect(scale.position(4 * 86_400) == 1000 - 1500 / 6)
        let positions = stride(from: Int64(0), to: 800 * 86_400, by: 40_000).map { scale.position($0) }
        #expect(positions == positions.sorted(by: >))
        #expect(AgeScale(longest: 0).marks.count == 5)
        #expect(AgeScale(longest: .max).marks.last?.label == "30 yr")
    }

    @Test func `What is dated later than the page, or at no time at all, does no harm`() {
        for time in [Int64.min, -1, ExamplePage.now + 1, .max] {
            var pin = ExamplePage.pin(
                "p", "t", .behind,
                Locked(fetch: .file(url: "u", hash: SHA256.hash([]), name: "n"), lastModified: time))
            pin.newest = .init(time: .max)
            pin.verifiedAt = .min
            pin.steps = [
                .init(.added("a"), commit: .init(id: "c", time: time, author: "a", subject: "s"))
            ]
            let text = ReportPage(madeAt: ExamplePage.now, lock: "l", pins: [pin]).html()
            #expect(text.contains("<h3"))
        }
    }
}
