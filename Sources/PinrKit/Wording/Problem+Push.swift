internal import Git
internal import Updates

extension Problem {
    /// Why a branch was not moved; nil when it is where it was to be.
    init?(_ outcome: RefOutcome, at url: String) {
        let branch = "`\(printable(RefName.branch(of: outcome.ref) ?? outcome.ref))`"
        switch outcome.result {
        case .moved, .alreadyThere: return nil
        case .stale(let actual):
            let what = actual.map { "is at \(Summary.short($0.hex)) now" } ?? "is gone"
            self.init(
                .changedMeanwhile, "the branch \(branch) was moved by somebody else meanwhile: it \(what)", url: url,
                hint: "run it again")
        case .refused(let reason, let messages):
            let said = messages.suffix(8).map { printable($0, limit: 200) }.joined(separator: " / ")
            self.init(
                .badGit,
                "the git server does not move the branch \(branch): \(printable(reason))"
                    + (said.isEmpty ? "" : " (\(said))"), url: url,
                hint: "a rule or a hook of the repository is against it; `--branch-prefix` gives branches other names")
        case .held(let hold):
            self.init(
                .badGit, "the branch \(branch) is not moved: \(Self.clause(hold))", url: url, hint: Self.hint(for: hold)
            )
        }
    }

    private static func clause(_ hold: LocalHold) -> String {
        switch hold {
        case .checkedOut: "it is checked out, and the files would not move with it"
        case .hook(let name): "the repository has the hook `\(printable(name))`, which git alone can run"
        case .configured(let setting): "`\(printable(setting))` of the repository is against it"
        case .symbolic: "it stands for another one"
        }
    }

    private static func hint(for hold: LocalHold) -> String {
        switch hold {
        case .checkedOut: "check another branch out there"
        case .hook: "push through ssh or https, where git runs it"
        case .configured, .symbolic: "`--branch-prefix` gives branches other names"
        }
    }
}
