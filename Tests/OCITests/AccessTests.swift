import Foundation
import NixHash
import Support
import Synchronization
import Testing
import Transfer

@testable import OCI

/// Who is let in, and who is shown which credential.
@Suite struct AccessTests {
    static let basic = Credentials(user: "me", password: "secret").authorization

    private static func packed() async throws -> PackedImage {
        try await PackedImage(TestImage([(TestImage.layer("one"), .gzip), (TestImage.layer("two"), .gzip)]))
    }

    /// The rules of a registry that wants a token, which it is told where to get.
    private static func closed(_ image: PackedImage, token: String, challenge: String) -> [ScriptedRegistry.Rule] {
        image.rules { _, rule in
            var (open, closed) = (rule, rule)
            open.authorization = "Bearer \(token)"
            closed.status = 401
            closed.headers = ["WWW-Authenticate": challenge]
            closed.body = []
            return [open, closed]
        }
    }

    private static func token(_ token: String, for authorization: String?) -> ScriptedRegistry.Rule {
        var rule = ScriptedRegistry.Rule(path: "/token", authorization: authorization)
        rule.body = Array(#"{"token":"\#(token)"}"#.utf8)
        return rule
    }

    private static func bearer(_ server: ScriptedRegistry) -> String {
        #"Bearer realm="\#(server.baseURL)/token",service="a registry",scope="repository:some/image:pull,push""#
    }

    private func hash(_ image: PackedImage, _ registry: ScriptedRegistry, _ images: Images) async throws
        -> Images.Archive
    {
        try await images.hash(of: registry.image, digest: image.digest, tag: "v1", platform: .amd64)
    }

    // MARK: Basic

    @Test(.enabled(if: TestRegistry.isAvailable, TestRegistry.absence))
    func `A closed registry lets the credential in, and nobody without`() async throws {
        let registry = try await TestRegistry(isClosed: true)
        let digest = try await registry.push(TestImage([(TestImage.layer("one"), .gzip)]), as: "x", tag: "v1")
        let name = try ImageName(parsing: "\(registry.host)/x")
        let open = images(credentials: OneCredential())
        let resolved = try await open.digest(of: name, tag: "v1")
        #expect(resolved.digest == digest && resolved.credentials == .variable("TOKEN"))
        let archive = try await open.hash(of: name, digest: digest, tag: "v1", platform: .amd64)
        #expect(archive.credentials == .variable("TOKEN"))

        for (images, attempt) in [
            (images(), Refusal.Attempt.nothingKnown),
            (images(credentials: OneCredential(secret: "wrong")), .tried(.variable("TOKEN"))),
        ] {
            let error = try await imageError { try await images.digest(of: name, tag: "v1") }
            guard case .refused("\(name.text):v1", let refusal, _) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(refusal.status == 401 && refusal.attempt == attempt && refusal.authority == registry.host)
        }
    }

    // MARK: Tokens

    @Test func `A token that anybody gets is got without a credential`() async throws {
        let image = try await Self.packed()
        let tokens = try await ScriptedRegistry([
            .init(path: "/token", authorization: "", body: ScriptedRegistry.fixture("token.json"))
        ])
        let registry = try await ScriptedRegistry(
            Self.closed(image, token: "for-everybody", challenge: Self.bearer(tokens)))
        let archive = try await hash(image, registry, images(credentials: OneCredential()))
        #expect(archive.credentials == nil)
        // One token serves for everything, and is for nothing but to read.
        #expect(
            tokens.log().map(\.path) == ["/token?service=a%20registry&scope=repository%3Asome%2Fimage%3Apull"])
        #expect(Set(registry.log().map { $0.headers["authorization"] }) == [nil, "Bearer for-everybody"])
    }

    @Test func `What anybody's token does not open, one for the credential does`() async throws {
        let image = try await Self.packed()
        let tokens = try await ScriptedRegistry([
            Self.token("mine", for: Self.basic), Self.token("for-everybody", for: ""),
        ])
        let registry = try await ScriptedRegistry(Self.closed(image, token: "mine", challenge: Self.bearer(tokens)))
        let archive = try await hash(image, registry, images(credentials: OneCredential()))
        #expect(archive.credentials == .variable("TOKEN"))
        #expect(tokens.log().map { $0.headers["authorization"] } == [nil, Self.basic])
        #expect(tokens.log().last?.path.contains("account=me&") == true)
        // The registry never sees the credential itself, which the token server gave a token for.
        #expect(!registry.log().contains { $0.headers["authorization"] == Self.basic })
    }

