internal import JSON
internal import NixHash
internal import Threads
internal import Transfer

/// Fetches objects of Git LFS by the batch API and the basic transfer.
///
/// Specified in git-lfs' docs/api/batch.md and docs/api/basic-transfers.md.
struct LFSClient: Sendable {
    /// How many objects of one server are downloaded at a time: git-lfs has eight.
    private static let downloadsAtOnce = 8
    /// A longer answer about a hundred objects says something else.
    private static let maximumAnswer = 4 << 20

    let transfer: TransferEngine

    /// A server, and what it wants to be sent with each request.
    struct Access: Sendable {
        /// What `/objects/batch` is appended to.
        let url: String
        var headers: [(name: String, value: String)] = []
    }

    /// Fetches objects into a folder; each is there once.
    ///
    /// - Parameters:
    ///   - files: as many as there are; the path of one that has an object serves for messages.
    ///   - access: asked before each batch, so that what it grants has no time to grow old.
    /// - Throws: `LFSError`, `TransferError`, `GitError.system`, `CancellationError`
    func fetch(
        _ files: [LFSFile], into objects: LFSObjects, from access: @escaping @Sendable () async throws -> Access
    ) async throws {
        var missing: [LFSFile] = []
        var seen: Set<LFSPointer> = []
        for file in files where !objects.contains(file.pointer) && seen.insert(file.pointer).inserted {
            missing.append(file)
        }
        var rest = missing[...]
        while !rest.isEmpty {
            let batch = Array(rest.prefix(LFSBatch.maximumObjects))
            rest = rest.dropFirst(batch.count)
            let server = try await access()
            let answers = try await ask(for: batch, server)
            try await download(batch, answers, of: server.url, into: objects, from: access)
        }
    }

    private struct Answers {
        let objects: [SHA256Digest: Result<LFSBatch.Action, LFSObjectFault>]
        /// Whether a redirect led to another server, which then said where the objects are.
        let isFromElsewhere: Bool
    }

    // MARK: Batches

    /// Asks where objects are.
    private func ask(for files: [LFSFile], _ access: Access) async throws -> Answers {
        let pointers = files.map(\.pointer)
        let own = [("Accept", LFSBatch.mediaType), ("Content-Type", LFSBatch.mediaType)]
        let given = access.headers.filter { field in
            !own.contains { $0.0.lowercased() == field.name.lowercased() }
        }
        // To ask twice where something is changes nothing, so that a POST that fails is tried again.
        let request = TransferRequest(
            url: access.url + "/objects/batch", method: .post, headers: own + given, body: LFSBatch.request(pointers),
            maximumBodySize: Self.maximumAnswer, isIdempotent: true)
        let response: TransferResponse
        do {
            response = try await transfer.send(request)
        } catch let error as TransferError {
            throw error.withoutQuery()
        }
        let url = LFSURL.printable(access.url)
        guard (200..<300).contains(response.status) else { throw Self.refusal(response, url: url) }
        do throws(LFSResponseFault) {
            let objects = try LFSBatch.parse(
                response.body, contentType: response.headers["content-type"], for: pointers,
                isSecure: LFSURL.isSecure(response.url))
            return Answers(objects: objects, isFromElsewhere: response.hasLeftOrigin)
        } catch {
            throw LFSError.malformedResponse(url: url, error)
        }
    }

    private static func refusal(_ response: TransferResponse, url: String) -> LFSError {
        let body = try? JSON(parsing: response.body)
        let message = body.flatMap(LFSBatch.message)
        if let refusal = response.refusal {
            return .authenticationRequired(url: url, message: message, refusal.withURL(url))
        }
        switch response.status {
        case 404, 410: return .noServer(url: url)
        default:
            return .refused(
                url: url, status: response.rateLimit == nil ? response.status : 429, message: message,
                documentation: body.flatMap(LFSBatch.documentation), retryAfter: response.retryAfter)
        }
    }

    // MARK: Downloads

    /// Downloads the objects of a batch, a few at a time; ends all of them when one fails.
    private func download(
        _ files: [LFSFile], _ answers: Answers, of server: String, into objects: LFSObjects,
        from access: @escaping @Sendable () async throws -> Access
    ) async throws {
        let answered = ContinuousClock.now
        // What cannot be had is said before anything is downloaded.
        let actions = try files.map { file in (file, try Self.action(for: file, in: answers)) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            var rest = actions[...]
            func startNext() {
                guard let (file, action) = rest.popFirst() else { return }
                group.addTask {
                    var (answers, action) = (answers, action)
                    if let lifetime = action.lifetime, ContinuousClock.now - answered >= .seconds(lifetime) {
                        // It had to wait for others for too long. What is stale from the start is taken as it is.
                        answers = try await ask(for: [file], access())
                        action = try Self.action(for: file, in: answers)
                    }
                    let isElsewhere = answers.isFromElsewhere || !URLText.haveSameOrigin(action.url, server)
                    try await download(file, action, isElsewhere: isElsewhere, into: objects)
                }
            }
            for _ in 0..<Self.downloadsAtOnce { startNext() }
            while try await group.next() != nil { startNext() }
        }
    }

    private static func action(for file: LFSFile, in answers: Answers) throws -> LFSBatch.Action {
        do {
            guard let answer = answers.objects[file.pointer.oid] else { throw LFSObjectFault.notAnswered }
            return try answer.get()
        } catch let fault as LFSObjectFault {
            throw file.error(fault)
        }
    }

    /// - Parameter isElsewhere: whether the object lies on another server than the one that said so.
    private func download(
        _ file: LFSFile, _ action: LFSBatch.Action, isElsewhere: Bool, into objects: LFSObjects
    ) async throws {
        let pointer = file.pointer
        var request = TransferRequest(url: action.url, headers: [("Accept-Encoding", "identity")] + action.headers)
        // Like a redirect: where a server sends us, no credential goes that is not the server's own.
        request.credentials = isElsewhere ? .never : .whenRefused
        do {
            _ = try await transfer.stream(
                request, onHead: { try Self.check($0, pointer) },
                consume: { try objects.store(pointer, from: $0, cancellation: $1) })
        } catch let fault as LFSObjectFault {
            throw file.error(fault)
        } catch TransferError.refused(let refusal) {
            throw file.error(Self.fault(status: refusal.status, url: refusal.url, nil))
        } catch TransferError.rateLimited(let limit) {
            throw file.error(Self.fault(status: 429, url: limit.url, limit.wait))
        } catch TransferError.status(let code, let url, let retryAfter) {
            throw file.error(Self.fault(status: code, url: url, retryAfter))
        } catch let error as TransferError {
            throw error.withoutQuery()
        }
    }

    private static func fault(status: Int, url: String, _ retryAfter: Duration?) -> LFSObjectFault {
        switch status {
        case 404: .missing
        case 410: .removed
        default: .notDownloaded(url: LFSURL.printable(url), status: status, retryAfter: retryAfter)
        }
    }

    /// Refuses a body that cannot be the object before the first byte of it.
    private static func check(_ response: TransferResponse, _ pointer: LFSPointer) throws(LFSObjectFault) {
        if let encoding = response.headers["content-encoding"], !encoding.isEmpty, encoding.lowercased() != "identity" {
            throw .encoded(Sanitized.line(encoding.utf8))
        }
        if let length = response.headers["content-length"].flatMap({ Int($0) }), length != pointer.size {
            throw .wrongSize(expected: pointer.size, actual: length, isWhole: true)
        }
    }
}

extension LFSFile {
    func error(_ fault: LFSObjectFault) -> LFSError {
        .object(pointer.oid, path: Sanitized.line(path), fault)
    }
}
