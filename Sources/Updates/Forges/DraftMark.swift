/// What a title begins with where that alone makes a draft.
struct DraftMark: Sendable {
    /// The one that is written.
    let mark: String
    /// Those that count, in small letters.
    private let marks: [String]

    /// https://docs.gitlab.com/user/project/merge_requests/drafts/; those with `WIP` counted before GitLab 14.
    static let gitLab = DraftMark(mark: "Draft:", marks: ["draft:", "[draft]", "(draft)", "wip:", "[wip]"])

    /// `WORK_IN_PROGRESS_PREFIXES` as it is set when nobody changes it
    /// (https://forgejo.org/docs/latest/admin/config-cheat-sheet/#repository---pull-request-repositorypull-request).
    static let forgejo = DraftMark(mark: "WIP:", marks: ["wip:", "[wip]"])

    /// The title without its mark, and whether it had one.
    func split(_ title: String) -> (title: String, isDraft: Bool) {
        var rest = title[...]
        var isDraft = false
        while let found = marks.first(where: { rest.lowercased().hasPrefix($0) }) {
            rest = rest.dropFirst(found.count).drop { $0 == " " }
            isDraft = true
        }
        return (String(rest), isDraft)
    }

    /// The title with its mark, not longer than so many characters.
    func marked(_ title: String, limit: Int) -> String {
        let marked = "\(mark) \(title)"
        guard marked.unicodeScalars.count > limit else { return marked }
        return String(String.UnicodeScalarView(marked.unicodeScalars.prefix(limit - 1))) + "…"
    }
}
