internal import JSON
internal import NixHash

/// The requests and answers of the batch API, by which objects are asked for.
///
/// Specified in git-lfs' docs/api/batch.md.
enum LFSBatch {
    static let mediaType = "application/vnd.git-lfs+json"
    /// As many as git-lfs asks for; servers refuse more than they like.
    static let maximumObjects = 100

    static func request(_ pointers: [LFSPointer]) -> [UInt8] {
        let objects = pointers.map { pointer -> JSON in
            ["oid": .string(pointer.oid.hex), "size": .number(JSONNumber(pointer.size))]
        }
        let request: JSON = [
            "operation": "download", "transfers": ["basic"], "objects": .array(objects), "hash_algo": "sha256",
        ]
        return request.serializedCompactly()
    }

    /// Where an object, or a server, is asked for, and with what.
    struct Action: Sendable {
        let url: String
        let headers: [(name: String, value: String)]
        /// After how many seconds it is no longer good for anything; nil when the answer does not say.
        let lifetime: Int?
    }

    /// What the server says about each object; nothing about those that it does not mention.
    ///
    /// - Parameter isSecure: whether the answer came over `https`.
    /// - Throws: `LFSResponseFault`
    static func parse(
        _ body: [UInt8], contentType: String?, for pointers: [LFSPointer], isSecure: Bool
    ) throws(LFSResponseFault) -> [SHA256Digest: Result<Action, LFSObjectFault>] {
        guard let answer = (try? JSON(parsing: body))?.object
        else { throw .notJSON(contentType: contentType.map { Sanitized.line($0.utf8) }) }
        try check(answer["transfer"], is: "basic", "transfer") { .unsupportedTransfer($0) }
        try check(answer["hash_algo"], is: "sha256", "hash_algo") { .unsupportedHash($0) }
        guard let objects = answer["objects"]?.array else { throw .illegalMember("objects") }
        let wanted = Dictionary(pointers.map { ($0.oid.hex, $0) }) { first, _ in first }
        var answers: [SHA256Digest: Result<Action, LFSObjectFault>] = [:]
        for object in objects {
            guard let oid = object["oid"]?.string else { throw .illegalMember("objects.oid") }
            guard let pointer = wanted[oid] else { continue }
            do throws(LFSObjectFault) {
                answers[pointer.oid] = .success(try action(object, for: pointer, isSecure: isSecure))
            } catch {
                answers[pointer.oid] = .failure(error)
            }
        }
        return answers
    }

    /// The default of both members is what is asked for here.
    private static func check(
        _ value: JSON?, is expected: String, _ name: String, _ fault: (String) -> LFSResponseFault
    ) throws(LFSResponseFault) {
        guard let value, !value.isNull else { return }
        guard let text = value.string else { throw .illegalMember(name) }
        guard text.utf8.elementsEqual(expected.utf8) || text.isEmpty else { throw fault(Sanitized.line(text.utf8)) }
    }

    private static func action(
        _ object: JSON, for pointer: LFSPointer, isSecure: Bool
    ) throws(LFSObjectFault) -> Action {
        if let error = object["error"], !error.isNull {
            let code = error["code"]?.integer.flatMap { Int(exactly: $0) } ?? 0
            switch code {
            case 404: throw .missing
            case 410: throw .removed
            default: throw .refused(code: code, message: message(error))
            }
        }
        if let size = object["size"]?.integer, size != Int64(pointer.size) {
            throw .wrongSize(expected: pointer.size, actual: Int(size), isWhole: true)
        }
        guard let download = object["actions"]?["download"] else { throw .noDownload }
        do throws(LFSResponseFault) {
            return try action(download, isSecure: isSecure)
        } catch {
            if case .illegalURL(let fault) = error { throw .illegalURL(fault) }
            throw .noDownload
        }
    }

    /// `href`, `header` and `expires_in`, as an object's download and the answer to `git-lfs-authenticate` have them.
    ///
    /// - Throws: `LFSResponseFault.illegalURL`, `.illegalMember`
    static func action(_ value: JSON, isSecure: Bool) throws(LFSResponseFault) -> Action {
        guard let url = value["href"]?.string else { throw .illegalMember("href") }
        do throws(LFSURLFault) {
            try LFSURL.check(url, isSecure: isSecure)
        } catch {
            throw .illegalURL(error)
        }
        return Action(
            url: url, headers: try headers(value["header"]),
            lifetime: value["expires_in"]?.integer.flatMap { Int(exactly: $0) })
    }

    /// Fields that shape the connection and the body are the client's own.
    private static let ownFields: Set<String> = [
        "accept-encoding", "connection", "content-length", "expect", "host", "if-range", "keep-alive",
        "proxy-connection",
        "range", "te", "trailer", "transfer-encoding", "upgrade",
    ]

    private static func headers(_ value: JSON?) throws(LFSResponseFault) -> [(name: String, value: String)] {
        guard let value, !value.isNull else { return [] }
        guard let fields = value.object else { throw .illegalMember("header") }
        var headers: [(name: String, value: String)] = []
        for (name, value) in fields {
            guard let text = value.string else { throw .illegalMember("header") }
            guard !ownFields.contains(name.lowercased()) else { continue }
            headers.append((name, text))
        }
        return headers
    }

    // MARK: Errors

    /// What a server says about its refusal, made fit to be shown.
    static func message(_ value: JSON) -> String? {
        value["message"]?.string.flatMap { $0.isEmpty ? nil : Sanitized.line($0.utf8) }
    }

    /// Where it says that help is; nil for what is no web page.
    static func documentation(_ value: JSON) -> String? {
        guard let url = value["documentation_url"]?.string, (try? LFSURL.check(url, isSecure: false)) != nil
        else { return nil }
        return LFSURL.printable(url)
    }
}
