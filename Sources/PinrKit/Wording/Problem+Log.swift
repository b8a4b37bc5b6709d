extension Problem {
    /// The lock is not in a repository whose history could be read.
    static func noRepository(of path: String) -> Problem {
        Problem(
            noRepositoryOf: path, ", and so it has no history",
            hint: "`pinr undo --list` lists what commands did on this machine")
    }

    /// No pin ever had the name.
    static func neverPinned(_ name: String, nearest: [String], unreadable: Int) -> Problem {
        let known = nearest.map { "`\(printable($0))`" }.joined(separator: " or ")
        return Problem(
            .notFound,
            "no pin was ever called `\(printable(name))` in this history"
                + (unreadable == 0
                    ? "" : ", of which \(unreadable == 1 ? "1 version" : "\(unreadable) versions") cannot be read"),
            pin: name, hint: nearest.isEmpty ? "`pinr show` lists the pins that there are" : "did you mean \(known)?")
    }
}
