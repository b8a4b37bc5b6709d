import Archive
import Foundation
import NixHash
import OCI
import SourceTree
import Support
import Testing
import Threads
import Transfer

/// What a registry may answer instead of an image: each has an error of its own, and none a hash.
@Suite struct BadAnswerTests {
    private static func packed(_ change: (inout TestImage) -> Void = { _ in }) async throws -> PackedImage {
        var image = TestImage([(TestImage.layer("one"), .gzip), (TestImage.layer("two"), .gzip)])
        change(&image)
        return try await PackedImage(image)
    }

    /// The error of hashing an image that a registry has so.
    private func error(
        _ image: PackedImage, _ rules: [ScriptedRegistry.Rule], limits: TreeLimits = TreeLimits()
    ) async throws -> OCIError? {
        let registry = try await ScriptedRegistry(rules)
        let directory = TemporaryDirectory()
        let error = try await imageError {
            try await images(limits: limits, directory: directory).hash(
                of: registry.image, digest: image.digest, tag: "v1", platform: .amd64)
        }
        #expect(try await run(["ls", "-A", directory.path]).trimmed.isEmpty)
        return error
    }

    private func fault(
        _ image: PackedImage, layer index: Int = 0, _ change: (inout ScriptedRegistry.Rule) -> Void
    ) async throws -> BlobFault? {
        let rules = image.rules { name, rule in
            var rule = rule
            if name == image.path(ofLayer: index) { change(&rule) }
            return [rule]
        }
        guard case .blob(_, SHA256.hash(image.layers[index]), let fault) = try await error(image, rules) else {
            return nil
        }
        return fault
    }

    // MARK: Manifests

    @Test func `A tag or image that is not there`() async throws {
        for name in ["manifest-unknown", "name-unknown"] {
            let rule = ScriptedRegistry.Rule(
                path: "/v2/some/image/manifests/v9", status: 404, headers: ["Content-Type": "application/json"],
                body: try ScriptedRegistry.fixture("\(name).json"))
            let registry = try await ScriptedRegistry([rule])
            let error = try await imageError { try await images().digest(of: registry.image, tag: "v9") }
            guard case .notFound(let image, let url, let said?) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(try image == "\(registry.image.text):v9" && url == "\(registry.baseURL)/v2/some/image/manifests/v9")
            #expect(said.hasPrefix(name.uppercased().replacing("-", with: "_") + ": "))
        }
    }

