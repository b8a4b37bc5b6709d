internal import Git

extension Problem {
    /// What went wrong with a submodule, whose own URL is part of the message and not the place of the problem.
    init(_ error: SubmoduleError) {
        self.init(describing: error.cause)
        message =
            "the submodule `\(printable(error.path))`, revision \(error.revision) of `\(printable(error.url))`, "
            + "cannot be fetched: \(message)"
        url = error.url
    }

    static func clause(_ fault: SubmoduleFault) -> String {
        switch fault {
        case .noURL: "`.gitmodules` has no URL for it"
        case .illegalURL(let text, let fault):
            "`\(printable(text))` is not the URL of a git repository: \(clause(fault))"
        case .aboveHost(let text): "`\(printable(text))` leads above the root of the host"
        case .localURL(let text):
            "`\(printable(text))` is a folder of this machine, which a repository from elsewhere may not name"
        case .illegalBranch(let name):
            "`\(printable(name))`, its branch in `.gitmodules`, cannot be the name of one, and Nix refuses that"
        case .tooMany(let limit): "there are more than \(limit) submodules in all"
        }
    }

    static func hint(for fault: SubmoduleFault) -> String? {
        switch fault {
        case .noURL, .illegalURL, .aboveHost, .localURL, .illegalBranch:
            "it is for the repository to mend; without `--submodules` the folder stays empty"
        case .tooMany: nil
        }
    }

    static func clause(_ fault: GitmodulesFault) -> String {
        switch fault {
        case .notAFile: "it is no regular file"
        case .tooLong: "it is too long"
        case .malformed(let line): "line \(line) is not in the syntax of git's configuration"
        case .ambiguous(let line): "line \(line) is read differently by git and by Nix"
        case .missingValue(let name): "`\(printable(name))` has no value"
        case .include: "it includes another file, which some versions of Nix would read"
        }
    }
}

extension Notice {
    /// Where some versions of Nix see other submodules than those that are locked, one notice a kind.
    static func notices(on remarks: [SubmoduleRemark], pin: String) -> [Notice] {
        SubmoduleRemark.Kind.allCases.compactMap { kind in
            let paths = remarks.filter { $0.kind == kind }.map { "`\(printable($0.path))`" }
            guard !paths.isEmpty else { return nil }
            let listed = paths.prefix(8).joined(separator: ", ") + (paths.count > 8 ? " and others" : "")
            return Notice("\(message(kind, listed))", pin: pin)
        }
    }

    private static func message(_ kind: SubmoduleRemark.Kind, _ paths: String) -> String {
        switch kind {
        case .unlisted:
            ".gitmodules does not have \(paths), an empty folder for Nix 2.20 and later; Nix before 2.20 and Lix "
                + "refuse the pin"
        case .leftEmptyByGit:
            ".gitmodules says `update = none` for \(paths), which Nix 2.20 and later fetch all the same; Nix before "
                + "2.20 and Lix do not, and refuse the pin"
        case .refusedByGit:
            ".gitmodules describes \(paths) in a way that git does not take; Nix 2.20 and later do, and Nix before "
                + "2.20 and Lix may refuse the pin"
        case .relativeToFile:
            ".gitmodules has a URL for \(paths) that is relative to a `file:` URL: Nix 2.20 and later refuse the pin, and "
                + "Nix before 2.20 and Lix do unless git's `protocol.file.allow` is `always`"
        case .onThisMachine:
            ".gitmodules has a URL for \(paths) that is a folder of this machine, which Nix 2.20 and later fetch from; "
                + "Nix before 2.20 and Lix refuse the pin unless git's `protocol.file.allow` is `always`"
        }
    }
}