    @Test func `A token server that knows no strangers is shown the credential`() async throws {
        let image = try await Self.packed()
        let denied = try ScriptedRegistry.Rule(
            path: "/token", status: 403, body: ScriptedRegistry.fixture("denied.json"))
        let tokens = try await ScriptedRegistry([Self.token("mine", for: Self.basic), denied])
        let registry = try await ScriptedRegistry(Self.closed(image, token: "mine", challenge: Self.bearer(tokens)))
        #expect(try await hash(image, registry, images(credentials: OneCredential())).credentials == .variable("TOKEN"))
        for (images, attempt) in [
            (images(), Refusal.Attempt.nothingKnown),
            (images(credentials: OneCredential(secret: "wrong")), .tried(.variable("TOKEN"))),
        ] {
            let error = try await imageError { try await hash(image, registry, images) }
            guard case .refused(_, let refusal, let said) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(refusal.attempt == attempt && refusal.status == 403)
            #expect(said == "DENIED: requested access to the resource is denied")
        }
    }

    @Test func `What is missing looks like what is closed, as with Docker Hub`() async throws {
        let image = try await Self.packed()
        let tokens = try await ScriptedRegistry([Self.token("for-everybody", for: nil)])
        let registry = try await ScriptedRegistry(
            image.rules { _, rule in
                var rule = rule
                (rule.status, rule.body) = (401, try ScriptedRegistry.fixture("unauthorized.json"))
                rule.headers = ["WWW-Authenticate": Self.bearer(tokens), "Content-Type": "application/json"]
                return [rule]
            })
        let error = try await imageError { try await images().digest(of: registry.image, tag: "v1") }
        guard case .refused(_, let refusal, let said) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(refusal.attempt == .nothingKnown && said == "UNAUTHORIZED: authentication required")
    }

