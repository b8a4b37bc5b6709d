internal import Git

extension Problem {
    init(_ error: WorkingRepositoryError) {
        switch error {
        case .notARepository(let path): self.init(.badGit, "`\(printable(path))` is no git repository")
        case .unsupportedFormat(let path, let format):
            self.init(
                .unsupported,
                "the git repository `\(printable(path))` is kept in a format that is not understood: "
                    + "\(printable(format))")
        case .configuration(let path, let line):
            let place = line > 0 ? " in line \(line)" : ""
            self.init(
                .badGit, "git's configuration cannot be read: `\(printable(path))` is wrong\(place)",
                hint: "`git config --list` shows what git makes of it")
        case .illegalKey(let key):
            self.init(.badGit, "`\(printable(key))` cannot be the name of a variable of git's configuration")
        case .outsideWorkTree(let path, let workTree):
            self.init(
                .badGit, "`\(printable(path))` is not in the git repository of `\(printable(workTree))`",
                hint: "is `GIT_DIR` or `GIT_WORK_TREE` set?")
        case .bare(let path): self.init(.badGit, "the git repository `\(printable(path))` has no work tree")
        case .unknownRevision(let name):
            self.init(.notFound, "the git repository has no revision `\(printable(name))`")
        case .ambiguousRevision(let name):
            self.init(.badSource, "`\(printable(name))` is short for more than one object", hint: "give more digits")
        case .notACommit(let name): self.init(.badGit, "`\(printable(name))` is not a commit")
        case .notAFile(let path, let commit):
            self.init(.badGit, "`\(printable(path))` is not a file in the commit \(commit)")
        case .tooLarge(let path, let limit):
            self.init(.badGit, "`\(printable(path))` has more than \(limit) bytes")
        case .missingObject(let id):
            self.init(
                .badGit, "the git object \(id) is not in the repository",
                hint: "in a partial or shallow clone, `git fetch` may bring it")
        case .library(let function, let code, let message):
            self.init(.badGit, "libgit2: \(printable(message)) (\(function), \(code))")
        case .system(let call, let path, let errnum):
            self.init(.io, "\(call) of `\(printable(path))`: \(systemMessage(errnum))")
        }
    }
}
