import Foundation
import Support
import Testing

/// `docs/containers.md`, done as it says: every command, one after another, as a reader types them.
@Suite struct TutorialTests {
    private static let page = "\(packageRoot)/docs/containers.md"

    private static func blocks() throws -> ConsoleBlocks {
        ConsoleBlocks(try String(contentsOfFile: page, encoding: .utf8))
    }

    /// What the page needs is there, also where it cannot be run.
    @Test func theScriptsOfThePageAreHandedOut() throws {
        let commands = try Self.blocks().commands
        #expect(commands.count > 10)
        let scripts = commands.flatMap { $0.text.matches(of: /[a-z-]+\/[a-z_-]+\.sh/).map { String($0.output) } }
        #expect(Set(scripts).count == 3)
        for script in scripts {
            let path = "\(packageRoot)/templates/\(script)"
            #expect(FileManager.default.isExecutableFile(atPath: path), "\(script) is not handed out")
        }
    }

    @Test(
        .enabled(if: ContainerTests.areWanted, ContainerTests.absence),
        .enabled(if: TutorialWorld.isAvailable, TutorialWorld.absence), .timeLimit(.minutes(40)))
    func aReaderGetsFromAnEmptyFolderToABuildOnTheBuilder() async throws {
        let blocks = try Self.blocks()
        let world = try await TutorialWorld()
        let mark = "pinr-tutorial-\(UUID().uuidString)"
        let result = try await world.run(blocks.script(mark: mark))
        let outputs = blocks.outputs(of: result.stdout, mark: mark)
        for (index, command) in blocks.commands.enumerated() {
            guard let output = outputs[index] else {
                Issue.record("docs/containers.md:\(command.line): not reached: \(command.text)")
                continue
            }
            #expect(command.allows(output), "docs/containers.md:\(command.line): \(command.text) printed \(output)")
        }
        #expect(result.status == 0, "\(result.stdout.suffix(2000))\n\(result.stderr.suffix(4000))")
        // What goes well does not look as if it had not.
        let complaints = result.stderr.split(separator: "\n").filter { $0.contains(/^(error|warning):/) }
        #expect(complaints.isEmpty)
    }
}

/// What the page takes for granted: the internet, with a channel, Docker Hub and Alpine's packages, on this machine; podman;
/// and Nix. Alpine itself is played by Debian (`Tests/Fixtures/builder-base`).
private final class TutorialWorld: Sendable {
    static let isAvailable =
        BuilderBase.isAvailable && NixSandbox.canEnter && ["jq", "skopeo", "ssh"].allSatisfy(isInstalled)
    static let absence: Comment =
        "left out: it takes what the builder's image takes, Nix with a /nix, jq, skopeo and ssh"

    private let podman: Podman
    private let web: WebServer
    private let registry: ImageRegistry

    init() async throws {
        podman = try await Podman(.rootful)
        registry = try await ImageRegistry()
        // As channels.nixos.org does: a name leads to a release.
        web = try await WebServer(locations: [
            "location ~ ^/channels/nixpkgs-unstable/(?<file>[^/]+)$ { return 302 /releases/nixpkgs-1.abc/$file; }"
        ])
        try await podman.mountStore()
        try await publishNixpkgs()
        try await publishAlpine()
    }

    private func publishNixpkgs() async throws {
        let fixtures = "\(packageRoot)/Tests/Fixtures"
        let work = TemporaryDirectory()
        try await Support.run(
            ["tar", "-cJf", work.file("archive"), "--transform", "s|^nixpkgs|nixpkgs-1.abc|", "nixpkgs"],
            directory: fixtures)
        try web.put("releases/nixpkgs-1.abc/nixexprs.tar.xz", try work.read("archive"))
        try web.put("releases/nixpkgs-1.abc/git-revision", String(repeating: "a", count: 40))
    }

    private func publishAlpine() async throws {
        let packages = try await BuilderBase.packages()
        try await BuilderBase.publishPackages(on: web)
        let raw = "localhost/alpine:raw"
        try await podman("import", "--quiet", BuilderBase.debian.archive(), raw, timeout: .seconds(300))
        let key = try Data(contentsOf: URL(fileURLWithPath: "\(packages)/../key.rsa.pub"))
        try podman.write("builder-test.rsa.pub", String(decoding: key, as: UTF8.self))
        // Nix reads this file after its own settings. Alpine's Nix has a shell in itself for its sandbox, Debian's has none.
        // And no cache is to be had from here.
        try podman.write("nix.conf", "sandbox-paths = /bin/sh=/usr/lib/nix/busybox\nsubstituters =\n")
        // From the network of a container the servers here cannot be reached; the stand-in for apk only looks whether they
        // are there.
        let apk = try String(
            contentsOfFile: "\(packageRoot)/Tests/Fixtures/builder-base/apk", encoding: .utf8)
        let lines = apk.split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.contains("wget ") }
        try podman.write("apk", lines.joined(separator: "\n"), mode: 0o755)
        try podman.write(
            "Containerfile",
            """
            FROM \(raw)
            COPY builder-test.rsa.pub /etc/apk/keys/
            COPY apk /usr/local/bin/
            COPY nix.conf /etc/xdg/nix/nix.conf
            RUN echo \(web.url("/alpine")) >/etc/apk/repositories

            """)
        let name = "\(registry.host)/library/alpine:3.22"
        try await podman(
            "build", "--network", "none", "--tag", name, "--file", podman.file("Containerfile"), podman.file(""),
            timeout: .seconds(300))
        try await podman("push", "--quiet", name, timeout: .seconds(300))
        // It is to be pulled, as from Docker Hub.
        try await podman("rmi", "--force", name, raw)
        try podman.write(
            "registries.conf",
            """
            unqualified-search-registries = []
            [[registry]]
            prefix = "docker.io"
            location = "\(registry.host)"
            insecure = true

            """)
    }

    /// Runs a script of bash in an empty folder.
    func run(_ script: String) async throws -> ProcessResult {
        let environment = [
            "PATH": Binary.path(),
            "NIX_REMOTE": "local",
            "NIX_CONFIG": "substituters =\nbuild-users-group =\nsandbox = false",
            "PINR_CHANNEL_HOST": web.url("/channels/"),
            "PINR_OCI_HOST": registry.baseURL,
            "CONTAINERS_REGISTRIES_CONF": podman.file("registries.conf"),
        ]
        return try await podman.runInside(
            ["bash", "-c", script], environment: environment, directory: try await podman.makeFolder(),
            timeout: .seconds(1200))
    }
}
