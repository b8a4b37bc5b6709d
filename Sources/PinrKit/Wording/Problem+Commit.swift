internal import Git

extension Problem {
    init(_ error: CommitError) {
        switch error {
        case .foreignOwner(let path):
            self.init(
                .badGit,
                "the git repository `\(printable(path))` belongs to another user, and nothing is written there",
                hint: "`git config --global --add safe.directory \(printable(path))` makes an exception")
        case .bareRepository(let path):
            self.init(
                .badGit,
                "`\(printable(path))` is a git repository without a `.git`, and `safe.bareRepository` has such ones left alone",
                hint: "where it is yours, name it with `GIT_DIR`")
        case .busy(let operation):
            self.init(
                .badGit, "\(Self.words(operation)) is under way, and nothing is committed in the middle of it",
                hint: "finish it, or leave out `--commit`")
        case .indexLocked(let lock):
            self.init(
                .badGit, "another git works in this repository: there is `\(printable(lock))`",
                hint: "when none does, one was ended too soon, and the file can be removed")
        case .unreadableIndex(let message):
            self.init(
                .unsupported, "git's index cannot be read: \(printable(message))",
                hint:
                    "`git update-index --no-split-index` and `git sparse-checkout reapply --no-sparse-index` write one that "
                    + "can")
        case .unmerged:
            self.init(.badGit, "there are files that are not merged yet", hint: "`git status` lists them")
        case .headMoved:
            self.init(
                .changedMeanwhile, "somebody else committed or checked something out meanwhile",
                hint: "`git status` shows what is not committed")
        case .uncommittedChanges(let path):
            self.init(
                .badGit,
                "`\(printable(path))` has changes that are not committed, which would become part of the commit",
                hint: "commit or undo them first")
        case .ignored(let path):
            self.init(
                .badGit, "`\(printable(path))` is ignored by git", hint: "`git check-ignore -v` says by which line")
        case .filtered(let path, let driver):
            self.init(
                .unsupported,
                "`\(printable(path))` goes through git's filter `\(printable(driver))`, and pinr runs no filters",
                hint: "take it out of `.gitattributes` for this file, or commit with git")
        case .noIdentity(let role, let part):
            let value = part == .name ? "Your Name" : "you@example.org"
            self.init(
                .badGit, "git does not know the \(part.rawValue) of the \(role.rawValue)",
                hint: "`git config --global user.\(part.rawValue) \"\(value)\"` tells it, or "
                    + "`GIT_\(role.rawValue.uppercased())_\(part.rawValue.uppercased())`")
        case .emptyIdentity(let role, let part):
            self.init(.badGit, "nothing is left of the \(part.rawValue) of the \(role.rawValue) as git writes it")
        case .illegalDate(let variable, let value):
            self.init(
                .badGit, "`\(printable(variable))` is no date: `\(printable(value))`",
                hint: "it should look like `2024-01-31T12:00:00+00:00`")
        case .unknownSignatureFormat(let name):
            self.init(
                .unsupported, "`gpg.format` is `\(printable(name))`", hint: "`openpgp`, `ssh` and `x509` are known")
        case .noSigningKey:
            self.init(
                .badGit, "git's configuration does not say which key of ssh signs",
                hint: "`user.signingKey` or `gpg.ssh.defaultKeyCommand` says it")
        case .signerNotStarted(let program, let errnum):
            self.init(
                .unsupported, "`\(printable(program))`, which is to sign, cannot be started: \(systemMessage(errnum))")
        case .signingFailed(let program, let status, let message):
            self.init(
                .badGit, "`\(printable(program))` made no signature (status \(status)): \(printable(message))",
                hint: "does `git commit -S` sign here?")
        }
    }

    private static func words(_ operation: CommitError.Operation) -> String {
        switch operation {
        case .merge: "a merge"
        case .revert: "a revert"
        case .cherryPick: "a cherry-pick"
        case .bisect: "a bisection"
        case .rebase: "a rebase"
        case .applyMailbox: "`git am`"
        }
    }
}
