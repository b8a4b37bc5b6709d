public import Updates

extension Notice {
    /// What was asked for with a pull request and could not be had.
    ///
    /// - Parameter url: the page of the pull request.
    public init(_ warning: ForgeWarning, on url: String) {
        let pull = "`\(printable(url))`"
        switch warning {
        case .labels(let names, let cause):
            let list = names.map { "`\(printable($0))`" }.joined(separator: ", ")
            let (why, hint) = Self.words(cause, unknown: "there is none of that name")
            self.init(
                "\(pull) did not get the label\(names.count == 1 ? "" : "s") \(list): \(why)",
                hint: cause == .unknown ? "make it in the repository's settings; it needs a colour there" : hint)
        case .reviewer(let name, let cause):
            let (why, hint) = Self.words(cause, unknown: "there is nobody of that name")
            self.init("`\(printable(name))` was not asked to review \(pull): \(why)", hint: hint)
        case .assignee(let name, let cause):
            let (why, hint) = Self.words(cause, unknown: "there is nobody of that name")
            self.init("\(pull) was not assigned to `\(printable(name))`: \(why)", hint: hint)
        case .autoMerge(let obstacle):
            let (why, hint) = Self.words(obstacle)
            self.init("\(pull) will not be merged automatically: \(why)", hint: hint)
        case .comment(let cause):
            let (why, hint) = Self.words(cause, unknown: "it is not there")
            self.init("\(pull) was closed without a word: \(why)", hint: hint)
        case .bodyCut(let limit):
            self.init("the text of \(pull) was cut to the \(limit) characters that the forge takes", hint: nil)
        }
    }

    private static func words(
        _ cause: ForgeWarning.Cause, unknown: String
    ) -> (why: String, hint: String?) {
        switch cause {
        case .unknown: return (unknown, nil)
        case .passedOver: return ("the forge passed it over", "access may be missing, or the plan allows no more")
        case .refused(let status, let said):
            return ("the forge refuses it (HTTP \(status))" + Problem.quoting(said), nil)
        case .notAuthorised(let task, let kind, let said):
            return ("the token may not do it" + Problem.quoting(said), "it needs \(Problem.permission(task, kind))")
        case .failed(let error):
            let problem = Problem(describing: error)
            return (problem.message, problem.hint)
        case .answered(let error):
            let problem = Problem(describing: error)
            return (problem.message, problem.hint)
        }
    }

    private static func words(_ obstacle: ForgeWarning.AutoMergeObstacle) -> (why: String, hint: String?) {
        switch obstacle {
        case .notAllowed:
            ("the repository does not allow it", "it is one of the repository's settings")
        case .nothingToWaitFor:
            (
                "it waits for no check and no approval, and would be merged at once",
                "require a check or an approval in the rules of the branch"
            )
        case .notYet: ("the forge is not ready for it yet", "the next run tries it again")
        case .draft: ("it is a draft", nil)
        case .other(let cause): words(cause, unknown: "it is not there")
        }
    }
}
