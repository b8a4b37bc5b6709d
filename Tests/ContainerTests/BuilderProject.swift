import Foundation
import JSON
import Support
import Testing

/// A project with the template `alpine` and its pins, and servers on this machine for all that is pinned.
final class BuilderProject: Sendable {
    let base: BuilderBase
    let directory = TemporaryDirectory()
    let registry: ImageRegistry
    let web: WebServer
    private let nix: NixSandbox

    /// One for the whole test program; tests that change it take one of their own.
    static func shared(_ base: BuilderBase) async throws -> BuilderProject {
        switch base {
        case .debian: try await debian.value
        case .alpine: try await alpine.value
        }
    }

    private static let debian = Task { try await BuilderProject(.debian) }
    private static let alpine = Task { try await BuilderProject(.alpine) }

    init(_ base: BuilderBase) async throws {
        self.base = base
        registry = try await ImageRegistry()
        web = try await WebServer()
        nix = try NixSandbox()
        let packages = try await BuilderBase.packages()
        try await BuilderBase.publishPackages(on: web)
        try await pushBase(key: "\(packages)/../key.rsa.pub")
        try await ContainerTests.apply(["alpine"], to: directory.path)
        // What a person has from GitHub.
        let archive = try await run(
            ["tar", "-C", "\(packageRoot)/Tests/Fixtures", "-cz", "--owner=0", "--group=0", "nixpkgs"])
        try web.put("nixpkgs.tar.gz", archive.stdoutBytes)
        try await pinr("init", "--bare")
        try await pinr("add", "tarball+\(web.url("/nixpkgs.tar.gz"))", "--name", "nixpkgs")
        try await pinr("add", "oci:\(registry.host)/alpine:3.22", "--name", "alpine")
        try await lockPackages()
    }

    /// What a test mounts over to make a build believe that it is another day: they are there, so that nothing tells of it.
    static let clockFiles = ["/usr/lib/libfaketime.so", "/etc/ld.so.preload", "/etc/faketimerc"]

    /// Puts the base into the registry, as one that trusts the packages' key and knows where they are.
    private func pushBase(key: String) async throws {
        let podman = try await Podman.shared(.rootful)
        let folder = try await podman.makeFolder()
        try await run(["cp", key, "\(folder)/builder-test.rsa.pub"])
        try await run(["cp", "\(packageRoot)/Tests/Fixtures/builder-base/apk", folder])
        try await podman("import", "--quiet", base.archive(), "localhost/\(base):raw", timeout: .seconds(300))
        try Data(
            """
            FROM localhost/\(base):raw
            COPY builder-test.rsa.pub /etc/apk/keys/
            \(base == .debian ? "COPY apk /usr/local/bin/" : "")
            RUN echo \(web.url("/alpine")) >/etc/apk/repositories
            \(base == .debian ? "RUN touch \(Self.clockFiles.joined(separator: " "))" : "")

            """.utf8
        ).write(to: URL(fileURLWithPath: "\(folder)/Containerfile"))
        let name = "\(registry.host)/alpine:3.22"
        try await podman("build", "--quiet", "--network", "none", "--tag", name, folder, timeout: .seconds(300))
        try await podman("push", "--quiet", name, timeout: .seconds(300))
        // From now on it has to come from the registry, by its digest.
        try await podman("rmi", "--force", name, "localhost/\(base):raw")
    }

    // MARK: Commands

    /// Runs `pinr` in the project, which has to succeed.
    @discardableResult
    func pinr(_ arguments: String...) async throws -> ProcessResult { try await pinr(arguments) }

    /// Runs `pinr` in the project, which has to succeed.
    @discardableResult
    func pinr(_ arguments: [String]) async throws -> ProcessResult {
        try await run(
            [Binary.pinr] + arguments, environment: nix.environment, directory: directory.path, timeout: .seconds(300))
    }

    /// Runs `alpine/packages.sh` with this project's podman and pinr.
    func packagesScript(_ arguments: String...) async throws -> ProcessResult {
        let podman = try await Podman.shared(.rootful)
        return try await podman.runInside(
            ["\(directory.path)/alpine/packages.sh"] + arguments, environment: ["PINR": Binary.pinr], directory: "/",
            timeout: .seconds(300))
    }

    /// Pins the packages.
    @discardableResult
    func lockPackages() async throws -> ProcessResult {
        let result = try await packagesScript("lock", "--network", "host")
        guard result.status == 0 else { throw PodmanError(what: "\(result.stdout)\n\(result.stderr)") }
        return result
    }

    /// `pins/pins.json`.
    func pins() throws -> JSON {
        try JSON(parsing: directory.read("pins/pins.json"))["pins"] ?? .null
    }

    // MARK: Building

    /// The folder that `alpine/context.nix` makes, copied to where a podman can read it.
    func context(for podman: Podman) async throws -> String {
        let path = try await nix.nix(["nix-build", "--no-out-link", directory.file("alpine/context.nix")]).trimmed
        let folder = try await podman.makeFolder()
        try await run(["cp", "-R", "--no-preserve=mode", "\(nix.root)\(path)/.", folder])
        try await podman.own(folder)
        return folder
    }

    /// Builds an image of a context, however that ends.
    static func attemptBuild(_ context: String, as name: String, with podman: Podman) async throws -> ProcessResult {
        let lines = try String(contentsOfFile: "\(context)/build-args", encoding: .utf8)
        let arguments = lines.split(separator: "\n").flatMap { ["--build-arg", String($0)] }
        return try await podman.attempt(
            ["build", "--network", "none", "--timestamp", "0", "--format", "docker", "--no-cache", "--tag", name]
                + arguments + [context], timeout: .seconds(300))
    }
}
