import Foundation
import JSON
import NixHash
import Support
import Testing

/// Archives and files behind URLs whose contents change.
@Suite struct MovingTests {
    private static let revision = "442793d9ec0584f6a6e82fa253850c8085bb150a"

    /// A web server of the test's own, in which `/current/…` leads to what the file `leads-to` names.
    private static func server() async throws -> WebServer {
        try await WebServer(
            locations: [
                """
                location /latest/ {
                    if (-f $document_root/moved) { rewrite ^/latest/(.*)$ /releases/2/$1 redirect; }
                    rewrite ^/latest/(.*)$ /releases/1/$1 redirect;
                }
                """,
                """
                location /signed/ {
                    rewrite ^/signed/(.*)$ /store/$1?X-Amz-Expires=300&X-Amz-Signature=c2VjcmV0 redirect;
                }
                """,
            ])
    }

    /// An archive of one file.
    private static func archive(_ text: String) async throws -> [UInt8] {
        try await Upstream.shared().archive("thing", ["default.nix": "\"\(text)\"\n"])
    }

    private static func flat(_ bytes: [UInt8]) throws -> String {
        var hash = SHA256()
        hash.update(bytes)
        return hash.finish().sri
    }

    private static func locked(_ project: Project, _ name: String = "x") throws -> JSON {
        try project.pin(name)["locked"] ?? .null
    }

    // MARK: Redirects

    @Test func aRedirectIsFollowedAndLockedAndFollowedAgain() async throws {
        let server = try await Self.server()
        for release in 1...2 {
            try server.put("releases/\(release)/x.tar.gz", try await Self.archive("\(release)"))
            try server.put("releases/\(release)/x.txt", "\(release)\n")
        }
        let project = try Project()
        try await project.pinr("add", server.url("/latest/x.tar.gz"), "--mutable", "--name", "x").expect(0)
        try await project.pinr("add", server.url("/latest/x.txt"), "--mutable", "--name", "f").expect(0)
        #expect(try project.pin("x")["source"]?["mutable"]?.bool == true)
        #expect(try Self.locked(project)["url"]?.string == server.url("/releases/1/x.tar.gz"))
        let shown = try await project.pinr("hash", server.url("/releases/1/x.tar.gz"), "--unpack").expect(0)
        #expect(try Self.locked(project)["hash"]?.string == shown.lines.first)
        #expect(try Self.locked(project, "f")["hash"]?.string == Self.flat(Array("1\n".utf8)))

        server.clearAccessLog()
        let before = try project.read("pins/pins.json")
        try await project.pinr("update", "--check").expect(0)
        try await project.pinr("update").expect(0)
        #expect(try project.read("pins/pins.json") == before)
        #expect(server.accessLog().allSatisfy { $0.method == "HEAD" })

        try server.put("moved", "")
        try await project.pinr("verify").expect(0)
        try await project.pinr("update", "--check").expect(2)
        try await project.pinr("update").expect(0)
        #expect(try Self.locked(project)["url"]?.string == server.url("/releases/2/x.tar.gz"))
        #expect(try Self.locked(project, "f")["url"]?.string == server.url("/releases/2/x.txt"))
        #expect(try Self.locked(project, "f")["hash"]?.string == Self.flat(Array("2\n".utf8)))
        try await project.pinr("verify").expect(0)
    }

    @Test func whatIsNotSaidToMoveDoesNot() async throws {
        let server = try await Self.server()
        for release in 1...2 { try server.put("releases/\(release)/x.txt", "\(release)\n") }
        let project = try Project()
        try await project.pinr("add", server.url("/latest/x.txt"), "--name", "x").expect(0)
        #expect(try Self.locked(project)["url"]?.string == server.url("/latest/x.txt"))
        #expect(try Self.locked(project)["validator"] == nil)
        let before = try project.read("pins/pins.json")
        try server.put("moved", "")
        server.clearAccessLog()
        try await project.pinr("update").expect(0)
        #expect(try project.read("pins/pins.json") == before)
        #expect(server.accessLog().isEmpty)
    }

