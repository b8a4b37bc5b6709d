public import Lockfile

/// Files that a project can have, and the pins that they take their sources from.
public struct Template: Sendable, Equatable {
    /// What it is called: the folder of its manifest below `templates/`, such as `ci/github`.
    public let name: String
    /// What it gives, in one line.
    public let description: String
    /// Its files, in the order of their places in the project.
    public let files: [TemplateFile]
    /// The other templates that it does not work without.
    public let needs: [String]
    /// The pins that it reads, in the order of their names.
    public let pins: [TemplatePin]
    /// What there is to do in the project once it was applied, a line for each.
    public let next: [String]

    /// The file of that name: its place in the project, its name below the template's folder, or the last part of either.
    /// - Throws: `TemplateError.noSuchFile`, also where two files end so.
    public func file(named text: String) throws(TemplateError) -> TemplateFile {
        if let file = files.first(where: { $0.destination == text || $0.source == "\(name)/\(text)" }) { return file }
        let alike = files.filter { $0.destination.hasSuffix("/\(text)") || $0.source.hasSuffix("/\(text)") }
        guard alike.count == 1, let file = alike.first else {
            throw .noSuchFile(text, template: name, files: files.map(\.destination))
        }
        return file
    }
}

/// A file of a template.
public struct TemplateFile: Sendable, Equatable {
    /// Where it is below `templates/`.
    public let source: String
    /// Where it goes below the folder of the project.
    public let destination: String
    /// Whether its owner may execute it.
    public let isExecutable: Bool
    /// What is in it.
    public let text: String

    /// How a project's copy stands to this one.
    ///
    /// - Parameters:
    ///   - bytes: what the project has in its place; nil for nothing.
    ///   - isExecutable: whether that may be executed.
    public func standing(of bytes: [UInt8]?, isExecutable: Bool) -> TemplateStanding {
        guard let bytes else { return .missing }
        guard bytes.elementsEqual(text.utf8) else { return .changed }
        return isExecutable == self.isExecutable ? .same : .otherMode
    }
}

/// How a project's copy of a file stands to that of the template.
public enum TemplateStanding: String, Sendable, Equatable {
    case missing
    case same
    /// Other bytes are in it; the mode may differ too.
    case changed
    /// The same bytes, but one may be executed and the other not.
    case otherMode = "mode"

    /// Whether a file is there, and is not as the template has it.
    public var isDifferent: Bool { self == .changed || self == .otherMode }
}

/// A pin that a template reads.
public struct TemplatePin: Sendable, Equatable {
    public let name: PinName
    /// What is pinned, as `pinr add` takes it.
    public let source: String
}
