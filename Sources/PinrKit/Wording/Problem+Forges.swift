internal import Transfer
internal import Updates

extension Problem {
    init(_ error: ForgeError) {
        switch error {
        case .noProject:
            self.init(
                .usage, "nothing says which project of which forge is meant",
                hint: "run it where the remote `origin` is on a forge, name another with `--remote`, or say "
                    + "`--forge` and `--repo OWNER/REPO`")
        case .unknownForge(let url):
            self.init(
                .usage, "it is not known what kind of forge `\(printable(url))` is",
                hint: "`--forge github`, `--forge gitlab` or `--forge forgejo` says so; Gitea counts as Forgejo")
        case .malformedProject(let text, let kind):
            self.init(
                .usage, "`\(printable(text))` cannot be a project of \(kind.words)",
                hint: "it should look like \(kind == .gitLab ? "GROUP/PROJECT, with every group" : "OWNER/REPOSITORY")")
        case .repositoryNotFound(let project, let refusal):
            let place: String? =
                if case .tried(let origin) = refusal?.attempt { Self.place(origin) } else { nil }
            self.init(
                .notFound,
                "there is no project `\(printable(project.path))` on `\(printable(project.webURL))`"
                    + (place.map { ", or not for the token from \($0)" } ?? ""), url: project.page,
                hint:
                    "check its name; without \(Self.permission(.readRepository, project.kind)) it looks as if it were "
                    + "not there")
        case .notAuthorised(let task, let kind, let refusal, let said):
            self.init(refusal, of: "to \(task.words)", refusal.url)
            message =
                switch refusal.attempt {
                case .nothingKnown, .withheldFromPlainHTTP, .withheldFromRedirect, .given: message
                case .tried(let origin):
                    "the token from \(Self.place(origin)) may not \(task.words) at `\(printable(refusal.authority))` "
                        + "(HTTP \(refusal.status))"
                }
            message += Self.quoting(said)
            code = .auth
            if case .tried = refusal.attempt { hint = "it needs \(Self.permission(task, kind))" }
            if case .nothingKnown = refusal.attempt {
                message = "\(kind.words) wants a token to \(task.words) (HTTP \(refusal.status))" + Self.quoting(said)
                hint = (hint ?? "") + "; it needs \(Self.permission(task, kind))"
            }
        case .forbidden(let rule, let url, let said):
            self.init(.auth, rule.words + Self.quoting(said), url: url, hint: rule.hint)
        case .invalid(let task, let url, let status, let said):
            self.init(
                status == 404 || status == 410 ? .notFound : .badAnswer,
                "the forge does not \(task.words) (HTTP \(status))" + Self.quoting(said), url: url)
        case .alreadyExists(let head, let url, let said):
            self.init(
                .exists,
                "there is a pull request from `\(printable(head))` already, and it cannot be found"
                    + Self.quoting(said), url: url, hint: "close it, or try again later")
        case .draftsUnsupported(let url):
            self.init(
                .unsupported, "the repository has no draft pull requests", url: url,
                hint: "leave `--draft` out; GitHub has them for private repositories in some of its plans only")
        case .malformedAnswer(let url, let path, let expected):
            self.init(
                .badAnswer,
                "`\(printable(path, limit: 200))` in the answer of `\(printable(url))` is not \(printable(expected))",
                url: url, hint: "is it the forge's API? A proxy or a sign-in page may answer in its place")
        case .noDefaultBranch(let project):
            self.init(
                .notFound, "`\(printable(project.path))` has no default branch", url: project.page,
                hint: "it may be empty; name the branch to propose changes to")
        case .moved(let from, let to):
            self.init(
                .badAnswer, "`\(printable(from))` is now at `\(printable(to))`", url: from,
                hint: "use its new address; what is written is not redirected")
        }
    }

    /// What a forge says, behind a colon.
    static func quoting(_ said: [String]) -> String {
        said.isEmpty ? "" : ": " + said.prefix(3).map { printable($0, limit: 300) }.joined(separator: "; ")
    }

    /// What a token has to be allowed, in the forge's own words.
    static func permission(_ task: ForgeTask, _ kind: ForgeProject.Kind) -> String {
        switch (kind, task) {
        case (.gitHub, .readRepository): "`contents: read`"
        case (.gitHub, .readPullRequests): "`pull-requests: read`"
        case (.gitHub, .mergeAutomatically): "`pull-requests: write` and `contents: write`"
        case (.gitHub, _): "`pull-requests: write`, or the scope `repo` where it is a classic token"
        case (.gitLab, .readRepository), (.gitLab, .readPullRequests): "the scope `read_api` or `api`"
        case (.gitLab, _): "the scope `api` and the role Developer; a job's own token does not do"
        case (.forgejo, .readRepository), (.forgejo, .readPullRequests): "the scope `read:repository`"
        case (.forgejo, .comment), (.forgejo, .addLabels), (.forgejo, .addAssignees): "the scope `write:issue`"
        case (.forgejo, _): "the scope `write:repository`"
        }
    }
}

extension ForgeProject.Kind {
    /// As people call it.
    var words: String {
        switch self {
        case .gitHub: "GitHub"
        case .gitLab: "GitLab"
        case .forgejo: "Forgejo"
        }
    }
}

extension ForgeTask {
    /// Behind `may not` and `to`.
    fileprivate var words: String {
        switch self {
        case .readRepository: "look at the repository"
        case .readPullRequests: "look at pull requests"
        case .openPullRequest: "open a pull request"
        case .editPullRequest: "change a pull request"
        case .comment: "comment on a pull request"
        case .addLabels: "add labels"
        case .addReviewers: "ask for reviews"
        case .addAssignees: "assign somebody"
        case .mergeAutomatically: "turn on auto-merge"
        }
    }
}

extension ForgeRule {
    fileprivate var words: String {
        switch self {
        case .workflowsMayNotOpen: "workflows of this repository may not open pull requests"
        case .archived: "the repository is archived, and nothing can be changed in it"
        case .protected: "a rule of the repository protects it against that"
        }
    }

    fileprivate var hint: String? {
        switch self {
        case .workflowsMayNotOpen:
            "allow it in the repository's settings, at Actions, General, Workflow permissions, or use another token"
        case .archived: nil
        case .protected: "whoever looks after the repository can make an exception for the token"
        }
    }
}