    @Test func aSignedURLIsNeverLocked() async throws {
        let server = try await Self.server()
        try server.put("store/x.tar.gz", try await Self.archive("1"))
        let project = try Project()
        let url = server.url("/signed/x.tar.gz")
        let run = try await project.pinr("add", url, "--mutable", "--name", "x").expect(0, quietly: false)
        #expect(run.stderr.contains("redirects to no URL that lasts"), "\(run)")
        #expect(try Self.locked(project)["url"]?.string == url)
        let lock = String(decoding: try project.read("pins/pins.json"), as: UTF8.self)
        #expect(!lock.contains("Signature") && !lock.contains("c2VjcmV0"))
        // What lies in the store has a tag, and so nothing is fetched while it is the same.
        server.clearAccessLog()
        try await project.pinr("update").expect(0)
        #expect(server.accessLog().map(\.method) == ["HEAD", "HEAD"])
        #expect(server.accessLog().last?.status == "304")
        try server.put("store/x.tar.gz", try await Self.archive("another"))
        try await project.pinr("update").expect(0)
        #expect(String(decoding: try project.read("pins/pins.json"), as: UTF8.self) != lock)
    }

    @Test func whetherItMovesCanBeSet() async throws {
        let server = try await Self.server()
        for release in 1...2 { try server.put("releases/\(release)/x.txt", "\(release)\n") }
        let project = try Project()
        try await project.pinr("add", server.url("/latest/x.txt"), "--name", "x").expect(0)
        try await project.pinr("set", "x", "--mutable").expect(0)
        #expect(try project.pin("x")["source"]?["mutable"]?.bool == true)
        #expect(try Self.locked(project)["url"]?.string == server.url("/releases/1/x.txt"))
        try server.put("moved", "")
        try await project.pinr("update").expect(0)
        #expect(try Self.locked(project)["url"]?.string == server.url("/releases/2/x.txt"))
        try await project.pinr("set", "x", "--no-mutable").expect(0)
        #expect(try project.pin("x")["source"]?["mutable"] == nil)
        #expect(try Self.locked(project)["url"]?.string == server.url("/latest/x.txt"))
        #expect(try Self.locked(project)["validator"] == nil)

        try server.put("still.txt", "text")
        try await project.pinr("add", server.url("/still.txt"), "--mutable", "--name", "y").expect(0, quietly: false)
        let hash = try Self.locked(project, "y")["hash"]
        try await project.pinr("set", "y", "--no-mutable").expect(0)
        #expect(try Self.locked(project, "y")["hash"] == hash && Self.locked(project, "y")["validator"] == nil)
    }

    // MARK: The URL itself

