public import Transfer

/// Why a forge does not do what it was asked for.
///
/// What is quoted of a forge is as it wrote it, and has to be made printable.
public enum ForgeError: Error, Sendable, Equatable {
    // Which project it is.

    /// Nothing says which project of which forge is meant.
    case noProject
    /// A server of which nobody knows what kind of forge it is.
    case unknownForge(String)
    /// A text that cannot be a project of such a forge.
    case malformedProject(String, ForgeProject.Kind)

    // What it answers.

    /// The repository is not there, or not for us.
    case repositoryNotFound(ForgeProject, Refusal?)
    /// The token is missing, or may not do that.
    case notAuthorised(ForgeTask, ForgeProject.Kind, Refusal, said: [String])
    /// Whoever has the token, a rule forbids it.
    case forbidden(ForgeRule, url: String, said: [String])
    /// The forge does not like what it was sent: a branch that is not there, nothing to merge, a text that is too long.
    case invalid(ForgeTask, url: String, status: Int, said: [String])
    /// From that branch one is open already, and it is not to be found.
    case alreadyExists(head: String, url: String, said: [String])
    /// The repository has no drafts.
    case draftsUnsupported(url: String)
    /// The answer is not what the forge is documented to give; `path` is as `jq` writes it.
    case malformedAnswer(url: String, path: String, expected: String)
    /// A repository without a commit has no default branch.
    case noDefaultBranch(ForgeProject)
    /// Something that is written is to be written elsewhere.
    case moved(from: String, to: String)
}

/// What a forge is asked to do, which decides what a token has to be allowed.
public enum ForgeTask: String, CaseIterable, Sendable {
    case readRepository
    case readPullRequests
    case openPullRequest
    case editPullRequest
    case comment
    case addLabels
    case addReviewers
    case addAssignees
    case mergeAutomatically
}

/// A rule that forbids something, whoever asks.
public enum ForgeRule: String, CaseIterable, Sendable {
    /// GitHub's workflows may not open pull requests before somebody has said that they may.
    case workflowsMayNotOpen
    /// The repository is an archive.
    case archived
    /// A branch or the repository is protected against it.
    case protected
}
