public import JSON
public import Lockfile
public import Templates
internal import Threads
public import Updates

/// What `template apply` does where files of a project differ from a template's.
public enum DifferingFiles: Sendable {
    /// It is an error, and nothing is written.
    case refused
    case replaced
    /// They stay as they are, and the others are written.
    case left
}

/// What `template apply` was asked to do.
public struct ApplyRequest: Sendable {
    /// Templates, or groups of them.
    public var names: [String]
    /// The project's folder.
    public var folder: String
    /// What is done where files differ.
    public var differing = DifferingFiles.refused
    /// Whether the pins that the templates read are made.
    public var addsPins = true
    /// Whether nothing is written.
    public var isDryRun = false

    public init(_ names: [String], in folder: String) { (self.names, self.folder) = (names, folder) }
}

/// What `template apply` did.
public struct ApplyReport: Sendable, Equatable {
    /// The templates, what is needed first.
    public let templates: [String]
    public let folder: String
    /// How each file stood to the project's before.
    public let files: [FileStanding]
    /// What was done with those that differed.
    public let differing: DifferingFiles
    /// What there is to do then, by the templates' words.
    public let next: [String]
    /// The pins that were made.
    public internal(set) var added: [(name: PinName, pin: Pin)] = []
    /// The pins that were there already.
    public internal(set) var kept: [PinName] = []
    /// The pins that could not be made, in the order of their names.
    public internal(set) var failed: [Failure] = []

    public static func == (left: ApplyReport, right: ApplyReport) -> Bool { left.json == right.json }

    /// Whether a file that stood so before is written.
    public func isWritten(_ standing: TemplateStanding) -> Bool {
        switch standing {
        case .missing: true
        case .same: false
        case .changed, .otherMode: differing == .replaced
        }
    }

    /// The places of the files that stood so before.
    public func places(_ isOne: (TemplateStanding) -> Bool) -> [String] {
        files.filter { isOne($0.standing) }.map(\.file.destination)
    }

    /// The document of `template apply --json`.
    public var json: JSON {
        func texts(_ texts: [String]) -> JSON { .array(texts.map { .string($0) }) }
        let changed = texts(places(\.isDifferent))
        return [
            "templates": texts(templates), "directory": .string(folder), "written": texts(places { $0 == .missing }),
            "replaced": differing == .left ? [] : changed, "left": differing == .left ? changed : [],
            "unchanged": texts(places { $0 == .same }),
            "pins": .object(JSONObject(added.map { ($0.name.text, $0.pin.json) })),
            "kept": texts(kept.map(\.text)),
            "failed": .array(failed.map { ["name": .string($0.name.text), "error": .object($0.error)] }),
            "next": texts(next),
        ]
    }
}

extension Pinr {
    /// Puts the files of templates into a project, and makes the pins that they read where there are none of their names.
    ///
    /// The files come first: they need no network, and stay when a pin cannot be made. All of them are written or none.
    /// - Throws: `TemplateError`, `PlacementError`, `LockfileError`; `Problem` where files differ that are not to be
    ///   replaced. No file has been written then, but for what `addPins` throws, and for `PlacementError.notPutBack`.
    public func apply(_ request: ApplyRequest, of catalogue: TemplateCatalogue) async throws -> ApplyReport {
        let selection = try await templates(request.names, of: catalogue, for: request.folder)
        let names = selection.templates.map(\.name)
        let standings = try await standings(of: selection, in: request.folder)
        let differing = standings.filter(\.standing.isDifferent)
        guard request.differing != .refused || differing.isEmpty else {
            throw Self.differing(differing.map(\.file.destination), request)
        }
        // A lock that cannot be changed is noticed before anything is written.
        let before = request.addsPins && !selection.pins.isEmpty ? try await readIfThere() : nil
        try before?.requireWritable()

        var report = ApplyReport(
            templates: names, folder: request.folder, files: standings, differing: request.differing,
            next: selection.templates.flatMap(\.next))
        if !request.isDryRun { try await place(standings.filter { report.isWritten($0.standing) }, request) }
        try await tellOfPlace(of: selection, request)
        try await tellOfJobs(of: selection, request)
        if request.addsPins { try await addPins(of: selection, before, &report, request) }
        return report
    }

    private func place(_ standings: [FileStanding], _ request: ApplyRequest) async throws {
        guard !standings.isEmpty else { return }
        let files = standings.map {
            PlacedFile(
                path: $0.file.destination, bytes: Array($0.file.text.utf8), isExecutable: $0.file.isExecutable)
        }
        let seen = Dictionary(uniqueKeysWithValues: standings.map { ($0.file.destination, $0.found) })
        let changed = try await onThread { cancellation in
            if cancellation.isCancelled { throw CancellationError() }
            // Whoever is editing one at this moment is not to lose it.
            return try ProjectFolder(request.folder).place(files) { file, found in found != seen[file.path] ?? nil }
        }
        if let changed {
            throw Problem(
                .changedMeanwhile, "\(Self.list([changed])) changed while the templates were being applied",
                hint: "run it again")
        }
    }

    private static func differing(_ places: [String], _ request: ApplyRequest) -> Problem {
        let words = request.names + (request.folder == "." ? [] : [request.folder])
        let command = "pinr template diff \(words.map(shellWord).joined(separator: " "))"
        let paths = list(places.map(ProjectFolder(request.folder).path(of:)))
        return Problem(
            .exists,
            "\(paths) \(places.count == 1 ? "is" : "are") there already and not as in the template: nothing was written",
            hint: "`\(printable(command))` shows what differs; `--keep` leaves what is there and writes the rest, "
                + "`--force` replaces it")
    }

    /// As a shell takes it for one word.
    private static func shellWord(_ text: String) -> String {
        let isPlain = text.allSatisfy { $0.isLetter || $0.isNumber || "%+,-./:@_".contains($0) }
        return isPlain ? text : "'" + text.replacing("'", with: "'\\''") + "'"
    }

    static func list(_ paths: [String]) -> String {
        paths.map { "`\(printable($0))`" }.joined(separator: ", ")
    }
}
