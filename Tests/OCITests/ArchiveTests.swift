import NixHash
import OCI
import Support
import Testing

/// The archive is skopeo's, byte for byte.
///
/// The hashes are what skopeo 1.18 (Debian 13) printed for these images, which are the same wherever they are made:
/// `scripts/test-skopeo-versions` makes them again with it. They are compared with the skopeo of this machine too, unless
/// that is known to do otherwise.
@Suite(.enabled(if: TestRegistry.isAvailable, TestRegistry.absence)) struct ArchiveTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var image: TestImage
        let hash: String
        /// Whether skopeo before 1.14 cannot make it.
        var needsNewSkopeo = false
        var tag = "v1"
    }

    static let name = "registry.example/some/image"
    private static let one = TestImage.layer("one")
    private static let two = TestImage.layer("two", [UInt8](repeating: 7, count: 3000))

    private static func odd(_ image: TestImage, _ configuration: (String) -> String) -> TestImage {
        var odd = image
        odd.configuration = Array(configuration(image.rootfs).utf8)
        return odd
    }

    static let cases: [Case] = {
        let many = (0..<25).map { (contents: TestImage.layer("f\($0)"), packing: TestImage.Packing.gzip) }
        let packings: [(contents: [UInt8], packing: TestImage.Packing)] = [
            (one, .plain), (two, .gzip), (TestImage.layer("three"), .gzipMembers), (TestImage.layer("four"), .bzip2),
            (TestImage.layer("five"), .xz), (TestImage.layer("six"), .zstd),
        ]
        var foreign = TestImage([(one, .gzip)])
        foreign.layerTypes = ["application/vnd.docker.image.rootfs.diff.tar"]
        var untyped = TestImage([(one, .gzip)], isOCI: true)
        untyped.saysType = false
        return [
            Case(
                testDescription: "one layer", image: TestImage([(one, .gzip)]),
                hash: "adc071e74b1c7d6f2348bf1cdd98b202001fbcf4a86c9200c53e62a2486d4514"),
            Case(
                testDescription: "one layer of an OCI manifest", image: TestImage([(one, .gzip)], isOCI: true),
                hash: "adc071e74b1c7d6f2348bf1cdd98b202001fbcf4a86c9200c53e62a2486d4514"),
            Case(
                testDescription: "an OCI manifest that does not say so", image: untyped,
                hash: "adc071e74b1c7d6f2348bf1cdd98b202001fbcf4a86c9200c53e62a2486d4514"),
            Case(
                testDescription: "a layer of another type than said", image: foreign,
                hash: "adc071e74b1c7d6f2348bf1cdd98b202001fbcf4a86c9200c53e62a2486d4514"),
            Case(
                testDescription: "many layers", image: TestImage(many),
                hash: "46cc3dbbde0e36eb0ee91069e09fea3d06549771fe40881cbbbcb58664339bb8"),
            Case(
                testDescription: "no layer", image: TestImage([]),
                hash: "d915944378fb706935afe083286422d8be9f1eff17347d6efc917ea8a1033aff"),
            Case(
                testDescription: "the same layer three times",
                image: TestImage([(one, .gzip), (two, .gzip), (one, .gzip), (one, .plain)]),
                hash: "6f77e835b963246821af5511293238cb12d1b9233b290c538ebe6385ba2e87c5"),
            Case(
                testDescription: "a layer of nothing", image: TestImage([([], .gzip), (one, .gzip), ([], .plain)]),
                hash: "3496e0f85d8b8e19ae3c2145731bcfb70fb3060207e38d82b2b75d60f659a736"),
            Case(
                testDescription: "every compression in Docker's manifest", image: TestImage(packings),
                hash: "69c651eb70b6d7d4e0e88ed636e4a71397e6c1f0db1cc380f104705287e903aa"),
            Case(
                testDescription: "every compression in OCI's manifest", image: TestImage(packings, isOCI: true),
                hash: "69c651eb70b6d7d4e0e88ed636e4a71397e6c1f0db1cc380f104705287e903aa", needsNewSkopeo: true),
            Case(
                testDescription: "contents that are no whole block", image: TestImage([(Array("abc".utf8), .gzip)]),
                hash: "3d6dda12d5011f0b2e40d211256dfef403f4bdaaeb2124a3b4188feade101503"),
            Case(
                testDescription: "a configuration with white space, in another order, and with what is to be escaped",
                image: odd(TestImage([(one, .gzip), (two, .gzip)])) {
                    """
                    { "os" : "linux",\t\(Self.spaced($0)) ,
                      "x<y>&" : {"z":[1, 2.50, -0, 1e400, true , null]},
                      "config": { "b" : [ "<a&b>", "\\u00e9 é \u{2028}\u{2029} \\/ \\"q\\" \\\\", "" ], "a" : { } , "\\u003c":[ ]},
                      "docker_version":"20.10", "container" : "0123", "architecture": "amd64", "container_config":{"Env":null},
                      "created":"2020-02-02T02:02:02.000000002Z", "\\u006fs.version" : "1" }

                    """
                }, hash: "20a9dd91a18661d0a5b43d2a38e5dc2b2c07430128a98f9e126feb22d73fc87b"),
            Case(
                testDescription: "a history with empty layers",
                image: odd(TestImage([(one, .gzip)])) {
                    """
                    {"architecture":"amd64","os":"linux",\($0),"history":[{"created_by":"FROM"},\
                    {"created_by":"ENV a=b","empty_layer":true}]}
                    """
                }, hash: "cfe461c652d88d23078cdea770e8dcd17b29b1c9d4373075f5da6334c8a44cdf"),
            Case(
                testDescription: "a configuration with nothing but the layers",
                image: odd(TestImage([(one, .gzip)])) { "{\($0)}" },
                hash: "66d0e124ff0fccbde773386caa5dbd8c45b825104b8ceab7289b0b9bf637b494"),
            Case(
                testDescription: "keys that are spelled with escapes",
                image: odd(TestImage([(one, .gzip)])) { #"{\#($0),"\u006fs":"linux","archi\u0074ecture":"amd64"}"# },
                hash: "8aa090727ec229006849797a62ffb24899e8623da96b70008e9cafa58c11f01f"),
            Case(
                testDescription: "a tag with everything that one may have", image: TestImage([(one, .gzip)]),
                hash: "5d395265ef5f7c045788a6e2675212061a2e29f22535191a8d6d992d66c89880",
                tag: "_A.b-c__D" + String(repeating: "x", count: 119)),
        ]
    }()

    /// With blanks around its colons.
    private static func spaced(_ rootfs: String) -> String {
        rootfs.split(separator: ":", omittingEmptySubsequences: false).joined(separator: ":").replacing(
            "\":", with: "\" : ")
    }

    @Test(arguments: cases) func `The hash is that of skopeo's archive`(image: Case) async throws {
        let registry = try await TestRegistry()
        let digest = try await registry.push(image.image, as: "some/image")
        let images = images { _ in registry.baseURL }
        let archive = try await images.hash(
            of: ImageName(parsing: Self.name), digest: digest, tag: image.tag, platform: .amd64)
        #expect(archive.manifest == digest && archive.credentials == nil)
        #expect(archive.hash.hex == image.hash)
        let source = "\(registry.host)/some/image@\(digest.imageText)"
        if let newer = Skopeo.newer {
            #expect(try await newer.hash(source, name: Self.name, tag: image.tag) == archive.hash.hex)
        }
        if Skopeo.isAvailable, !image.needsNewSkopeo {
            #expect(try await Skopeo.local.hash(source, name: Self.name, tag: image.tag) == archive.hash.hex)
        }
    }

    @Test(.enabled(if: Skopeo.isAvailable, Skopeo.absence))
    func `A layer of fifty megabytes goes through a file that has no name, and leaves nothing`() async throws {
        let registry = try await TestRegistry()
        var generator = SeededGenerator(seed: 50)
        let block = (0..<(1 << 20)).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let contents = (0..<50).flatMap { number in [UInt8(number)] + block }
        let digest = try await registry.push(
            TestImage([(Self.one, .gzip), (contents, .gzip), (Self.two, .gzip)]), as: "big")
        let directory = TemporaryDirectory()
        let name = try ImageName(parsing: "\(registry.host)/big")
        let archive = try await images(directory: directory).hash(
            of: name, digest: digest, tag: "latest", platform: .amd64)
        let expected = try await Skopeo.local.hash(
            "\(name.text)@\(digest.imageText)", name: name.text, tag: "latest")
        #expect(archive.hash.hex == expected)
        #expect(try await run(["ls", "-A", directory.path]).trimmed.isEmpty)
    }

    @Test(.enabled(if: Skopeo.isAvailable, Skopeo.absence))
    func `Short names of Docker Hub are written out in the archive, as by skopeo`() async throws {
        let registry = try await TestRegistry()
        let digest = try await registry.push(TestImage([(Self.one, .gzip)]), as: "library/alpine")
        let images = images { $0 == "docker.io" ? registry.baseURL : nil }
        for short in ["alpine", "library/alpine", "docker.io/alpine", "index.docker.io/library/alpine"] {
            let name = try ImageName(parsing: short)
            let archive = try await images.hash(of: name, digest: digest, tag: "3", platform: .amd64)
            let expected = try await Skopeo.local.hash(
                "\(registry.host)/library/alpine@\(digest.imageText)", name: short, tag: "3")
            #expect(archive.hash.hex == expected, "\(short)")
        }
    }
}