    @Test func anUnchangedOneCostsOneRequestAndNoBody() async throws {
        let server = try await Self.server()
        let old = try await Self.archive("1")
        try server.put("x.tar.gz", old)
        let url = server.url("/x.tar.gz")
        let project = try Project()
        let added = try await project.pinr("add", url, "--mutable", "--name", "x").expect(0, quietly: false)
        #expect(added.stderr.contains("what is behind it will change and the hash with it"), "\(added)")
        let before = try project.read("pins/pins.json")
        #expect(try Self.locked(project)["validator"]?.string?.hasPrefix("\"") == true)

        server.clearAccessLog()
        let unchanged = try await project.pinr("update", "--json").expect(0)
        #expect(try unchanged.json["unchanged"] == ["x"])
        let log = server.accessLog()
        #expect(log.map { "\($0.method) \($0.status) \($0.bytes)" } == ["HEAD 304 0"])
        #expect(log.first?.ifNoneMatch == (try Self.locked(project)["validator"]?.string))
        #expect(try project.read("pins/pins.json") == before)

        // Put there once more, the same is the same; from then on it is asked about by its new tag.
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1_500_000_000)], ofItemAtPath: "\(server.root)/x.tar.gz")
        try await project.pinr("update", "--check").expect(0, quietly: false)
        #expect(try project.read("pins/pins.json") == before, "what only checks writes nothing")
        let same = try await project.pinr("update", "--json").expect(0)
        #expect(try same.json["unchanged"] == ["x"] && same.json["changed"] == [])
        server.clearAccessLog()
        try await project.pinr("update").expect(0)
        #expect(server.accessLog().map { "\($0.method) \($0.status)" } == ["HEAD 304"])

        try server.put("x.tar.gz", try await Self.archive("another"))
        try await project.pinr("verify").expect(2)
        let explained = try await project.pinr("explain", "x", "--json").expect(0)
        #expect(try explained.json["update"]?["action"]?.string == "fetch")
        try await project.pinr("update", "--check").expect(2, quietly: false)
        let changed = try await project.pinr("update", "--json").expect(0, quietly: false)
        #expect(try changed.json["changed"]?[0]?["name"]?.string == "x")
        try await project.pinr("verify").expect(0)
        // What is hashed once more is fetched, whatever the tag.
        server.clearAccessLog()
        try await project.pinr("update", "--refetch").expect(0, quietly: false)
        #expect(server.accessLog().contains { $0.method == "GET" && $0.status == "200" && $0.bytes != "0" })
    }

    /// Servers that know dates and no tags, answer every condition in full, or have tags that say little.
    @Test(arguments: ["date", "deaf", "weak", "bare"])
    func serversHaveManyWays(_ way: String) async throws {
        let server = try await HandlerServer(
            """
            tag = {"deaf": '"1"', "weak": 'W/"1"', "bare": "one"}.get("\(way)")
            date = "Wed, 21 Oct 2015 07:28:00 GMT"
            headers = {"ETag": tag} if tag else {"Last-Modified": date}
            if "\(way)" != "deaf" and tag and self.headers.get("If-None-Match") == tag: return self.reply(304, headers)
            self.reply(200, headers, b"text")
            """)
        defer { server.stop() }
        let project = try Project()
        try await project.pinr("add", server.url("/x.txt"), "--mutable", "--name", "x").expect(0, quietly: false)
        let count = server.requests.count
        let run = try await project.pinr("update", "--json").expect(0)
        #expect(try run.json["unchanged"] == ["x"])
        #expect(server.requests.dropFirst(count) == ["HEAD /x.txt"])
        if way == "date" { #expect(try Self.locked(project)["lastModified"]?.integer == 1_445_412_480) }
    }

    /// A file that is put back is older than the one that was locked, and there are files that all have one date.
    @Test(arguments: [(1_500_000_000, 1_400_000_000), (1, 1)])
    func anotherFileThatIsNoNewerIsNoticed(_ first: Int, _ second: Int) async throws {
        let server = try await WebServer(
            locations: ["location = /x.txt { etag off; if_modified_since before; }"])
        func put(_ text: String, dated seconds: Int) throws {
            try server.put("x.txt", text)
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: TimeInterval(seconds))],
                ofItemAtPath: "\(server.root)/x.txt")
        }
        try put("first", dated: first)
        let project = try Project()
        try await project.pinr("add", server.url("/x.txt"), "--mutable", "--name", "x").expect(0, quietly: false)
        try put("other", dated: second)
        let run = try await project.pinr("update", "--json").expect(0, quietly: false)
        #expect(try run.json["changed"]?[0]?["name"]?.string == "x")
        #expect(try Self.locked(project)["hash"]?.string == Self.flat(Array("other".utf8)))
    }

    // MARK: The Lockable HTTP Tarball Protocol

    private static func lockable(_ bytes: [UInt8], _ query: String) async throws -> HandlerServer {
        let hex = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return try await HandlerServer(
            """
            body = bytes.fromhex("\(hex)")
            link = {"Link": '</pinned/1.tar.gz?\(query)>; rel="immutable"'}
            if path == "/lib.tar.gz": return self.reply(200, link, body)
            if path == "/redirect.tar.gz": return self.reply(302, link | {"Location": "/other.tar.gz?sig=secret"})
            if path == "/get.tar.gz": return self.reply(200, link if method == "GET" else {}, body)
            if path == "/get-only.tar.gz": return self.reply(*((200, link, body) if method == "GET" else (405,)))
            if path == "/pinned/1.tar.gz": return self.reply(200, {}, body)
            self.reply(200 if path.startswith("/other") else 404)
            """)
    }

    @Test(arguments: ["/lib.tar.gz", "/redirect.tar.gz", "/get.tar.gz", "/get-only.tar.gz"])
    func theLinkIsLockedAndNixEvaluatesIt(_ path: String) async throws {
        let bytes = try await Self.archive("lockable")
        let upstream = try await Upstream.shared()
        let copy = try upstream.put("files/\(upstream.uniqueName("lockable-")).tar.gz", bytes)
        let project = try Project()
        let hash = try #require(try await project.pinr("hash", copy, "--unpack").expect(0).lines.first)
        let escaped = hash.replacingOccurrences(of: "+", with: "%2B").replacingOccurrences(of: "=", with: "%3D")
        let server = try await Self.lockable(
            bytes, "rev=\(Self.revision)&revCount=835&lastModified=1700000000&narHash=\(escaped)")
        defer { server.stop() }
        try await project.pinr("add", server.url(path), "--mutable", "--name", "x").expect(0)
        let expected: JSON = [
            "fetcher": "tarball", "hash": .string(hash), "lastModified": 1_700_000_000,
            "revision": .string(Self.revision), "url": .string(server.url("/pinned/1.tar.gz")),
        ]
        #expect(try Self.locked(project) == expected)
        let count = server.requests.count
        try await project.pinr("update").expect(0)
        #expect(!server.requests.dropFirst(count).contains { $0.contains("/pinned/") })
        try await project.pinr("verify").expect(0)

        if !NixSandbox.isAvailable { try Test.cancel("left out: what Nix makes of it, which is not installed") }
        let nix = try NixSandbox()
        let pins = "(import \(project.file("pins")))"
        #expect(try await nix.evaluateString("import \(pins).x") == "lockable")
        #expect(try await nix.evaluateString("\(pins).x.revision") == Self.revision)
        #expect(try await nix.evaluate("\(pins).x.lastModified") == "1700000000")
    }

    @Test(arguments: [[], ["--no-unpack"]])
    func aHashThatIsNotTheStatedOneIsNoPin(_ options: [String]) async throws {
        let wrong = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
        let server = try await Self.lockable(
            try await Self.archive("x"), "narHash=\(wrong.replacingOccurrences(of: "=", with: "%3D"))")
        defer { server.stop() }
        let project = try await NameTests.project(["kept"])
        let before = try project.read("pins/pins.json")
        let arguments = ["add", server.url("/lib.tar.gz"), "--mutable", "--name", "x"] + options
        try await project.pinr(arguments).expectFailure(saying: "/pinned/1.tar.gz", wrong)
        try expectError("hash-mismatch", try await project.pinr(arguments + ["--json"]))
        #expect(try project.read("pins/pins.json") == before)
    }

    @Test func anImmutableURLOfWhichAnotherHashIsStatedIsAnError() async throws {
        let project = try Project()
        let wrong = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
        let stated = try await Self.lockable(
            try await Self.archive("x"),
            "rev=\(Self.revision)&narHash=\(wrong.replacingOccurrences(of: "=", with: "%3D"))")
        defer { stated.stop() }
        try await project.pinr("add", stated.url("/pinned/1.tar.gz"), "--name", "x").expect(0)
        // It is locked to what the server calls immutable; what the server says of that is new.
        try project.edit(
            "\"type\": \"tarball\",\n        \"url\": \"\(stated.url("/pinned/1.tar.gz"))\"",
            to:
                "\"mutable\": true,\n        \"type\": \"tarball\",\n        \"url\": \"\(stated.url("/lib.tar.gz"))\"")
        try project.edit("\"hash\":", to: "\"revision\": \"\(Self.revision)\",\n        \"hash\":")
        let before = try project.read("pins/pins.json")
        let update = try await project.pinr("update", "--json")
        update.expect(1, quietly: false)
        #expect(try update.json["failed"]?[0]?["error"]?["code"]?.string == "hash-mismatch")
        let explained = try await project.pinr("explain", "x", "--json").expect(1, quietly: false)
        #expect(try explained.json["update"]?["action"]?.string == "fail")
        #expect(try explained.json["error"]?["code"]?.string == "hash-mismatch")
        #expect(try project.read("pins/pins.json") == before)
    }

    @Test func aFileOfAnArchiveWhoseTreeIsStatedIsHashedFlat() async throws {
        let bytes = try await Self.archive("flat")
        let upstream = try await Upstream.shared()
        let copy = try upstream.put("files/\(upstream.uniqueName("flat-")).tar.gz", bytes)
        let project = try Project()
        let hash = try #require(try await project.pinr("hash", copy, "--unpack").expect(0).lines.first)
        let server = try await Self.lockable(bytes, "narHash=\(hash)")
        defer { server.stop() }
        try await project.pinr("add", server.url("/lib.tar.gz"), "--mutable", "--no-unpack", "--name", "x").expect(0)
        #expect(try Self.locked(project)["hash"]?.string == Self.flat(bytes))
        #expect(try Self.locked(project)["name"]?.string == "1.tar.gz")
    }

    @Test func aStatementThatCannotBeIsNoPin() async throws {
        let server = try await Self.lockable(try await Self.archive("x"), "rev=main")
        defer { server.stop() }
        let project = try Project()
        try await project.pinr("add", server.url("/lib.tar.gz"), "--mutable", "--name", "x")
            .expectFailure(saying: "rev=main", server.url("/lib.tar.gz"))
        // Without the option nobody looks.
        try await project.pinr("add", server.url("/lib.tar.gz"), "--name", "x").expect(0)
    }

    // MARK: Channels

    @Test func theVersionOfAChannelsPackagesIsRight() async throws {
        let upstream = try await Upstream.shared()
        let name = upstream.uniqueName("nixos-")
        let release = "\(name)-25.05.4659.8f0500b96605"
        // As nixpkgs' own library does it, out of the files that only channels have.
        let bytes = try await upstream.archive(
            release,
            [
                ".version": "25.05", ".version-suffix": ".4659.8f0500b96605",
                ".git-revision": Self.revision, "programs.sqlite": "",
                "default.nix": """
                { }: {
                  lib.version = builtins.readFile ./.version + builtins.readFile ./.version-suffix;
                  lib.revision = builtins.readFile ./.git-revision;
                }
                """,
            ], command: ["tar", "--mtime=@315532800", "-cJf"], ending: "tar.xz")
        let folder = "nixos/\(name)/\(release)"
        let server = try await WebServer(
            locations: [
                """
                location = /\(name)/nixexprs.tar.xz {
                    add_header Link "<http://$http_host/\(folder)/nixexprs.tar.xz?rev=\(Self.revision)&lastModified=1748000000>; rel=\\"immutable\\"";
                    return 302 /\(folder)/nixexprs.tar.xz;
                }
                """,
                "location ~ ^/\(name)/latest-nixos-minimal-(.*)$ { return 302 /\(folder)/nixos-minimal-25.05.4659.8f0500b96605-$1; }",
            ])
        try server.put("\(folder)/nixexprs.tar.xz", bytes)
        try server.put("\(folder)/git-revision", Self.revision)
        let image = "nixos-minimal-25.05.4659.8f0500b96605-x86_64-linux.iso"
        try server.put("\(folder)/\(image)", "an image")
        let project = try Project(["PINR_CHANNEL_URL": server.baseURL])
        try await project.pinr("add", "channel:\(name)", "--name", "nixpkgs").expect(0)
        let locked = try Self.locked(project, "nixpkgs")
        #expect(locked["version"]?.string == release && locked["revision"]?.string == Self.revision)
        #expect(locked["lastModified"]?.integer == 1_748_000_000)
        try await project.pinr("add", "channel:\(name)#latest-nixos-minimal-x86_64-linux.iso", "--name", "iso").expect(
            0)
        let iso = try Self.locked(project, "iso")
        #expect(iso["name"]?.string == image && iso["url"]?.string == server.url("/\(folder)/\(image)"))
        #expect(iso["hash"]?.string == (try Self.flat(Array("an image".utf8))))
        try await project.pinr("update", "--check").expect(0)
        try await project.pinr("verify").expect(0)
        try await project.pinr("add", "channel:\(name)#absent.iso", "--name", "absent")
            .expectFailure(saying: "the channel `\(name)` has no `absent.iso`")

        if !NixSandbox.isAvailable { try Test.cancel("left out: what Nix makes of it, which is not installed") }
        let nix = try NixSandbox()
        let pins = "(import \(project.file("pins")))"
        #expect(
            try await nix.evaluateString("(import \(pins).nixpkgs { }).lib.version") == "25.05.4659.8f0500b96605")
        #expect(try await nix.evaluateString("(import \(pins).nixpkgs { }).lib.revision") == Self.revision)
        #expect(try await nix.evaluateString("\(pins).iso.outPath").hasSuffix("-\(image)"))
    }
}
