internal import JSON
internal import Threads
internal import Transfer

/// The server that belongs to a repository behind ssh, and what it grants to whoever may read the repository.
///
/// `ssh HOST git-lfs-authenticate PATH download` tells; specified in git-lfs' docs/api/server-discovery.md.
actor LFSAuthentication {
    /// A grant that ends sooner is not used any more.
    private static let margin = 30
    static let maximumAnswer = 64 << 10

    private let ask: @Sendable () async throws -> LFSBatch.Action
    private var granted: (action: LFSBatch.Action, at: ContinuousClock.Instant)?

    /// - Parameter ask: runs the command.
    init(ask: @escaping @Sendable () async throws -> LFSBatch.Action) {
        self.ask = ask
    }

    /// A grant that is still good, or a new one.
    func current() async throws -> LFSClient.Access {
        if let granted, granted.action.lifetime.map({ .now - granted.at < .seconds($0 - Self.margin) }) ?? true {
            return Self.access(granted.action)
        }
        let now = ContinuousClock.now
        let action = try await ask()
        granted = (action, now)
        return Self.access(action)
    }

    private static func access(_ action: LFSBatch.Action) -> LFSClient.Access {
        LFSClient.Access(url: LFSEndpoint.withoutSlashes(action.url), headers: action.headers)
    }

    // MARK: The answer

    /// What to tell the other machine's shell.
    static func command(for url: GitURL) -> String {
        let path = url.decodedPath
        let isPlain = path.allSatisfy { $0.isLetterOrDigit || "/._-+@%:,=".utf8.contains($0) }
        // Not every server that has the command takes quotes off.
        return
            "git-lfs-authenticate \(isPlain ? String(decoding: path, as: UTF8.self) : SecureShell.quoted(path)) download"
    }

    /// - Parameter fallback: the server where the other machine does not know the command.
    /// - Throws: `LFSError.authenticationCommandFailed`, `.malformedResponse`
    static func read(_ answer: SecureShell.Answer, from url: GitURL, fallback: String) throws(LFSError)
        -> LFSBatch.Action
    {
        guard answer.status == 0 else {
            guard answer.status != 127, !isUnknownCommand(answer.words)
            else { return LFSBatch.Action(url: fallback, headers: [], lifetime: nil) }
            throw .authenticationCommandFailed(url: url.text, status: answer.status, message: answer.words)
        }
        guard let value = try? JSON(parsing: answer.output), value.object != nil
        else { throw .malformedResponse(url: url.text, .notJSON(contentType: nil)) }
        do throws(LFSResponseFault) {
            // Who is at the other end of ssh is known, and may well be a server of a house that has no certificates.
            return try LFSBatch.action(value, isSecure: false)
        } catch {
            throw .malformedResponse(url: url.text, error)
        }
    }

    private static func isUnknownCommand(_ words: String) -> Bool {
        words.contains("git-lfs-authenticate") && words.contains("not found")
    }
}

extension GitRemotes {
    /// - Parameter fallback: the server where the repository's machine does not know the command.
    /// - Throws: `TransferError.offline`; asking throws `GitError`, `LFSError`, `TransferError`, `CancellationError`.
    func authentication(for url: GitURL, fallback: String) throws -> LFSAuthentication {
        guard !isOffline else { throw TransferError.offline(url: url.text) }
        let (environment, stall, overall) = (environment, stallTimeout, overallTimeout)
        return LFSAuthentication {
            try await onThread { cancellation in
                let answer = try SecureShell.run(
                    LFSAuthentication.command(for: url), on: url, environment: environment,
                    Patience(stall: stall, overall: overall), limit: LFSAuthentication.maximumAnswer,
                    cancellation: cancellation)
                return try LFSAuthentication.read(answer, from: url, fallback: fallback)
            }
        }
    }
}
