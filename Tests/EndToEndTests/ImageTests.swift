import Foundation
import JSON
import NixHash
import Support
import Testing

/// Container images in a real registry, from `add` to what Nix builds of them.
@Suite(.enabled(if: ImageRegistry.isAvailable, "left out: docker-registry is not installed"))
struct ImageTests {
    private static func image(_ text: String, architecture: String = "amd64") -> TestImage {
        TestImage(
            [
                (TestImage.layer("etc/motd", Array("\(text)\n".utf8)), .gzip),
                (TestImage.layer("etc/issue", Array("issue \(text)\n".utf8)), .plain),
            ], architecture: architecture)
    }

    private static func digest(_ digest: SHA256Digest) -> JSON { .string("sha256:\(digest.hex)") }

    @Test func `An image is pinned by its digest, and moves with its tag`() async throws {
        let registry = try await ImageRegistry()
        let project = try Project()
        let first = try await registry.push(Self.image("one"), as: "team/app", tag: "1.0")
        let name = "\(registry.host)/team/app"
        let added = try await project.pinr("add", "oci:\(name):1.0").expect(0)
        #expect(added.lines.contains("  image   \(name)@sha256:\(first.hex)"))
        let pin = try project.pin("app")
        #expect(
            pin["source"]
                == ["arch": "amd64", "image": .string(name), "os": "linux", "tag": "1.0", "type": "oci"])
        #expect(pin["locked"]?["digest"] == Self.digest(first))
        #expect(pin["locked"]?["version"] == "1.0")
        try await project.pinr("verify").expect(0)
        #expect(try await project.pinr("update").expect(0).stdout == "1 pin is up to date\n")

