public import Updates

/// What `propose` was asked to do.
public struct ProposeRequest: Sendable {
    /// Which project of which forge, as far as somebody says so.
    public var forge = ForgeOptions()
    /// The remote of the checkout that is pushed to.
    public var remote = "origin"
    /// The branch that is proposed to; the project's default branch when nil.
    public var base: String?
    public var grouping = ProposalGrouping.all
    /// What the name of every branch begins with.
    public var branchPrefix = "pinr/update"
    public var labels: [String] = []
    public var reviewers: [String] = []
    public var assignees: [String] = []
    /// Whether pull requests are opened as drafts.
    public var isDraft = false
    /// How the forge is to merge them on its own; nil for not at all.
    public var autoMerge: MergeMethod?
    /// How many may be open; nil for any number.
    public var maximumOpen: Int?
    /// Who commits, as `NAME <ADDRESS>`; nil for whom git's configuration or the runner says.
    public var author: String?
    /// Whether commits are signed, as git's configuration says.
    public var signs = false
    /// Whether pins are updated that their policies would have wait.
    public var isNow = false
    /// Whether nothing is pushed and nothing is changed on the forge.
    public var isDryRun = false

    public init() {}
}
