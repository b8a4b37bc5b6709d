import Foundation
import Testing

@testable import Support

@Suite struct ServerTests {
    @Test func servesFilesRedirectsAndLogs() async throws {
        let server = try await WebServer(locations: ["location = /moved { return 302 /a/file; }"])
        try server.put("a/file", "hello")
        let result = try await run(["curl", "-sSfL", "-A", "me", server.url("/moved")])
        #expect(result.stdout == "hello")
        let log = server.accessLog()
        #expect(log.map(\.uri) == ["/moved", "/a/file"])
        #expect(log.map(\.status) == ["302", "200"])
        #expect(log.map(\.onConnection) == ["1", "2"])
        #expect(log.first?.userAgent == "me")
        server.clearAccessLog()
        try await run(["curl", "-sSf", server.url("/a/file", host: "localhost")])
        #expect(server.accessLog().map(\.host) == ["localhost:\(server.port)"])
        server.stop()
        #expect(try await runProcess(["curl", "-sS", server.baseURL]).status == 7, "connection refused")
    }

    @Test func speaksTLSAndAsksForAPassword() async throws {
        let server = try await WebServer(tls: true, credentials: Credentials(user: "me", password: "p:w"))
        try server.put("file", "secret")
        let ca = try #require(server.caFile)
        let distrusted = try await runProcess(["curl", "-sS", server.url("/file")])
        #expect([60, 77].contains(distrusted.status), "unknown certificate, or no certificates on this machine at all")
        let refused = try await run([
            "curl", "-sS", "--cacert", ca, "-w", "%{http_code}", "-o", "/dev/null", server.url("/file"),
        ])
        #expect(refused.stdout == "401")
        let admitted = try await run([
            "curl", "-sSf", "--cacert", ca, "-u", "me:p:w", server.url("/file", host: "localhost"),
        ])
        #expect(admitted.stdout == "secret")
        #expect(server.accessLog().last?.authorization == Credentials(user: "me", password: "p:w").authorization)
    }

    @Test func serversRunBesideEachOther() async throws {
        let servers = try await withThrowingTaskGroup(of: WebServer.self) { group in
            for _ in 0..<6 { group.addTask { try await WebServer() } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(servers.map(\.port)).count == 6)
    }

    @Test func triesAgainWhenSomebodyTookThePort() async throws {
        let directory = TemporaryDirectory()
        let taken = try await GitDaemon(root: directory.path)
        var attempts = 0
        let (_, server) = try await listenOnFreePort { port in
            attempts += 1
            let port = attempts == 1 ? taken.port : port
            return try BackgroundProcess(
                ["git", "daemon", "--verbose", "--listen=127.0.0.1", "--port=\(port)", "--log-destination=stderr"])
        } until: {
            $0.output().contains("Ready to rumble")
        }
        #expect(attempts == 2)
        #expect(server.isRunning)
    }

    @Test func saysWhatIsWrongWithItsConfiguration() async throws {
        await #expect(throws: ServerError.self) { try await WebServer(locations: ["nonsense;"]) }
    }

    @Test(arguments: [true, false]) func servesRepositories(protocolV2: Bool) async throws {
        let directory = TemporaryDirectory()
        let work = try await TestRepository(at: directory.file("work"))
        try work.write("file", "x")
        let revision = try await work.commit("one")
        _ = try await work.bareCopy(at: directory.file("served/owner/name.git"))
        let server = try await GitHTTPServer(root: directory.file("served"), protocolV2: protocolV2)
        var environment = isolatedEnvironment(home: directory.file("home"))
        environment["GIT_TRACE_PACKET"] = "1"
        let result = try await run(
            ["git", "-c", "protocol.version=2", "ls-remote", "\(server.baseURL)/owner/name.git", "main"],
            environment: environment)
        #expect(result.stdout == "\(revision)\trefs/heads/main\n")
        #expect(result.stderr.contains("git< version 2") == protocolV2)
        #expect(server.accessLog().first?.gitProtocol == "version=2")
    }

    @Test func takesPushesAndPasswords() async throws {
        let directory = TemporaryDirectory()
        let bare = try await TestRepository(at: directory.file("served/name.git"), bare: true)
        let work = try await TestRepository(at: directory.file("work"))
        let revision = try await work.commit("one")
        let credentials = Credentials(user: "me", password: "pw")
        let server = try await GitHTTPServer(root: directory.file("served"), pushable: true, credentials: credentials)
        let refused = try await runProcess(
            ["git", "ls-remote", "\(server.baseURL)/name.git"],
            environment: isolatedEnvironment(home: directory.file("home")))
        #expect(refused.status == 128)
        let url = server.baseURL.replacing("http://", with: "http://me:pw@")
        try await work.git("push", "--quiet", "\(url)/name.git", "main")
        #expect(try await bare.revision("main") == revision)
    }

    @Test(.enabled(if: SSHServer.isAvailable, "left out: sshd is not installed"))
    func letsOneKeyInBySSH() async throws {
        let directory = TemporaryDirectory()
        let work = try await TestRepository(at: directory.file("work"))
        let revision = try await work.commit("one")
        let server = try await SSHServer()
        var environment = isolatedEnvironment(home: directory.file("home"))
        environment["GIT_SSH_COMMAND"] = server.command
        let refs = try await run(["git", "ls-remote", server.baseURL + work.path, "main"], environment: environment)
        #expect(refs.stdout == "\(revision)\trefs/heads/main\n")
        environment["GIT_SSH_COMMAND"] = server.strangersCommand
        let refused = try await runProcess(["git", "ls-remote", server.baseURL + work.path], environment: environment)
        #expect(refused.status == 128)
        #expect(refused.stderr.contains("Permission denied"))
    }

    @Test func servesRepositoriesByTheGitProtocol() async throws {
        let directory = TemporaryDirectory()
        let work = try await TestRepository(at: directory.file("work"))
        let revision = try await work.commit("one")
        _ = try await work.bareCopy(at: directory.file("served/a.git"))
        let daemon = try await GitDaemon(root: directory.file("served"))
        #expect(try await work.git("ls-remote", "\(daemon.baseURL)/a.git", "main") == "\(revision)\trefs/heads/main")
    }
}
