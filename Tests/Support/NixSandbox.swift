import Foundation
import NixHash

/// Real Nix with a store of its own: its paths are called `/nix/store/…`, its files are below a temporary directory.
public final class NixSandbox: Sendable {
    /// The directory below which the store's files are.
    public let root: String
    private let directory = TemporaryDirectory()

    /// Whether Nix is installed, for `.enabled(if:)`.
    public static let isAvailable = ["nix", "nix-instantiate", "nix-build", "nix-prefetch-url"].allSatisfy(isInstalled)

    /// Whether it can run builders, for `.enabled(if:)`: not where a container or the system forbids namespaces.
    ///
    /// A builder writes to `/nix/store`, which only a namespace of its own can make lead here. Evaluating and the
    /// fetches of an evaluation (`builtins.fetchTarball`, `fetchGit`, …) need none.
    public static let canBuild = isAvailable && succeeds(["unshare"] + namespace + ["true"])

    /// Whether programs can be run to which this store's files are at `/nix`, for `.enabled(if:)`: it takes a mount in a
    /// namespace of their own, and a `/nix` to mount on.
    public static let canEnter = canBuild && FileManager.default.fileExists(atPath: "/nix")

    /// What a program is run with for which this store is at `/nix`, with nothing of the machine's own in its place: then
    /// what lies in the store can be run too. The variables are those of `environmentInside`.
    public func inside(_ argv: [String]) throws -> [String] {
        // Whatever goes wrong with the mount, nothing is run outside of it.
        let mark = "pinr-sandbox-\(UUID().uuidString)"
        try directory.write("root/nix/\(mark)", "")
        let script = "set -e; mount --bind \"$0/nix\" /nix; [ -e \"/nix/\(mark)\" ]; exec \"$@\""
        return ["unshare"] + Self.namespace + ["sh", "-c", script, root] + argv
    }

    /// The environment for what is run `inside`.
    public var environmentInside: [String: String] {
        var inner = environment
        inner["NIX_REMOTE"] = "local"
        inner["NIX_CONFIG"] = """
            substituters =
            build-users-group =
            sandbox = false
            """
        return inner
    }

    private static let namespace = geteuid() == 0 ? ["--mount"] : ["--user", "--map-root-user", "--mount"]

    /// Makes an empty one.
    /// - Throws: `NixSandboxError` where Nix is installed and makes none.
    public init() throws {
        root = try directory.makeDirectory("root")
        // Nix 2.3 knows no NIX_CONFIG.
        try directory.write("home/.config/nix/nix.conf", Self.configuration)
        // Two Nix that both find no store make it at the same time, and one of them may fail: "File exists" of
        // gcroots/profiles, "is corrupt" of the schema.
        guard !Self.isAvailable || succeeds(["nix-store", "--init"], environment: environment) else {
            throw NixSandboxError(root: root)
        }
    }

    /// The environment that makes a Nix program work in it.
    ///
    /// One that calls Nix itself, as `pinr path` does, works in it too.
    public var environment: [String: String] {
        var environment = isolatedEnvironment(home: directory.file("home"))
        environment["NIX_REMOTE"] = "local?root=\(root)"
        environment["NIX_CONFIG"] = Self.configuration
        return environment
    }

    // A store elsewhere makes every build a sandboxed one: builders find the machine's programs all the same.
    private static let configuration = """
        substituters =
        build-users-group =
        sandbox-paths = /bin? /usr? /lib? /lib64? /etc/R? /etc/alternatives? /etc/ssl?
        experimental-features = nix-command flakes

        """

    /// Runs a Nix program and waits for its end, however it ends.
    @discardableResult
    public func nix(
        _ argv: [String], environment extra: [String: String] = [:], directory: String? = nil,
        timeout: Duration = patience
    ) async throws -> ProcessResult {
        try await runProcess(
            argv, environment: environment.merging(extra) { $1 }, directory: directory, timeout: timeout)
    }

    /// Evaluates an expression and returns it as JSON, as `nix-instantiate --eval --strict --json` prints it.
    /// - Throws: `ProcessError.failed` with Nix's own words.
    public func evaluate(
        _ expression: String, arguments: [String] = [], environment extra: [String: String] = [:]
    ) async throws -> String {
        try await succeeding(
            ["nix-instantiate", "--eval", "--strict", "--json"] + arguments + ["-E", expression], extra
        ).trimmed
    }

    /// Evaluates an expression that is a string.
    public func evaluateString(
        _ expression: String, arguments: [String] = [], environment extra: [String: String] = [:]
    ) async throws -> String {
        let json = try await evaluate(expression, arguments: arguments, environment: extra)
        return try JSONDecoder().decode(String.self, from: Data(json.utf8))
    }

    /// Writes the derivations of an expression into the store; their paths.
    public func instantiate(
        _ expression: String, arguments: [String] = [], environment extra: [String: String] = [:]
    ) async throws -> [String] {
        try await succeeding(["nix-instantiate"] + arguments + ["-E", expression], extra).lines
    }

    /// Builds an expression, where `canBuild`; the paths of what came out, as Nix calls them.
    public func build(
        _ expression: String, arguments: [String] = [], environment extra: [String: String] = [:]
    ) async throws -> [String] {
        try await succeeding(["nix-build", "--no-out-link"] + arguments + ["-E", expression], extra).lines
    }

    /// The NAR hash of a file or directory outside the store, `sha256-…`, as `nix hash path` says it.
    public func hashPath(_ path: String) async throws -> String { try await hashPaths([path]).joined() }

    /// The NAR hashes of many, one after the other: Nix takes longer to start than to hash a small tree.
    public func hashPaths(_ paths: [String]) async throws -> [String] {
        // As Nix has said it since before 2.4, whose `nix hash path` says the same.
        try await succeeding(["nix-hash", "--type", "sha256", "--base32"] + paths, [:]).lines.map {
            try SHA256Digest(parsing: "sha256:\($0)").sri
        }
    }

    /// Where the files of a `/nix/store/…` path really are.
    public func realPath(_ storePath: String) -> String { root + storePath }

    private func succeeding(_ argv: [String], _ extra: [String: String]) async throws -> ProcessResult {
        let result = try await nix(argv, environment: extra)
        guard result.status == 0 else {
            throw ProcessError.failed(argv, status: result.status, stdout: result.stdout, stderr: result.stderr)
        }
        return result
    }
}

/// A store that Nix did not make.
public struct NixSandboxError: Error, CustomStringConvertible {
    /// The directory below which it was to be.
    public let root: String
    public var description: String { "`nix-store --init` made no store below \(root)" }
}

/// Whether a program is on the path.
public func isInstalled(_ program: String) -> Bool {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }
}
