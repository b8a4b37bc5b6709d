import Foundation
import JSON
import Support
import Testing

/// `publish-image.sh` with real signatures, by each cosign that can be had.
@Suite(
    .enabled(if: ContainerTests.areWanted, ContainerTests.absence),
    .enabled(if: ImageRegistry.isAvailable && isInstalled("skopeo"), "left out: no docker-registry, or no skopeo"),
    .enabled(if: !SigningTools.usable.isEmpty, SigningTools.absence))
struct SignedImageTests {
    private struct Signing {
        var ci = CITemplate()
        let registry: ImageRegistry
        let name: String

        init(_ suite: String, isClosed: Bool = false) async throws {
            registry = try await ImageRegistry(isClosed: isClosed)
            name = "\(registry.host)/team/builder"
            ci.programs = SigningTools.programs(suite)
            ci.environment["COSIGN_PASSWORD"] = "of the key"
            for key in ["own", "other"] {
                try ci.directory.makeDirectory(key)
                try await Support.run(
                    ["cosign", "generate-key-pair"], environment: ci.variables(), directory: ci.directory.file(key))
            }
        }

        func publish(_ image: String, _ options: [String] = [], _ environment: [String: String] = [:]) async throws
            -> ProcessResult
        {
            try await ci.run(
                "publish-image.sh", ["--key", ci.directory.file("own/cosign.key")] + options + [image, name],
                environment: environment)
        }

        func cosign(_ command: String, _ key: String, _ reference: String, _ options: [String] = []) async throws
            -> ProcessResult
        {
            try await runProcess(
                ["cosign", command, "--insecure-ignore-tlog=true", "--key", ci.directory.file("\(key)/cosign.pub")]
                    + options + [reference], environment: ci.variables())
        }

        /// What one of Debian's registry lists: cosign keeps signatures under tags.
        func tags() async throws -> String {
            try await Support.run(["curl", "-sS", "\(registry.baseURL)/v2/team/builder/tags/list"]).stdout
        }
    }

    @Test(arguments: SigningTools.usable)
    func `the signature and the SBOM are those of the key, and are made once`(_ suite: String) async throws {
        let signing = try await Signing(suite)
        let image = try await signing.ci.archive("one\n")
        let sbom = signing.ci.directory.file("sbom.json")
        let first = try await signing.publish(image, ["--sbom", sbom])
        #expect(first.status == 0, "\(first)")
        let reference = first.trimmed

        #expect(try await signing.cosign("verify", "own", reference).status == 0)
        #expect(try await signing.cosign("verify", "other", reference).status != 0)
        let attested = try await signing.cosign("verify-attestation", "own", reference, ["--type", "spdxjson"])
        #expect(attested.status == 0, "\(attested)")
        #expect(try await signing.cosign("verify-attestation", "other", reference, ["--type", "spdxjson"]).status != 0)
        // What was attested is the SBOM: SPDX, and of this image.
        let envelope = try JSON(parsing: attested.stdoutBytes)
        let payload = Data(base64Encoded: envelope["payload"]?.string ?? "") ?? Data()
        let statement = try JSON(parsing: Array(payload))
        #expect(statement["predicate"]?["spdxVersion"]?.string == "SPDX-2.3")
        #expect(String(decoding: payload, as: UTF8.self).contains(String(reference.split(separator: ":").last ?? "?")))
        let left = try JSON(parsing: try signing.ci.directory.read("sbom.json"))
        #expect(left["spdxVersion"]?.string == "SPDX-2.3")

        let tags = try await signing.tags()
        let manifests = try signing.registry.blobs()
        let second = try await signing.publish(image)
        #expect(second.status == 0 && second.trimmed == reference, "\(second)")
        #expect(second.stderr.contains("signed already") && second.stderr.contains("SBOM is attached already"))
        #expect(try await signing.tags() == tags)
        #expect(try signing.registry.blobs() == manifests)
    }

