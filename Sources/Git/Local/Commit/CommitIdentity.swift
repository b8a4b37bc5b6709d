/// Who made a commit, and when.
struct CommitIdentity: Sendable, Equatable {
    let name: String
    let email: String
    let date: GitDate

    /// As it stands in a commit.
    var text: String { "\(name) <\(email)> \(date.text)" }

    /// As gpg looks for a key by.
    var user: String { "\(name) <\(email)>" }

    /// Who git would say it is (git-commit(1), "COMMIT INFORMATION"): `GIT_AUTHOR_NAME` and the like, `author.name`,
    /// `user.name`; of the address `EMAIL` too. A name that git would only guess is none.
    /// - Parameter now: in seconds since 1970.
    /// - Throws: `CommitError.noIdentity`, `.emptyIdentity`, `.illegalDate`
    static func of(
        _ role: CommitError.Role, _ settings: GitSettings, _ environment: [String: String], now: Int64
    ) throws(CommitError) -> CommitIdentity {
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        func find(_ part: CommitError.Part) throws(CommitError) -> String {
            let found =
                variable("GIT_\(role.rawValue.uppercased())_\(part.rawValue.uppercased())")
                ?? settings.value("\(role.rawValue).\(part.rawValue)") ?? settings.value("user.\(part.rawValue)")
                ?? (part == .email ? variable("EMAIL") : nil)
            guard let found, !found.isEmpty else { throw .noIdentity(role, part) }
            let cleaned = clean(found)
            // An empty address is one to git; a name has to be there.
            guard part == .email || !cleaned.isEmpty else { throw .emptyIdentity(role, part) }
            return cleaned
        }
        let date: GitDate
        let dateVariable = "GIT_\(role.rawValue.uppercased())_DATE"
        if let text = variable(dateVariable) {
            guard let parsed = GitDate(parsing: text) else { throw .illegalDate(variable: dateVariable, value: text) }
            date = parsed
        } else {
            date = GitDate(local: now)
        }
        return CommitIdentity(name: try find(.name), email: try find(.email), date: date)
    }

    /// Without what would end a name or an address early, and without marks at the ends, as git takes them away.
    private static func clean(_ text: String) -> String {
        let bytes = Array(text.utf8)
        let isCrud = { (byte: UInt8) in byte <= 32 || Array(".,:;<>\"\\'".utf8).contains(byte) }
        let kept = bytes.drop(while: isCrud)
        let end = kept.lastIndex { !isCrud($0) }.map { $0 + 1 } ?? kept.startIndex
        let inner = kept[kept.startIndex..<max(kept.startIndex, end)].filter {
            $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">") && $0 != 0
        }
        return String(decoding: inner, as: UTF8.self)
    }
}
