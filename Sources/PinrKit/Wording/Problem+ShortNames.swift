internal import Resolvers

extension Problem {
    /// The file with a person's own short names, and why it cannot be read.
    init(unreadableShortNames path: String, _ cause: String) {
        self.init(
            .io, "the short names in `\(printable(path))` cannot be read: \(cause)", hint: "mend the file, or remove it"
        )
    }

    /// Why a person's own short names cannot be read.
    init(describing error: ShortNamesError, in path: String) {
        let what =
            switch error {
            case .notJSON(let line, let column): "it is not JSON: line \(line), column \(column)"
            case .notObject(let what): "\(what) is not an object"
            case .noVersion: "it has no `version`, which is 1"
            case .laterVersion: "its `version` is not 1"
            case .unknownMember(let member): "`\(printable(member))` means nothing"
            case .noNotation(let name): "`\(printable(name))` does not stand for the notation of a source"
            case .illegalName(let name):
                "`\(printable(name))` is no short name: letters, digits and `-._~+` are allowed"
            }
        self.init(
            .badSource, "the short names in `\(printable(path))` cannot be read: \(what)",
            hint: "it should look like {\"shortNames\": {\"mylib\": \"github:me/mylib\"}, \"version\": 1}")
    }
}
