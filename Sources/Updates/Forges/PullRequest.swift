/// A pull request that is open on a forge; GitLab calls it a merge request.
public struct PullRequest: Sendable, Equatable {
    /// What people call it by, after `#` or `!`.
    public let number: Int
    /// Its page.
    public let url: String
    /// Without what marks a draft on GitLab and Forgejo.
    public var title: String
    /// Markdown.
    public var body: String
    /// The branch that is to be merged, of the same repository.
    public let head: String
    /// The branch that it is to be merged into.
    public var base: String
    public var isDraft: Bool
    public var labels: [String]
    /// User names, and teams as `ORGANISATION/TEAM`.
    public var reviewers: [String]
    public var assignees: [String]
    /// Whether the forge will merge it on its own; false where it does not tell.
    public var mergesItself: Bool
    /// The commit that `head` was at.
    public var headCommit: String?
    /// The user name of whoever opened it.
    public var author: String?
    /// What was asked for with it and could not be had.
    public var warnings: [ForgeWarning] = []
    /// What GitHub's GraphQL calls it.
    let nodeID: String?

    public init(
        number: Int, url: String, title: String, body: String, head: String, base: String, isDraft: Bool = false,
        labels: [String] = [], reviewers: [String] = [], assignees: [String] = [], mergesItself: Bool = false,
        headCommit: String? = nil, author: String? = nil
    ) {
        self.init(
            number: number, url: url, title: title, body: body, head: head, base: base, isDraft: isDraft,
            labels: labels,
            reviewers: reviewers, assignees: assignees, mergesItself: mergesItself, headCommit: headCommit,
            author: author, nodeID: nil)
    }

    init(
        number: Int, url: String, title: String, body: String, head: String, base: String, isDraft: Bool,
        labels: [String], reviewers: [String], assignees: [String], mergesItself: Bool, headCommit: String?,
        author: String?, nodeID: String?
    ) {
        self.number = number
        self.url = url
        self.title = title
        self.body = body
        self.head = head
        self.base = base
        self.isDraft = isDraft
        self.labels = labels
        self.reviewers = reviewers
        self.assignees = assignees
        self.mergesItself = mergesItself
        self.headCommit = headCommit
        self.author = author
        self.nodeID = nodeID
    }
}

/// How a pull request is to be.
public struct WantedPullRequest: Sendable, Equatable {
    public var title: String
    /// Markdown, made safe for the forge.
    public var body: String
    /// The branch that is to be merged; it has been pushed.
    public var head: String
    /// The branch that it is to be merged into.
    public var base: String
    /// Those that it has at least.
    public var labels: [String]
    /// Those who are asked at least: user names, and teams as `ORGANISATION/TEAM`.
    public var reviewers: [String]
    /// Those whom it is assigned to at least.
    public var assignees: [String]
    /// Whether it is opened as a draft. What is open stays as it is: to be ready is for people to say.
    public var isDraft: Bool
    /// How the forge is to merge it on its own once it may; nil for not at all.
    public var autoMerge: MergeMethod?

    public init(
        title: String, body: String, head: String, base: String, labels: [String] = [], reviewers: [String] = [],
        assignees: [String] = [], isDraft: Bool = false, autoMerge: MergeMethod? = nil
    ) {
        self.title = title
        self.body = body
        self.head = head
        self.base = base
        self.labels = labels
        self.reviewers = reviewers
        self.assignees = assignees
        self.isDraft = isDraft
        self.autoMerge = autoMerge
    }
}

/// How commits come into the base branch.
public enum MergeMethod: String, CaseIterable, Sendable {
    /// As the repository is set up.
    case usual = "default"
    case merge
    case squash
    case rebase
}
