import JSON
import NixHash
import Support
import Testing

/// `add` of every kind of source.
@Suite struct AddTests {
    // MARK: Channels

    @Test func aChannelIsLockedToTheReleaseItRedirectsTo() async throws {
        let upstream = try await Upstream.shared()
        let channel = try await upstream.channel(upstream.uniqueName("nixos-"))
        let project = try await Project.connected()
        let run = try await project.pinr("add", "channel:\(channel.name)").expect(0)
        #expect(run.lines.first == "added \(channel.name)")
        let pin = try project.pin(channel.name)
        #expect(pin["source"] == ["channel": .string(channel.name), "type": "channel"])
        #expect(pin["locked"]?["fetcher"]?.string == "tarball")
        #expect(pin["locked"]?["url"]?.string == channel.url(1))
        #expect(pin["locked"]?["revision"]?.string == channel.revision(1))
        #expect(pin["locked"]?["version"]?.string == channel.release(1))
        #expect(pin["locked"]?["lastModified"]?.integer != nil)
        #expect(try project.list("pins") == ["default.nix", "pins.json"])
    }

    @Test func anArtifactOfAChannelIsTakenFlat() async throws {
        let upstream = try await Upstream.shared()
        let channel = try await upstream.channel(upstream.uniqueName("nixos-"))
        let project = try await Project.connected()
        try await project.pinr("add", "channel:\(channel.name)#packages.json", "--name", "p").expect(0)
        let locked = try project.pin("p")["locked"]
        #expect(locked?["fetcher"]?.string == "file")
        #expect(locked?["url"]?.string == channel.url(1, file: "packages.json"))
        #expect(locked?["hash"]?.string == SHA256.hash(Array("{\"n\":1}\n".utf8)).sri)
    }

    @Test func aChannelThatDoesNotRedirectIsPinnedWithAWarning() async throws {
        let upstream = try await Upstream.shared()
        let name = upstream.uniqueName("fixed-")
        try upstream.put(
            "still/\(name)/nixexprs.tar.xz",
            try await upstream.archive(name, ["a": "a"], command: ["tar", "-cJf"], ending: "tar.xz"))
        let project = try Project(["PINR_CHANNEL_HOST": upstream.url("/still")])
        let run = try await project.pinr("add", "channel:\(name)").expect(0, quietly: false)
        #expect(run.stderr.contains("warning: ") && run.stderr.contains("did not redirect"), "\(run)")
    }

    // MARK: GitHub

