import Foundation
import JSON
import Support

/// A project with templates in it, whose nixpkgs is the small one of `Tests/Fixtures/nixpkgs`, pinned with `pinr` from a
/// server on this machine; and a store of its own to build it in.
struct NixProject: Sendable {
    let directory = TemporaryDirectory()
    let nix: NixSandbox
    let path: String
    private let server: WebServer

    /// - Parameter templates: what is put into it, with what they need.
    init(_ templates: String...) async throws {
        nix = try NixSandbox()
        server = try await WebServer()
        path = try directory.makeDirectory("project")
        try await ContainerTests.apply(templates, to: path)
        let archive = directory.file("nixpkgs.tar.gz")
        try await run(["tar", "-czf", archive, "-C", "\(packageRoot)/Tests/Fixtures", "--mtime=@1747267200", "nixpkgs"])
        try server.put("nixpkgs.tar.gz", try directory.read("nixpkgs.tar.gz"))
        try await pinr(["init", "--bare"])
        try await pinr(["add", server.url("/nixpkgs.tar.gz"), "--name", "nixpkgs"])
    }

    /// Puts a file on the server; its URL.
    @discardableResult
    func serve(_ path: String, _ contents: some Sequence<UInt8>) throws -> String {
        try server.put(path, contents)
        return server.url("/\(path)")
    }

    var serverURL: String { server.baseURL }

    // MARK: Files

    func file(_ name: String) -> String { "\(path)/\(name)" }

    func write(_ name: String, _ text: String, mode: mode_t = 0o644) throws {
        try directory.write("project/\(name)", text, mode: mode)
    }

    /// What is locked of a pin.
    func locked(_ name: String) throws -> JSON {
        try JSON(parsing: directory.read("project/pins/pins.json"))["pins"]?[name]?["locked"] ?? .null
    }

    /// Puts another text in the place of the one that stands in `pins/pins.json`.
    func edit(_ old: String, to new: String) throws {
        let text = try directory.readText("project/pins/pins.json")
        guard text.contains(old) else { throw NixProjectError(what: "\(old) is not in \(text)") }
        try write("pins/pins.json", text.replacingOccurrences(of: old, with: new))
    }

    // MARK: Running

    /// Runs `pinr`, which has to succeed.
    func pinr(_ arguments: [String], environment extra: [String: String] = [:]) async throws {
        try await run(
            [Binary.pinr] + arguments, environment: nix.environment.merging(extra) { $1 }, directory: path)
    }

    /// Builds an attribute of a file, however it ends.
    func attempt(
        _ file: String, _ attribute: String, _ arguments: [String] = [], in nix: NixSandbox? = nil,
        environment: [String: String] = [:]
    ) async throws -> ProcessResult {
        try await (nix ?? self.nix).nix(
            ["nix-build", "--no-out-link", self.file(file), "-A", attribute] + arguments, environment: environment,
            timeout: .seconds(300))
    }

    /// Builds an attribute of a file; its path, as Nix calls it.
    func build(
        _ file: String, _ attribute: String, _ arguments: [String] = [], in nix: NixSandbox? = nil,
        environment: [String: String] = [:]
    ) async throws -> String {
        let result = try await attempt(file, attribute, arguments, in: nix, environment: environment)
        guard result.status == 0, let path = result.lines.last else {
            throw NixProjectError(what: "\(file) -A \(attribute): \(result.stderr)")
        }
        return path
    }

    /// Runs a program to which the store is at `/nix`, however it ends.
    func runInside(_ argv: [String], directory: String? = nil) async throws -> ProcessResult {
        try await runProcess(
            try nix.inside(argv), environment: nix.environmentInside, directory: directory ?? path,
            timeout: patience)
    }
}

/// A project could not be made or built.
struct NixProjectError: Error, CustomStringConvertible {
    let what: String
    var description: String { what }
}
