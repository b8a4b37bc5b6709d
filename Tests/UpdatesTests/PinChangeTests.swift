import JSON
import Lockfile
import NixHash
import Testing
import Updates

/// What is said of a pin that moved.
struct PinChangeTests {
    static let old = String(repeating: "a", count: 40)
    static let new = String(repeating: "b", count: 40)
    static let hash = SHA256.hash(Array("x".utf8))

    static func archive(_ revision: String) -> Locked {
        Locked(
            fetch: .tarball(url: "https://github.com/o/r/archive/\(revision).tar.gz", hash: hash), revision: revision)
    }

    static func change(
        _ type: String = "github", from old: Locked, to new: Locked, compareURL: String? = nil
    ) throws -> PinChange {
        PinChange(name: try PinName("p"), source: Source(type: type), old: old, new: new, compareURL: compareURL)
    }

    @Test(arguments: [true, false])
    func `A rewritten branch is said to be one`(_ isRewritten: Bool) throws {
        let change = PinChange(
            name: try PinName("p"), source: Source(type: "git"), old: Self.archive(Self.old),
            new: Self.archive(Self.new), isRewritten: isRewritten)
        #expect(change.json["rewritten"] == (isRewritten ? true : nil))
    }

    @Test func `The report has the shape that the contract gives it`() throws {
        var report = UpdateReport()
        #expect(
            String(decoding: report.json.serializedCompactly(), as: UTF8.self)
                == #"{"changed":[],"failed":[],"skipped":[],"unchanged":[]}"#)

        let change = try Self.change(from: Self.archive(Self.old), to: Self.archive(Self.new), compareURL: "https://c")
        report.changed = [change]
        report.unchanged = [try PinName("u")]
        report.skipped = [.init(name: try PinName("s"), reason: "frozen: because")]
        report.failed = [Failure(name: try PinName("f"), error: ["code": "network", "message": "m"])]
        let json = report.json
        #expect(json["unchanged"] == ["u"])
        #expect(json["skipped"] == [["name": "s", "reason": "frozen: because"]])
        #expect(json["failed"] == [["name": "f", "error": ["code": "network", "message": "m"]]])
        #expect(json["changed"]?.array?.count == 1)
        let changed = try #require(json["changed"]?[0]?.object)
        #expect(changed.keys == ["compareURL", "name", "new", "old"])
        #expect(changed["compareURL"] == "https://c")
        #expect(changed["old"] == change.old.json)
        #expect(changed["new"] == change.new.json)
        #expect(changed["name"] == "p")
    }

    @Test func `What is not known is left out`() throws {
        let file = Fetch.file(url: "https://example.org/a", hash: Self.hash, name: "a")
        let json = try Self.change("file", from: Locked(fetch: file), to: Locked(fetch: file)).json
        #expect(json.object?.keys == ["name", "new", "old"])
    }

    // MARK: Summaries

    @Test func `What tells two states apart is the version, the commit, the address, or the hash`() {
        func locked(_ version: String?, _ revision: String?, _ url: String, _ contents: String) -> Locked {
            Locked(
                fetch: .tarball(url: url, hash: SHA256.hash(Array(contents.utf8))), revision: revision, version: version
            )
        }
        let state = locked("1.0", Self.old, "https://example.org/1", "1")
        #expect(Summary.of(state, versus: locked("2.0", Self.new, "https://example.org/2", "2")) == "1.0")
        #expect(Summary.of(state, versus: locked("1.0", Self.new, "https://example.org/2", "2")) == "aaaaaaaaaaaa")
        #expect(
            Summary.of(state, versus: locked("1.0", Self.old, "https://example.org/2", "2")) == "https://example.org/1")
        #expect(
            Summary.of(state, versus: locked("1.0", Self.old, "https://example.org/1", "2"))
                == SHA256.hash(Array("1".utf8)).sri)
        // One that had no version is told by its commit.
        #expect(
            Summary.of(locked(nil, Self.old, "u", "1"), versus: locked("1.0", Self.new, "u", "2")) == "aaaaaaaaaaaa")
    }

    @Test func `One state is its version and commit, or where it comes from`() {
        let fetch = Fetch.tarball(url: "https://example.org/1", hash: Self.hash)
        #expect(Summary.of(Locked(fetch: fetch, revision: Self.old, version: "1.0")) == "1.0 aaaaaaaaaaaa")
        #expect(Summary.of(Locked(fetch: fetch, version: "1.0")) == "1.0")
        #expect(Summary.of(Locked(fetch: fetch, revision: Self.old)) == "aaaaaaaaaaaa")
        #expect(Summary.of(Locked(fetch: fetch)) == "https://example.org/1")
        #expect(Summary.of(Locked(fetch: .other(fetcher: "svn"))) == "svn")
    }
}
