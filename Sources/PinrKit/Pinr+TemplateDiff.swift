internal import Git
public import JSON
internal import Lockfile
public import Templates
internal import Threads

/// How a project's copy of templates differs from what they are now.
public struct TemplateDiff: Sendable, Equatable {
    /// The templates, what is needed first.
    public let templates: [String]
    public let folder: String
    /// The files that differ, in the order of their places.
    public let changes: [Change]

    /// A file that differs.
    public struct Change: Sendable, Equatable {
        /// Where it is in the project.
        public let path: String
        public let standing: TemplateStanding
        /// From the project's copy to the template's, as `git apply` takes it.
        public let patch: [UInt8]
    }

    /// The document of `template diff --json`.
    public var json: JSON {
        [
            "templates": .array(templates.map { .string($0) }), "directory": .string(folder),
            "files": .array(
                changes.map {
                    [
                        "path": .string($0.path), "state": .string($0.standing.rawValue),
                        "patch": .string(String(decoding: $0.patch, as: UTF8.self)),
                    ]
                }),
        ]
    }
}

extension Pinr {
    /// Compares a project's copy of templates, and of those that they need, with what they are now.
    /// - Throws: `TemplateError`, `PlacementError`, `LockfileError`, `GitError`, `CancellationError`
    public func templateDiff(
        _ names: [String], of catalogue: TemplateCatalogue, in folder: String
    ) async throws -> TemplateDiff {
        let selection = try await templates(names, of: catalogue, for: folder)
        let standings = try await standings(of: selection, in: folder).filter { $0.standing != .same }
        let patches = try await onThread { _ in try standings.map(Self.patch) }
        var changes: [TemplateDiff.Change] = []
        for (standing, patch) in zip(standings, patches) {
            let path = standing.file.destination
            changes.append(TemplateDiff.Change(path: path, standing: standing.standing, patch: patch.bytes))
            if !patch.isText {
                context.console.warn(
                    Notice(
                        "`\(printable(projectPath(path, in: folder)))` is not text, and git takes no patch of it: it would "
                            + "be left as it is",
                        hint: "`pinr template apply --force` replaces it"))
            }
        }
        return TemplateDiff(templates: selection.templates.map(\.name), folder: folder, changes: changes)
    }

    /// From the project's copy to the template's, and whether the copy is one that has lines. Blocks.
    private static func patch(of standing: FileStanding) throws -> (bytes: [UInt8], isText: Bool) {
        let file = standing.file
        func mode(_ isExecutable: Bool) -> String { isExecutable ? "100755" : "100644" }
        var header = ["diff --git a/\(file.destination) b/\(file.destination)"]
        if let found = standing.found {
            if found.isExecutable != file.isExecutable {
                header += ["old mode \(mode(found.isExecutable))", "new mode \(mode(file.isExecutable))"]
            }
        } else {
            header.append("new file mode \(mode(file.isExecutable))")
        }
        let hunks = try TextDifference.hunks(from: standing.found?.bytes ?? [], to: Array(file.text.utf8))
        if let hunks, !hunks.isEmpty {
            header += [
                standing.found == nil ? "--- /dev/null" : "--- a/\(file.destination)", "+++ b/\(file.destination)",
            ]
        }
        let end =
            hunks == nil ? Array("Binary files a/\(file.destination) and b/\(file.destination) differ\n".utf8) : hunks
        return (Array(header.map { "\($0)\n" }.joined().utf8) + (end ?? []), hunks != nil)
    }
}
