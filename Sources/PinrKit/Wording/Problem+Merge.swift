internal import Lockfile
internal import Updates

extension Problem {
    /// Why two states of the lock at a path cannot be merged.
    init(describing error: MergeError, at path: String) {
        switch error {
        case .unreadable(let side, let reason):
            // What is wrong is said of the state of a side, and not of the temporary file that git made of it.
            let problem = Problem(LockfileError(reason.reason, file: "\(path) (\(side.rawValue))"))
            self.init(
                problem.code, "not merged: \(problem.message)", pin: problem.pin,
                hint:
                    "the file is left as \(MergeSide.ours.rawValue) has it; mend the commit, or put both together by hand"
            )
        case .unusable(let reason):
            self.init(
                .internal, "not merged: what came of it could not be read back: \(Problem(reason).message)",
                hint: "the file is left as it was; this is a defect of pinr; please report it")
        }
    }

    /// A fact of a merge, as a clause about its pin.
    static func clause(_ kind: MergeFact.Kind) -> String {
        switch kind {
        case .added(let side): "added by \(side.rawValue)"
        case .removed(let side): "removed by \(side.rawValue)"
        case .changed(let side): "taken from \(side.rawValue), which alone changed it"
        case .combined: "the changes of both are put together"
        case .moved(let side, let ground): "moved on both sides; taken from \(side.rawValue), \(clause(ground))"
        case .held(let side):
            "stays where \(side.rawValue) froze it; the move of \(side.other.rawValue) is dropped"
        case .redirected(let side):
            "taken from \(side.rawValue), which changed what it tracks; the move of \(side.other.rawValue) is dropped"
        case .renamed(let side, let old):
            "called so by \(side.rawValue), before `\(printable(old))`; the changes of \(side.other.rawValue) follow"
        case .renamedApart(let old): "was `\(printable(old))`, to which each side gave another name; both are kept"
        case .conflict(let conflict): "conflict: \(clause(conflict))"
        }
    }

    private static func clause(_ ground: MergeFact.Ground) -> String {
        switch ground {
        case .version: "whose version is higher"
        case .descendant: "which has the other in its history"
        case .later: "which is later"
        case .laterApart: "which is later (neither has the other in its history)"
        }
    }

    private static func clause(_ conflict: MergeFact.Conflict) -> String {
        switch conflict {
        case .removed(let side): "\(side.rawValue) removed it, and \(side.other.rawValue) changed it"
        case .addedApart: "each side has another pin of that name"
        case .nameTaken(let side, let name):
            "\(side.rawValue) calls it `\(printable(name))`, which another pin of \(side.other.rawValue) stands in the way of"
        case .sources: "each side changed what it tracks"
        case .frozenAndRedirected(let side):
            "\(side.rawValue) froze it, and \(side.other.rawValue) changed what it tracks"
        case .frozenApart: "each side froze it, at another place"
        case .hashes: "the same revision or version has another hash on each side; `pinr verify` says which is right"
        case .undecided: "both sides moved it, and nothing says which is further"
        case .member(let path): "both sides changed its `\(printable(path))`"
        case .overrideVariable(let variable, let other):
            "it and `\(printable(other))` of the other side would both be overridden by \(variable)"
        case .topLevel: "both sides changed this member of the document"
        }
    }

    /// A fact of a merge, as a stable word.
    static func word(_ kind: MergeFact.Kind) -> (decision: String, side: MergeSide?) {
        switch kind {
        case .added(let side): ("added", side)
        case .removed(let side): ("removed", side)
        case .changed(let side): ("changed", side)
        case .combined: ("combined", nil)
        case .moved(let side, let ground): (ground.rawValue, side)
        case .held(let side): ("held", side)
        case .redirected(let side): ("redirected", side)
        case .renamed(let side, _): ("renamed", side)
        case .renamedApart: ("renamed-apart", nil)
        case .conflict: ("conflict", nil)
        }
    }
}