        let second = try await registry.push(Self.image("two"), as: "team/app", tag: "1.0")
        try await project.pinr("update", "--check").expect(2)
        let updated = try await project.pinr("update").expect(0)
        #expect(
            updated.lines == ["app: sha256:\(first.hex.prefix(12)) → sha256:\(second.hex.prefix(12))"])
        let moved = try project.pin("app")
        #expect(moved["locked"]?["digest"] == Self.digest(second))
        #expect(moved["locked"]?["hash"] != pin["locked"]?["hash"])

        // What is locked stays what it is when the tag moves on.
        try await project.pinr("set", "app", "--at", "sha256:\(first.hex)").expect(0)
        #expect(try project.pin("app")["locked"] == pin["locked"])
        #expect(try await project.pinr("update").expect(0).stdout == "1 pin is up to date\n")
        try await project.pinr("verify").expect(0)
        // A tag to stay at is the digest that it has now.
        try await project.pinr("add", "oci:\(name)", "--name", "at", "--at", "1.0").expect(0)
        #expect(try project.pin("at")["source"]?["at"] == Self.digest(second))
        #expect(try project.pin("at")["source"]?["tag"] == "1.0")
        let explained = try await project.pinr("explain", "at").expect(0)
        #expect(explained.stdout.contains(name))
    }

    @Test func `Of a list the image for the wanted platform is taken, and the list's digest is locked`() async throws {
        let registry = try await ImageRegistry()
        let project = try Project()
        var entries: [(manifest: [UInt8], platform: String?)] = []
        for architecture in ["amd64", "arm64"] {
            let image = Self.image(architecture, architecture: architecture)
            try await registry.push(image, as: "multi")
            entries.append(
                (
                    image.manifest(of: try await image.packedLayers()),
                    #""platform":{"architecture":"\#(architecture)","os":"linux"}"#
                ))
        }
        let list = TestImage.list(entries, isOCI: false)
        try await registry.put(manifest: list, type: TestImage.dockerList, into: "multi", as: "v1")
        let name = "\(registry.host)/multi"
        for architecture in ["amd64", "arm64"] {
            try await project.pinr("add", "oci:\(name):v1", "--name", architecture, "--arch", architecture).expect(0)
            #expect(try project.pin(architecture)["locked"]?["digest"] == Self.digest(SHA256.hash(list)))
        }
        let hashes = try ["amd64", "arm64"].map { try project.pin($0)["locked"]?["hash"]?.string }
        #expect(hashes[0] != hashes[1])
        try await project.pinr("add", "oci:\(name):v1", "--name", "s390x", "--arch", "s390x")
            .expectFailure(saying: "s390x", "linux/amd64", "linux/arm64")
        #expect(try project.names() == ["amd64", "arm64"])
    }

    @Test func `What is wrong is said, and nothing is pinned`() async throws {
        let registry = try await ImageRegistry()
        let project = try Project()
        try await registry.push(Self.image("one"), as: "app", tag: "1")
        let name = "\(registry.host)/app"
        try await project.pinr("add", "oci:\(name):2").expectFailure(saying: "\(name):2")
        try await project.pinr("add", "oci:\(registry.host)/none:1").expectFailure(saying: "\(registry.host)/none:1")
        try await project.pinr("add", "oci:\(name)@sha256:\(String(repeating: "0", count: 64))")
            .expectFailure(saying: "sha256:0000")
        try await project.pinr("add", "oci:App").expectFailure(saying: "oci:App")
        try await project.pinr("add", "oci:\(name):1", "--branch", "b").expectFailure(
            saying: "`--branch` does not go with")
        try expectError("not-found", try await project.pinr("add", "oci:\(name):2", "--json"))
        #expect(try project.list(".") == [])
        registry.stop()
        try await project.pinr("add", "oci:\(name):1").expectFailure(saying: "nothing answers")
        #expect(try project.list(".") == [])
    }

    @Test func `A wrong hash, by hand, is found`() async throws {
        let registry = try await ImageRegistry()
        let project = try Project()
        try await registry.push(Self.image("one"), as: "app", tag: "1")
        try await project.pinr("add", "oci:\(registry.host)/app:1").expect(0)
        let hash = try #require(try project.pin("app")["locked"]?["hash"]?.string)
        try project.edit(hash, to: SHA256.hash([]).sri)
        let run = try await project.pinr("verify", "--json").expect(2)
        #expect(try run.json["mismatched"]?[0]?["actual"]?.string == hash)
    }

    @Test func `A private registry is shown its own credential, and Nix's need is said`() async throws {
        let registry = try await ImageRegistry(isClosed: true)
        let project = try Project()
        try await registry.push(Self.image("one"), as: "app", tag: "1")
        let source = "oci:\(registry.host)/app:1"
        try await project.pinr("add", source).expectFailure(saying: "PINR_TOKEN_127_0_0_1_\(registry.port)")
        let user = ImageRegistry.user
        let token = ["PINR_TOKEN_127_0_0_1_\(registry.port)": "\(user.user):\(user.password)"]
        let run = try await project.pinr(["add", source], environment: token).expect(0, quietly: false)
        #expect(run.stderr.contains("`dockerTools.pullImage` asks as a stranger"))
        #expect(!(run.stderr + run.stdout).contains(user.password))
        #expect(!String(decoding: try project.read("pins/pins.json"), as: UTF8.self).contains(user.password))
    }

    /// Stands in for Nixpkgs: `pullImage` runs this machine's skopeo as the real one does, in a build whose hash Nix checks.
    private static let nixpkgs = """
        {
          dockerTools.pullImage =
            { imageName, imageDigest, sha256, os, arch, finalImageName, finalImageTag }:
            derivation {
              name = "image.tar";
              system = builtins.currentSystem;
              builder = "/bin/sh";
              args = [ "-c" ''
                export PATH=/usr/bin:/bin HOME=$TMPDIR
                skopeo --insecure-policy --tmpdir=$TMPDIR --override-os ${os} --override-arch ${arch} copy \\
                  --src-tls-verify=false docker://${imageName}@${imageDigest} \\
                  docker-archive://$out:${finalImageName}:${finalImageTag}
              '' ];
              outputHashMode = "flat";
              outputHashAlgo = "sha256";
              outputHash = sha256;
            };
        }
        """

    @Test(.enabled(if: NixSandbox.canBuild && isInstalled("skopeo"), "left out: no builders, or no skopeo"))
    func `Nix pulls the very archive whose hash is locked`() async throws {
        let registry = try await ImageRegistry()
        let project = try Project()
        try await registry.push(Self.image("one"), as: "team/app", tag: "1.0")
        try await project.pinr("add", "oci:\(registry.host)/team/app:1.0").expect(0)
        let nix = try NixSandbox()
        let pin = "(import \(project.file("pins"))).app { pkgs = \(Self.nixpkgs); }"
        let built = try await nix.build(pin)
        let archive = nix.realPath(try #require(built.first))
        let listing = try await run(["tar", "-tf", archive]).stdout
        #expect(listing.contains("manifest.json"))
        // The locked hash is what Nix held it to: another one is refused.
        let hash = try #require(try project.pin("app")["locked"]?["hash"]?.string)
        try project.edit(hash, to: SHA256.hash([]).sri)
        let refused = try await nix.nix(["nix-build", "--no-out-link", "-E", pin])
        #expect(refused.status != 0)
        #expect(refused.stderr.contains("hash mismatch"))
    }
}