    @Test func aRepositoryOnGitHubIsPinnedAsItsArchive() async throws {
        let repository = try await Upstream.shared().github()
        let project = try await Project.connected()
        try await project.pinr("add", repository.notation).expect(0)
        let revision = try await repository.work.revision()
        let pin = try project.pin(repository.repo)
        #expect(
            pin["source"] == [
                "type": "github", "owner": .string(repository.owner), "repo": .string(repository.repo),
            ])
        #expect(pin["locked"]?["fetcher"]?.string == "tarball")
        #expect(pin["locked"]?["url"]?.string == repository.archiveURL(revision))
        #expect(pin["locked"]?["revision"]?.string == revision)
        #expect(pin["locked"]?["lastModified"]?.integer == Int64(TestRepository.epoch))
        #expect(pin["frozen"] == nil)
        // Not one question to an API, of which so many an hour are free.
        let asked = repository.upstream.forge.accessLog().filter { $0.uri.contains(repository.owner) }.map(\.uri)
        #expect(asked.contains { $0.contains("/info/refs?service=git-upload-pack") })
        #expect(asked.allSatisfy { $0.contains(".git/") || $0.hasSuffix("/archive/\(revision).tar.gz") }, "\(asked)")
    }

    @Test func theEndingOfANixRepositoryIsNoPartOfThePinsName() async throws {
        let repository = try await Upstream.shared().github("flake.nix")
        let project = try await Project.connected()
        try await project.pinr("add", repository.notation).expect(0)
        #expect(try project.names() == ["flake"])
    }

    // MARK: git

    enum Transport: String, CaseIterable {
        case gitHTTP = "git+http"
        case dotGit = "….git"
        case gitFile = "git+file"
        case git
        case ssh
    }

    @Test(arguments: Transport.allCases)
    func aGitRepositoryIsPinnedAsCommitted(_ transport: Transport) async throws {
        let repository = try await Upstream.shared().github()
        try repository.work.write(".gitattributes", "secret export-ignore\n")
        try repository.work.write("secret", "kept\n")
        let revision = try await repository.work.commit("attributes")
        try await repository.publish()
        var project = try Project()
        let daemon = transport == .git ? try await GitDaemon(root: repository.upstream.root) : nil
        if transport == .ssh && !SSHServer.isAvailable { try Test.cancel("left out: sshd is not installed") }
        let sshd = transport == .ssh ? try await SSHServer() : nil
        project.environment["GIT_SSH_COMMAND"] = sshd?.command
        let (notation, url) =
            switch transport {
            case .gitHTTP: ("git+\(repository.url)", repository.url)
            case .dotGit: (repository.url, repository.url)
            case .gitFile: ("git+file://\(repository.bare.path)", "file://\(repository.bare.path)")
            case .git: twice("\(daemon?.baseURL ?? "")/github/\(repository.owner)/\(repository.repo).git")
            case .ssh: twice("\(sshd?.baseURL ?? "")\(repository.bare.path)")
            }
        let added = try await project.pinr("add", notation, "--name", "x").expect(0, quietly: transport != .ssh)
        #expect(
            added.stderr.contains("Nix will fetch it with `git` and `ssh`, as whoever evaluates") == (transport == .ssh)
        )
        let locked = try project.pin("x")["locked"]
        #expect(try project.pin("x")["source"] == ["type": "git", "url": .string(url)])
        #expect(locked?["fetcher"]?.string == "git")
        #expect(locked?["url"]?.string == url)
        #expect(locked?["ref"]?.string == "refs/heads/main")
        #expect(locked?["revision"]?.string == revision)
        #expect(locked?["attributes"] == ["export-ignore"])
        #expect(locked?["lastModified"]?.integer == Int64(TestRepository.epoch))
        // The same tree as on disk, less git's own folder.
        let tree = TemporaryDirectory()
        try await run(["cp", "-a", repository.work.path, tree.file("tree")])
        try await run(["rm", "-rf", tree.file("tree/.git")])
        let hash = try await project.pinr("hash", tree.file("tree")).expect(0)
        #expect(locked?["hash"]?.string == hash.lines.first)
    }

    private func twice(_ text: String) -> (String, String) { (text, text) }

    @Test func gitOverTLS() async throws {
        let repository = try await Upstream.shared().github()
        let server = try await GitHTTPServer(root: "\(repository.upstream.root)/github/\(repository.owner)", tls: true)
        defer { server.stop() }
        let url = "\(server.baseURL)/\(repository.repo).git"
        let stranger = try Project()
        try await stranger.pinr("add", "git+\(url)").expectFailure(saying: url, "SSL_CERT_FILE")
        let project = try Project(["SSL_CERT_FILE": server.caFile ?? ""])
        try await project.pinr("add", "git+\(url)").expect(0)
        #expect(try project.pin(repository.repo)["locked"]?["url"]?.string == url)
    }

    /// A bare host in `PINR_GITHUB_HOST` is one to speak https with.
    @Test func aMirrorByItsHost() async throws {
        let repository = try await Upstream.shared().github()
        let server = try await GitHTTPServer(root: "\(repository.upstream.root)/github", tls: true)
        defer { server.stop() }
        let host = server.baseURL.replacing("https://", with: "")
        let project = try Project(["PINR_GITHUB_HOST": host, "SSL_CERT_FILE": server.caFile ?? ""])
        try await project.pinr("add", repository.notation, "--name", "x").expect(0)
        let path = "\(repository.owner)/\(repository.repo)/archive/\(try await repository.work.revision()).tar.gz"
        #expect(try project.pin("x")["locked"]?["url"]?.string == "https://\(host)/\(path)")
        // The same in the notation, which the lock keeps.
        let other = try Project(["SSL_CERT_FILE": server.caFile ?? ""])
        try await other.pinr("add", repository.notation, "--name", "x", "--host", host).expect(0)
        #expect(try other.pin("x")["source"]?["host"]?.string == host)
        #expect(try other.pin("x")["locked"] == project.pin("x")["locked"])
    }

    // MARK: Archives and files

    @Test(arguments: [
        ("tar.gz", ["tar", "-czf"]), ("tar.xz", ["tar", "-cJf"]), ("zip", ["zip", "-qr"]),
        ("tar.bz2", ["tar", "-cjf"]),
        ("tar.zst", ["tar", "--zstd", "-cf"]), ("tar", ["tar", "-cf"]),
    ])
    func anArchiveIsUnpacked(ending: String, command: [String]) async throws {
        let upstream = try await Upstream.shared()
        let name = upstream.uniqueName("archive-")
        let url = try upstream.put(
            "files/\(name).\(ending)",
            try await upstream.archive(name, ["a": "a\n", "d/b": "b\n"], command: command, ending: ending))
        let project = try Project()
        try await project.pinr("add", url).expect(0)
        let pin = try project.pin(name)
        #expect(pin["source"] == ["type": "tarball", "url": .string(url)])
        #expect(pin["locked"]?["fetcher"]?.string == "tarball")
        #expect(pin["locked"]?["url"]?.string == url)
        #expect(pin["locked"]?["lastModified"]?.integer != nil)
        try project.write("tree/a", "a\n")
        try project.write("tree/d/b", "b\n")
        #expect(try await project.pinr("hash", "tree").lines == [pin["locked"]?["hash"]?.string])
    }

    @Test func anArchiveOfAnyName() async throws {
        let upstream = try await Upstream.shared()
        let name = upstream.uniqueName("download-")
        let url = try upstream.put("files/\(name)", try await upstream.archive(name, ["a": "a\n"]))
        let project = try Project()
        try await project.pinr("add", "tarball+\(url)", "--name", "one").expect(0)
        try await project.pinr("add", url, "--unpack", "--name", "two").expect(0)
        try await project.pinr("add", url, "--name", "three").expect(0)
        #expect(try project.pin("one")["locked"]?["fetcher"]?.string == "tarball")
        #expect(try project.pin("one") == project.pin("two"))
        #expect(try project.pin("three")["locked"]?["fetcher"]?.string == "file")
    }

    @Test func anArchiveTakenAsAFile() async throws {
        let upstream = try await Upstream.shared()
        let name = upstream.uniqueName("archive-") + ".tar.gz"
        let bytes = try await upstream.archive("x", ["a": "a\n"])
        let url = try upstream.put("files/\(name)", bytes)
        let project = try Project()
        try await project.pinr("add", "file+\(url)", "--name", "one").expect(0)
        try await project.pinr("add", url, "--no-unpack", "--name", "two").expect(0)
        #expect(try project.pin("one")["locked"]?["hash"]?.string == SHA256.hash(bytes).sri)
        #expect(try project.pin("one") == project.pin("two"))
    }

    @Test(arguments: [
        ("plain.json", "plain.json"), ("two%20words.txt", "two_words.txt"), ("%C3%A9.txt", "__.txt"),
        ("a%2Bb.txt", "a+b.txt"), ("q.txt?x=1", "q.txt"),
    ])
    func aFileHasAStoreName(path: String, storeName: String) async throws {
        let upstream = try await Upstream.shared()
        let folder = upstream.uniqueName("files")
        for name in ["plain.json", "two words.txt", "é.txt", "a+b.txt", "q.txt"] {
            try upstream.put("\(folder)/\(name)", "of \(name)\n".utf8)
        }
        let url = upstream.url("/\(folder)/\(path)")
        let project = try Project()
        let run = try await project.pinr("add", url, "--name", "x", "--json").expect(0)
        let locked = try project.pin("x")["locked"]
        #expect(locked?["fetcher"]?.string == "file")
        #expect(locked?["url"]?.string == url)
        #expect(locked?["name"]?.string == storeName)
        #expect(try run.json["pins"]?["x"]?["locked"] == locked)
    }

    @Test func aFileOfThisMachine() async throws {
        let project = try Project()
        try project.write("some file.txt", "here\n")
        let url = "file://\(project.file("some%20file.txt"))"
        try await project.pinr("add", url).expect(0)
        let locked = try project.pin("some_file.txt")["locked"]
        #expect(locked?["hash"]?.string == SHA256.hash(Array("here\n".utf8)).sri)
    }

    @Test func aFileOverTLS() async throws {
        let server = try await WebServer(tls: true)
        defer { server.stop() }
        try server.put("f.txt", "f\n")
        let project = try Project()
        let stranger = try await project.pinr("add", server.url("/f.txt"), "--json")
        try expectError("tls", stranger)
        #expect(stranger.stderr.contains(server.url("/f.txt")) && stranger.stderr.contains("SSL_CERT_FILE"))
        #expect(try project.list(".") == [])
        try await project.pinr("add", server.url("/f.txt"), environment: ["SSL_CERT_FILE": server.caFile ?? ""])
            .expect(0)
        #expect(try project.names() == ["f.txt"])
    }

    @Test func `A folder of a repository is remembered, and the whole tree is pinned`() async throws {
        let repository = try await Upstream.shared().github()
        let project = try await Project.connected()
        try await project.pinr("add", "git+\(repository.url)", "--name", "whole").expect(0)
        try await project.pinr("add", "git+\(repository.url)?dir=bin", "--name", "part").expect(0)
        let (whole, part) = (try project.pin("whole"), try project.pin("part"))
        #expect(part["locked"] == whole["locked"])
        #expect(part["source"]?["dir"] == "bin")
        #expect(try await project.pinr("show", "part").expect(0).stdout.contains(" dir bin"))
        let revision = try await repository.advance("folder")
        try await project.pinr("update").expect(0)
        #expect(try project.pin("part")["locked"]?["revision"]?.string == revision)
        try await project.pinr("set", "part", "--at", revision).expect(0)
        #expect(try project.pin("part")["source"]?["dir"] == "bin")
        try await project.pinr("add", "git+\(repository.url)?dir=../x", "--name", "up").expectFailure(saying: "dir")
        try project.edit("\"dir\": \"bin\"", to: "\"dir\": \"../bin\"")
        try await project.pinr("update", "part").expect(1)
    }
}
