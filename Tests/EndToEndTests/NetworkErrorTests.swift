import Foundation
import JSON
import Support
import Testing

/// What the world can do wrong: each is one message that says what, where and what to do, and the lock stays as it was.
@Suite struct NetworkErrorTests {
    /// Adds a source, which fails so; beside a pin that is there, and where there is no lock yet.
    private func expectFailure(
        _ source: String, options: [String] = [], code: String, saying texts: [String],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        var project = try await NameTests.project(["kept"])
        project.environment.merge(try await Upstream.shared().environment) { $1 }
        let before = try project.read("pins/pins.json")
        let arguments = ["add", source, "--name", "x", "--retries", "0"] + options
        let plain = try await project.pinr(arguments)
        plain.expectFailure(sourceLocation: sourceLocation)
        for text in texts {
            #expect(plain.stderr.contains(text), "`\(text)` is not said: \(plain)", sourceLocation: sourceLocation)
        }
        try expectError(code, try await project.pinr(arguments + ["--json"]), sourceLocation: sourceLocation)
        #expect(try project.read("pins/pins.json") == before, sourceLocation: sourceLocation)
        #expect(try project.list("pins") == ["default.nix", "pins.json"], sourceLocation: sourceLocation)

        try await run(["rm", "-r", project.file("pins")])
        _ = try await project.pinr(arguments)
        #expect(try project.list(".") == ["f.txt"], sourceLocation: sourceLocation)
    }

    @Test(arguments: ["https://nowhere.invalid/x.tar.gz", "git+https://nowhere.invalid/x", "git://nowhere.invalid/x"])
    func anUnknownHost(_ source: String) async throws {
        try await expectFailure(source, code: "network", saying: ["there is no host `nowhere.invalid`"])
    }

    @Test(arguments: ["http://127.0.0.1:1/x.tar.gz", "git+http://127.0.0.1:1/x", "git://127.0.0.1:1/x"])
    func aRefusedConnection(_ source: String) async throws {
        try await expectFailure(source, code: "network", saying: ["127.0.0.1:1"])
    }

    @Test func nothingThere() async throws {
        let upstream = try await Upstream.shared()
        let file = upstream.url("/files/absent.txt")
        try await expectFailure(file, code: "not-found", saying: [file, "HTTP 404"])
        let archive = upstream.url("/files/absent.tar.gz")
        try await expectFailure(archive, code: "not-found", saying: [archive, "HTTP 404"])
        let repository = upstream.url("/github/nobody/nothing.git")
        try await expectFailure("github:nobody/nothing", code: "not-found", saying: [repository])
        try await expectFailure("git+\(repository)", code: "not-found", saying: [repository])
        try await expectFailure("channel:nixos-99.99", code: "not-found", saying: ["there is no channel `nixos-99.99`"])
        try await expectFailure("file:///nowhere/x.txt", code: "not-found", saying: ["/nowhere/x.txt"])
        try await expectFailure("git+file:///nowhere/x", code: "not-found", saying: ["/nowhere/x"])
    }

    @Test func aServerThatRefuses() async throws {
        let upstream = try await Upstream.shared()
        for (path, code, text) in [
            ("private", "auth", "401"), ("limited", "rate-limited", "429"), ("failing", "network", "503"),
        ] {
            let url = upstream.url("/\(path)/x.tar.gz")
            try await expectFailure(url, code: code, saying: [url, text])
        }
        try await expectFailure(upstream.url("/loop/x.tar.gz"), code: "network", saying: ["redirects more than"])
        try await expectFailure(upstream.url("/odd/x.tar.gz"), code: "network", saying: ["ftp://127.0.0.1/x.tar.gz"])
    }

    @Test func anArchiveOfARevisionThatTheForgeDoesNotGive() async throws {
        let repository = try await Upstream.shared().github()
        let revision = try await repository.work.revision()
        try await run([
            "rm",
            "\(repository.upstream.root)/github/\(repository.owner)/\(repository.repo)/archive/\(revision).tar.gz",
        ])
        try await expectFailure(repository.notation, code: "not-found", saying: [repository.archiveURL(revision)])
    }

    @Test func anEmptyRepository() async throws {
        let upstream = try await Upstream.shared()
        let name = upstream.uniqueName("empty")
        let path = "\(upstream.root)/github/owner/\(name).git"
        _ = try await TestRepository(at: path, bare: true)
        let url = upstream.url("/github/owner/\(name).git")
        for source in ["github:owner/\(name)", "git+\(url)", "git+file://\(path)"] {
            try await expectFailure(source, code: "not-found", saying: ["has no commit"])
        }
    }

    @Test func aRepositoryThatIsServedWithoutGit() async throws {
        let repository = try await Upstream.shared().github()
        try await repository.bare.updateServerInfo()
        let dumb = try await WebServer(root: "\(repository.upstream.root)/github/\(repository.owner)")
        defer { dumb.stop() }
        try await expectFailure(
            "git+" + dumb.url("/\(repository.repo).git"), code: "bad-git",
            saying: ["smart protocol"])
    }

    // MARK: Archives

    @Test func aPageIsNoArchive() async throws {
        let upstream = try await Upstream.shared()
        let page = Array("<!DOCTYPE html>\n<html><body>Please log in.</body></html>\n".utf8)
        let url = try upstream.put("files/\(upstream.uniqueName("page-")).tar.gz", page)
        try await expectFailure(url, code: "bad-archive", saying: [url, "not an archive", "--no-unpack"])
    }

    @Test func aTruncatedArchive() async throws {
        let upstream = try await Upstream.shared()
        var generator = SystemRandomNumberGenerator()
        let noise = (0..<4000).map { _ in String(generator.next(), radix: 36) }.joined()
        for (ending, command) in [("tar.gz", ["tar", "-czf"]), ("tar.xz", ["tar", "-cJf"]), ("tar", ["tar", "-cf"])] {
            let whole = try await upstream.archive("x", ["a": noise], command: command, ending: ending)
            let url = try upstream.put(
                "files/\(upstream.uniqueName("cut-")).\(ending)", whole.prefix(whole.count / 2))
            try await expectFailure(url, code: "bad-archive", saying: [url, "damaged or cut short"])
        }
    }

    @Test func aTruncatedDownload() async throws {
        let cut = try await CutServer()
        defer { cut.stop() }
        for ending in ["tar.gz", "txt"] {
            let url = "http://127.0.0.1:\(cut.port)/x.\(ending)"
            try await expectFailure(url, code: "network", saying: [url, "cut short"])
        }
    }
}
