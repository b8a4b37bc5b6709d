import Foundation

/// A server of Git LFS on a free port of the loopback interface, which misbehaves as it is told.
///
/// `Tests/Fixtures/lfs/server.py` says what it can be told.
public final class LFSServer: Sendable {
    public let port: UInt16
    private let directory = TemporaryDirectory()
    private let server: BackgroundProcess

    /// A request as the server saw it; the names of its header fields are in lower case.
    public struct Request: Sendable, Equatable, Decodable {
        /// `CLOSED` when the client went away in the middle of a download.
        public let method: String
        public let path: String
        public let headers: [String: String]
        public let body: String
    }

    /// Starts one without objects, and waits until it listens.
    public init(rules: String = "{}") async throws {
        let script = "\(packageRoot)/Tests/Fixtures/lfs/server.py"
        try directory.makeDirectory("objects")
        try directory.write("rules.json", rules)
        server = try BackgroundProcess(["python3", script, directory.path])
        port = try await server.listeningPort()
    }

    /// `http://127.0.0.1:PORT`
    public var baseURL: String { "http://127.0.0.1:\(port)" }

    /// Tells it how to misbehave from now on: the JSON that the script documents.
    public func obey(_ rules: String) throws {
        // Written in one go: the server may be about to read it.
        try Data(rules.utf8).write(to: URL(fileURLWithPath: directory.file("rules.json")), options: .atomic)
    }

    /// Gives it an object under a name, which is the object's SHA-256 on a good server.
    public func put(_ contents: [UInt8], as oid: String) throws {
        try directory.write("objects/\(oid)", contents)
    }

    /// Every request so far.
    public func log() -> [Request] {
        let lines = ((try? directory.readText("log")) ?? "").split(separator: "\n")
        return lines.compactMap { try? JSONDecoder().decode(Request.self, from: Data($0.utf8)) }
    }

    /// nginx configuration that passes requests for LFS on, next to a git server.
    public var nginxLocation: String {
        "location ~ (/info/lfs/|^/objects/) { proxy_pass http://127.0.0.1:\(port); proxy_set_header Host $http_host; }"
    }

    /// Ends it.
    public func stop() { server.stop() }
}

/// The pointer that git-lfs writes for an object.
public func lfsPointer(oid: String, size: Int) -> String {
    "version https://git-lfs.github.com/spec/v1\noid sha256:\(oid)\nsize \(size)\n"
}
