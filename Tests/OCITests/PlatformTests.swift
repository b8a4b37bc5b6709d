import NixHash
import OCI
import Support
import Testing

/// Of a list the image is taken that skopeo 1.18 takes.
@Suite(.enabled(if: TestRegistry.isAvailable, TestRegistry.absence)) struct PlatformTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// The architecture of each image, and what the list says of it.
        let entries: [(architecture: String, text: String?)]
        let wanted: String
        /// Which is taken; nil when none is.
        let chosen: Int?
        var isOCI = true
        var hasOld = true
    }

    private static func platform(_ architecture: String, _ variant: String? = nil, os: String = "linux") -> (
        architecture: String, text: String?
    ) {
        let variant = variant.map { #","variant":"\#($0)""# } ?? ""
        return (architecture, #""platform":{"architecture":"\#(architecture)","os":"\#(os)"\#(variant)}"#)
    }

    private static func zstd(_ entry: (architecture: String, text: String?)) -> (architecture: String, text: String?) {
        let annotation = #""annotations":{"io.github.containers.compression.zstd":"true"}"#
        return (entry.architecture, entry.text.map { "\($0),\(annotation)" } ?? annotation)
    }

    /// What is kept beside images, of no platform that there is.
    private static let attestation = (
        architecture: "amd64", text: Optional(#""platform":{"architecture":"unknown","os":"unknown"}"#)
    )

    static let cases = [
        Case(
            testDescription: "one each", entries: [platform("amd64"), platform("arm64", "v8"), platform("arm", "v7")],
            wanted: "arm64", chosen: 1),
        Case(
            testDescription: "Docker's list", entries: [platform("amd64"), platform("arm64", "v8")], wanted: "arm64",
            chosen: 1, isOCI: false),
        Case(
            testDescription: "no variant is better than any", entries: [platform("arm", "v8"), platform("arm")],
            wanted: "arm", chosen: 1),
        Case(
            testDescription: "the most capable variant", entries: ["v5", "v7", "v6"].map { platform("arm", $0) },
            wanted: "arm", chosen: 1),
        Case(
            testDescription: "a variant of amd64 is not taken", entries: [platform("amd64", "v2"), platform("amd64")],
            wanted: "amd64", chosen: 1),
        Case(
            testDescription: "nothing but a variant", entries: [platform("amd64", "v2")], wanted: "amd64", chosen: nil),
        Case(
            testDescription: "a variant nobody knows", entries: [platform("arm64", "v9")], wanted: "arm64", chosen: nil),
        Case(
            testDescription: "the first of two", entries: [attestation, platform("amd64"), platform("amd64")],
            wanted: "amd64", chosen: 1),
        Case(
            testDescription: "attestations", entries: [attestation, platform("arm64"), attestation], wanted: "amd64",
            chosen: nil),
        Case(
            testDescription: "another system", entries: [platform("amd64", os: "windows"), platform("amd64")],
            wanted: "amd64", chosen: 1),
        Case(
            testDescription: "none without a platform before one with", entries: [("amd64", nil), platform("amd64")],
            wanted: "amd64", chosen: 1),
        Case(
            testDescription: "one without a platform when there is no other",
            entries: [platform("arm64"), ("amd64", nil), ("amd64", nil)], wanted: "amd64", chosen: 1),
        Case(
            testDescription: "in Docker's list each has one", entries: [("amd64", nil)], wanted: "amd64", chosen: nil,
            isOCI: false),
        Case(
            testDescription: "zstd before gzip", entries: [platform("amd64"), zstd(platform("amd64"))], wanted: "amd64",
            chosen: 1, hasOld: false),
        Case(
            testDescription: "zstd of another variant", entries: [platform("arm"), zstd(platform("arm", "v8"))],
            wanted: "arm", chosen: 0),
        Case(
            testDescription: "zstd means nothing in Docker's list",
            entries: [platform("amd64"), zstd(platform("amd64"))],
            wanted: "amd64", chosen: 0, isOCI: false),
    ]

    @Test(arguments: cases) func `The image of a platform is found as skopeo finds it`(list: Case) async throws {
        let registry = try await TestRegistry()
        var manifests: [[UInt8]] = []
        for (index, entry) in list.entries.enumerated() {
            let image = TestImage(
                [(TestImage.layer("f\(index)"), .gzip)], isOCI: list.isOCI, architecture: entry.architecture)
            try await registry.push(image, as: "list")
            manifests.append(image.manifest(of: try await image.packedLayers()))
        }
        let bytes = TestImage.list(
            zip(manifests, list.entries).map { ($0, $1.text) }, isOCI: list.isOCI)
        let type = list.isOCI ? TestImage.ociIndex : TestImage.dockerList
        try await registry.put(manifest: bytes, type: type, into: "list", as: "v1")
        let name = try ImageName(parsing: "\(registry.host)/list")
        let images = images()

        // The digest of the list is pinned, whatever the platform.
        let digest = SHA256.hash(bytes)
        #expect(try await images.digest(of: name, tag: "v1").digest == digest)

        let wanted = ImagePlatform(os: "linux", architecture: list.wanted)
        var skopeos = list.hasOld && Skopeo.isAvailable ? [Skopeo.local] : []
        if let newer = Skopeo.newer { skopeos.append(newer) }
        let source = "\(name.text)@\(digest.imageText)"
        guard let chosen = list.chosen else {
            let error = try await imageError {
                try await images.hash(of: name, digest: digest, tag: "v1", platform: wanted)
            }
            guard case .noPlatform(_, wanted, let available) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(available.allSatisfy { $0.os == "linux" })
            for skopeo in skopeos {
                await #expect(throws: ProcessError.self) {
                    try await skopeo.hash(source, name: name.text, tag: "v1", architecture: list.wanted)
                }
            }
            return
        }
        let archive = try await images.hash(of: name, digest: digest, tag: "v1", platform: wanted)
        #expect(archive.manifest == SHA256.hash(manifests[chosen]))
        for skopeo in skopeos {
            let theirs = try await skopeo.hash(source, name: name.text, tag: "v1", architecture: list.wanted)
            #expect(archive.hash.hex == theirs, "\(skopeo.testDescription)")
        }
    }

    @Test func `An image by itself has to be for the platform, if it says for which it is`() async throws {
        let registry = try await TestRegistry()
        let digest = try await registry.push(TestImage([], architecture: "arm64"), as: "one")
        let name = try ImageName(parsing: "\(registry.host)/one")
        let images = images()
        let error = try await imageError {
            try await images.hash(of: name, digest: digest, tag: "v1", platform: .amd64)
        }
        #expect(
            error
                == .noPlatform(
                    image: "\(name.text)@\(digest.imageText)", wanted: .amd64,
                    available: [ImagePlatform(os: "linux", architecture: "arm64")]))
        var silent = TestImage([])
        silent.configuration = Array("{\(silent.rootfs)}".utf8)
        let other = try await registry.push(silent, as: "one")
        _ = try await images.hash(
            of: name, digest: other, tag: "v1", platform: ImagePlatform(os: "plan9", architecture: "mips"))
    }
}
