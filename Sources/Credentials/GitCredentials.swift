internal import Processes
internal import Threads
internal import Transfer

/// What `git credential fill` knows: the person's own helpers, keychains among them.
///
/// Nobody is ever asked anything, and no helper is told what became of its answer: that is for git itself to do. Each
/// server is asked about once, and by one process at a time.
actor GitCredentials {
    private struct Answer {
        /// The path that the answer is for; nil for the whole server.
        let path: String?
        let credential: Result<Credential?, TransferError>
    }

    private let environment: [String: String]
    private let secrets: Secrets
    private let limit: Duration
    private var answers: [String: [Answer]] = [:]
    private var asking: [String: Task<Answer?, Never>] = [:]

    /// - Parameter limit: how long a helper may take, which may have to ask a server itself.
    init(environment: [String: String], secrets: Secrets, limit: Duration = .seconds(30)) {
        self.environment = environment.merging([
            "GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "", "SSH_ASKPASS": "", "GCM_INTERACTIVE": "never",
        ]) { $1 }
        self.secrets = secrets
        self.limit = limit
    }

    /// The helpers' credential for a URL; nil when they have none, or there is no git.
    ///
    /// - Throws: `TransferError.unusableCredential`; `CancellationError`
    func credential(for query: CredentialQuery) async throws -> Credential? {
        let server = "\(query.isSecure ? "https" : "http")://\(query.authority)"
        let path = Self.repositoryPath(query.path)
        while true {
            if let known = answers[server]?.first(where: { $0.path == nil || $0.path == path }) {
                return try known.credential.get()
            }
            guard let task = asking[server] else { break }
            _ = await task.value
            try Task.checkCancellation()
        }
        // It makes room itself, and not whoever waits for it first: others that wait must find room when it is done.
        let task = Task {
            let answer = await ask(query, path)
            asking[server] = nil
            if let answer { answers[server, default: []].append(answer) }
            return answer
        }
        asking[server] = task
        let answer = await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
        guard let answer else { throw CancellationError() }
        return try answer.credential.get()
    }

    /// What git would call the path of the repository: without what its protocols put behind it.
    static func repositoryPath(_ path: String) -> String? {
        guard let decoded = PercentEncoding.decode(path.utf8), decoded.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            return nil
        }
        var text = String(decoding: decoded.drop { $0 == UInt8(ascii: "/") }, as: UTF8.self)
        for suffix in ["/info/refs", "/git-upload-pack", "/info/lfs/objects/batch"] where text.hasSuffix(suffix) {
            text.removeLast(suffix.count)
            break
        }
        return text
    }

    /// Nil when the work was given up.
    private nonisolated func ask(_ query: CredentialQuery, _ path: String?) async -> Answer? {
        var request = "protocol=\(query.isSecure ? "https" : "http")\nhost=\(query.authority)\n"
        if let path { request += "path=\(path)\n" }
        let (input, environment, limit) = (Array((request + "\n").utf8), environment, limit)
        let answer: Conversation.Answer
        do {
            answer = try await onThread { cancellation in
                try Conversation.run(
                    // A project of somebody else's may look like a bare repository, whose settings name programs.
                    ["git", "-c", "safe.bareRepository=explicit", "credential", "fill"], environment: environment,
                    input: input, within: limit,
                    cancellation: cancellation)
            }
        } catch is CancellationError {
            return nil
        } catch {
            // No git, or one that does not answer: then there is no credential.
            return Answer(path: path ?? "", credential: .success(nil))
        }
        guard answer.status == 0, let found = Self.parse(answer.output) else {
            return Answer(path: path ?? "", credential: .success(nil))
        }
        secrets.add(user: found.user, secret: found.secret)
        return Answer(
            path: found.path,
            credential: Result { () throws(TransferError) in
                try Credential(user: found.user, secret: found.secret, origin: .git)
            })
    }

    /// Reads `KEY=VALUE` lines (git-credential(1), "INPUT/OUTPUT FORMAT"); a path among them is one that the credential is
    /// for, which git leaves out unless `credential.useHttpPath` is set.
    static func parse(_ output: [UInt8]) -> (user: String, secret: String, path: String?)? {
        var values: [String: String] = [:]
        for line in output.split(separator: UInt8(ascii: "\n")) {
            guard let sign = line.firstIndex(of: UInt8(ascii: "=")) else { continue }
            values[String(decoding: line[..<sign], as: UTF8.self)] = String(
                decoding: line[line.index(after: sign)...], as: UTF8.self)
        }
        guard let secret = values["password"], !secret.isEmpty else { return nil }
        return (values["username"] ?? "", secret, values["path"])
    }
}
