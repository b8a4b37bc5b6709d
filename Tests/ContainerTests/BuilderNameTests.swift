import Foundation
import Support
import Testing

/// A name is one builder's: what one script made of it, no other takes.
@Suite(.enabled(if: ["bash", "ssh-keygen"].allSatisfy(isInstalled), "left out: bash or ssh-keygen is not installed"))
struct BuilderNameTests {
    private let home = TemporaryDirectory()

    @Test func `a name goes from one script to another when the first has given it up`() async throws {
        let pod = ["one", "--image", "localhost/x:1"]
        let unit = ["install", "--image", "localhost/x:1", "--dir", home.file("units")]
        let machines = ["machines"]
        #expect(try await run("quadlet.sh", unit).status == 0)
        let before = try state()
        for arguments in [pod, machines] {
            let refused = try await run("kube.sh", arguments)
            #expect(refused.status == 1 && refused.stdout.isEmpty)
            #expect(refused.stderr.contains("nix-builder is a builder of quadlet.sh"), "\(refused.stderr)")
            #expect(refused.stderr.contains("first quadlet.sh remove --name nix-builder"), "\(refused.stderr)")
        }
        // The address that Nix was told is still the one there.
        #expect(try state() == before)
        #expect(try await run("quadlet.sh", ["remove", "--dir", home.file("units")]).status == 0)

        #expect(try await run("kube.sh", pod).status == 0)
        #expect(try await run("kube.sh", machines).status == 0)
        let refused = try await run("quadlet.sh", unit)
        #expect(refused.status == 1)
        #expect(refused.stderr.contains("first kube.sh forget --name nix-builder"), "\(refused.stderr)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: home.file("units")).isEmpty)
        // Another name is another builder.
        #expect(try await run("quadlet.sh", unit + ["--name", "other"]).status == 0)

        #expect(try await run("kube.sh", ["forget"]).status == 0)
        #expect(try await run("quadlet.sh", unit).status == 0)
    }

    @Test func `of many that want a name at once, one gets it`() async throws {
        let scripts = ["quadlet.sh", "kube.sh", "quadlet.sh", "kube.sh"]
        let granted = try await withThrowingTaskGroup(of: String?.self) { group in
            for script in scripts {
                group.addTask {
                    let arguments =
                        script == "kube.sh"
                        ? ["one", "--image", "localhost/x:1"]
                        : ["install", "--image", "localhost/x:1", "--dir", home.file("units")]
                    return try await run(script, arguments).status == 0 ? script : nil
                }
            }
            return try await group.reduce(into: Set<String>()) { if let script = $1 { $0.insert(script) } }
        }
        #expect(granted.count == 1)
        let owner = try home.readText("state/nix-remote-builder/nix-builder/used-by")
        #expect(granted.contains(owner.trimmingCharacters(in: .newlines)))
    }

    /// Without the name it would be the command for another builder.
    @Test(arguments: [
        ("quadlet.sh", "install"), ("kube.sh", "one"), ("vm.sh", "up"), ("remote-builder.sh", "up"),
    ])
    func `a command that is advised is for the same builder`(_ script: String, _ command: String) async throws {
        let other = try await run(script, ["ssh-options", "--name", "other"])
        #expect(other.status == 1 && other.stderr.contains("first \(script) \(command) --name other\n"), "\(other)")
        let usual = try await run(script, ["ssh-options"])
        #expect(usual.status == 1 && usual.stderr.contains("first \(script) \(command)\n"), "\(usual)")
    }

    @Test func `it is the keys of the same builder that are to be made anew`() async throws {
        #expect(try await run("remote-builder.sh", ["keys", "--name", "other"]).status == 0)
        try setMode(home.file("state/nix-remote-builder/other/client_key"), 0o644)
        let refused = try await run("remote-builder.sh", ["keys", "--name", "other"])
        #expect(refused.status == 1, "\(refused)")
        #expect(refused.stderr.contains("remote-builder.sh keys --rotate --name other makes new ones"), "\(refused)")
    }

    private func run(_ script: String, _ arguments: [String]) async throws -> ProcessResult {
        var environment = isolatedEnvironment(home: home.path)
        environment["XDG_STATE_HOME"] = home.file("state")
        return try await runProcess(
            ["\(Fleet.scripts)/\(script)"] + arguments, environment: environment, directory: "/")
    }

    private func state() throws -> [String: [UInt8]] {
        var contents: [String: [UInt8]] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: home.file("state")) {
            contents[path] = try? home.read("state/\(path)")
        }
        return contents
    }
}
