internal import JSON
internal import Transfer

/// Asks the API of a forge about one project.
///
/// Unlike where something is only fetched, the token goes with the first request: a forge has no pull requests to open for
/// strangers, and few questions a day. It goes to the API's own server alone. What is written follows no redirect.
struct ForgeClient: Sendable {
    let project: ForgeProject
    let transfer: TransferEngine
    let pause: @Sendable (Duration) async throws -> Void
    /// Whether an answer is worth waiting for.
    var isPatient = true

    /// What a server says that may answer later.
    private static let passing: Set<Int> = [403, 408, 425, 429, 500, 502, 503, 504]
    private static let impatience = Duration.seconds(30)
    /// How often something is tried that the server refuses only for now.
    private static let attempts = 3
    /// Whoever wants to be left alone for longer is not waited for.
    private static let longestWait = Duration.seconds(60)
    /// A forge with more pages than that has something wrong with it.
    private static let mostPages = 1000
    private static let longestAnswer = 32 << 20

    // MARK: Reading

    /// The answer to a question.
    func get(_ path: String, _ query: [(String, String)] = [], for task: ForgeTask) async throws -> ForgeAnswer {
        try ForgeAnswer(try await response(path, query, for: task))
    }

    /// Every element of a list that comes in pages, each page after the one before it.
    ///
    /// - Parameter size: the parameter for how many elements a page has, and the most that the forge allows.
    func pages(
        _ path: String, _ query: [(String, String)] = [], size: (String, Int), for task: ForgeTask
    ) async throws -> [ForgeAnswer] {
        var elements: [ForgeAnswer] = []
        for page in 1...Self.mostPages {
            let parameters = query + [(size.0, "\(size.1)"), ("page", "\(page)")]
            let response = try await response(path, parameters, for: task)
            let here = try ForgeAnswer(response).elements()
            elements += here
            // The link says that there is more. Where it leads is of no interest: the token goes to no other address.
            guard response.links.contains(where: { $0.relations.contains("next") }), !here.isEmpty else {
                return elements
            }
        }
        return elements
    }

    private func response(
        _ path: String, _ query: [(String, String)], for task: ForgeTask
    ) async throws -> TransferResponse {
        let parameters = query.map { "\($0)=\(PercentEncoding.encodeComponent($1))" }.joined(separator: "&")
        var request = request(project.apiURL + path + (parameters.isEmpty ? "" : "?" + parameters))
        request.acceptsGzip = true
        let response = try await transfer.send(request)
        guard (200..<300).contains(response.status) else { throw failure(response, task) }
        return response
    }

    // MARK: Writing

    /// Sends something that changes what is there.
    ///
    /// A forge that was asked too often has done nothing, and is asked again when it says, if that is soon.
    /// - Parameters:
    ///   - path: behind the API's URL, or the whole URL.
    ///   - isRepeatable: whether to do it twice is the same as to do it once, so that it may be tried again.
    /// - Returns: the answer with a status of success.
    func send(
        _ method: TransferRequest.Method, _ path: String, _ body: JSON, isRepeatable: Bool, for task: ForgeTask
    ) async throws -> TransferResponse {
        var request = request(path.utf8.first == UInt8(ascii: "/") ? project.apiURL + path : path)
        request.method = method
        request.headers.append(("Content-Type", "application/json"))
        request.body = body.serializedCompactly()
        request.isIdempotent = isRepeatable
        request.followsRedirects = false
        var attempt = 0
        while true {
            attempt += 1
            let response = try await transfer.send(request)
            if (200..<300).contains(response.status) { return response }
            guard let limit = response.rateLimit else { throw failure(response, task) }
            // A secondary limit that does not say how long it lasts is over in a minute
            // (https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api).
            let wait = limit.wait ?? Self.longestWait
            guard attempt < Self.attempts, wait <= Self.longestWait else { throw TransferError.rateLimited(limit) }
            try await pause(max(wait, .seconds(1)))
        }
    }

    private func request(_ url: String) -> TransferRequest {
        var request = TransferRequest(url: url)
        request.maximumBodySize = Self.longestAnswer
        request.credentials = .immediately
        if !isPatient {
            request.standingStatuses = Self.passing
            request.timeLimit = Self.impatience
        }
        switch project.kind {
        case .gitHub:
            // https://docs.github.com/en/rest/about-the-rest-api/api-versions
            request.headers = [("Accept", "application/vnd.github+json"), ("X-GitHub-Api-Version", "2022-11-28")]
            request.credentialScheme = .bearer
        case .gitLab:
            request.headers = [("Accept", "application/json")]
            request.credentialScheme = .bearer
        case .forgejo: request.headers = [("Accept", "application/json")]
        }
        return request
    }

    // MARK: Failures

    /// Whether nobody can say whether it was done.
    static func isUncertain(_ error: any Error) -> Bool {
        switch error as? TransferError {
        case .status(let code, _, _): code >= 500 || code == 408
        case .connectionLost, .truncated, .bodyTooLarge, .protocolFailure: true
        case .timedOut(_, let phase, _): phase != .connect
        default: false
        }
    }

    /// What a response without success means.
    func failure(_ response: TransferResponse, _ task: ForgeTask) -> any Error {
        if let limit = response.rateLimit { return TransferError.rateLimited(limit) }
        let said = ForgeWords.of(response.body)
        let url = response.printableURL
        switch response.status {
        case 401, 403, 404:
            if let rule = ForgeRule(said) { return ForgeError.forbidden(rule, url: url, said: said) }
            if task == .readRepository, response.status == 404 {
                return ForgeError.repositoryNotFound(project, response.refusal)
            }
            // GitHub hides behind it what a token may not do; the others mean a branch or a user that is not there.
            let isMissing = response.status == 404 && project.kind != .gitHub && task != .readRepository
            guard !isMissing, let refusal = response.refusal else {
                return ForgeError.invalid(task, url: url, status: response.status, said: said)
            }
            return ForgeError.notAuthorised(task, project.kind, refusal, said: said)
        case 301, 302, 303, 307, 308:
            return ForgeError.moved(from: url, to: URLText.withoutQuery(response.headers["location"] ?? ""))
        case 400, 405, 406, 409, 410, 413, 422, 423:
            // Forgejo locks an archive (423), where the others forbid.
            if response.status == 423, let rule = ForgeRule(said) {
                return ForgeError.forbidden(rule, url: url, said: said)
            }
            return ForgeError.invalid(task, url: url, status: response.status, said: said)
        default: return response.failure()
        }
    }
}

extension ForgeRule {
    /// The rule that the words of a refusal are about; nil for another reason.
    init?(_ said: [String]) {
        let words = said.joined(separator: "\n").lowercased()
        if words.contains("not permitted to create or approve pull requests") {
            self = .workflowsMayNotOpen
        } else if words.contains("is archived") || words.contains("was archived") {
            self = .archived
        } else if words.contains("protected branch") || words.contains("branch is protected") {
            self = .protected
        } else {
            return nil
        }
    }
}
