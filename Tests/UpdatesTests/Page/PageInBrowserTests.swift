import Foundation
import JSON
import Support
import Testing

@testable import Updates

/// The page as a real browser shows it, and as who cannot see it hears it.
@Suite(.enabled(if: HeadlessBrowser.program != nil, "there is no chromium"), .serialized)
struct PageInBrowserTests {
    /// Looks at a page with everything that must hold of any.
    private func look(at page: ReportPage, as name: String, isAudited: Bool = true) async throws -> JSON {
        let seen = try await HeadlessBrowser.look(at: page.html(), as: name, isAudited: isAudited)
        // It asks for itself, and for nothing else.
        let requests = seen["requests"]?.array?.compactMap(\.string) ?? []
        #expect(requests.count == 1 && requests.allSatisfy { $0.hasPrefix("file:") }, "\(requests)")
        #expect(seen["complaints"] == [])
        #expect(seen["scripts"] == 0 && seen["handlers"] == 0)
        #expect(seen["scriptRan"] == false && seen["pictureCame"] == false, "the policy lets something in")
        #expect(seen["brokenAnchors"] == [])
        #expect(seen["ids"] == seen["differentIDs"])
        #expect(seen["lang"] == "en" && seen["skip"] == true)
        for view in seen["views"]?.array ?? [] {
            let place = "\(view["width"]?.integer ?? 0) \(view["scheme"]?.string ?? "") \(view["open"]?.bool ?? false)"
            let (scroll, inner) = (try #require(view["scroll"]?.integer), try #require(view["inner"]?.integer))
            #expect(scroll <= inner, "\(place): \(String(describing: view["cut"]))")
            #expect(view["cut"] == [], "\(place)")
            if let violations = view["violations"] { #expect(violations == [], "\(place)") }
        }
        #expect((seen["views"]?.array ?? []).count == 11)
        // No level of headings is left out.
        var level: Int64 = 0
        for heading in seen["headings"]?.array ?? [] {
            let next = try #require(heading[0]?.integer)
            #expect(next <= level + 1)
            level = next
        }
        for pin in seen["pins"]?.array ?? [] {
            let heading = try #require(pin["heading"]?.string)
            #expect(!heading.isEmpty && pin["labelled"]?.string == heading)
            #expect(pin["timeline"]?.string?.hasPrefix("Timeline of \(heading): ") == true)
            #expect(pin["state"]?.string?.isEmpty == false)
        }
        return seen
    }

    @Test func `Every pin is there, labelled, at every width and in both schemes`() async throws {
        let page = ExamplePage.usual
        let seen = try await look(at: page, as: "usual")
        let pins = try #require(seen["pins"]?.array)
        #expect(pins.count == page.pins.count)
        #expect(
            pins.compactMap { $0["heading"]?.string }
                == Chapter.allCases.flatMap { page.pins(in: $0) }.map(\.name))
        #expect(seen["landmarks"] == [.number(JSONNumber(Int64(page.pins.count + 1))), 1, 2, 1])

        func pin(_ name: String) throws -> JSON { try #require(pins.first { $0["heading"]?.string == name }) }
        let crane = try pin("crane")
        #expect(crane["state"]?.string?.filter { $0 != "\n" } == " behind")
        #expect(crane["distance"]?.string == "188 commits, 400 days, 9 versions behind")
        #expect(
            crane["timeline"]?.string
                == "Timeline of crane: what is locked is of 2025-10-02, 13 months old; the newest upstream is of "
                + "2026-11-06, 20 days old; changed here once, last on 2025-10-04; verified on 2025-10-22.")
        #expect(crane["marks"] == ["locked", "newest", "change", "verified"])
        #expect(try pin("debian")["marks"] == ["change"])
        #expect(try pin("from-the-future")["marks"] == [])
        #expect(try pin("openssl")["text"]?.string?.contains("since 2026-03-02: 4.0 drops the engine API") == true)
        #expect(try pin("secrets-tool")["reason"]?.string?.hasPrefix("Cannot reach git.internal.example") == true)
        #expect(try pin("rust-overlay")["text"]?.string?.contains("Verifiednever") == true)

        // The scheme is the reader's.
        let papers = Dictionary(
            grouping: seen["views"]?.array ?? [], by: { $0["scheme"]?.string ?? "" }
        ).mapValues { Set($0.compactMap { $0["paper"]?.string }) }
        #expect(papers["light"] == ["rgb(247, 246, 242)"] && papers["dark"] == ["rgb(18, 21, 24)"])

        // Links lead to pages of the web, and say of what they are.
        let links = try #require(seen["links"]?.array)
        #expect(links.allSatisfy { $0[0]?.string?.hasPrefix("https://") == true })
        #expect(links.allSatisfy { $0[2] == "noreferrer noopener external" })
        let named = links.compactMap { $0[1]?.string }
        #expect(named.contains("Compare of crane") && named.contains("Release notes of crane"))
        #expect(Set(named).count == named.count)
    }

    @Test func `Text from outside is text, whatever it looks like`() async throws {
        let page = ExamplePage.hostile
        let seen = try await look(at: page, as: "hostile")
        #expect(seen["pins"]?.array?.count == page.pins.count)
        #expect(seen["links"] == [])
        let tags = Set(seen["tags"]?.array?.compactMap(\.string) ?? [])
        #expect(tags.isDisjoint(with: ["script", "img", "b", "iframe", "object", "base", "form"]))
        let whole = try #require(seen["pins"]?.array).compactMap { $0["text"]?.string }
        for (index, shown) in ExamplePage.shownHostileTexts.enumerated() {
            let heading = "\(index)" + shown
            let pin = try #require(
                seen["pins"]?.array?.first { $0["heading"]?.string?.utf8.elementsEqual(heading.utf8) == true },
                "\(shown)")
            let text = try #require(pin["text"]?.string)
            // Name, tracked, group, locked, newest, note, subject, history, and what the drawing says.
            #expect(text.components(separatedBy: shown).count > 10, "\(shown)")
            #expect(whole.contains { $0.contains("frozen \(index)" + shown) })
        }
    }

