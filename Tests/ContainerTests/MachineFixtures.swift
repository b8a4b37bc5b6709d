import Foundation
import Support
import Testing

/// What the tests of remote builders as services, pods and virtual machines have in common.
enum Fleet {
    /// The folder of the scripts under test.
    static let scripts = "\(packageRoot)/templates/remote-builder"

    /// Whether builds can be sent from here, for `.enabled(if:)`.
    static let canBuild = BuilderBase.isAvailable && isInstalled("ssh")
    static let absence: Comment =
        "left out: building remotely takes ssh, and Nix, mmdebstrap and a registry for an image"

    /// Something that the script in Tests/Fixtures/machines makes; it is kept for the next time.
    static func made(_ what: String) async throws -> String {
        let folder = "\(ContainerTests.roots)/machine-\(what)"
        try await run(
            ContainerTests.reachingOut(["\(packageRoot)/Tests/Fixtures/machines/make", what, folder]),
            timeout: .seconds(600))
        return folder
    }

    /// The builder's image in a podman.
    static func image(_ podman: Podman) async throws -> String {
        try await BuilderImage.shared(.debian).loaded(into: podman)
    }
}

/// A builder of its own name and port, by one of the scripts: its keys are below a folder of this test alone.
struct FleetBuilder {
    let podman: Podman
    let script: String
    let state: String
    let port: UInt16

    init(_ podman: Podman, _ script: String) async throws {
        self.podman = podman
        self.script = try await "\(podman.copy(ofFolder: Fleet.scripts))/\(script)"
        state = try await podman.makeFolder()
        port = try freePort()
    }

    /// Another script with the same folder of keys.
    init(_ other: FleetBuilder, _ script: String) {
        podman = other.podman
        self.script = "\((other.script as NSString).deletingLastPathComponent)/\(script)"
        state = other.state
        port = other.port
    }

    /// Runs the script to its end, however it ends.
    func attempt(_ arguments: [String], input: [UInt8]? = nil) async throws -> ProcessResult {
        try await podman.runInside(
            [script] + arguments, environment: ["XDG_STATE_HOME": state], input: input, timeout: .seconds(400))
    }

    /// Runs the script, which has to succeed; what it printed.
    @discardableResult
    func callAsFunction(_ arguments: String...) async throws -> String {
        let result = try await attempt(arguments)
        guard result.status == 0 else {
            throw PodmanError(
                what: "\(script) \(arguments): status \(result.status)\n\(result.stdout)\n\(result.stderr)")
        }
        return result.stdout
    }

    /// Builds something there and not here: which kernel ran it, on what, and a number that is never the same twice.
    ///
    /// - Parameter name: What is built: the same twice is built once, where its store is still there.
    func build(
        _ name: String, system: String = "x86_64-linux", busybox: String? = nil, line: String, options: String
    ) async throws -> [String] {
        let sandbox = try NixSandbox()
        let here = URL(fileURLWithPath: "/bin/busybox").resolvingSymlinksInPath().deletingLastPathComponent().path
        let paths = try await sandbox.build(
            """
            let
              programs = builtins.path { path = \(busybox ?? here); name = "programs"; filter = path: type: baseNameOf path == "busybox"; };
            in
            derivation {
              name = "\(name)";
              system = "\(system)";
              builder = "${programs}/busybox";
              args = [ "sh" "-c" "b=${programs}/busybox; { $b uname -r; $b uname -m; $b cat /proc/sys/kernel/random/uuid; $b id -u; } > $out" ];
            }
            """,
            arguments: ["--max-jobs", "0", "--builders", line.trimmingCharacters(in: .newlines)],
            environment: ["NIX_SSHOPTS": options.trimmingCharacters(in: .newlines)])
        let text = try String(contentsOfFile: sandbox.root + (try #require(paths.first)), encoding: .utf8)
        return text.split(separator: "\n").map(String.init)
    }
}
