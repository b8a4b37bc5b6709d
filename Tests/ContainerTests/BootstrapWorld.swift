import Foundation
import Support
import Testing

/// What `container_build.sh` needs around it: a podman and a Nix store of its own, a server with what is pinned, and a
/// registry with a base image.
///
/// The image of these tests is a tiny one: what matters is how it comes about. The real one has tests of its own.
final class BootstrapWorld: Sendable {
    let podman: Podman
    let web: WebServer
    let registry: ImageRegistry

    /// Whether all of it is here, for `.enabled(if:)`.
    static let isAvailable =
        Podman.isAvailable && NixSandbox.canEnter && ImageRegistry.isAvailable
        && ["jq", "skopeo", "ssh", "qemu-system-x86_64"].allSatisfy(isInstalled)

    /// Why tests that need it were left out.
    static let absence: Comment =
        "left out: it takes root, podman, Nix with a /nix, docker-registry, jq, skopeo and qemu"

    /// One for each podman: building the programs' packages and the base image takes longer than the tests.
    static func shared(_ rights: Podman.Rights) async throws -> BootstrapWorld {
        switch rights {
        case .rootful: try await rootful.value
        case .rootless: try await rootless.value
        }
    }

    private static let rootful = Task { try await BootstrapWorld(.rootful) }
    private static let rootless = Task { try await BootstrapWorld(.rootless) }

    private init(_ rights: Podman.Rights) async throws {
        podman = try await Podman(rights)
        web = try await WebServer()
        registry = try await ImageRegistry()

        try await podman.mountStore()
        try web.put("nix-1.0-r0.apk", "what is in the package\n")
        try await publish("nixpkgs", [:])
        try podman.write("base/Containerfile", "FROM scratch\nCOPY busybox /bin/sh\n")
        try FileManager.default.copyItem(atPath: ContainerTests.busybox, toPath: podman.file("base/busybox"))
        try await podman.own(podman.file("base"))
        try await podman("build", "--network", "none", "--tag", base, podman.file("base"))
        try await podman("push", "--quiet", base)
        // It is to be pulled.
        try await podman("rmi", "--force", base)

        // The packages of the programs are there when tests come: many Nix at once would all build them.
        _ = try await project(pins: ["nixpkgs"]).build(["--help"])
    }

    /// The base image, as it is pinned.
    var base: String { "\(registry.host)/base:1" }

    /// Puts the small nixpkgs, with further files in it, where it can be pinned.
    func publish(_ name: String, _ files: [String: String]) async throws {
        let work = TemporaryDirectory()
        let fixture = "\(packageRoot)/Tests/Fixtures/nixpkgs"
        try FileManager.default.copyItem(atPath: fixture, toPath: work.file("nixpkgs"))
        if files["default.nix"] != nil {
            try FileManager.default.moveItem(
                atPath: work.file("nixpkgs/default.nix"), toPath: work.file("nixpkgs/machine.nix"))
        }
        for (file, text) in files { try work.write("nixpkgs/\(file)", text) }
        try await run(["tar", "-czf", "archive", "nixpkgs"], directory: work.path)
        try web.put("\(name).tar.gz", try work.read("archive"))
    }