    @Test(arguments: SigningTools.usable)
    func `a key that cannot be used leaves no tag`(_ suite: String) async throws {
        let signing = try await Signing(suite)
        let image = try await signing.ci.archive("one\n")
        let result = try await signing.publish(image, [], ["COSIGN_PASSWORD": "wrong-5519"])
        #expect(result.status == 1 && result.stdout.isEmpty, "\(result)")
        #expect(result.stderr.contains("cannot be used") && !result.stderr.contains("wrong-5519"), "\(result)")
        #expect(!(try await signing.tags()).contains("pins-0123456789ab"))
        // Then, with the right one, it goes on where it stopped.
        let again = try await signing.publish(image)
        #expect(again.status == 0 && again.stderr.contains("is there already"), "\(again)")
        #expect((try await signing.tags()).contains("pins-0123456789ab"))
    }

    @Test(arguments: SigningTools.usable)
    func `a closed registry and a key in the environment, as on a forge`(_ suite: String) async throws {
        let signing = try await Signing(suite, isClosed: true)
        let image = try await signing.ci.archive("one\n")
        let key = try signing.ci.directory.readText("own/cosign.key")
        let environment = [
            "REGISTRY_USER": ImageRegistry.user.user, "REGISTRY_PASSWORD": ImageRegistry.user.password,
            "COSIGN_PRIVATE_KEY": key,
        ]
        let result = try await signing.ci.run(
            "publish-image.sh", ["--key", "env://COSIGN_PRIVATE_KEY", image, signing.name], environment: environment)
        #expect(result.status == 0, "\(result)")
        #expect(result.stderr.contains("signed it") && result.stderr.contains("attached its SBOM"), "\(result)")
        #expect(!result.stderr.contains(ImageRegistry.user.password), "\(result)")
        #expect(signing.ci.leftovers.isEmpty)
    }
}

/// What podman builds and podman pulls.
@Suite(
    .enabled(if: ContainerTests.areWanted, ContainerTests.absence),
    .enabled(if: Podman.isAvailable && ImageRegistry.isAvailable, Podman.absence))
struct PublishWithPodmanTests {
    @Test(arguments: Podman.usable)
    func `an image of podman is published, and pulled by its digest alone`(_ rights: Podman.Rights) async throws {
        let podman = try await Podman.shared(rights)
        let registry = try await ImageRegistry()
        let folder = try await podman.makeFolder()
        try FileManager.default.copyItem(atPath: ContainerTests.busybox, toPath: "\(folder)/busybox")
        try "FROM scratch\nCOPY busybox /bin/sh\nHEALTHCHECK CMD [\"/bin/sh\", \"-c\", \"true\"]\n"
            .write(toFile: "\(folder)/Containerfile", atomically: true, encoding: .utf8)
        try await podman.own(folder)
        let local = "localhost/publish-\(rights.rawValue):pins-1"
        try await podman("build", "--format", "docker", "--network", "none", "--timestamp", "0", "--tag", local, folder)
        let scripts = try await podman.copy(ofFolder: CITemplate.folder)
        let published = try await podman.runInside(
            ["\(scripts)/publish-image.sh", "--unsigned", local, "\(registry.host)/published"])
        #expect(published.status == 0, "\(published)")
        try await podman("rmi", "--force", local)
        try await podman("pull", "--quiet", published.trimmed)
        #expect(
            try await podman("run", "--rm", "--network", "none", published.trimmed, "sh", "-c", "echo runs") == "runs")
        // A health check is in the format of Docker alone: it would be lost in OCI's.
        let check = try await podman("image", "inspect", "--format", "{{.HealthCheck}}", published.trimmed)
        #expect(check.contains("true"), "\(check)")
        let wrong = published.trimmed.dropLast(4) + "0000"
        #expect(try await podman.attempt(["pull", "--quiet", String(wrong)]).status != 0)
        try await podman("rmi", "--force", published.trimmed)
    }
}
