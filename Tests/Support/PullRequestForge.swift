import Foundation

/// The pull-request API of a forge on loopback, and the repository that it is about, over smart HTTP on the same port.
///
/// `Tests/Fixtures/forges/server.py` says what it can be told, and holds every request against the forge's documentation.
public final class PullRequestForge: Sendable {
    /// The forges that it can be.
    public enum Kind: String, CaseIterable, Sendable {
        case github, gitlab, forgejo
    }

    public let kind: Kind
    public let token: String
    /// Owner and repository.
    public let project: String
    /// The bare repository that the branches are in.
    public let repository: TestRepository
    /// git's own server, in front of which the API answers.
    public let server: GitHTTPServer
    private let api: BackgroundProcess
    private let directory: TemporaryDirectory
    private let folder: String
    private let apiPort: UInt16

    /// A pull request as the forge has it.
    public struct Pull: Sendable, Equatable, Decodable {
        public var number: Int
        public var title: String
        public var body: String
        public var head: String
        public var base: String
        public var draft: Bool
        public var labels: [String]
        public var reviewers: [String]
        public var teams: [String]
        public var assignees: [String]
        public var state: String
        /// The method; nil where it is not merged automatically.
        public var autoMerge: String?
        public var comments: [String]
    }

    /// A request to the API.
    public struct Request: Sendable, Equatable, Decodable {
        public let method: String
        /// With its query, as it was sent.
        public let path: String
        public let body: String
        public let isAuthorised: Bool
    }

    /// Starts one with a repository that has a commit on `main`, and waits until it answers.
    ///
    /// - Parameters:
    ///   - token: what git wants as the password of `Basic`, and the API as the forge does.
    ///   - user: the name that git wants beside it.
    ///   - project: its path on the forge, of GitLab with any number of groups.
    ///   - folder: where the forge is below the root of its server, such as `/git`.
    ///   - rules: members of the rules that the script documents, as JSON without the braces around it.
    public init(
        _ kind: Kind, token: String = "s3cret-t0ken-of-the-forge", user: String = "x-access-token",
        project: String = "octo/pins", folder: String = "", rules: String = ""
    ) async throws {
        self.kind = kind
        self.token = token
        self.project = project
        self.folder = folder
        let directory = TemporaryDirectory()
        self.directory = directory
        let work = try await TestRepository(at: directory.file("work"))
        try work.write("README", "pins\n")
        try await work.commit("one")
        repository = try await work.bareCopy(at: directory.file("root\(folder)/\(project).git"))
        try await repository.git("config", "http.receivepack", "true")

        try directory.makeDirectory("api")
        try directory.write("api/rules.json", Self.rules(rules, token))
        let script = "\(packageRoot)/Tests/Fixtures/forges/server.py"
        api = try BackgroundProcess([
            "python3", "-B", script, kind.rawValue, directory.file("api"), repository.path, project,
        ])
        let port = try await api.listeningPort()
        apiPort = port

        server = try await GitHTTPServer(
            root: directory.file("root"), pushable: true,
            credentials: Credentials(user: user, password: token),
            locations: [
                """
                location ~ ^\(folder)(/api/.*|/control)$ {
                    auth_basic off;
                    proxy_http_version 1.1;
                    proxy_set_header Host $http_host;
                    proxy_set_header X-Forwarded-Prefix "\(folder)";
                    proxy_pass http://127.0.0.1:\(port);
                }
                """
            ])
    }

    /// `http://127.0.0.1:PORT`, and the folder.
    public var baseURL: String { server.baseURL + folder }

    /// Where git fetches from and pushes to.
    public var remote: String { "\(baseURL)/\(project).git" }

    /// The base URL of the program that the API is, without the web server in front of it.
    public var apiServerURL: String { "http://127.0.0.1:\(apiPort)" }

    /// The base URL of the API.
    public var apiURL: String {
        switch kind {
        case .github: "\(baseURL)/api/v3"
        case .gitlab: "\(baseURL)/api/v4"
        case .forgejo: "\(baseURL)/api/v1"
        }
    }

    /// The variables of a program that is to find the forge and its token.
    public var environment: [String: String] {
        ["PINR_\(kind.rawValue.uppercased())_URL": baseURL, "PINR_TOKEN_127_0_0_1": token]
    }

    /// Tells it how to behave from now on: members of the rules that the script documents.
    public func obey(_ rules: String) throws {
        // Written in one go: the server may be about to read it.
        try Data(Self.rules(rules, token).utf8).write(
            to: URL(fileURLWithPath: directory.file("api/rules.json")), options: .atomic)
    }

    private static func rules(_ rules: String, _ token: String) -> String {
        #"{"token": "\#(token)"\#(rules.isEmpty ? "" : ", ")\#(rules)}"#
    }

    /// Makes a branch that is a commit ahead of another, as a push would; the revision.
    @discardableResult
    public func push(_ branch: String, onto base: String = "main") async throws -> String {
        let parent = try await repository.revision(base)
        let tree = try await repository.git("rev-parse", "\(parent)^{tree}")
        let revision = try await repository.git("commit-tree", tree, "-p", parent, "-m", "Change \(branch)")
        try await repository.git("update-ref", "refs/heads/\(branch)", revision)
        return revision
    }

    /// Puts a pull request there that others made: a JSON object of the members that the script's `State.add` has.
    public func put(_ pull: String) async throws {
        let url = "http://127.0.0.1:\(server.web.port)\(folder)/control"
        _ = try await run(
            ["curl", "-sS", "--fail", "--data-binary", "@-", url], input: Array(#"{"pulls": [\#(pull)]}"#.utf8))
    }

    /// Every pull request, also those that are closed.
    public func pullRequests() throws -> [Pull] { try state().pulls }

    /// The names of the repository's labels.
    public func labels() throws -> [String] { try state().labels }

    private struct State: Decodable {
        let pulls: [Pull]
        let labels: [String]
    }

    private func state() throws -> State {
        try JSONDecoder().decode(State.self, from: Data(directory.read("api/state.json")))
    }

    /// Every request to the API so far.
    public func requests() -> [Request] {
        lines("log").compactMap { try? JSONDecoder().decode(Request.self, from: Data($0.utf8)) }
    }

    /// The requests that change something, as `METHOD PATH` behind the API's base.
    public func writes() -> [String] {
        let prefix = "/api/"
        return requests().filter { $0.method != "GET" }
            .map { "\($0.method) \($0.path.dropFirst(prefix.count).drop { $0 != "/" })" }
    }

    /// What was not as the forge documents it; empty at the end of a good test.
    public func violations() -> [String] { lines("violations") }

    private func lines(_ file: String) -> [String] {
        ((try? directory.readText("api/\(file)")) ?? "").split(separator: "\n").map(String.init)
    }

    /// Ends it.
    public func stop() {
        server.stop()
        api.stop()
    }
}
