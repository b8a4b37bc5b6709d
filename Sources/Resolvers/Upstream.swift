public import Git
internal import NixHash
public import OCI
internal import Synchronization
internal import Threads
public import Transfer

/// What resolvers ask: the web, git servers, and where the services are.
///
/// A git server is asked once for all that is known to be wanted of a repository, however many pins want it. So is whatever
/// else several pins may want; what failed is not asked again in the run.
public final class Upstream: Sendable {
    let transfer: TransferEngine
    public let hosts: ServiceHosts
    /// The registries of container images.
    let images: Images
    private let git: GitRemotes
    private let needsCredential: @Sendable (String) -> Bool
    private let state = Mutex(State())
    /// Which objects of repositories are commits, as far as was asked.
    private let commits = SharedWork<Object, Bool?>(keepsFailures: true)
    private let descents = SharedWork<Descent, Bool?>(keepsFailures: true)
    private let ages = SharedWork<Branch, CommitAges>(keepsFailures: true)
    private let times = SharedWork<Objects, [ObjectID: Int64]>(keepsFailures: true)
    private let digests = SharedWork<Tag, SHA256Digest>(keepsFailures: true)
    private let creations = SharedWork<Image, String?>(keepsFailures: true)
    private let answers = SharedWork<Question, TransferResponse>(keepsFailures: true)
    private let documents = SharedWork<Document, any Sendable>(keepsFailures: true)
    private let refs = SharedWork<Asked, RemoteRefs>(keepsFailures: true)
    private let histories = SharedWork<History, CommitsApart?>(keepsFailures: true)

    private struct Object: Hashable {
        let id: ObjectID
        let repository: GitURL
    }

    private struct Descent: Hashable {
        let old: ObjectID
        let new: ObjectID
        let repository: GitURL
    }

    private struct Branch: Hashable {
        let question: AgeQuestion
        let repository: GitURL
    }

    private struct Objects: Hashable {
        let ids: [ObjectID]
        let repository: GitURL
    }

    private struct Tag: Hashable {
        let image: ImageName
        let tag: String
    }

    private struct Image: Hashable {
        let image: ImageName
        let digest: SHA256Digest
        let os: String
        let architecture: String
    }

    /// A question to a web server whose answer is a header.
    private struct Question: Hashable {
        let url: String
        /// The names and values of the fields, one after the other.
        let fields: [String]
        let isGet: Bool
    }

    private struct Document: Hashable {
        let type: ObjectIdentifier
        let url: String
    }

    /// One of the questions that a repository was asked.
    private struct Asked: Hashable {
        let repository: GitURL
        let number: Int
    }

    private struct History: Hashable {
        let old: ObjectID
        let new: ObjectID
        let repository: GitURL
        let limit: Int
    }

    private struct State {
        /// How many commits of a history will be asked for; nil when none will.
        var commitLimit: Int?
        /// What will be asked of each repository.
        var announced: [GitURL: [RefQuery]] = [:]
        /// What has been asked of it, question by question.
        var asked: [GitURL: [[RefQuery]]] = [:]
        /// What several pins will ask for.
        var shared: Set<String> = []
    }

    /// - Parameter needsCredential: whether something below a URL was had with a credential alone.
    public init(
        transfer: TransferEngine, git: GitRemotes, images: Images, hosts: ServiceHosts,
        needsCredential: @escaping @Sendable (String) -> Bool = { _ in false }
    ) {
        self.transfer = transfer
        self.images = images
        self.git = git
        self.hosts = hosts
        self.needsCredential = needsCredential
    }

    /// Whether a repository, whose refs were asked for, is not open to everybody.
    func isPrivate(_ url: GitURL) -> Bool { needsCredential(url.text + "/") }

    /// Something that one question tells for every pin of the run, such as the index of a whole registry.
    /// - Parameter url: where it is asked for.
    /// - Throws: what `read` throws, to everybody who wants it.
    func document<Value: Sendable>(
        at url: String, _ read: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let key = Document(type: ObjectIdentifier(Value.self), url: url)
        guard let value = try await documents.value(at: key, read) as? Value else {
            preconditionFailure("a document of another type than its key says")
        }
        return value
    }

    /// Notes that several pins will ask for something, so that it is kept for all of them: what may be long is not kept for one.
    public func keep(_ documents: some Sequence<String>) {
        state.withLock { $0.shared.formUnion(documents) }
    }

    /// Whether several pins will ask for something.
    func isShared(_ document: String) -> Bool { state.withLock { $0.shared.contains(document) } }

    /// Notes what will be asked, so that the first question to a repository is everybody's.
    public func announce(_ questions: some Sequence<RefQuestion>) {
        state.withLock { state in
            for question in questions {
                // What no server can be asked is refused to whoever asks it, and to nobody else.
                for query in question.queries where (try? query.check()) != nil {
                    state.announced[question.url, default: []].appendNew(query)
                }
            }
        }
    }

