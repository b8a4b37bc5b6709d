import Foundation
import JSON
import Support
import Testing

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Repositories behind ssh on a machine that has no `ssh` program: libgit2 takes its place.
@Suite(.enabled(if: SSHServer.isAvailable, "left out: there is no sshd"))
struct NoSSHProgramTests {
    /// A person with a home folder and an empty path, and a repository behind ssh.
    private struct Setting {
        let project: Project
        let server: SSHServer
        let repository: TestRepository
        let first: String
        let second: String
        var source: String { "git+\(server.baseURL)\(repository.path)" }

        init(key: Bool = true, knownHost: Bool = true, programs: String? = nil) async throws {
            server = try await SSHServer(programs: programs)
            project = try Project(["PATH": "/nonexistent"])
            let ssh = "home/.ssh"
            try project.directory.makeDirectory(ssh)
            try FileManager.default.copyItem(
                atPath: key ? server.keyFile : server.strangersKeyFile,
                toPath: project.directory.file("\(ssh)/id_ed25519"))
            if knownHost {
                try FileManager.default.copyItem(
                    atPath: server.knownHostsFile, toPath: project.directory.file("\(ssh)/known_hosts"))
            }
            repository = try await TestRepository(at: project.directory.file("upstream"))
            try repository.write("default.nix", "\"one\"\n")
            first = try await repository.commit("one")
            try await repository.tag("v1", message: "one")
            try repository.write("default.nix", "\"two\"\n")
            second = try await repository.commit("two")
        }
    }

    @Test(arguments: ["", "?ref=v1", "REV"])
    func pins(query: String) async throws {
        let setting = try await Setting()
        let query = query == "REV" ? "?rev=\(setting.first)" : query
        try await setting.project.pinr("add", setting.source + query, "--name", "x").expect(0, quietly: false)
        try await setting.project.pinr("add", "git+file://\(setting.repository.path)\(query)", "--name", "y").expect(0)
        let (locked, expected) = (try setting.project.pin("x")["locked"], try setting.project.pin("y")["locked"])
        #expect(locked?["revision"]?.string == (query.isEmpty ? setting.second : setting.first))
        for key in ["revision", "hash", "lastModified"] { #expect(locked?[key] == expected?[key]) }
        try await setting.project.pinr("verify", "x").expect(0, quietly: false)
        try await setting.project.pinr("update").expect(0)
    }

    @Test func refusesAHostThatIsNotKnown() async throws {
        let setting = try await Setting(knownHost: false)
        let run = try await setting.project.pinr("add", setting.source)
        run.expectFailure(saying: "known_hosts", "127.0.0.1", "ssh-keyscan")
        try expectError("auth", await setting.project.pinr("add", setting.source, "--json"))
    }

    @Test func refusesAHostWithAnotherKey() async throws {
        let setting = try await Setting()
        let other = try await SSHServer()
        let line = try String(contentsOfFile: other.knownHostsFile, encoding: .utf8)
            .replacingOccurrences(of: ":\(other.port)", with: ":\(setting.server.port)")
        try setting.project.directory.write("home/.ssh/known_hosts", line)
        try await setting.project.pinr("add", setting.source).expectFailure(saying: "known_hosts", "127.0.0.1")
    }

    @Test func saysThatNoKeyIsTaken() async throws {
        let setting = try await Setting(key: false)
        try await setting.project.pinr("add", setting.source).expectFailure(saying: "takes none of the keys")
    }

    @Test func saysThatThereIsNoRepository() async throws {
        let setting = try await Setting()
        let run = try await setting.project.pinr("add", "git+\(setting.server.baseURL)/gone", "--json")
        try expectError("not-found", run)
    }

    // MARK: A server that says nothing more

    /// How far a server goes before it falls silent.
    enum Silence: String, CaseIterable {
        case atOnce = "", afterItsVersion = #"SSH-2.0-silent\r\n"#
    }

    /// libgit2 would wait for it forever.
    @Test(arguments: Silence.allCases, ["", "?rev=" + String(repeating: "1", count: 40)])
    func givesASilentServerUp(_ silence: Silence, query: String) async throws {
        let server = try await SilentServer(saying: silence.rawValue)
        let project = try Project(["PATH": "/nonexistent"])
        let source = "ssh://git@127.0.0.1:\(server.port)/x.git\(query)"
        let run = try await project.pinr("add", source, "--name", "x", "--timeout", "1")
        run.expectFailure(saying: "within 1 second", "--timeout")

        let (process, temporary) = try project.start(["add", source, "--name", "x"])
        try await Task.sleep(for: .milliseconds(800))
        #expect(process.isRunning, "\(process.output())")
        kill(process.id, SIGINT)
        #expect(try await process.wait() == 130, "\(process.output())")
        try expectNothingLeft(in: temporary, #_sourceLocation)
    }

    /// In the middle of the pack, when there is something to clean up.
    @Test func leavesNothingOfAPackThatStops() async throws {
        let programs = TemporaryDirectory()
        try programs.write("git-upload-pack", Self.stoppingUploadPack, mode: 0o755)
        let setting = try await Setting(programs: programs.path)
        var generator = SystemRandomNumberGenerator()
        let noise = (0..<400_000).map { _ in String(generator.next(), radix: 36) }.joined()
        try setting.repository.write("noise", noise)
        try await setting.repository.commit("three")
        let (process, temporary) = try setting.project.start(["add", setting.source, "--name", "x"])
        let isBusy = { try FileManager.default.contentsOfDirectory(atPath: temporary).isEmpty == false }
        #expect(try await eventually { (try? isBusy()) == true }, "\(process.output())")
        try await Task.sleep(for: .milliseconds(500))
        kill(process.id, SIGTERM)
        #expect(try await process.wait() == 143, "\(process.output())")
        try expectNothingLeft(in: temporary, #_sourceLocation)
    }

    private static let stoppingUploadPack = """
        #!/usr/bin/env python3
        import subprocess, sys, time
        server = subprocess.Popen(["/usr/bin/git", "upload-pack"] + sys.argv[1:], stdout=subprocess.PIPE)
        sent = 0
        while chunk := server.stdout.read1(1000):
            sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
            sent += len(chunk)
            if sent > 1000000: time.sleep(600)
        """
}
