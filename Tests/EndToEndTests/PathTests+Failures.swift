import Foundation
import JSON
import Support
import Testing

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Nix that does not do what it should.
extension PathTests {
    @Test func aNixThatFailsIsQuoted() async throws {
        let project = try await Sources.project(["archive", "file"])
        let nix = try NixSandbox()
        var environment = nix.environment
        func path(_ scripts: [String: String], real: [String] = []) async throws -> Run {
            environment["PATH"] = try programs(real, scripts, project) + ":/usr/bin:/bin"
            let run = try await project.pinr(["path", "archive", "file", "--json"], environment: environment)
            #expect(run.status == 1, "\(run)")
            #expect(try run.json["paths"]?.object?.keys == ["archive", "file"])
            #expect(!run.stderr.contains("\u{1B}"))
            return run
        }
        func codes(_ run: Run) throws -> [String] {
            (try run.json["failed"]?.array ?? []).compactMap { $0["error"]?["code"]?.string }
        }
        let refuses = try await path(["nix-store": "printf 'error: \\033[31mno daemon\\n' >&2; exit 1"])
        #expect(try codes(refuses) == ["nix", "nix"])
        #expect(refuses.stderr.contains("`nix-store` failed: no daemon"), "\(refuses)")
        #expect(try codes(try await path(["nix-store": "echo what"])) == ["nix", "nix"])
        #expect(try codes(try await path(["nix-instantiate": "exit 3"], real: ["nix-store"])) == ["nix", "nix"])
        #expect(try codes(try await path(["nix-instantiate": "echo '{'"], real: ["nix-store"])) == ["nix", "nix"])
        // A path that is another one is not shown as if it were right, nor what was not done as done.
        let other = "/nix/store/0ccnxa25whszw7mgbgyzdm4nqc0zwnm8-source"
        let wrong = try await path(["nix-instantiate": "echo '\"\(other)\"'"], real: ["nix-store"])
        #expect(try codes(wrong) == ["hash-mismatch", "hash-mismatch"])
        #expect(wrong.stderr.contains(other) && !wrong.stdout.contains("\"path\": \"\(other)\""), "\(wrong)")
        let lines = try await project.pinr(["path", "file"], environment: ["PATH": "/nowhere"]).lines
        let idle = try await path(["nix-instantiate": "echo '\"\(lines[0])\"'"], real: ["nix-store"])
        #expect(try codes(idle) == ["hash-mismatch", "not-found"])
    }

    @Test func withoutTheNetworkNothingIsFetched() async throws {
        let project = try await Sources.project(["archive", "file"])
        let nix = try NixSandbox()
        try await project.pinr(["path", "file"], environment: nix.environment).expect(0)
        let run = try await project.pinr(
            ["path", "file", "archive", "--offline", "--json"], environment: nix.environment)
        #expect(run.status == 1)
        #expect(try run.json["paths"]?["file"]?["inStore"] == true)
        #expect(try run.json["paths"]?["archive"]?["inStore"] == false)
        expectErrorObject(try run.json["failed"]?[0]?["error"], code: "offline")
    }

    /// A pin whose server takes its time, after it was quick once.
    private func slowProject() async throws -> Project {
        let upstream = try await Upstream.shared()
        let name = upstream.uniqueName("slow-")
        let url = try upstream.put("files/\(name).bin", [1])
        let project = try Project()
        try await project.pinr("add", url, "--name", "x").expect(0)
        try project.edit(url, to: url.replacing("/files/", with: "/slow/"))
        try upstream.put("slow/\(name).bin", [UInt8](repeating: 2, count: 1 << 20))
        return project
    }

    @Test(.timeLimit(.minutes(10))) func itIsDoneInTimeOrNotAtAll() async throws {
        let project = try await slowProject()
        let nix = try NixSandbox()
        let run = try await project.pinr(["path", "x", "--timeout", "2", "--json"], environment: nix.environment)
        #expect(run.status == 1)
        #expect(try run.json["failed"]?[0]?["error"]?["code"]?.string == "timeout", "\(run)")
    }

    @Test(.timeLimit(.minutes(10)), arguments: [SIGINT, SIGTERM])
    func anInterruptedFetchLeavesNothing(_ signal: Int32) async throws {
        var project = try await slowProject()
        let nix = try NixSandbox()
        project.environment = nix.environment
        let (process, temporary) = try project.start(["path", "x"])
        // Nix is at work once it has its own folder.
        #expect(
            try await eventually {
                let folders = try? FileManager.default.subpathsOfDirectory(atPath: temporary)
                return folders?.contains { $0.hasSuffix("path.nix") } == true
            })
        #expect(try await eventually { processes(of: nix).contains { $0 != process.id } })
        kill(process.id, signal)
        #expect(try await process.wait() == 128 + signal, "\(process.output())")
        try expectNothingLeft(in: temporary, #_sourceLocation)
        #expect(try await eventually { processes(of: nix).isEmpty })
    }

    /// The processes that work with a store.
    private func processes(of nix: NixSandbox) -> [Int32] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.compactMap { Int32($0) }.filter { id in
            let environment = FileManager.default.contents(atPath: "/proc/\(id)/environ")
            return environment.map {
                String(decoding: $0, as: UTF8.self).contains("NIX_REMOTE=local?root=\(nix.root)\0")
            }
                ?? false
        }
    }
}
