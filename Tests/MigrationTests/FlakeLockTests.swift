import JSON
import Lockfile
import Migration
import NixHash
import Resolvers
import Testing

/// Locks of flakes, as they are read.
struct FlakeLockTests {
    private static func read(_ text: String, _ hosts: ServiceHosts = Reading.hosts) throws -> ForeignLock {
        try ForeignTool.flake.read(Array(text.utf8), at: hosts)
    }

    /// A lock with one input.
    private static func lock(_ locked: String, _ original: String) -> String {
        #"{"nodes":{"x":{"locked":\#(locked),"original":\#(original)},"root":{"inputs":{"x":"x"}}},"root":"root","#
            + #""version":7}"#
    }

    @Test(arguments: ["v5", "v6", "v7"])
    func `Each version is read as the pins that it means`(version: String) throws {
        try Reading.expect(.flake, "flake/\(version).lock", toBe: "flake/\(version).json")
    }

    // MARK: One input

    private static let revision = String(repeating: "a", count: 40)
    private static let hash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

    private static func github(_ more: String = "") -> String {
        #"{"type":"github","owner":"o","repo":"r","rev":"\#(revision)","narHash":"\#(hash)"\#(more)}"#
    }

    private static func only(_ locked: String, _ original: String) throws -> ForeignPin {
        let read = try Self.read(lock(locked, original))
        #expect(read.skipped == [])
        return try #require(read.pins.first)
    }

    private static func skipped(_ locked: String, _ original: String) throws -> String? {
        let read = try Self.read(lock(locked, original))
        #expect(read.pins.isEmpty)
        return read.skipped.first.map { Reading.text($0.reason) }
    }

