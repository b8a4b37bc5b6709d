import Foundation
import JSON
import Support
import Testing

/// Answers as services document them, from files that a server sends as they are.
@Suite struct RecordedAnswerTests {
    private static let folder = "\(packageRoot)/Tests/Fixtures"
    private static let revision = "b75693fb46bfaf09e662d09ec076c5a162efa9f6"

    /// A server that gives the answer of a file, and below `/pinned/` and `/other/` an archive.
    private static func server(
        _ file: String, archive: [UInt8] = [], narHash: String = ""
    ) async throws -> HandlerServer {
        let hex = archive.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return try await HandlerServer(
            """
            body = bytes.fromhex("\(hex)")
            if path.startswith(("/pinned/", "/other/")): return self.reply(200, {"Content-Type": "application/gzip"}, body)
            base = "http://127.0.0.1:%d" % self.server.server_address[1]
            text = open("\(folder)/\(file)").read().replace("BASE", base).replace("NARHASH", "\(narHash)")
            head, _, text = text.partition("\\n\\n")
            body = text.encode() or (body if " 200 " in head else b"")
            head = head.replace("\\n", "\\r\\n") + "\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(body)
            self.wfile.write(head.encode() + (body if method != "HEAD" else b""))
            """)
    }

    @Test(arguments: [
        ("github-primary", "until 2100-01-01T00:00:00Z"), ("github-secondary", "it asks to wait 3600 seconds, until 2"),
        ("gitlab", "until 2100-01-01T00:00:00Z"), ("ietf", "it asks to wait 1800 seconds"),
        ("dockerhub", "try later"), ("rubygems", "it asks to wait 600 seconds"),
    ])
    func aLimitIsSaidWithItsEnd(_ file: String, _ text: String) async throws {
        let server = try await Self.server("limits/\(file).http")
        defer { server.stop() }
        let project = try Project(["PINR_CHANNEL_HOST": server.url("")])
        for source in [server.url("/x.tar.gz"), "channel:c"] {
            try await project.pinr("add", source, "--name", "x")
                .expectFailure(saying: "was asked too often", text, "PINR_TOKEN_127_0_0_1_\(server.port)")
            try expectError("rate-limited", try await project.pinr("add", source, "--name", "x", "--json"))
        }
        #expect(server.requests.count == 4)
    }

    @Test(arguments: ["channels", "forgejo", "flakehub", "s3"])
    func whatIsLinkedToIsLocked(_ file: String) async throws {
        let upstream = try await Upstream.shared()
        let bytes = try await upstream.archive("thing", ["default.nix": "\"linked\"\n"])
        let copy = try upstream.put("files/\(upstream.uniqueName("linked-")).tar.gz", bytes)
        let project = try Project()
        let hash = try #require(try await project.pinr("hash", copy, "--unpack").expect(0).lines.first)
        let escaped = hash.replacingOccurrences(of: "+", with: "%2B").replacingOccurrences(of: "=", with: "%3D")
        let server = try await Self.server("lockable/\(file).http", archive: bytes, narHash: escaped)
        defer { server.stop() }
        try await project.pinr("add", server.url("/x.tar.gz"), "--mutable", "--name", "x").expect(0)
        let locked = try project.pin("x")["locked"] ?? .null
        #expect(locked["url"]?.string?.hasPrefix(server.url("/pinned/")) == true, "\(locked)")
        #expect(locked["url"]?.string?.contains("?") == false, "\(locked)")
        #expect(locked["hash"]?.string == hash && locked["revision"]?.string == Self.revision)
        if file == "channels" || file == "flakehub" { #expect(locked["lastModified"]?.integer == 1_742_400_000) }
        let count = server.requests.count
        try await project.pinr("update").expect(0)
        #expect(server.requests.dropFirst(count).allSatisfy { $0.hasPrefix("HEAD ") })
        try await project.pinr("verify").expect(0)
    }
}
