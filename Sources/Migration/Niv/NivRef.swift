internal import Git
internal import JSON
internal import Lockfile
internal import Resolvers

/// What niv is told to follow in a repository: a branch, or whatever else has a name there.
struct NivRef {
    /// The text as it stands in the lock.
    private let text: String
    /// The whole name, where that is said.
    private let fullName: String?

    /// A name that is looked for: a branch or a tag, unless it says which.
    init(_ text: String) {
        self.text = text
        let places = ["refs/heads/", "refs/tags/"]
        if places.contains(where: { text.utf8.starts(with: $0.utf8) }) {
            fullName = text
        } else if places.contains(where: { text.utf8.starts(with: $0.utf8.dropFirst(5)) }) {
            // As GitHub's API takes it.
            fullName = "refs/" + text
        } else if Self.isPullRequest(text) {
            fullName = text.utf8.starts(with: "refs/".utf8) ? text : "refs/" + text
        } else {
            fullName = nil
        }
    }

    init(fullName: String) {
        text = fullName
        self.fullName = fullName
    }

    /// The branches that a repository has had first of all: what is called so is one.
    private static let certain = ["master", "main"]

    /// Whether it is the default branch, by the name that git has for it.
    private var isHead: Bool { text == "HEAD" }

    /// The ref, as far as its name says what it is.
    var likelyFullName: String { fullName ?? (isHead ? text : RefName.ofBranch(text)) }

    /// The ref where a pin stays, though niv moves with it: one that is no branch and is made to move.
    var fixedRef: String? { fullName.flatMap { Self.isPullRequest($0) ? $0 : nil } }

    /// A repository followed at the ref, and what is followed where upstream does not tell what the ref is.
    /// - Parameter revision: what is locked; a pin stays there when the ref is made to move and is no branch.
    /// - Throws: `LockfileError`, `ResolveError`
    func tracking(
        of repository: any SourceType, lockedTo revision: String?
    ) throws -> (source: any SourceType, fallback: (any SourceType)?) {
        if isHead { return (repository, nil) }
        let place = repository.source
        if let fullName {
            if let branch = RefName.branch(of: fullName) { return (try place.with("branch", branch), nil) }
            return (try place.with("at", RefName.tag(of: fullName) ?? revision ?? fullName), nil)
        }
        let branch = try place.with("branch", text)
        if Self.certain.contains(text) { return (branch, nil) }
        return (try repository.following(text), branch)
    }

    /// GitHub's name for what a pull request asks to take in, `pull/139/head`.
    private static func isPullRequest(_ text: String) -> Bool {
        let parts = text.split(separator: "/")
        let name = parts.first == "refs" ? parts.dropFirst() : parts[...]
        return name.count == 3 && name.first == "pull" && name.last == "head"
    }
}
