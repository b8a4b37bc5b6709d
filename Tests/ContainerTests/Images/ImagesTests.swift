import Foundation
import JSON
import NixHash
import Support
import Testing

/// The images of `templates/images`, built by real Nix from pins, and run.
@Suite(
    .enabled(if: ContainerTests.areWanted, ContainerTests.absence),
    .enabled(if: Podman.isAvailable, Podman.absence),
    .enabled(
        if: NixSandbox.canBuild && NixSandbox.canEnter && isInstalled("Rscript"),
        "left out: it takes R, and Nix with builders and mounts of their own"))
struct ImagesTests {
    private static let file = "images/docker.nix"

    private static func makeProject() async throws -> NixProject { try await NixProject("images") }

    /// One for all that change nothing in it: what was built once is there.
    private static let shared = Task { try await makeProject() }

    /// Builds one, gives it to podman, and returns its name there.
    private func load(
        _ attribute: String, _ project: NixProject, _ arguments: [String] = [], environment: [String: String] = [:]
    ) async throws -> String {
        let podman = try await Podman.shared(.rootful)
        let path = try await project.build(Self.file, attribute, arguments, environment: environment)
        var archive = project.nix.realPath(path)
        if attribute.hasSuffix(".streamed") {
            archive = project.directory.file("\(UUID().uuidString).tar")
            let streamed = try await project.runInside(["sh", "-c", "\"$0\" >\"$1\"", path, archive])
            #expect(streamed.status == 0, "\(streamed)")
        }
        let said = try await podman("load", "--quiet", "--input", archive)
        return try #require(said.split(separator: " ").last.map(String.init), "\(said)")
    }

    private func run(_ image: String, _ arguments: [String], options: [String] = []) async throws -> ProcessResult {
        let podman = try await Podman.shared(.rootful)
        return try await podman.attempt(["run", "--rm", "--network", "none"] + options + [image] + arguments)
    }

    private static let derivation = """
        derivation { name = "made"; system = builtins.currentSystem; builder = "/bin/sh"; args = [ "-c" "echo made > $out" ]; }
        """

    @Test(arguments: ["layered", "streamed", "single"])
    func `The image of R has R in it`(variant: String) async throws {
        let project = try await Self.shared.value
        let packages = ["--arg", "r", "import \(project.file("r/r-env.nix")) { packages = [ \"data.table\" ]; }"]
        let image = try await load("r.\(variant)", project, packages)
        let code =
            "cat(data.table::stand_in(), round(coef(lm(mpg ~ wt, mtcars))[[2]], 2), l10n_info()$`UTF-8`, getwd())"
        let result = try await run(image, ["Rscript", "-e", code])
        #expect(result.stdout == "data.table 1.17.8 -5.34 TRUE /work", "\(result)")
        #expect(try await run(image, ["sh", "-c", "id -u; touch /work/a /tmp/a"]).stdout == "1000\n")
        try await expectHonestLabels(image, "R", project)
    }

    @Test(arguments: ["layered", "streamed", "single"])
    func `A job of CI has git and a Nix that builds`(variant: String) async throws {
        let project = try await Self.shared.value
        let image = try await load("ci.\(variant)", project)
        let script =
            "git --version >&2; cat $(nix-build --no-out-link --option substituters '' -E '\(Self.derivation)')"
        let result = try await run(image, ["sh", "-c", script])
        #expect(result.stdout == "made\n", "\(result)")
        // Its own paths are known to it, and no rubbish.
        let known =
            "nix-store --query --hash $(dirname $(dirname $(readlink /bin/git))) && nix-store --gc && git --version"
        let collected = try await run(image, ["sh", "-c", known])
        #expect(collected.status == 0, "\(collected)")
        #expect(collected.lines.last?.hasPrefix("git version") == true, "\(collected)")
        try await expectHonestLabels(image, "CI jobs with Nix", project)
    }

    @Test(arguments: ["layered", "streamed", "single"])
    func `The builder builds for somebody without rights, and wants keys to serve`(variant: String) async throws {
        let project = try await Self.shared.value
        let image = try await load("builder.\(variant)", project)
        let script = "id -un && cat $(nix-build --no-out-link -E '\(Self.derivation)')"
        let settings = ["--env", "NIX_CONFIG=sandbox = false\nsubstituters ="]
        let result = try await run(image, ["sh", "-c", script], options: settings)
        #expect(result.lines == ["ci", "made"], "\(result)")

        let without = try await run(image, [])
        #expect(without.status == 78, "\(without)")
        #expect(without.stderr.contains("/etc/nix-builder/ssh_host_ed25519_key is not there"), "\(without)")
        try await expectHonestLabels(image, "nix-builder", project)
    }

    /// What an image says of itself, and what it must not have: a date of today, a tag that moves, keys.
    private func expectHonestLabels(_ image: String, _ title: String, _ project: NixProject) async throws {
        #expect(image.firstMatch(of: /^localhost\/[a-z-]+:pins-[0-9a-f]{12}$/) != nil, "\(image)")
        let podman = try await Podman.shared(.rootful)
        let inspected = try JSON(parsing: Array(try await podman("inspect", image).utf8))[0]
        let labels = inspected?["Config"]?["Labels"]
        let locked = try project.locked("nixpkgs")
        let revision = locked["revision"] ?? locked["version"] ?? locked["hash"]
        #expect(labels?["org.opencontainers.image.title"]?.string == title)
        #expect(labels?["org.opencontainers.image.revision"] == revision)
        #expect(labels?["org.opencontainers.image.source"] == locked["url"])
        #expect(labels?["io.github.pinr.pin.nixpkgs"] == revision)
        let created = try #require(labels?["org.opencontainers.image.created"]?.string)
        #expect(inspected?["Created"]?.string == created)
        let date = try #require(ISO8601DateFormatter().date(from: created)).timeIntervalSince1970
        #expect(Int(date) == locked["lastModified"]?.integer.map { Int($0) } ?? 1)

        let keys = try await run(
            image,
            ["-c", "find / -xdev -name 'ssh_host_*' -o -xdev -name authorized_keys | grep -v -e /proc/ -e '^/usr/'"],
            options: ["--entrypoint", "/bin/sh", "--user", "0"])
        #expect(keys.stdout == "", "\(keys)")
    }

