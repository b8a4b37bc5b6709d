import Foundation
import Support
import Synchronization
import Testing

/// The secret is in no output, no file and no process's arguments, whatever becomes of the run.
@Suite struct LeakTests {
    private struct Scene {
        let server: PrivateServer
        let place: CredentialPlace
        let folder = TemporaryDirectory()
        let project: Project

        init(_ place: CredentialPlace) async throws {
            server = try await PrivateServer()
            self.place = place
            project = try Project(
                place.environment(server.user, server.secret, in: folder).merging(
                    ["PINR_CHANNEL_HOST": server.url("/channels")]) { $1 })
        }

        /// The sources that can be added, by their names.
        var good: [(name: String, source: String)] {
            [
                ("tarball", server.url("/x.tar.gz")), ("file", server.url("/file.txt")),
                ("git", "git+" + server.url("/o/r.git")),
            ]
        }

        /// Sources that cannot be added, each for another reason.
        func bad(_ tls: WebServer, stopped: String) -> [[String]] {
            [
                [server.url("/missing.tar.gz")], ["git+" + server.url("/missing.git")], [server.url("/damaged.tar.gz")],
                [server.url("/forbidden/x.tar.gz")], ["git+" + server.url("/forbidden/x.git")],
                [server.url("/away.tar.gz")], [server.url("/echo-location.tar.gz")], [server.url("/echo-loop.tar.gz")],
                ["git+" + server.url("/echo-git/x.git")], ["git+" + server.url("/echo-type/x.git")],
                ["git+" + server.url("/o/r.git"), "--branch", "nope"], ["channel:closed"],
                [tls.url("/x.tar.gz")], [stopped], [server.url("/slow/x.tar.gz"), "--timeout", "0.7"],
                [server.url("/x.tar.gz?token=\(server.secret)")],
            ]
        }
    }

    private func expectNothing(_ forms: [String], in run: Run, _ sourceLocation: SourceLocation = #_sourceLocation) {
        for form in forms {
            #expect(!run.stdout.contains(form) && !run.stderr.contains(form), "\(run)", sourceLocation: sourceLocation)
        }
    }

