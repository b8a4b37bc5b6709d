internal import Synchronization
internal import Threads
internal import Transfer

/// What files know: `netrc`, and Nix's configuration. They are read when they are first needed, and once.
final class CredentialFiles: Sendable {
    struct Contents: Sendable {
        var netrcs: [(path: String, netrc: Netrc)] = []
        var nix: NixConfiguration
        var warnings: [CredentialWarning] = []
    }

    private let environment: [String: String]
    private let secrets: Secrets
    private let warn: @Sendable (CredentialWarning) -> Void
    private let reading = Mutex<Task<Contents, any Error>?>(nil)
    private let hasWarned = Atomic(false)

    private static let largestFile = 1 << 20

    init(
        environment: [String: String], secrets: Secrets, warn: @escaping @Sendable (CredentialWarning) -> Void
    ) {
        self.environment = environment
        self.secrets = secrets
        self.warn = warn
    }

    /// The credential that is kept for the server by name.
    /// - Parameter warns: whether it is needed: only then it has to be known that one may be missing.
    func credential(for query: CredentialQuery, warns: Bool = true) async throws -> Credential? {
        let contents = try await contents()
        if warns, !contents.warnings.isEmpty, !hasWarned.exchange(true, ordering: .relaxed) {
            contents.warnings.forEach(warn)
        }
        for (path, netrc) in contents.netrcs {
            guard let entry = netrc.entry(for: query.host) else { continue }
            return try Credential(user: entry.login, secret: entry.password, origin: .netrc(path: path))
        }
        let hosts = query.hasDefaultPort ? [query.host] : [query.authority, query.host]
        for host in hosts {
            guard let found = contents.nix.accessToken(forHost: host, path: query.path),
                let (user, secret) = Self.parts(of: found.token, host: query.host)
            else { continue }
            return try Credential(user: user, secret: secret, origin: .accessTokens(place: found.place))
        }
        return nil
    }

    /// The credential that a `netrc` has for every server.
    func fallback() async throws -> Credential? {
        for (path, netrc) in try await contents().netrcs {
            guard let entry = netrc.fallback else { continue }
            return try Credential(user: entry.login, secret: entry.password, origin: .netrc(path: path))
        }
        return nil
    }

    /// The user name and secret that an access token of Nix's stands for; GitLab's have their kind before them, and one of
    /// a kind that is not known is for a header of Nix's own.
    private static func parts(of token: String, host: String) -> (user: String, secret: String)? {
        for kind in ["PAT:", "OAuth2:"] where token.hasPrefix(kind) {
            return ("oauth2", String(token.dropFirst(kind.count)))
        }
        return token.contains(":") ? nil : (TokenVariables.user(for: host), token)
    }

    // MARK: Reading

    func contents() async throws -> Contents {
        let task = reading.withLock { reading in
            if let task = reading { return task }
            let task = Task { [environment, secrets] in
                try await onThread { _ in Self.read(environment, secrets) }
            }
            reading = task
            return task
        }
        return try await task.value
    }

    private static func read(_ environment: [String: String], _ secrets: Secrets) -> Contents {
        var contents = Contents(nix: nixConfiguration(environment))
        for path in netrcPaths(environment, contents.nix) {
            guard let bytes = bytes(of: path) else { continue }
            do throws(Netrc.SyntaxError) {
                contents.netrcs.append((path, try Netrc(parsing: bytes)))
            } catch {
                contents.warnings.append(.netrcSyntax(path: path, line: error.line))
            }
        }
        for entry in contents.netrcs.flatMap(\.netrc.entries) { secrets.add(user: entry.login, secret: entry.password) }
        for token in contents.nix.accessTokens {
            secrets.add(user: TokenVariables.defaultUser, secret: token.token)
            let host = String(token.scope.prefix { $0 != "/" })
            if let (user, secret) = parts(of: token.token, host: host) { secrets.add(user: user, secret: secret) }
        }
        return contents
    }

    /// Nix's configuration as it is now.
    static func nixConfiguration(_ environment: [String: String]) -> NixConfiguration {
        NixConfiguration(environment: environment, read: bytes)
    }

    /// `NETRC` replaces the file of the person's home, as in curl.
    private static func netrcPaths(_ environment: [String: String], _ nix: NixConfiguration) -> [String] {
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let own = variable("NETRC") ?? variable("HOME").map { "\($0)/.netrc" }
        let paths = [own, nix.netrcFile].compactMap { $0 }
        return paths.count == 2 && paths[0].utf8.elementsEqual(paths[1].utf8) ? [paths[0]] : paths
    }

    /// The contents of a regular file that may be read, and is not longer than any file of its kind.
    private static func bytes(of path: String) -> [UInt8]? { try? WholeFile.read(path, limit: largestFile) }
}