    /// The refs that a repository has, of those that are asked for.
    /// - Throws: `GitError`, `TransferError`, `CancellationError`
    func refs(of url: GitURL, matching queries: [RefQuery]) async throws -> RemoteRefs {
        for query in queries { try query.check() }
        let (number, question) = state.withLock { state in
            let asked = state.asked[url] ?? []
            if let number = asked.firstIndex(where: { $0.cover(queries) }) { return (number, asked[number]) }
            var all = queries
            for query in state.announced[url] ?? [] { all.appendNew(query) }
            state.asked[url] = asked + [all]
            return (asked.count, all)
        }
        let answer = try await refs.value(at: Asked(repository: url, number: number)) { [git] in
            try await git.refs(of: url, matching: question)
        }
        return queries.select(from: answer)
    }

    /// The commit whose id begins with some hexadecimal digits.
    /// - Throws: `GitError`, `TransferError`, `CancellationError`
    func commit(abbreviated digits: String, of url: GitURL) async throws -> ObjectID {
        // Most are the tip of something, and the refs are what every server tells.
        let refs = try await refs(of: url, matching: [.all])
        return try await git.commit(abbreviated: digits, of: url, refs: refs)
    }

    /// Whether an object of a repository is a commit; nil when the server cannot tell. Asked once of each.
    /// - Throws: `CancellationError`
    func isCommit(_ id: ObjectID, of url: GitURL) async throws -> Bool? {
        try await commits.value(at: Object(id: id, repository: url)) { [git] in try await git.isCommit(id, at: url) }
    }

    /// Whether a commit is in the history of another; nil when the server cannot tell.
    /// - Throws: `CancellationError`
    public func isAncestor(_ old: ObjectID, of new: ObjectID, at url: GitURL) async throws -> Bool? {
        guard let limit = state.withLock(\.commitLimit) else {
            return try await descents.value(at: Descent(old: old, new: new, repository: url)) { [git] in
                try await git.isAncestor(old, of: new, at: url)
            }
        }
        do {
            return try await commits(from: old, to: new, at: url, limit: limit)?.isAncestor
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            return nil
        }
    }

    /// Which commit of a branch is old enough. Asked once of each.
    /// - Throws: `CancellationError`
    func ages(_ question: AgeQuestion, of url: GitURL) async throws -> CommitAges {
        try await ages.value(at: Branch(question: question, repository: url)) { [git] in
            try await git.ages(question, at: url)
        }
    }

    /// When tags and commits were made, of which that can be told. Asked once of each.
    /// - Throws: `CancellationError`
    func times(of ids: [ObjectID], at url: GitURL) async throws -> [ObjectID: Int64] {
        try await times.value(at: Objects(ids: ids, repository: url)) { [git] in try await git.times(of: ids, at: url) }
    }

    // MARK: Images

    /// The digest that an image's tag has. Asked once of each.
    /// - Throws: `OCIError`, `TransferError`, `CancellationError`
    func digest(of image: ImageName, tag: String) async throws -> SHA256Digest {
        try await digests.value(at: Tag(image: image, tag: tag)) { [images] in
            try await images.digest(of: image, tag: tag).digest
        }
    }

    /// When an image was made, as it says itself; nil where it does not. Asked once of each.
    /// - Throws: `OCIError`, `TransferError`, `CancellationError`
    func created(_ image: ImageName, _ digest: SHA256Digest, _ platform: ImagePlatform) async throws -> String? {
        let key = Image(image: image, digest: digest, os: platform.os, architecture: platform.architecture)
        return try await creations.value(at: key) { [images] in
            try await images.created(image, digest: digest, platform: platform)
        }
    }

    // MARK: Files

    /// The header of what is behind a URL. Asked once of each, with each of the fields.
    /// - Throws: `TransferError`, `CancellationError`
    func head(of url: String, headers: [(name: String, value: String)] = []) async throws -> TransferResponse {
        let key = Question(url: url, fields: headers.flatMap { [$0.name, $0.value] }, isGet: false)
        return try await answers.value(at: key) { [transfer] in try await transfer.head(of: url, headers: headers) }
    }

    /// The header of the answer to a GET. Asked once of each, with each of the fields.
    /// - Throws: `TransferError`, `CancellationError`
    func beginning(of url: String, headers: [(name: String, value: String)]) async throws -> TransferResponse {
        let key = Question(url: url, fields: headers.flatMap { [$0.name, $0.value] }, isGet: true)
        return try await answers.value(at: key) { [transfer] in try await transfer.beginning(of: url, headers: headers)
        }
    }

    // MARK: Commits

    /// Notes that `commits` will be asked for, so that whoever asks about the same history before gets the answer in the
    /// same conversation.
    public func announceCommits(limit: Int) { state.withLock { $0.commitLimit = limit } }

    /// The commits that lead to one commit and not to another; nil when the server cannot tell. Asked once of each two.
    /// - Throws: `GitError`, `TransferError`, `CancellationError`
    public func commits(
        from old: ObjectID, to new: ObjectID, at url: GitURL, limit: Int
    ) async throws -> CommitsApart? {
        let key = History(old: old, new: new, repository: url, limit: limit)
        return try await histories.value(at: key) { [git] in
            try await git.commits(from: old, to: new, at: url, limit: limit)
        }
    }
}

/// What is asked about the refs of a repository.
public struct RefQuestion: Sendable {
    public let url: GitURL
    public let queries: [RefQuery]

    public init(url: GitURL, queries: [RefQuery]) {
        self.url = url
        self.queries = queries
    }
}

extension [RefQuery] {
    fileprivate mutating func appendNew(_ query: RefQuery) {
        if !contains(query) { append(query) }
    }
}