    private func expectNothing(_ forms: [String], below path: String) throws {
        let files = try #require(FileManager.default.enumerator(atPath: path))
        var count = 0
        for case let name as String in files {
            for form in forms { #expect(!name.contains(form), "\(name)") }
            guard let data = FileManager.default.contents(atPath: "\(path)/\(name)") else { continue }
            count += 1
            for form in forms { #expect(data.range(of: Data(form.utf8)) == nil, "\(name)") }
        }
        #expect(count > 0)
    }

    @Test(arguments: CredentialPlace.allCases)
    func nothingIsPrintedOrWritten(_ place: CredentialPlace) async throws {
        let scene = try await Scene(place)
        let forms = scene.server.forms
        let tls = try await WebServer(tls: true)
        let gone = try await WebServer()
        let stopped = gone.url("/x.tar.gz")
        gone.stop()
        for (name, source) in scene.good {
            for extra in [["-n", "-v"], ["--json", "-v"]] {
                let run = try await scene.project.pinr(["add", source, "--name", name, "--retries", "0"] + extra)
                run.expect(0, quietly: false)
                expectNothing(forms, in: run)
            }
        }
        let commands = [
            ["show"], ["update"], ["update", "--refetch"], ["verify"],
            ["hash", scene.server.url("/x.tar.gz"), "--unpack"],
            ["hash", scene.server.url("/file.txt")], ["rename", "file", "text"],
            ["freeze", "text"],
        ]
        for command in commands {
            for extra in [["-v"], ["-v", "--json"]]
            where extra.count == 1 || !["rename", "freeze"].contains(command[0]) {
                expectNothing(forms, in: try await scene.project.pinr(command + extra))
            }
        }
        // What git's helpers know is not known before a server asks for it.
        if place != .gitHelper {
            let run = try await scene.project.pinr("freeze", "git", "--reason", "it is \(scene.server.secret)")
            run.expectFailure(saying: "a secret stands in what would be written")
            expectNothing(forms, in: run)
        }
        var stars = 0
        for source in scene.bad(tls, stopped: stopped) {
            for extra in [["-v"], ["--json", "-q"]] {
                let run = try await scene.project.pinr(["add"] + source + ["--name", "bad", "--retries", "0"] + extra)
                #expect(run.status == 1, "\(run)")
                expectNothing(forms, in: run)
                stars += run.stderr.contains("***") ? 1 : 0
            }
        }
        // Servers did give it back.
        #expect(stars >= 4)
        try expectNothing(forms, below: scene.project.directory.path)
        // With a credential that was right once, too.
        var wrong = scene.project
        let lapsed = "l4psed-\(UUID().uuidString)"
        wrong.environment.merge(try place.environment(scene.server.user, lapsed, in: TemporaryDirectory())) { $1 }
        let old = [
            lapsed,
            String(Credentials(user: scene.server.user, password: lapsed).authorization.dropFirst(6).prefix(20)),
        ]
        for command in [["verify"], ["update"], ["update", "--json", "-v"], ["verify", "--json", "-v"]] {
            let run = try await wrong.pinr(command)
            #expect(run.status != 0)
            expectNothing(old, in: run)
        }
        try expectNothing(old, below: scene.project.directory.path)
    }

    /// What everybody on the machine can see: the arguments of every process, while a slow server holds the request.
    @Test(arguments: CredentialPlace.allCases)
    func noProcessShowsIt(_ place: CredentialPlace) async throws {
        let scene = try await Scene(place)
        let forms = scene.server.forms
        var isAsked: Bool { scene.server.server.accessLog().contains { !$0.authorization.isEmpty } }
        // A busy machine may take longer to come to the point.
        for seconds in ["3", "20", "60"] where !isAsked {
            let (process, _) = try scene.project.start([
                "add", scene.server.url("/slow/x.tar.gz"), "--name", "slow", "--timeout", seconds, "--retries", "0",
            ])
            // On a thread: it is to look as often as it can.
            let (seen, own) = await withCheckedContinuation { continuation in
                Thread.detachNewThread { continuation.resume(returning: Self.watch(process, forms)) }
            }
            #expect(seen.isEmpty)
            #expect(own > 0, "it did not even see the program itself")
        }
        #expect(isAsked)
    }

    /// The arguments of processes that have one of the texts in them, and how often the program's own were seen.
    private static func watch(_ process: BackgroundProcess, _ forms: [String]) -> (seen: [String], own: Int) {
        var (seen, own) = ([String](), 0)
        repeat {
            for id in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] where Int(id) != nil {
                guard let data = FileManager.default.contents(atPath: "/proc/\(id)/cmdline") else { continue }
                let text = String(decoding: data, as: UTF8.self)
                if id == "\(process.id)" { own += 1 }
                if forms.contains(where: text.contains) { seen.append(text) }
            }
            usleep(5000)
        } while process.isRunning
        return (seen, own)
    }

    @Test(
        .enabled(if: NoProcessTests.canTrace, "left out: strace is not installed, or not allowed"),
        arguments: CredentialPlace.allCases)
    func noProgramIsStartedWithIt(_ place: CredentialPlace) async throws {
        let scene = try await Scene(place)
        let trace = scene.folder.file("trace")
        for (name, source) in scene.good {
            let result = try await runProcess(
                [
                    "strace", "-f", "-s", "100000", "-e", "trace=execve", "-o", trace, Binary.pinr, "add", source,
                    "--name", name,
                ],
                environment: scene.project.variables(try scene.project.newTemporaryFolder(), [:]),
                directory: scene.project.path, timeout: patience)
            #expect(result.status == 0, "\(result.stderr)")
            let text = try scene.folder.readText("trace")
            #expect(text.contains("execve(") && scene.server.forms.allSatisfy { !text.contains($0) })
            // Only who keeps the credential with git has git started.
            #expect(text.contains("\"credential\"") == (place == .gitHelper))
        }
    }
}