    @Test func `The same pins give the same bytes, here and in another store`() async throws {
        let project = try await Self.shared.value
        let other = try NixSandbox()
        for attribute in ["r.layered", "ci.single", "builder.layered"] {
            let first = try await project.build(Self.file, attribute)
            let again = try await project.attempt(Self.file, attribute, ["--check"])
            #expect(again.status == 0, "\(attribute): \(again.stderr)")
            let elsewhere = try await project.build(Self.file, attribute, in: other)
            #expect(elsewhere == first)
            let hashes = try await other.hashPaths([project.nix.realPath(first), other.realPath(elsewhere)])
            #expect(Set(hashes).count == 1, "\(attribute): \(hashes)")
        }
    }

    @Test func `What is streamed is the layered image`() async throws {
        let project = try await Self.shared.value
        let podman = try await Podman.shared(.rootful)
        let layered = try await podman("inspect", "--format", "{{.Id}}", load("r.layered", project))
        let streamed = try await podman("inspect", "--format", "{{.Id}}", load("r.streamed", project))
        #expect(layered == streamed)
    }

    @Test func `Another thing in it is another tag`() async throws {
        let project = try await Self.shared.value
        let path = project.file(Self.file)
        func tag(_ arguments: [String]) async throws -> String {
            try await project.nix.nix(
                ["nix-instantiate", "--eval", "--read-write-mode", path, "-A", "ci.layered.imageTag"] + arguments
            ).trimmed
        }
        let tags = [
            try await tag([]), try await tag(["--arg", "packages", "p: [ p.openssh ]"]),
            try await tag(["--arg", "labels", "{ a = \"b\"; }"]),
        ]
        #expect(Set(tags).count == 3 && !tags.contains(""), "\(tags)")
        #expect(try await tag([]) == tags[0])
        // A package of Alpine is in none of them, and what is only called like one may be.
        func besides(_ pin: String) async throws -> String {
            try await tag(["--arg", "sources", "import \(project.file("pins")) // { \(pin) }"])
        }
        let package = try await besides(#"apk-nix = { url = "https://example.org/nix-1-r0.apk"; hash = "x"; };"#)
        #expect(package == tags[0])
        let own = try await besides(#"apk-tools = { url = "https://example.org/apk-tools.git"; hash = "x"; };"#)
        #expect(own != tags[0])
    }

    // MARK: On another image

    @Test(
        .enabled(
            if: ImageRegistry.isAvailable && isInstalled("skopeo"), "left out: it takes docker-registry and skopeo"))
    func `An image may stand on a pinned one`() async throws {
        let project = try await Self.makeProject()
        let registry = try await ImageRegistry()
        let base = TestImage([(TestImage.layer("marker", Array("from below\n".utf8)), .gzip)])
        _ = try await registry.push(base, as: "base", tag: "1")
        try await project.pinr(["add", "oci:\(registry.host)/base:1", "--name", "base"])
        let locked = try project.locked("base")
        let (name, digest) = (try #require(locked["image"]?.string), try #require(locked["digest"]?.string))
        let folder = try project.directory.makeDirectory("archives")
        let archive = "\(folder)/\(digest.replacing(":", with: "-")).tar"
        try await Support.run([
            "skopeo", "copy", "--insecure-policy", "--src-tls-verify=false", "docker://\(name)@\(digest)",
            "docker-archive:\(archive):\(name):1",
        ])
        let environment = ["PINR_TEST_IMAGES": folder]
        let image = try await load("ci.layered", project, ["--argstr", "fromImage", "base"], environment: environment)
        #expect(try await run(image, ["cat", "/marker"]).stdout == "from below\n")
        let podman = try await Podman.shared(.rootful)
        let label = "{{index .Config.Labels \"org.opencontainers.image.base.digest\"}}"
        #expect(try await podman("inspect", "--format", label, image) == digest)

        // Another archive than the pinned one: Nix sees it by its hash.
        try "no archive".write(toFile: archive, atomically: true, encoding: .utf8)
        let tampered = try await project.attempt(
            Self.file, "r.layered", ["--argstr", "fromImage", "base"], in: NixSandbox(), environment: environment)
        #expect(tampered.status != 0)
        #expect(tampered.stderr.contains("hash mismatch"), "\(tampered.stderr)")

        for (pin, message) in [("nixpkgs", "the pin nixpkgs is no container image"), ("none", "no pin called none")] {
            let refused = try await project.attempt(Self.file, "ci.layered", ["--argstr", "fromImage", pin])
            #expect(refused.status != 0)
            #expect(refused.stderr.contains(message), "\(refused.stderr)")
        }
    }

    @Test func `A nixpkgs that is another than the pinned one stops the build`() async throws {
        let project = try await Self.makeProject()
        let hash = try #require(try project.locked("nixpkgs")["hash"]?.string)
        try project.edit(hash, to: "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
        let result = try await project.attempt(Self.file, "ci.layered")
        #expect(result.status != 0)
        #expect(result.stderr.contains("hash mismatch"), "\(result.stderr)")
    }
}
