import Foundation
import NixHash
import Support
import Testing
import Transfer

@testable import Git

/// Fetches objects from a server that speaks the batch API, and misbehaves as real ones do.
@Suite struct LFSClientTests {
    /// A folder for what is fetched, and the client.
    final class Client: Sendable {
        let folder = TemporaryDirectory()
        let client: LFSClient

        init(retries: Int = 0, credentials: (any CredentialSource)? = nil) {
            var configuration = TransferConfiguration()
            configuration.credentials = credentials
            configuration.retries = retries
            configuration.retryDelay = .milliseconds(1)
            // A machine that is busy may let even the loopback interface wait, and nothing here is about that.
            configuration.connectTimeout = .seconds(120)
            client = LFSClient(transfer: TransferEngine(configuration: configuration))
        }

        /// What was fetched, by the digest of the object.
        func fetch(_ files: [LFSFile], from server: String) async throws -> [[UInt8]] {
            let objects = try LFSObjects(temporaryDirectory: folder.path)
            defer { objects.close() }
            try await client.fetch(files, into: objects) { LFSClient.Access(url: server) }
            return files.map { Array(FileManager.default.contents(atPath: objects.path(of: $0.pointer)) ?? Data()) }
        }

        var leftovers: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] }
    }

    static func file(_ contents: [UInt8], path: String = "folder/file.bin") -> LFSFile {
        LFSFile(pointer: LFSPointer(oid: SHA256.hash(contents), size: contents.count), path: Array(path.utf8))
    }

    static func contents(_ number: Int) -> [UInt8] { Array("object number \(number)\n".utf8) }

    /// A server with some objects.
    private func server(_ count: Int = 1, rules: String = "{}") async throws -> (LFSServer, [LFSFile]) {
        let server = try await LFSServer(rules: rules)
        let files = try (0..<count).map { number in
            let file = Self.file(Self.contents(number), path: "file\(number).bin")
            try server.put(Self.contents(number), as: file.pointer.oid.hex)
            return file
        }
        return (server, files)
    }

    // MARK: What works

    @Test func objectsAreFetched() async throws {
        let (server, files) = try await server(3)
        let big = [UInt8](repeating: 7, count: 3 << 20)
        let bigFile = Self.file(big)
        let empty = Self.file([])
        try server.put(big, as: bigFile.pointer.oid.hex)
        try server.put([], as: empty.pointer.oid.hex)
        let client = Client()
        let fetched = try await client.fetch(files + [bigFile, empty], from: server.baseURL + "/r.git/info/lfs")
        #expect(fetched == (0..<3).map(Self.contents) + [big, []])
        #expect(client.leftovers == [])
        let batch = try #require(server.log().first)
        #expect(batch.path == "/r.git/info/lfs/objects/batch")
        #expect(batch.headers["accept"] == "application/vnd.git-lfs+json")
        #expect(batch.headers["content-type"] == "application/vnd.git-lfs+json")
        #expect(batch.body.hasPrefix(#"{"hash_algo":"sha256","objects":[{"oid":""#))
        #expect(batch.body.hasSuffix(#""operation":"download","transfers":["basic"]}"#))
    }

    @Test func hundredAtATimeAndEachOnce() async throws {
        let (server, files) = try await server(205)
        let copies = files.map { LFSFile(pointer: $0.pointer, path: Array("copy".utf8) + $0.path) }
        let fetched = try await Client().fetch(files + copies, from: server.baseURL)
        #expect(fetched == (0..<205).map(Self.contents) + (0..<205).map(Self.contents))
        let log = server.log()
        let batches = log.filter { $0.method == "POST" }
        #expect(batches.map { $0.body.components(separatedBy: "\"oid\"").count - 1 } == [100, 100, 5])
        #expect(log.filter { $0.method == "GET" }.count == 205)
    }

    /// The fields that a server wants to have sent go to it, and nowhere else; not those that shape the connection.
    @Test func theServersFieldsAreSent() async throws {
        let rules = #"""
            {"download": {"header": {"Authorization": "RemoteAuth some-token", "X-Key": "1", "Host": "evil", "Range":
            "bytes=0-1", "Accept-Encoding": "gzip", "Transfer-Encoding": "chunked"}}, "needs": {"X-Key": "1"}}
            """#
        let (server, files) = try await server(rules: rules)
        #expect(try await Client().fetch(files, from: server.baseURL) == [Self.contents(0)])
        let download = try #require(server.log().last)
        #expect(download.headers["authorization"] == "RemoteAuth some-token")
        #expect(download.headers["host"] == "127.0.0.1:\(server.port)")
        #expect(download.headers["range"] == nil)
        #expect(download.headers["accept-encoding"] == "identity")
        #expect(download.headers["transfer-encoding"] == nil)
        #expect(server.log().first?.headers["x-key"] == nil)
    }

    @Test func aRedirectElsewhereGetsNoneOfThem() async throws {
        let (store, files) = try await server()
        let rules = #"""
            {"download": {"header": {"Authorization": "RemoteAuth some-token", "X-Key": "1"}},
             "redirect": "\#(store.baseURL)/objects/"}
            """#
        let (server, _) = try await server(rules: rules)
        #expect(try await Client().fetch(files, from: server.baseURL) == [Self.contents(0)])
        #expect(server.log().last?.headers["x-key"] == "1")
        let redirected = try #require(store.log().last)
        #expect(redirected.method == "GET")
        #expect(redirected.headers["authorization"] == nil)
        #expect(redirected.headers["x-key"] == nil)
    }

    /// Who answers for a server by way of a redirect does not choose what is asked of that server with a credential.
    @Test func anAnswerFromElsewhereBringsNoCredential() async throws {
        let (server, files) = try await server()
        let (other, _) = try await self.server()
        let location = "\(other.baseURL)/objects/batch"
        try server.obey(
            #"""
            {"batch": [{"status": 307, "headers": {"Location": "\#(location)"}}], "objects": [{"status": 401}]}
            """#)
        try other.obey(#"{"download": {"href": "\#(server.baseURL)/objects/\#(files[0].pointer.oid.hex)"}}"#)
        let source = CredentialTests.Source()
        await #expect(throws: LFSError.self) {
            try await Client(credentials: source).fetch(files, from: server.baseURL)
        }
        #expect(source.servers.isEmpty)
        #expect(server.log().map(\.method) == ["POST", "GET"] && other.log().map(\.method) == ["POST"])
        #expect((server.log() + other.log()).allSatisfy { $0.headers["authorization"] == nil })
    }

    /// Both the batch and a download are asked for again after the time that the server names.
    @Test func aRateLimitIsWaitedFor() async throws {
        let busy = #"{"status": 429, "headers": {"Retry-After": "0"}, "body": {"message": "slow down"}}"#
        let (server, files) = try await server(
            rules: #"{"batch": [\#(busy), {"status": 503}], "objects": [\#(busy), {"status": 502}]}"#)
        #expect(try await Client(retries: 3).fetch(files, from: server.baseURL) == [Self.contents(0)])
        #expect(server.log().map(\.method) == ["POST", "POST", "POST", "GET", "GET", "GET"])
    }

    /// What a server grants for a moment is asked for again when its turn comes later; what it grants for less than that
    /// is used all the same.
    @Test func whatHasExpiredIsAskedForAgain() async throws {
        let (server, files) = try await server(2, rules: #"{"download": {"expires_in": -5}}"#)
        #expect(try await Client().fetch(files, from: server.baseURL) == (0..<2).map(Self.contents))
        #expect(server.log().filter { $0.method == "POST" }.count == 3)
    }

    @Test func membersThatMayBeMissingMay() async throws {
        let (server, files) = try await server(rules: #"{"answer": {"transfer": null, "hash_algo": null}}"#)
        #expect(try await Client().fetch(files, from: server.baseURL) == [Self.contents(0)])
    }

    // MARK: What does not

    private static let objectFaults: [(String, LFSObjectFault)] = [
        (#"{"errors": {"OID": {"code": 404, "message": "Object does not exist"}}}"#, .missing),
        (#"{"errors": {"OID": {"code": 410, "message": "gone"}}}"#, .removed),
        (
            #"{"errors": {"OID": {"code": 422, "message": "bad\u001b[31m\nname"}}}"#,
            .refused(code: 422, message: "bad [31m name")
        ),
        (#"{"errors": {"OID": {}}}"#, .refused(code: 0, message: nil)),
        (#"{"answer": {"objects": []}}"#, .notAnswered),
        (#"{"object": {"oid": "00"}}"#, .notAnswered),
        (#"{"object": {"actions": {}}}"#, .noDownload),
        (#"{"object": {"actions": null}}"#, .noDownload),
        (#"{"download": {"href": 1}}"#, .noDownload),
        (#"{"download": {"header": {"X-Key": 1}}}"#, .noDownload),
        (#"{"download": {"href": "/objects/OID"}}"#, .illegalURL(.malformed)),
        (#"{"download": {"href": "file:///etc/passwd"}}"#, .illegalURL(.unsupportedScheme("file"))),
        (#"{"download": {"href": "http://user:pw@127.0.0.1/x"}}"#, .illegalURL(.credentials)),
        (#"{"object": {"size": 3}}"#, .wrongSize(expected: 16, actual: 3, isWhole: true)),
        (#"{"objects": [{"status": 404}]}"#, .missing),
        (#"{"objects": [{"status": 410}]}"#, .removed),
        (
            #"{"contents": {"OID": {"text": "object number 1\n"}}}"#,
            .wrongContents(SHA256.hash(LFSClientTests.contents(1)))
        ),
        (#"{"contents": {"OID": {"text": "short"}}}"#, .wrongSize(expected: 16, actual: 5, isWhole: true)),
        (
            #"{"contents": {"OID": {"text": "short"}}, "length": false}"#,
            .wrongSize(expected: 16, actual: 5, isWhole: true)
        ),
        (
            #"{"contents": {"OID": {"text": "longer than it ought to be"}}}"#,
            .wrongSize(expected: 16, actual: 26, isWhole: true)
        ),
    ]

    @Test(arguments: objectFaults)
    func anObjectThatCannotBeHad(_ rules: String, _ fault: LFSObjectFault) async throws {
        let (server, files) = try await server()
        let oid = files[0].pointer.oid
        try server.obey(rules.replacing("OID", with: oid.hex))
        let client = Client()
        await #expect(throws: LFSError.object(oid, path: "file0.bin", fault)) {
            try await client.fetch(files, from: server.baseURL)
        }
        #expect(client.leftovers == [])
    }

    /// More than there should be is cut off at once, not when the disk is full.
    @Test func anEndlessObjectIsCutOff() async throws {
        let (server, files) = try await server()
        let oid = files[0].pointer.oid
        let piece = String(repeating: "x", count: 1 << 20)
        try server.obey(#"{"contents": {"\#(oid.hex)": {"text": "\#(piece)", "times": 2000}}, "length": false}"#)
        let error = await #expect(throws: LFSError.self) { try await Client().fetch(files, from: server.baseURL) }
        guard case .object(_, _, .wrongSize(expected: 16, let actual, isWhole: false)) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(actual < 1 << 20)
    }

    @Test func aBodyThatBreaksOffIsNoObject() async throws {
        let (server, files) = try await server(rules: #"{"cut": 5}"#)
        let client = Client(retries: 1)
        let error = await #expect(throws: TransferError.self) { try await client.fetch(files, from: server.baseURL) }
        guard case .truncated = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(client.leftovers == [])
    }

    private static func closed(_ url: String, _ status: Int, _ message: String) -> LFSError {
        let authority = String(url.dropFirst("http://".count))
        let refusal = Refusal(url: url, status: status, authority: authority, attempt: .nothingKnown)
        return .authenticationRequired(url: url, message: message, refusal)
    }

    private static let refusals: [(String, @Sendable (String) -> LFSError)] = [
        (
            #"{"authorization": "Basic eA=="}"#, { closed($0, 401, "Credentials needed") }
        ),
        (
            #"{"batch": [{"status": 403, "body": {"message": "You may not"}}]}"#,
            { closed($0, 403, "You may not") }
        ),
        (#"{"batch": [{"status": 404, "body": {"message": "Not found"}}]}"#, { .noServer(url: $0) }),
        (
            #"""
            {"batch": [{"status": 422, "body": {"message": "No", "documentation_url": "https://h/d?t=1", "request_id": "1"}}]}
            """#,
            { .refused(url: $0, status: 422, message: "No", documentation: "https://h/d", retryAfter: nil) }
        ),
        (
            #"{"batch": [{"status": 429, "headers": {"Retry-After": "3600"}, "body": "<html>"}]}"#,
            { .refused(url: $0, status: 429, message: nil, documentation: nil, retryAfter: .seconds(3600)) }
        ),
        (
            #"{"batch": [{"status": 509, "body": {"message": 1, "documentation_url": "javascript:x"}}]}"#,
            { .refused(url: $0, status: 509, message: nil, documentation: nil, retryAfter: nil) }
        ),
        (
            #"{"batch": [{"status": 200, "headers": {"Content-Type": "text/html"}, "body": "<html>log in</html>"}]}"#,
            { .malformedResponse(url: $0, .notJSON(contentType: "text/html")) }
        ),
        (#"{"batch": [{"status": 200, "body": {}}]}"#, { .malformedResponse(url: $0, .illegalMember("objects")) }),
        (
            #"{"batch": [{"status": 200, "body": {"objects": [{}]}}]}"#,
            { .malformedResponse(url: $0, .illegalMember("objects.oid")) }
        ),
        (#"{"answer": {"transfer": "tus"}}"#, { .malformedResponse(url: $0, .unsupportedTransfer("tus")) }),
        (#"{"answer": {"hash_algo": "sha512"}}"#, { .malformedResponse(url: $0, .unsupportedHash("sha512")) }),
    ]

    @Test(arguments: refusals.indices)
    func aBatchThatIsRefused(_ index: Int) async throws {
        let (rules, error) = Self.refusals[index]
        let (server, files) = try await server(rules: rules)
        let client = Client()
        await #expect(throws: error(server.baseURL)) { try await client.fetch(files, from: server.baseURL) }
        #expect(client.leftovers == [])
    }

    @Test func aDownloadThatIsForbiddenSaysWhere() async throws {
        let (server, files) = try await server(rules: #"{"needs": {"X-Key": "1"}}"#)
        let (oid, port) = (files[0].pointer.oid, server.port)
        try server.obey(
            #"{"needs": {"X-Key": "1"}, "download": {"href": "\#(server.baseURL)/objects/\#(oid.hex)?signature=s3cret"}}"#
        )
        let fault = LFSObjectFault.notDownloaded(
            url: "http://127.0.0.1:\(port)/objects/\(oid.hex)", status: 403, retryAfter: nil)
        await #expect(throws: LFSError.object(oid, path: "file0.bin", fault)) {
            try await Client().fetch(files, from: server.baseURL)
        }
    }

    /// A signature in an object's URL is in no error.
    @Test func noSignatureIsTold() async throws {
        let (server, files) = try await server()
        for href in ["http://127.0.0.1:1/x?signature=s3cret", "http://no such host/?signature=s3cret"] {
            try server.obey(#"{"download": {"href": "\#(href)"}}"#)
            let error = await #expect(throws: (any Error).self) {
                try await Client().fetch(files, from: server.baseURL)
            }
            #expect(!String(describing: error).contains("s3cret"))
        }
    }

    /// An answer that came over https names no way that is less safe.
    @Test func httpsIsNotLeft() throws {
        let pointer = Self.file(Self.contents(0)).pointer
        let body = #"""
            {"objects": [{"oid": "\#(pointer.oid.hex)", "size": 16,
             "actions": {"download": {"href": "http://h/x"}}}]}
            """#
        let answers = try LFSBatch.parse(Array(body.utf8), contentType: nil, for: [pointer], isSecure: true)
        #expect(throws: LFSObjectFault.illegalURL(.insecure(host: "h"))) { try answers[pointer.oid]?.get() }
    }

    /// Cancelled in the middle, nothing goes on and nothing stays.
    @Test(.timeLimit(.minutes(10))) func cancellingLeavesNothing() async throws {
        let (server, _) = try await server()
        let big = [UInt8](repeating: 7, count: 64 << 20)
        let file = Self.file(big)
        try server.put(big, as: file.pointer.oid.hex)
        try server.obey(#"{"pace": 0.05}"#)
        let client = Client()
        let fetching = Task { try await client.fetch([file], from: server.baseURL) }
        while !server.log().contains(where: { $0.method == "GET" }) { try await Task.sleep(for: .milliseconds(5)) }
        fetching.cancel()
        await #expect(throws: CancellationError.self) { try await fetching.value }
        #expect(client.leftovers == [])
        while !server.log().contains(where: { $0.method == "CLOSED" }) { try await Task.sleep(for: .milliseconds(5)) }
    }
}