    @Test(arguments: [false, true]) func `A token that expires in between is got again`(isClosed: Bool) async throws {
        let image = try await Self.packed()
        let authorization = isClosed ? Self.basic : ""
        var first = Self.token("first", for: authorization)
        first.times = 1
        let tokens = try await ScriptedRegistry([
            first, Self.token("second", for: authorization), .init(path: "/token", status: 401),
        ])
        let registry = try await ScriptedRegistry(
            image.rules { name, rule in
                var (early, late, closed) = (rule, rule, rule)
                early.authorization = "Bearer first"
                late.authorization = "Bearer second"
                closed.status = 401
                closed.headers = ["WWW-Authenticate": Self.bearer(tokens)]
                return name == image.path(ofLayer: 1) ? [late, closed] : [early, late, closed]
            })
        let archive = try await hash(image, registry, images(credentials: isClosed ? OneCredential() : nil))
        #expect((archive.credentials != nil) == isClosed)
        #expect(
            tokens.log().map { $0.headers["authorization"] }
                == (isClosed ? [nil, Self.basic, Self.basic] : [nil, nil]))
    }

    @Test func `A registry that does not say what it wants is asked at its root`() async throws {
        let image = try await Self.packed()
        let tokens = try await ScriptedRegistry([Self.token("for-everybody", for: nil)])
        var root = ScriptedRegistry.Rule(path: "/v2/", status: 401)
        root.headers = ["WWW-Authenticate": "bearer  Realm = \"\(tokens.baseURL)/token\" , service=x"]
        let registry = try await ScriptedRegistry(
            [root]
                + Self.closed(image, token: "for-everybody", challenge: "").map { rule in
                    var rule = rule
                    rule.headers["WWW-Authenticate"] = nil
                    return rule
                })
        #expect(try await hash(image, registry, images()).credentials == nil)
    }

    /// Where an image is, and what its credential may be kept for.
    static let places: [(image: String, url: String, authorities: [String])] = [
        ("alpine", "https://registry-1.docker.io", ["docker.io", "registry-1.docker.io"]),
        // What stands in for Docker Hub is not shown its credential.
        ("alpine", "https://mirror.example", ["mirror.example"]),
        ("alpine", "http://127.0.0.1:5000", ["127.0.0.1:5000"]),
        ("ghcr.io/o/r", "https://ghcr.io", ["ghcr.io"]), ("ghcr.io/o/r", "http://mirror.example", []),
    ]

    @Test(arguments: places) func `A credential is shown to the registry that it is kept for`(
        place: (image: String, url: String, authorities: [String])
    ) throws {
        let queries = Registry.queries(for: try ImageName(parsing: place.image), at: place.url)
        #expect(queries.map(\.authority) == place.authorities)
    }

    @Test func `A credential that is not there is asked for once a status, and none shown`() async throws {
        let queries = Mutex<[CredentialQuery]>([])
        let source = OneCredential { query in
            queries.withLock { $0.append(query) }
            return false
        }
        let registry = try await ScriptedRegistry([])
        let error = try await imageError {
            try await images(credentials: source).digest(of: registry.image, tag: "v1")
        }
        guard case .notFound = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        let asked = queries.withLock { $0 }
        #expect(asked.allSatisfy { $0.authority == "127.0.0.1:\(registry.port)" && $0.path == "/v2/some/image" })
        #expect(Set(asked.map(\.reason)) == [.refused(status: 404)])
        #expect(registry.log().allSatisfy { $0.headers["authorization"] == nil })
    }

    // MARK: Elsewhere

    @Test(arguments: ["Basic realm=x", "Bearer"])
    func `Where a blob is redirected to, neither credential nor token goes`(scheme: String) async throws {
        let image = try await Self.packed()
        let store = try await ScriptedRegistry(
            image.layers.enumerated().map { ScriptedRegistry.Rule(path: "/store/\($0)", body: $1) })
        let tokens = try await ScriptedRegistry([
            Self.token("mine", for: Self.basic), Self.token("for-everybody", for: ""),
        ])
        let isBasic = scheme.hasPrefix("Basic")
        let authorization = isBasic ? Self.basic : "Bearer mine"
        let registry = try await ScriptedRegistry(
            image.rules { name, rule in
                var (open, closed) = (rule, rule)
                open.authorization = authorization
                if let index = image.layers.indices.first(where: { name == image.path(ofLayer: $0) }) {
                    open.status = 307
                    // Another name of this machine is another server.
                    open.headers = ["Location": "http://localhost:\(store.port)/store/\(index)"]
                    open.body = []
                }
                closed.status = 401
                closed.headers = ["WWW-Authenticate": isBasic ? scheme : Self.bearer(tokens)]
                return [open, closed]
            })
        _ = try await hash(image, registry, images(credentials: OneCredential()))
        #expect(store.log().map { $0.headers["authorization"] } == [nil, nil])
        #expect(registry.log().contains { $0.headers["authorization"] == authorization })
    }

    @Test func `A layer is taken from where its manifest says, without a credential, and else from the registry`()
        async throws
    {
        let image = try await Self.packed()
        let store = try await ScriptedRegistry([.init(path: "/elsewhere", body: image.layers[0])])
        // Docker calls such layers foreign.
        let text = String(decoding: image.manifest, as: UTF8.self)
        let parts = text.components(separatedBy: "image.rootfs.diff.tar.gzip\"")
        try #require(parts.count == 3)
        func url(_ path: String) -> String {
            "image.rootfs.foreign.diff.tar.gzip\",\"urls\":[\"ftp://x/y\",\"\(store.baseURL)/missing\",\"\(store.baseURL)\(path)\"]"
        }
        let foreign = Array(
            (parts[0] + url("/elsewhere") + parts[1] + "image.rootfs.diff.tar.gzip\",\"urls\":[\"ftp://x/y\"]"
                + parts[2]).utf8)
        let digest = SHA256.hash(foreign)
        var manifest = ScriptedRegistry.Rule(path: "/v2/some/image/manifests/\(digest.imageText)", body: foreign)
        manifest.headers = ["Content-Type": TestImage.dockerManifest]
        let registry = try await ScriptedRegistry(
            [manifest, .init(path: "/v2/")] + image.rules { name, rule in name == image.path(ofLayer: 0) ? [] : [rule] }
        )
        let ours = try await images(credentials: OneCredential()).hash(
            of: registry.image, digest: digest, tag: "v1", platform: .amd64)
        #expect(store.log().map(\.path) == ["/missing", "/elsewhere"])
        #expect(store.log().allSatisfy { $0.headers["authorization"] == nil })
        if Skopeo.isAvailable {
            let name = try registry.image.text
            let theirs = try await Skopeo.local.hash("\(name)@\(digest.imageText)", name: name, tag: "v1")
            #expect(ours.hash.hex == theirs)
        }
    }
}
