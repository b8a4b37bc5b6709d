import Foundation
import NixHash
import OCI
import Support

/// A server on a free port of the loopback interface that answers as a test tells it to: `Tests/Fixtures/oci/server.py`.
final class ScriptedRegistry: Sendable {
    /// What is answered to whom.
    struct Rule: Sendable {
        var path: String
        var method: String?
        /// The `Authorization` that has to come; an empty text where none may.
        var authorization: String?
        /// How many times it answers; always when nil.
        var times: Int?
        var status = 200
        var headers: [String: String] = [:]
        var body: [UInt8] = []
        /// After how many bytes of the body the connection is closed.
        var cut: Int?
        /// Whether nothing happens there until the client goes away.
        var holds = false

        fileprivate func json(_ file: String) -> [String: Any] {
            var object: [String: Any] = ["path": path, "status": status, "headers": headers, "body": file]
            if let method { object["method"] = method }
            if let authorization { object["authorization"] = authorization.isEmpty ? NSNull() : authorization }
            if let times { object["times"] = times }
            if let cut { object["cut"] = cut }
            if holds { object["hold"] = true }
            return object
        }
    }

    /// A request as it came; the names of its header fields are in lower case.
    struct Request: Sendable, Equatable, Decodable {
        let method: String
        let path: String
        let headers: [String: String]
    }

    let port: UInt16
    private let directory = TemporaryDirectory()
    private let server: BackgroundProcess

    init(_ rules: [Rule]) async throws {
        var objects: [[String: Any]] = []
        for (index, rule) in rules.enumerated() {
            try directory.write("body\(index)", rule.body)
            objects.append(rule.json("body\(index)"))
        }
        try directory.write("rules.json", try JSONSerialization.data(withJSONObject: objects))
        server = try BackgroundProcess(["python3", "\(Self.fixtures)/server.py", directory.path])
        port = try await server.listeningPort()
    }

    var baseURL: String { "http://127.0.0.1:\(port)" }

    /// The image `some/image` of this registry.
    var image: ImageName { get throws { try ImageName(parsing: "127.0.0.1:\(port)/some/image") } }

    /// Every request so far.
    func log() -> [Request] {
        ((try? directory.readText("log")) ?? "").split(separator: "\n").compactMap {
            try? JSONDecoder().decode(Request.self, from: Data($0.utf8))
        }
    }

    private static let fixtures = "\(packageRoot)/Tests/Fixtures/oci"

    /// A body that a registry is documented to answer with.
    static func fixture(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: "\(fixtures)/\(name)")))
    }
}

/// An image with all that a registry has of it.
struct PackedImage: Sendable {
    let image: TestImage
    let layers: [[UInt8]]
    let manifest: [UInt8]

    var digest: SHA256Digest { SHA256.hash(manifest) }

    init(_ image: TestImage) async throws {
        self.image = image
        layers = try await image.packedLayers()
        manifest = image.manifest(of: layers)
    }

    /// The rules of a registry that has it as `some/image:v1`.
    /// - Parameter change: makes of the rules for what lies under a path, such as `manifests/v1`, others.
    func rules(_ change: (String, ScriptedRegistry.Rule) throws -> [ScriptedRegistry.Rule] = { _, rule in [rule] })
        rethrows -> [ScriptedRegistry.Rule]
    {
        let documents = ["v1", digest.imageText].map { ("manifests/\($0)", manifest, image.manifestType) }
        let blobs = (layers + [image.configuration]).map {
            ("blobs/\(SHA256.hash($0).imageText)", $0, "application/octet-stream")
        }
        return try (documents + blobs).flatMap { name, body, type in
            var rule = ScriptedRegistry.Rule(path: "/v2/some/image/\(name)", body: body)
            rule.headers = ["Content-Type": type]
            if name.hasPrefix("manifests") { rule.headers["Docker-Content-Digest"] = digest.imageText }
            return try change(name, rule)
        }
    }

    /// The path of a layer's blob.
    func path(ofLayer index: Int) -> String { "blobs/\(SHA256.hash(layers[index]).imageText)" }
}
