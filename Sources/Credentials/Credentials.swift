internal import Synchronization
internal import Threads
public import Transfer

/// Everything that may know a credential, in the order in which it is asked: `PINR_TOKEN_<host>`, the forges' variables,
/// `netrc` files, Nix's `access-tokens`, and `git credential`.
///
/// Each credential goes to the server that it is kept for. Files are read, and programs run, only once a server has
/// refused something.
public final class Credentials: CredentialSource {
    private let variables: TokenVariables
    private let files: CredentialFiles
    private let git: GitCredentials
    private let acceptedOrigins = Mutex<[String: CredentialOrigin]>([:])

    /// - Parameters:
    ///   - environment: says what the variables hold and where the files are.
    ///   - secrets: is told every secret that becomes known.
    ///   - warn: is told of what is there and cannot be used.
    public init(
        environment: [String: String], secrets: Secrets,
        warn: @escaping @Sendable (CredentialWarning) -> Void = { _ in }
    ) {
        variables = TokenVariables(environment)
        files = CredentialFiles(environment: environment, secrets: secrets, warn: warn)
        git = GitCredentials(environment: environment, secrets: secrets)
        for (user, secret) in variables.secrets + ProxyPasswords.all(in: environment) {
            secrets.add(user: user, secret: secret)
        }
    }

    public func credential(for query: CredentialQuery) async throws -> Credential? {
        let api = ForgeAPI(path: query.path)
        var credential = try await find(query, isAPI: api != nil)
        if credential == nil, let server = ForgeAPI.server(ofAPI: query) {
            credential = try await find(server, isAPI: true)
        }
        return api == .gitLab ? credential?.sent(as: .bearer) : credential
    }

    private func find(_ query: CredentialQuery, isAPI: Bool) async throws -> Credential? {
        if let credential = try variables.credential(for: query) { return credential }
        if let credential = try await files.credential(for: query) { return credential }
        // Nobody says that a page that is not there is private, and these know no host by name.
        switch query.reason {
        case .requested, .refused(status: 401): break
        // But an API says nothing else of what is.
        case .refused(status: 404) where isAPI: break
        case .refused: return nil
        }
        if let credential = try await files.fallback() { return credential }
        return try await git.credential(for: query)
    }

    /// Whether a token is kept for the server of an API, by its name: in a variable, a `netrc` file or Nix's configuration.
    /// What is kept for whatever server, and what git's helpers know, does not count: nobody is asked.
    public func haveToken(forAPI url: String) async -> Bool {
        guard let query = CredentialQuery(url: url, reason: .requested) else { return false }
        for query in [query, ForgeAPI.server(ofAPI: query)].compactMap({ $0 }) {
            // One that cannot be used is for whoever needs it to complain about.
            if (try? variables.credential(for: query)) != nil { return true }
            if (try? await files.credential(for: query, warns: false)) != nil { return true }
        }
        return false
    }

    /// Makes every secret known that is kept in files; those of git's helpers are not known before one is needed.
    public func learnSecrets() async {
        // Without a thread to read them on, nothing can be written either.
        _ = try? await files.contents()
    }

    public func accepted(_ credential: Credential, for url: String) {
        acceptedOrigins.withLock { $0[url] = credential.origin }
    }

    /// The URLs of which a server gave only with a credential what it had not given a stranger, in no order.
    public var urlsThatNeededCredentials: [String] {
        acceptedOrigins.withLock { Array($0.keys) }
    }

    /// Whether some URL that begins so was given only with a credential.
    public func wereNeeded(below url: String) -> Bool {
        acceptedOrigins.withLock { $0.keys.contains { $0.utf8.starts(with: url.utf8) } }
    }

    /// The name of the variable that can hold a token for a server, which is a host or `HOST:PORT`.
    public static func variable(for authority: String) -> String { TokenVariables.name(for: authority) }

    /// The names of the variables that can hold a token for a server, those of its forge before the one that any server
    /// has.
    public static func variables(for authority: String) -> [String] { TokenVariables.names(for: authority) }

    /// The store that Nix's configuration names, which is read here for the credentials in it. Blocks.
    public static func configuredNixStore(environment: [String: String]) -> String? {
        CredentialFiles.nixConfiguration(environment).store
    }

    /// Whether a variable of that name holds a token, which is nobody else's business.
    public static func holdsToken(variable name: String) -> Bool { TokenVariables.holdsToken(name) }
}

/// Something with credentials that is there and cannot be used.
public enum CredentialWarning: Sendable, Equatable {
    /// A `netrc` file that is not understood from that line on; what stands there is a secret, perhaps.
    case netrcSyntax(path: String, line: Int)
}
