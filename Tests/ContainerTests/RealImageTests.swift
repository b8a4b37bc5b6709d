import Foundation
import Support
import Testing

/// An image of `templates/images`, as it is, through the scripts of `templates/ci`: built twice, compared, and published.
@Suite(
    .enabled(if: NixSandbox.canEnter, "left out: no Nix, or nothing may be mounted here"),
    .enabled(if: ImageRegistry.isAvailable && isInstalled("skopeo"), "left out: no docker-registry, or no skopeo"))
struct RealImageTests {
    @Test func `the image of CI is reproducible, and is published by its digest`() async throws {
        let project = try await NixProject("ci/github-images", "images")
        let attribute = "ci.layered"
        func run(_ command: [String]) async throws -> ProcessResult {
            var environment = project.nix.environmentInside
            environment["PATH"] = Binary.path(before: environment["PATH"])
            return try await runProcess(
                try project.nix.inside(command), environment: environment, directory: project.path,
                timeout: .seconds(300))
        }
        let report = project.directory.file("report.md")
        let check = try await run(
            ["ci/check-reproducible.sh", "--report", report, "--save", "built", "images/docker.nix", attribute])
        #expect(check.status == 0, "\(check)")
        #expect(try project.directory.readText("report.md").contains("| 1-ci.tar | sha256:"))

        let registry = try await ImageRegistry()
        let tag = try await run(
            ["nix-instantiate", "--eval", "--json", "images/docker.nix", "-A", "\(attribute).imageTag"]
        ).trimmed.trimmingCharacters(in: ["\""])
        let published = try await run(
            ["ci/publish-image.sh", "--unsigned", "built/1-ci.tar", "\(registry.host)/team/ci"])
        #expect(published.status == 0, "\(published)")
        #expect(published.trimmed.hasPrefix("\(registry.host)/team/ci@sha256:"), "\(published)")
        let inspected = try await Support.run(
            ["skopeo", "inspect", "--tls-verify=false", "docker://\(registry.host)/team/ci:\(tag)"],
            environment: isolatedEnvironment(home: project.directory.file("home")))
        let digest = published.trimmed.split(separator: "@").last ?? ""
        #expect(inspected.stdout.contains("\"Digest\": \"\(digest)\""), "\(inspected)")
        #expect(inspected.stdout.contains("org.opencontainers.image.revision"), "\(inspected)")

        // Another image of the same name: with a package more it has another tag, and does not take this one's.
        let other = try await run(
            ["sh", "-c", "nix-build images/docker.nix -A ci.single --no-out-link --arg packages 'p: [ p.openssh ]'"])
        #expect(other.status == 0, "\(other)")
        let moved = try await run(
            ["ci/publish-image.sh", "--unsigned", "--tag", tag, other.trimmed, "\(registry.host)/team/ci"])
        #expect(moved.status == 1 && moved.stderr.contains("a tag is never moved"), "\(moved)")
    }
}