    /// A project with the template `bootstrap` and what it needs, or others beside it, whose image is a tiny one with these lines in it.
    func project(
        pins: [String] = ["nixpkgs", "apk-nix", "alpine"], nixpkgs: String = "nixpkgs",
        lines: [String] = ["RUN cat /context/packages/*.apk >/package"], templates: [String] = ["bootstrap"]
    ) async throws -> BootstrapProject {
        let project = BootstrapProject(world: self, path: try await podman.makeFolder())
        try await ContainerTests.apply(templates, to: project.path)
        let containerfile = """
            ARG BASE_NAME
            ARG BASE_DIGEST
            FROM ${BASE_NAME}@${BASE_DIGEST}
            COPY packages /context/packages
            \(lines.joined(separator: "\n"))
            HEALTHCHECK CMD ["/bin/sh", "-c", "true"]

            """
        try project.write("alpine/Containerfile", containerfile)
        try await project.pinr("init", "--bare")
        let sources = [
            "nixpkgs": web.url("/\(nixpkgs).tar.gz"), "apk-nix": "file+\(web.url("/nix-1.0-r0.apk"))",
            "alpine": "oci:\(base)", "podman-machine": "file+\(web.url("/podman-machine.raw.zst"))",
        ]
        for pin in pins { try await project.pinr("add", try #require(sources[pin]), "--name", pin) }
        try await podman.own(project.path)
        return project
    }
}

/// A project that builds its image.
struct BootstrapProject: Sendable {
    let world: BootstrapWorld
    let path: String
    /// No other test's image has it.
    let image = "localhost/\(UUID().uuidString.lowercased())"

    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file of it.
    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: file(name)))
    }

    /// Puts another text in the place of one that stands in `pins/pins.json`, by hand.
    func edit(_ old: String, to new: String) throws {
        let text = try String(contentsOfFile: file("pins/pins.json"), encoding: .utf8)
        #expect(text.contains(old), "\(old) is not in \(text)")
        try write("pins/pins.json", text.replacingOccurrences(of: old, with: new))
    }

    /// A value that is locked in `pins/pins.json`.
    func locked(_ pin: String, _ key: String) async throws -> String {
        try await run(["jq", "-er", ".pins[\"\(pin)\"].locked.\(key)", file("pins/pins.json")]).trimmed
    }

    @discardableResult
    func pinr(_ arguments: String...) async throws -> ProcessResult {
        let home = TemporaryDirectory()
        var environment = isolatedEnvironment(home: home.path)
        environment["NIX_REMOTE"] = "local?root=\(home.path)"
        return try await run([Binary.pinr] + arguments, environment: environment, directory: path)
    }

    /// Runs `container_build.sh`, by that path, in that working directory.
    ///
    /// The image has the name of this project, unless the arguments say another.
    func build(
        _ arguments: [String] = [], script: String? = nil, at directory: String = "/",
        environment extra: [String: String] = [:]
    ) async throws -> ProcessResult {
        let names = ["--image-name", image]
        var environment = [
            "NIX_REMOTE": "local",
            "NIX_CONFIG": "substituters =\nbuild-users-group =\nsandbox = false",
        ]
        environment.merge(extra) { $1 }
        return try await world.podman.runInside(
            [script ?? file("bootstrap/container_build.sh")] + names + arguments, environment: environment,
            directory: directory, timeout: patience)
    }

    /// Whether podman has an image of the name of this project, with any tag.
    func hasImage() async throws -> Bool {
        try await world.podman("images", "--quiet", "--filter", "reference=\(image)") != ""
    }

    /// The only line of a run that went well: the image by its digest.
    func reference(
        _ result: ProcessResult, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> String {
        #expect(result.status == 0, "\(result)", sourceLocation: sourceLocation)
        let line = try #require(result.lines.first, "\(result)", sourceLocation: sourceLocation)
        #expect(result.stdout == "\(line)\n", "\(result)", sourceLocation: sourceLocation)
        let isDigest = line.wholeMatch(of: /[^@ ]+@sha256:[0-9a-f]{64}/) != nil
        #expect(isDigest, "\(result)", sourceLocation: sourceLocation)
        return line
    }

    /// The run said that it could not be, in these words, and no image is there.
    func expectRefusal(
        _ result: ProcessResult, status: Int32? = nil, saying words: String...,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        if let status {
            #expect(result.status == status, "\(result)", sourceLocation: sourceLocation)
        } else {
            #expect(result.status != 0, "\(result)", sourceLocation: sourceLocation)
        }
        #expect(result.stdout == "", "\(result)", sourceLocation: sourceLocation)
        for word in words {
            #expect(result.stderr.contains(word), "\(word) is not said: \(result)", sourceLocation: sourceLocation)
        }
        let isThere = try await hasImage()
        #expect(!isThere, sourceLocation: sourceLocation)
    }
}