    @Test func `Three hundred pins are a page like any other`() async throws {
        let seen = try await look(at: ExamplePage.large, as: "large", isAudited: false)
        #expect(seen["pins"]?.array?.count == 300)
    }

    @Test func `No pin, and nothing known`() async throws {
        var page = ReportPage(madeAt: ExamplePage.now, lock: "pins.json")
        page.isOffline = true
        let empty = try await look(at: page, as: "empty")
        #expect(empty["pins"] == [])
        page.pins = [ExamplePage.pin("p", "github:o/r", .unknown("upstream was not asked"), nil)]
        let one = try await look(at: page, as: "offline")
        #expect(one["pins"]?[0]?["reason"]?.string?.filter { $0 != "\n" } == "Upstream was not asked.")
    }
}

/// Chromium without a window.
enum HeadlessBrowser {
    static let program = ["chromium", "chromium-browser", "google-chrome"].lazy.flatMap { name in
        ["/usr/bin/\(name)", "/usr/local/bin/\(name)"]
    }.first { FileManager.default.isExecutableFile(atPath: $0) }

    /// Opens a page and tells what is there; the form is in Tests/Fixtures/browser/look.py.
    ///
    /// `PINR_TEST_PAGES` names a folder that keeps the page and pictures of it, for who wants to look. The rules of axe are
    /// applied where `PINR_AXE` says where its script is.
    static func look(at page: String, as name: String, isAudited: Bool) async throws -> JSON {
        let folder = TemporaryDirectory()
        let environment = ProcessInfo.processInfo.environment
        let kept = environment["PINR_TEST_PAGES"]
        if let kept { try FileManager.default.createDirectory(atPath: kept, withIntermediateDirectories: true) }
        let file = "\(kept ?? folder.path)/\(name).html"
        try Data(page.utf8).write(to: URL(fileURLWithPath: file))
        var command = ["python3", "\(packageRoot)/Tests/Fixtures/browser/look.py", try #require(program), file]
        if let kept { command += ["--shots", kept] }
        if isAudited, let axe = environment["PINR_AXE"], FileManager.default.fileExists(atPath: axe) {
            command += ["--axe", axe]
        }
        let result = try await runProcess(
            command, environment: isolatedEnvironment(home: folder.path), timeout: .seconds(180))
        #expect(result.status == 0, "\(result.stderr)")
        return try JSON(parsing: result.stdoutBytes)
    }
}
