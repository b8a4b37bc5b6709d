import Foundation
import Support
import Testing

/// The command lines of the scripts of remote builders, which one file takes apart for all of them.
@Suite(.enabled(if: isInstalled("bash"), "left out: bash is not installed"))
struct BuilderArgumentTests {
    private let home = TemporaryDirectory()

    private func run(_ script: String, _ arguments: [String]) async throws -> ProcessResult {
        try await runProcess(
            ["\(Fleet.scripts)/\(script)"] + arguments, environment: isolatedEnvironment(home: home.path),
            directory: "/")
    }

    @Test(arguments: [
        ("remote-builder.sh", "up"), ("quadlet.sh", "install"), ("kube.sh", "one"), ("vm.sh", "up"),
    ])
    func `nothing is ignored`(_ script: String, _ command: String) async throws {
        for (arguments, words) in [
            // Two words in one argument are not two options.
            ([command, "--name --image", "x:1"], "there is no option '--name --image'"),
            ([command, ""], "there is no command ''"),
            ([command, "--image", ""], "--image wants a value"),
            ([command, "--image="], "--image wants a value"),
            ([command, "--image"], "--image wants a value"),
            ([command, "--images=x:1"], "there is no option '--images'"),
            ([command, command], "one command at a time"),
            ([command, "--port", "08"], "--port 08: a number above 0 is wanted"),
            ([command, "--port=65536"], "--port 65536: 65535 is the last one"),
            // Another image tomorrow.
            ([command, "--image", "localhost/x"], "none means latest"),
            ([command, "--image=localhost/x:latest"], "a tag of its own"),
            ([command, "--image", "localhost/x:1|e id"], "the name of an image is wanted"),
            (["ssh-options", "--image", "x:1"], "ssh-options takes no --image"),
            (["--name", "one"], "say what to do: "),
        ] {
            let result = try await run(script, arguments)
            #expect(result.status == 64 && result.stdout.isEmpty, "\(arguments): \(result)")
            #expect(result.stderr.hasPrefix("\(script): "), "\(arguments): \(result)")
            #expect(result.stderr.contains(words), "\(arguments): \(result)")
            #expect(result.stderr.hasSuffix(" (--help says how it is called)\n"), "\(arguments): \(result)")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: home.file(".local/state")).isEmpty)
    }

    @Test func `an option has no value where it takes none`() async throws {
        for (script, arguments) in [
            ("remote-builder.sh", ["up", "--no-sandbox=no"]), ("vm.sh", ["up", "--network=no"]),
        ] {
            let result = try await run(script, arguments)
            #expect(result.status == 64 && result.stderr.contains("takes no value"), "\(result)")
        }
    }

    @Test(.enabled(if: isInstalled("ssh-keygen"), "left out: ssh-keygen is not installed"))
    func `options may stand before the command, and have their value behind a sign or apart`() async throws {
        let one = try await run("quadlet.sh", ["print", "--name", "x", "--image", "localhost/x:1", "--port", "2300"])
        let other = try await run("quadlet.sh", ["--port=2300", "--name=x", "print", "--image=localhost/x:1"])
        #expect(one.status == 0 && one.stdout.contains("\nPublishPort=127.0.0.1:2300:22\n"), "\(one)")
        #expect(other.status == 0 && other.stdout == one.stdout, "\(other)")
    }

    @Test func `sizes are sizes, and no further options of QEMU`() async throws {
        for option in ["--memory", "--store-size"] {
            for value in ["1G,share=on", "0G", "much", "4"] {
                let result = try await run("vm.sh", ["up", option, value])
                #expect(result.status == 64 && result.stderr.contains("not a size"), "\(result)")
            }
        }
    }

    @Test(
        .enabled(if: isInstalled("ssh-keygen"), "left out: ssh-keygen is not installed"),
        arguments: [
            ("quadlet.sh", ["install", "--dir", "UNITS"], 2222), ("kube.sh", ["one"], 2224),
        ])
    func `the line has the port that the builder was given`(
        _ script: String, _ install: [String], _ first: Int
    ) async throws {
        let install = install.map { $0.replacing("UNITS", with: home.file("units")) } + ["--image", "localhost/x:1"]
        func line() async throws -> String { try await run(script, ["machines-line"]).stdout }
        #expect(try await run(script, install).status == 0)
        #expect(try await line().hasPrefix("ssh-ng://builder@127.0.0.1:\(first) "))
        #expect(try await run(script, install + ["--port", "2999"]).status == 0)
        #expect(try await line().hasPrefix("ssh-ng://builder@127.0.0.1:2999 "))
        // Once more, with a newer image: it stays where it is.
        let again = try await run(script, install)
        #expect(again.status == 0, "\(again)")
        #expect(try await line().hasPrefix("ssh-ng://builder@127.0.0.1:2999 "))
        #expect(try await run(script, ["machines-line", "--port", "2998"]).stdout.contains(":2998 "))
    }
}