    @Test func `What is no manifest`() async throws {
        let image = try await Self.packed()
        func fault(_ change: (inout ScriptedRegistry.Rule) -> Void) async throws -> ManifestFault? {
            let rules = image.rules { name, rule in
                var rule = rule
                if name.hasPrefix("manifests") { change(&rule) }
                return [rule]
            }
            guard case .manifest(_, let fault) = try await error(image, rules) else { return nil }
            return fault
        }
        #expect(
            try await fault {
                $0.headers = ["Content-Type": "text/html; charset=utf-8"]
                $0.body = Array("<html>".utf8)
            } == .notManifest(contentType: "text/html; charset=utf-8"))
        #expect(try await fault { $0.headers["Content-Type"] = nil } == .notManifest(contentType: nil))
        let other = Array("{}".utf8)
        #expect(
            try await fault { $0.body = other } == .wrongDigest(expected: image.digest, actual: SHA256.hash(other)))
        #expect(
            try await fault { $0.headers["Docker-Content-Digest"] = SHA256.hash(other).imageText }
                == .wrongDigest(expected: SHA256.hash(other), actual: image.digest))
        #expect(
            try await fault { $0.headers["Content-Type"] = TestImage.ociManifest }
                == .wrongType(said: TestImage.ociManifest, actual: TestImage.dockerManifest))
        #expect(
            try await fault { $0.body = [UInt8](repeating: 0x20, count: 5 << 20) } == .tooLarge(limit: 4 << 20))
    }

    private static let wrongManifests: [(String, ManifestFault)] = [
        ("{", ManifestFault.notJSON), ("[]", .illegalMember("manifest")), ("{}", .illegalMember("schemaVersion")),
        (#"{"schemaVersion":2}"#, .wrongType(said: TestImage.dockerManifest, actual: "")),
        (#"{"schemaVersion":2,"mediaType":"TYPE"}"#, .illegalMember("config")),
        (#"{"schemaVersion":2,"mediaType":"TYPE","config":{}}"#, .illegalMember("size")),
        (#"{"schemaVersion":2,"mediaType":"TYPE","config":{"size":-1}}"#, .illegalMember("size")),
        (#"{"schemaVersion":2,"mediaType":"TYPE","config":{"size":1,"digest":"sha256:0"}}"#, .illegalMember("digest")),
        (#"{"schemaVersion":2,"mediaType":"TYPE","config":CONFIG,"layers":{}}"#, .illegalMember("layers")),
        (#"{"schemaVersion":2,"mediaType":"TYPE","config":CONFIG,"Layers":[]}"#, .ambiguousMember("Layers")),
        (#"{"schemaVersion":2,"mediaType":"TYPE","config":CONFIG,"manifests":[]}"#, .ambiguousMember("manifests")),
        (#"{"schemaVersion":2,"mediaType":"TYPE","config":CONFIG,"layers":[{"ſize":1}]}"#, .ambiguousMember("ſize")),
        (#"{"schemaVersion":2,"mediaType":"TYPE","mediaType":"TYPE"}"#, .notJSON),
    ]

    /// Manifests with the digest that was asked for, in which something is wrong.
    @Test(arguments: wrongManifests)
    func `A manifest in which something is wrong`(text: String, fault: ManifestFault) async throws {
        let configuration = TestImage.descriptor([], "application/vnd.docker.container.image.v1+json")
        let manifest = Array(
            text.replacing("TYPE", with: TestImage.dockerManifest).replacing("CONFIG", with: configuration).utf8)
        let digest = SHA256.hash(manifest)
        var rule = ScriptedRegistry.Rule(path: "/v2/some/image/manifests/\(digest.imageText)", body: manifest)
        rule.headers = ["Content-Type": TestImage.dockerManifest]
        let registry = try await ScriptedRegistry([rule])
        let error = try await imageError {
            try await images().hash(of: registry.image, digest: digest, tag: "v1", platform: .amd64)
        }
        #expect(error == .manifest(image: "\(try registry.image.text)@\(digest.imageText)", fault))
    }

    @Test func `What is no image, or none that an archive can be made of`() async throws {
        func unsupported(_ change: (inout TestImage) -> Void) async throws -> UnsupportedImage? {
            let image = try await Self.packed(change)
            guard case .unsupported(_, let what) = try await self.error(image, image.rules()) else { return nil }
            return what
        }
        #expect(
            try await unsupported {
                $0.isOCI = true
                $0.configurationType = "application/vnd.cncf.helm.config.v1+json"
            } == .artifact(type: "application/vnd.cncf.helm.config.v1+json"))
        let layer = "application/vnd.oci.image.layer.v1.tar"
        #expect(
            try await unsupported {
                $0.isOCI = true
                $0.layerTypes = [layer, "\(layer)+gzip+encrypted"]
            } == .encryptedLayer)
        #expect(try await unsupported { $0.layerTypes = [layer, layer] } == .layerType(layer))

        let schema1 = "application/vnd.docker.distribution.manifest.v1+prettyjws"
        let image = try await Self.packed()
        let registry = try await ScriptedRegistry(
            image.rules { _, rule in
                var rule = rule
                rule.headers["Content-Type"] = schema1
                return [rule]
            })
        let error = try await imageError { try await images().digest(of: registry.image, tag: "v1") }
        #expect(error == .unsupported(image: "\(try registry.image.text):v1", .schema1))
    }

    @Test func `A layer that has as it is the digest that another has unpacked`() async throws {
        let inner = try await TestImage.pack(TestImage.layer("one"), .gzip)
        let image = try await PackedImage(TestImage([(inner, .gzip), (TestImage.layer("one"), .gzip)]))
        try #require(SHA256.hash(image.layers[1]) == SHA256.hash(inner))
        let found = try await error(image, image.rules())
        guard case .unsupported(_, .confusable(SHA256.hash(inner))) = found else {
            Issue.record("\(String(describing: found))")
            return
        }
    }

    // MARK: Blobs

    @Test func `A layer that is not what the manifest says`() async throws {
        let image = try await Self.packed()
        let count = image.layers[0].count
        #expect(
            try await fault(image) { $0.body.removeLast() }
                == .wrongSize(expected: UInt64(count), actual: UInt64(count - 1), isWhole: true))
        guard case .wrongSize(UInt64(count), _, isWhole: false) = try await fault(image, { $0.body += [0] }) else {
            Issue.record("a byte too many is not noticed")
            return
        }
        var other = image.layers[0]
        other[count - 9] ^= 1
        #expect(try await fault(image) { $0.body = other } == .wrongDigest(actual: SHA256.hash(other)))
        let rest = [UInt8](repeating: 1, count: count)
        #expect(try await fault(image, layer: 1) { $0.body = Array(rest.prefix($0.body.count)) } != nil)
    }

    @Test(arguments: ["cut", "garbage"] + (Inflation.isFastAvailable ? ["zeros behind", "text behind"] : []))
    func `A layer that does not decompress`(how: String) async throws {
        let whole = try await TestImage.pack(TestImage.layer("one"), .gzip)
        let damaged =
            switch how {
            case "cut": Array(whole.dropLast(20))
            case "garbage": Array(whole.prefix(10)) + [UInt8](repeating: 0xFF, count: 90)
            // Nix does not mind, and skopeo does.
            case "zeros behind": whole + [UInt8](repeating: 0, count: 512)
            default: whole + Array("text".utf8)
            }
        var test = TestImage([(damaged, .plain)])
        test.configuration = TestImage([(TestImage.layer("one"), .gzip)]).configuration
        let image = try await PackedImage(test)
        guard case .undecodable(let detail) = try await fault(image, { _ in }) else {
            Issue.record("it is not noticed")
            return
        }
        #expect(!detail.isEmpty)
    }

    @Test func `A layer with other contents than the configuration says`() async throws {
        let (one, two, three) = (TestImage.layer("one"), TestImage.layer("two"), TestImage.layer("three"))
        var test = TestImage([(one, .gzip), (three, .plain)])
        test.configuration = TestImage([(one, .gzip), (two, .gzip)]).configuration
        let image = try await PackedImage(test)
        #expect(
            try await fault(image, layer: 1) { _ in }
                == .wrongContents(expected: SHA256.hash(two), actual: SHA256.hash(three)))
        // The same blob twice is read once, and has one digest.
        test.layers[1] = (one, .gzip)
        let twice = try await PackedImage(test)
        #expect(
            try await fault(twice, layer: 1) { _ in }
                == .wrongContents(expected: SHA256.hash(two), actual: SHA256.hash(one)))
    }

    private static let wrongConfigurations: [(String, BlobFault)] = [
        ("{", BlobFault.notJSON), ("[]", .illegalConfiguration("rootfs")), ("{}", .illegalConfiguration("rootfs")),
        (#"{"rootfs":{"diff_ids":["sha256:0","sha256:1"]}}"#, .illegalConfiguration("diff_ids")),
        (#"{"rootfs":{"diff_ids":[]}}"#, .wrongLayerCount(manifest: 2, configuration: 0)),
        (#"{"rootfs":{"diff_ids":[]},"os":"linux","os":"linux"}"#, .notJSON),
    ]

    @Test(arguments: wrongConfigurations)
    func `A configuration that is not an image's`(text: String, expected: BlobFault) async throws {
        let image = try await Self.packed { $0.configuration = Array(text.utf8) }
        let digest = SHA256.hash(Array(text.utf8))
        guard case .blob(_, digest, expected) = try await error(image, image.rules()) else {
            Issue.record("it is not noticed")
            return
        }
    }

    @Test func `Layers that unpack to more than the limit`() async throws {
        let image = try await Self.packed()
        let size = UInt64(TestImage.layer("one").count)
        let tooLittle = try await error(image, image.rules(), limits: TreeLimits(contents: 2 * size - 1))
        guard case .tooLarge(_, limit: 2 * size - 1) = tooLittle else {
            Issue.record("\(String(describing: tooLittle))")
            return
        }
        #expect(try await error(image, image.rules(), limits: TreeLimits(contents: 2 * size)) == nil)
    }

    // MARK: Servers

    @Test func `A layer whose end does not come`() async throws {
        let image = try await Self.packed()
        let registry = try await ScriptedRegistry(
            image.rules { name, rule in
                var rule = rule
                if name == image.path(ofLayer: 1) { rule.cut = 20 }
                return [rule]
            })
        await #expect {
            try await images().hash(of: registry.image, digest: image.digest, tag: "v1", platform: .amd64)
        } throws: { error in
            guard case TransferError.truncated? = error as? TransferError else { return false }
            return true
        }
    }

    @Test func `Who pulls too often is told how long to wait`() async throws {
        let rule = ScriptedRegistry.Rule(
            path: "/v2/some/image/manifests/v1", status: 429, headers: ["Retry-After": "3600"],
            body: try ScriptedRegistry.fixture("too-many-requests.json"))
        let registry = try await ScriptedRegistry([rule])
        await #expect {
            try await images().digest(of: registry.image, tag: "v1")
        } throws: { error in
            guard case .rateLimited(let limit) = error as? TransferError else { return false }
            return limit.wait == .seconds(3600) && limit.url == "\(registry.baseURL)/v2/some/image/manifests/v1"
        }
    }

    @Test func `A short wait is waited for`() async throws {
        let image = try await Self.packed()
        let registry = try await ScriptedRegistry(
            image.rules { name, rule in
                var busy = rule
                (busy.status, busy.times, busy.headers["Retry-After"]) = (429, 1, "0")
                return name == "manifests/v1" ? [busy, rule] : [rule]
            })
        #expect(try await images(retries: 2).digest(of: registry.image, tag: "v1").digest == image.digest)
    }

    @Test func `A registry that knows no HEAD is asked with GET`() async throws {
        let image = try await Self.packed()
        let registry = try await ScriptedRegistry(
            image.rules { _, rule in
                var head = rule
                (head.method, head.status) = ("HEAD", 405)
                return [head, rule]
            })
        #expect(try await images().digest(of: registry.image, tag: "v1").digest == image.digest)
        #expect(registry.log().map(\.method) == ["HEAD", "GET"])
    }

    @Test func `A tag costs one request without a body`() async throws {
        let image = try await Self.packed()
        let registry = try await ScriptedRegistry(image.rules())
        #expect(try await images().digest(of: registry.image, tag: "v1").digest == image.digest)
        #expect(registry.log().map(\.method) == ["HEAD"])
    }

    /// A registry that names a token server which is of no use.
    @Test func `A token server that gives no token`() async throws {
        func fault(_ challenge: String) async throws -> TokenFault? {
            let rule = ScriptedRegistry.Rule(
                path: "/v2/some/image/manifests/v1", status: 401, headers: ["WWW-Authenticate": challenge])
            let registry = try await ScriptedRegistry([rule])
            let error = try await imageError { try await images().digest(of: registry.image, tag: "v1") }
            guard case .token("127.0.0.1:\(registry.port)", let fault) = error else { return nil }
            return fault
        }
        let tokens = try await ScriptedRegistry([
            .init(path: "/html", body: Array("<html>".utf8)), .init(path: "/empty", body: Array(#"{"token":""}"#.utf8)),
            .init(path: "/line", body: Array(#"{"token":"a\r\nb: c"}"#.utf8)), .init(path: "/gone", status: 410),
        ])
        let url = tokens.baseURL
        #expect(try await fault(#"Bearer realm="\#(url)/html""#) == .malformed(url: "\(url)/html"))
        #expect(try await fault(#"Bearer realm="\#(url)/empty?a=b""#) == .malformed(url: "\(url)/empty"))
        #expect(try await fault(#"Bearer realm="\#(url)/line""#) == .malformed(url: "\(url)/line"))
        #expect(try await fault(#"Bearer realm="\#(url)/gone""#) == .status(url: "\(url)/gone", 410))
        #expect(try await fault("Bearer service=x") == .noRealm)
        #expect(try await fault(#"Bearer realm="nowhere""#) == .noRealm)
        #expect(try await fault("Negotiate abc") == .unknownScheme("negotiate"))
    }

    @Test func `A token server that is down`() async throws {
        let closed = try ClosedPort()
        defer { withExtendedLifetime(closed) {} }
        let rule = ScriptedRegistry.Rule(
            path: "/v2/some/image/manifests/v1", status: 401,
            headers: ["WWW-Authenticate": #"Bearer realm="http://127.0.0.1:\#(closed.port)/token""#])
        let registry = try await ScriptedRegistry([rule])
        await #expect {
            try await images().digest(of: registry.image, tag: "v1")
        } throws: { error in
            guard case TransferError.connectionRefused? = error as? TransferError else { return false }
            return true
        }
    }

    // MARK: Giving up

    @Test func `Who gives up in the middle of a layer leaves nothing`() async throws {
        let image = try await Self.packed()
        let registry = try await ScriptedRegistry(
            image.rules { name, rule in
                var rule = rule
                if name == image.path(ofLayer: 1) { (rule.cut, rule.holds) = (20, true) }
                return [rule]
            })
        let (name, directory) = (try registry.image, TemporaryDirectory())
        let work = Task {
            try await images(directory: directory).hash(of: name, digest: image.digest, tag: "v1", platform: .amd64)
        }
        let path = "/v2/some/image/\(image.path(ofLayer: 1))"
        #expect(try await eventually { registry.log().contains { $0.path == path } })
        work.cancel()
        await #expect(throws: CancellationError.self) { try await work.value }
        #expect(try await run(["ls", "-A", directory.path]).trimmed.isEmpty)
    }

    @Test func `Who reads the archive ends it by an error of its own`() async throws {
        struct Enough: Error {}
        let image = try await Self.packed()
        let registry = try await ScriptedRegistry(image.rules())
        await #expect(throws: Enough.self) {
            try await images().archive(of: registry.image, digest: image.digest, tag: "v1", platform: .amd64) {
                source, _ -> Int in
                var chunk: [UInt8] = []
                _ = try source.next(&chunk)
                throw Enough()
            }
        }
    }
}
