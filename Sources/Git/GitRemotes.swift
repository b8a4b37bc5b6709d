internal import Synchronization
internal import Threads
public import Transfer

/// Remote repositories: what refs they have, and commits fetched out of them.
public struct GitRemotes: Sendable {
    let transfer: TransferEngine
    let environment: [String: String]
    let temporaryDirectory: String
    let stallTimeout: Int
    let overallTimeout: Duration?
    let isOffline: Bool
    private let cache = HTTPConnectionCache()

    /// The limits and the prohibition are for `git://` and ssh; http and https have those of `transfer`. What failed there
    /// is not tried again.
    /// - Parameters:
    ///   - transfer: carries http and https.
    ///   - environment: is handed to the `ssh` program; `GIT_SSH_COMMAND` and `GIT_SSH` replace that.
    ///   - temporaryDirectory: where fetched repositories are kept while they are in use.
    ///   - stallTimeout: after how many seconds without a byte a server is given up.
    ///   - overallTimeout: how long one conversation with a server may take.
    ///   - isOffline: whether every conversation fails with `TransferError.offline` instead of touching the network.
    public init(
        transfer: TransferEngine, environment: [String: String], temporaryDirectory: String, stallTimeout: Int = 60,
        overallTimeout: Duration? = nil, isOffline: Bool = false
    ) {
        self.transfer = transfer
        self.environment = environment
        self.temporaryDirectory = temporaryDirectory
        self.stallTimeout = stallTimeout
        self.overallTimeout = overallTimeout
        self.isOffline = isOffline
    }

    /// Asks a remote for its refs: for those that match a query, and where the server can, for no others.
    ///
    /// - Throws: `GitError`, `TransferError`, `CancellationError`
    public func refs(of url: GitURL, matching queries: [RefQuery]) async throws -> RemoteRefs {
        for query in queries { try query.check() }
        let all = try await attributing(url) {
            guard url.transport != .file else { return try await localRefs(of: url) }
            if usesLibrary(for: url) {
                let patience = patience
                return try await onThread { try LibrarySecureShell.refs(of: url, patience, cancellation: $0) }
            }
            return try await withConnection(to: url) { connection in
                if let likely = await connection.likelyCapabilities(),
                    let refs = try await Self.guess(queries, likely, connection)
                {
                    return refs
                }
                switch try await connection.advertisement() {
                case .version0(let refs, _): return refs
                case .version2(let capabilities): return try await Self.list(queries, capabilities, connection)
                }
            }
        }
        return queries.select(from: all)
    }

    private static func list(
        _ queries: [RefQuery], _ capabilities: Capabilities, _ connection: any UploadPackConnection
    ) async throws -> RemoteRefs {
        guard capabilities.has("ls-refs") else { throw ProtocolFault.missingCapability("ls-refs") }
        let request = LsRefs.request(queries, capabilities)
        return try await connection.exchange(request, limit: maximumAdvertisement) { reader, _ in
            try LsRefs.parseResponse(reader)
        }
    }

    /// Asks for refs without an introduction; nil when that did not do, for whatever reason the server has.
    ///
    /// A server that speaks another version, names objects by another hash, or has the repository elsewhere says so by an
    /// error, and is then asked as usual.
    private static func guess(
        _ queries: [RefQuery], _ likely: Capabilities, _ connection: any UploadPackConnection
    ) async throws -> RemoteRefs? {
        do {
            return try await list(queries, likely, connection)
        } catch is CancellationError {
            throw CancellationError()
        } catch let error as TransferError where !error.isAnswer {
            throw error
        } catch {
            return nil
        }
    }

    private func localRefs(of url: GitURL) async throws -> RemoteRefs {
        try await onThread { _ in
            let local = try Self.openLocal(url)
            return try local.refs(peelingWith: try GitRepository.open(local))
        }
    }

    /// - Throws: `GitError.shallowRepository`, and what opening throws.
    static func openLocal(_ url: GitURL) throws(GitError) -> LocalRepository {
        let local = try LocalRepository(path: url.localPath)
        guard !local.isShallow else { throw .shallowRepository(url: url.text) }
        return local
    }

    // MARK: Connections

    /// How long a server is waited for from now on.
    var patience: Patience { Patience(stall: stallTimeout, overall: overallTimeout) }

    /// Whether libgit2 has to take the place of an `ssh` program that is not there.
    func usesLibrary(for url: GitURL) -> Bool {
        guard url.transport == .ssh, !isOffline, !SecureShell.isInstalled(environment) else { return false }
        return (try? Libgit2.ensureStarted()) != nil && LibrarySecureShell.isAvailable
    }

    /// Opens a conversation for the time of the call.
    func withConnection<Value: Sendable>(
        to url: GitURL, _ body: (any UploadPackConnection) async throws -> Value
    ) async throws -> Value {
        let connection = try connection(to: url)
        do {
            let value = try await body(connection)
            await connection.close()
            return value
        } catch {
            await connection.close()
            throw error
        }
    }

    private func connection(to url: GitURL) throws -> any UploadPackConnection {
        // The engine forbids http itself.
        if isOffline && url.transport != .http { throw TransferError.offline(url: url.text) }
        let environment = environment
        let patience = patience
        switch url.transport {
        case .http: return cache.connection(to: url, transfer)
        case .git: return StreamConnection(url) { try Daemon.connect(url, patience, $0) }
        case .ssh:
            return StreamConnection(url) { _ in try SecureShell.connect(url, environment: environment, patience) }
        case .file: preconditionFailure("a repository of this machine is read where it is, without a conversation")
        }
    }

    /// Adds the URL to what the protocol's readers throw.
    func attributing<Value: Sendable>(
        _ url: GitURL, _ body: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await body()
        } catch let fault as ProtocolFault {
            throw GitError.malformedResponse(url: url.text, fault)
        } catch let refusal as ServerRefusal {
            throw refusal.error(url)
        } catch is ForeignObjectFormat {
            throw GitError.sha256Repository(url: url.text)
        }
    }
}

extension GitURL {
    /// The path of a repository on this machine.
    var localPath: String { String(decoding: decodedPath, as: UTF8.self) }
}

extension ServerRefusal {
    /// The words that git's own server and the forges have for "no such repository" where the protocol has no status.
    func error(_ url: GitURL) -> GitError {
        let lower = message.lowercased()
        let isAbsent = ["not found", "not exported", "does not exist", "does not appear to be a git repository"]
            .contains { lower.contains($0) }
        return isAbsent ? .notFound(url: url.text) : .refusedByServer(url: url.text, message: message)
    }
}

extension TransferError {
    /// Whether the server was there, and answered.
    fileprivate var isAnswer: Bool {
        switch self {
        case .status, .refused, .bodyTooLarge, .truncated: true
        default: false
        }
    }
}
