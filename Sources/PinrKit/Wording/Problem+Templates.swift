internal import JSON
internal import Lockfile
internal import Templates

extension Problem {
    init(_ error: TemplateError) {
        switch error {
        case .malformed(let manifest, let error):
            self.init(
                .internal, "`\(printable(manifest))` is not JSON: line \(error.line), column \(error.column)",
                hint: Self.defect)
        case .field(let manifest, let path, let problem):
            // In the words for a field of the lock.
            self.init(LockfileError(.field(path, problem), file: manifest))
            (code, hint) = (.internal, Self.defect)
        case .unknownField(let manifest, let path):
            self.init(manifest, path, "is not known")
        case .missingFile(let manifest, let path):
            self.init(manifest, path, "is no file of the templates")
        case .badDestination(let manifest, let path, let destination):
            self.init(
                manifest, path, "goes to `\(printable(destination))`, where no template may put a file")
        case .badPinName(let manifest, let path):
            self.init(manifest, path, "cannot be the name of a pin")
        case .unknownNeed(let manifest, let path, let need):
            self.init(manifest, path, "is `\(printable(need))`, which is no template")
        case .destinationTaken(let path, let owners):
            self.init(
                .exists,
                "\(Self.list(owners)) have different files for `\(printable(path))`",
                hint: "apply them to two folders")
        case .pinTaken(let name, let owners):
            self.init(
                .exists, "\(Self.list(owners)) want different sources for the pin `\(printable(name))`", pin: name,
                hint: "apply them to two folders")
        case .noSuchTemplate(let name, let nearest):
            self.init(
                .notFound, "there is no template `\(printable(name))`",
                hint: nearest.isEmpty
                    ? "`pinr template list` lists the templates" : "did you mean \(Self.list(nearest, "or"))?")
        case .group(let name, let members):
            self.init(
                .notFound,
                "`\(printable(name))` is a group of templates, and which is meant cannot be told from a remote",
                hint: "name one: \(Self.list(members, "or"))")
        case .noSuchFile(let file, let template, let files):
            self.init(
                .notFound, "the template `\(printable(template))` has no file `\(printable(file))`",
                hint: "it has \(Self.list(files))")
        }
    }

    init(_ error: PlacementError) {
        switch error {
        case .link(let path):
            self.init(
                .exists, "`\(printable(path))` is a symbolic link, and templates are not written through links",
                hint: "put a file or a folder in its place, or apply to the folder that it leads to")
        case .notFile(let path):
            self.init(
                .exists, "`\(printable(path))` is not a file, and the template has one there",
                hint: "move it out of the way")
        case .notFolder(let path):
            self.init(
                .exists, "`\(printable(path))` is not a folder, and the template has files in it",
                hint: "move it out of the way")
        case .tooLarge(let path, let limit):
            self.init(
                .exists,
                "`\(printable(path))` has more than \(limit >> 20) MiB, and the template has a file there",
                hint: "move it out of the way")
        case .notPutBack(let files, let error):
            let why = error.map { Problem($0).message } ?? "a file changed while the templates were being applied"
            let clauses = files.map {
                "`\(printable($0.path))` could not be put back as it was (\(systemMessage($0.errnum)))"
                    + " and what was in it is in `\(printable($0.backup))`"
            }
            self.init(
                .io, ([why] + clauses).joined(separator: "; "),
                hint: files.count == 1
                    ? "move that file back to its place" : "move each of these files back to its place")
        }
    }

    private static let defect = "this is a defect of pinr; please report it"

    private init(_ manifest: String, _ path: FieldPath, _ clause: String) {
        self.init(
            .internal, "`\(printable(path.description))` in `\(printable(manifest))` \(clause)", hint: Self.defect)
    }

    private static func list(_ names: [String], _ word: String = "and") -> String {
        let quoted = names.map { "`\(printable($0))`" }
        guard let last = quoted.last, quoted.count > 1 else { return quoted.first ?? "" }
        return quoted.dropLast().joined(separator: ", ") + " \(word) \(last)"
    }
}