    /// Both `HEAD` and nothing are the default branch, and the forge's own host is none to be named.
    @Test(arguments: ["", #","ref":"HEAD""#, #","host":"github.com""#])
    func `What is tracked by default has no field`(more: String) throws {
        let pin = try Self.only(Self.github(), #"{"type":"github","owner":"o","repo":"r"\#(more)}"#)
        #expect(pin.source.source.json == ["owner": "o", "repo": "r", "type": "github"])
        #expect(pin.fallback == nil)
    }

    /// What is written counts for what is tracked, and what is locked for what is fetched.
    @Test func `A repository is tracked as it is written`() throws {
        let original = #"{"type":"github","owner":"O","repo":"r","rev":"\#(Self.revision.uppercased())"}"#
        let pin = try Self.only(Self.github(), original)
        #expect(pin.source.source.json == ["at": .string(Self.revision), "owner": "O", "repo": "r", "type": "github"])
    }

    /// Nix keeps what was written beside what a registry of one's own has put in its place.
    @Test func `What is fetched is at the place that is locked`() throws {
        let original = #"{"type":"github","owner":"written","repo":"r","host":"forge.example.org"}"#
        let pin = try Self.only(Self.github(), original)
        #expect(pin.source.source["owner"] == "written" && pin.source.source["host"] == "forge.example.org")
        guard case .locked(let locked) = pin.state else { throw LockfileError(.missingVersion) }
        #expect(locked.fetch.url == "https://github.com/o/r/archive/\(Self.revision).tar.gz")
        for (old, new) in [(#""o""#, #""../..""#), (#""r""#, #""a\u001bb""#)] {
            #expect(
                try Self.skipped(Self.github().replacing(old, with: new), original)?.hasPrefix("unreadable") == true)
        }
        let host = Self.github(#","host":"u:secret@example.org""#)
        #expect(try Self.skipped(host, original)?.hasPrefix("unreadable") == true)
    }

    /// A registry of one's own may have the name stand for anything.
    @Test func `Only the public nixpkgs has a branch that the registry names`() throws {
        let name = #"{"type":"indirect","id":"nixpkgs"}"#
        #expect(try Self.only(Self.github(), name).source.source["branch"] == nil)
        let locked = Self.github().replacing(#""owner":"o","repo":"r""#, with: #""owner":"nixos","repo":"Nixpkgs""#)
        #expect(try Self.only(locked, name).source.source["branch"] == "nixpkgs-unstable")
        #expect(try Self.only(locked, name).remarks == [.registry(name: "nixpkgs")])
    }

    /// Its archives are like the others, but its refs are none of git's.
    @Test func `What is on sourcehut in Mercurial stays where it is`() throws {
        let locked = #"{"type":"sourcehut","owner":"~o","repo":"r","host":"hg.sr.ht","rev":"\#(Self.revision)","#
        let pin = try Self.only(
            locked + #""narHash":"\#(Self.hash)"}"#,
            #"{"type":"sourcehut","owner":"~o","repo":"r","host":"hg.sr.ht","rev":"\#(Self.revision)"}"#)
        let url = "https://hg.sr.ht/~o/r/archive/\(Self.revision).tar.gz"
        #expect(pin.source.source.json == ["type": "tarball", "url": .string(url)])
        guard case .locked(let locked) = pin.state else { throw LockfileError(.missingVersion) }
        #expect(locked.fetch.url == url && locked.revision == Self.revision)
    }

    /// Where the forge is said to be is where its archives are fetched from, as by `update`.
    @Test func `The archive of a forge is where the forge is`() throws {
        let hosts = ServiceHosts(environment: ["PINR_GITHUB_URL": "http://127.0.0.1:8080"])
        let read = try Self.read(Self.lock(Self.github(), #"{"type":"github","owner":"o","repo":"r"}"#), hosts)
        guard case .locked(let locked)? = read.pins.first?.state else { throw LockfileError(.missingVersion) }
        #expect(locked.fetch.url == "http://127.0.0.1:8080/o/r/archive/\(Self.revision).tar.gz")
    }

    @Test(arguments: ["", #","narHash":"""#, #","narHash":null"#])
    func `What has no hash is to be hashed`(hash: String) throws {
        let git = #"{"type":"git","url":"https://example.org/r","rev":"\#(Self.revision)","ref":"main"\#(hash)}"#
        let tarball = #"{"type":"tarball","url":"https://example.org/a.tar.gz"\#(hash)}"#
        let file = #"{"type":"file","url":"https://example.org/a"\#(hash)}"#
        for locked in [git, tarball, file] {
            guard case .unhashed(_, let stated, .noHash) = try Self.only(locked, locked).state else {
                Issue.record("\(locked)")
                continue
            }
            #expect(stated == nil)
        }
    }

    @Test func `What is wrong with one input keeps no other from being read`() throws {
        let github = #"{"type":"github","owner":"o","repo":"r"}"#
        for (locked, original, reason) in [
            (github, github, "not locked"), ("null", github, "not locked"),
            (Self.github(#","lastModified":"yesterday""#), github, "unreadable"),
            (Self.github().replacing(Self.hash, with: "sha256-x"), github, "unreadable"),
            (Self.github().replacing(Self.revision, with: "abc"), github, "unreadable"),
            (Self.github(), #"{"type":"github","owner":"../..","repo":"r"}"#, "unreadable"),
            (Self.github(), "7", "unreadable"), (Self.github(#","dir":"a/../..""#), github, "unreadable"),
        ] {
            #expect(try Self.skipped(locked, original)?.hasPrefix(reason) == true, "\(locked)")
        }
        let tarball = #"{"type":"tarball","url":"https://u:p@example.org/a.tar.gz","narHash":"\#(Self.hash)"}"#
        #expect(try Self.skipped(tarball, tarball)?.hasPrefix("refused") == true)
        #expect(try Self.skipped(tarball, tarball)?.contains("u:p") == false)
        let query = #"{"type":"git","url":"https://example.org/r?x=1","rev":"\#(Self.revision)"}"#
        #expect(try Self.skipped(query, query)?.hasPrefix("refused") == true)
    }

    // MARK: The whole

    @Test(arguments: [#"{"version":4}"#, #"{"version":8}"#, #"{"version":"7"}"#, #"{"version":5.5}"#])
    func `A version that is not known is named`(text: String) {
        #expect(throws: MigrationError.self) { try Self.read(text) }
    }

    @Test(arguments: ["{}", "[]", "7", #"{"version":7}"#, #"{"nodes":{},"root":"root"}"#])
    func `What is no lock of a flake is refused`(text: String) {
        #expect(throws: MigrationError.notItsLock(.flake)) { try Self.read(text) }
    }

    @Test(arguments: [
        "", "{", #"{"version":7,"root":"root","nodes":{}}"#, #"{"version":7,"root":1,"nodes":{}}"#,
        #"{"version":7,"root":"r","nodes":{"r":{"inputs":[]}}}"#, #"{"version":7,"root":"r","nodes":{"r":7}}"#,
    ])
    func `A lock that is damaged at its top is refused`(text: String) {
        #expect(throws: LockfileError.self) { try Self.read(text) }
    }

    @Test(arguments: ["{}", #"{"inputs":{}}"#, #"{"inputs":null}"#])
    func `A flake without inputs has no pins`(root: String) throws {
        let read = try Self.read(#"{"version":7,"root":"r","nodes":{"r":\#(root)}}"#)
        #expect(read.pins.isEmpty && read.skipped == [])
    }

    /// Each input follows the one before it twice over: who goes every way to its end never comes to one.
    @Test func `Inputs that follow each other many times over are followed once`() throws {
        var inputs = [#""i0":"x""#]
        for index in 1...60 { inputs.append(#""i\#(index)":["i\#(index - 1)","again\#(index)"]"#) }
        let again = (1...60).map { #""again\#($0)":["i\#($0 - 1)"]"# }.joined(separator: ",")
        let original = #"{"type":"github","owner":"o","repo":"r"}"#
        let node = #"{"inputs":{\#(again)},"locked":\#(Self.github()),"original":\#(original)}"#
        let read = try Self.read(
            #"{"version":7,"root":"r","nodes":{"x":\#(node),"r":{"inputs":{\#(inputs.joined(separator: ","))}}}}"#)
        #expect(read.pins.count == 61 && read.skipped == [])
    }

    /// A lock may be made to exhaust the stack.
    @Test func `Any number of inputs may follow one another`() throws {
        let count = 50_000
        let inputs = (1...count).map { #""i\#($0)":["i\#($0 - 1)"]"# }.joined(separator: ",")
        let original = #"{"type":"github","owner":"o","repo":"r"}"#
        let node = #"{"locked":\#(Self.github()),"original":\#(original)}"#
        func read(_ last: String) throws -> ForeignLock {
            try Self.read(
                #"{"version":7,"root":"r","nodes":{"x":\#(node),"r":{"inputs":{"i0":\#(last),\#(inputs)}}}}"#)
        }
        let all = try read(#""x""#)
        #expect(all.pins.count == count + 1 && all.skipped == [])
        for last in [#"["i\#(count)"]"#, #""gone""#, "7", #"["i0"]"#, #"["nothing"]"#] {
            let none = try read(last)
            #expect(none.pins.isEmpty && none.skipped.count == count + 1, "\(last)")
        }
    }

    @Test func `Inputs that follow in a circle take no other with them`() throws {
        let original = #"{"type":"github","owner":"o","repo":"r"}"#
        let node = #"{"inputs":{"back":["c"],"x":"x"},"locked":\#(Self.github()),"original":\#(original)}"#
        let inputs =
            #""a":["b"],"b":["a"],"c":["x","back"],"d":["x","x","x"],"e":["d"],"f":["a","x"],"g":["e"],"x":"x""#
        let read = try Self.read(#"{"version":7,"root":"r","nodes":{"x":\#(node),"r":{"inputs":{\#(inputs)}}}}"#)
        #expect(read.pins.map(\.name) == ["d", "e", "g", "x"])
        #expect(read.skipped.map(\.name) == ["a", "b", "c", "f"])
        #expect(read.skipped.map { Reading.text($0.reason) } == ["b", "a", "x/back", "a/x"].map { "follows \($0)" })
    }
}
