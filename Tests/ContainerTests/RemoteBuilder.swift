import Foundation
import Support
import Testing

/// A remote builder as remote-builder.sh makes one, with a state folder of its own.
struct RemoteBuilder {
    let podman: Podman
    let name: String
    /// What XDG_STATE_HOME is to it.
    let stateHome: String
    /// remote-builder.sh, in its own copy of the template.
    let script: String

    /// Where its keys are.
    var state: String { "\(stateHome)/nix-remote-builder/\(name)" }

    /// Copies the template to where the podman's user can run it.
    init(_ podman: Podman, name: String = "builder-\(UUID().uuidString.prefix(8))", stateHome: String? = nil)
        async throws
    {
        self.podman = podman
        self.name = name
        self.stateHome = if let stateHome { stateHome } else { try await podman.makeFolder() }
        script = try await "\(podman.copy(ofFolder: Fleet.scripts))/remote-builder.sh"
    }

    /// Runs the script, from another directory than its own, to its end, however it ends.
    func attempt(_ arguments: String...) async throws -> ProcessResult {
        try await run(arguments)
    }

    private func run(_ arguments: [String]) async throws -> ProcessResult {
        try await podman.runInside(
            [script, arguments[0], "--name", name] + arguments.dropFirst(), environment: ["XDG_STATE_HOME": stateHome],
            directory: "/", timeout: patience)
    }

    /// Runs the script, which has to succeed; what it printed, without white space at the ends.
    @discardableResult
    func callAsFunction(_ arguments: String...) async throws -> String {
        let result = try await run(arguments)
        guard result.status == 0 else {
            throw PodmanError(what: "\(arguments): status \(result.status)\n\(result.stdout)\n\(result.stderr)")
        }
        return result.trimmed
    }

    /// Starts it, does something with it, and takes it down, whatever happened.
    func whileUp<Result>(
        _ options: String..., image: String = RemoteBuilderImage.name, do body: () async throws -> Result
    ) async throws -> Result {
        do {
            let result = try await run(["up", "--image", image] + options)
            guard result.status == 0 else { throw PodmanError(what: "up: \(result.stdout)\n\(result.stderr)") }
            let value = try await body()
            _ = try await attempt("down")
            return value
        } catch {
            _ = try? await attempt("down")
            throw error
        }
    }

    /// Builds something new from this machine, in a store of its own, on the builder alone.
    /// - Parameter change: what is done to the words of the line for machines.
    func build(
        _ nix: NixSandbox, protocol scheme: String = "ssh-ng", command: String = "id -un > $out",
        change: (inout [String]) -> Void = { _ in }
    ) async throws -> ProcessResult {
        var words = try await self("machines-line", "--protocol", scheme).split(separator: " ").map(String.init)
        change(&words)
        let expression = """
            derivation {
              name = "proof-\(UUID().uuidString)";
              system = builtins.currentSystem;
              builder = "/bin/sh";
              args = [ "-c" ''\(command)'' ];
            }
            """
        return try await nix.nix(
            [
                "nix-build", "--no-out-link", "--max-jobs", "0", "--builders", words.joined(separator: " "), "-E",
                expression,
            ], environment: ["NIX_SSHOPTS": try await self("ssh-options")])
    }

    /// Where it listens on the loopback interface.
    func port() async throws -> String {
        let line = try await self("machines-line")
        return String(line.split(separator: " ")[0].split(separator: ":").last ?? "")
    }

    /// Whether a path is in the builder's store.
    func has(_ path: String) async throws -> Bool {
        try await podman.attempt(["exec", name, "test", "-e", path]).status == 0
    }
}

/// A podman with the images, for the whole test program.
enum RemoteBuilderPodman {
    static func shared(_ rights: Podman.Rights) async throws -> Podman {
        switch rights {
        case .rootful: try await rootful.value
        case .rootless: try await rootless.value
        }
    }

    private static let rootful = Task { try await loaded(.rootful) }
    private static let rootless = Task { try await loaded(.rootless) }

    private static func loaded(_ rights: Podman.Rights) async throws -> Podman {
        let podman = try await Podman.shared(rights)
        try await RemoteBuilderImage.load(into: podman)
        try await RemoteBuilderImage.loadUntrusting(into: podman)
        return podman
    }
}
