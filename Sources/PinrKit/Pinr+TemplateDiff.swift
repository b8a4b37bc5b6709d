internal import Git
public import JSON
internal import Lockfile
public import Templates
internal import Threads

/// How a project's copy of templates differs from what they are now.
public struct TemplateDiff: Sendable, Equatable {
    /// The templates, what is needed first.
    public let templates: [String]
    /// The project's folder, as it was named.
    public let folder: String
    /// The files that differ, in the order of their places.
    public let changes: [Change]

    /// A file that differs.
    public struct Change: Sendable, Equatable {
        /// Where it is in the project.
        public let path: String
        /// How the project's copy stands to the template's.
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
        let changes = try await onThread { cancellation in
            try standings.map { standing in
                if cancellation.isCancelled { throw CancellationError() }
                return TemplateDiff.Change(
                    path: standing.file.destination, standing: standing.standing, patch: try Self.patch(of: standing))
            }
        }
        return TemplateDiff(templates: selection.templates.map(\.name), folder: folder, changes: changes)
    }

    /// Blocks.
    private static func patch(of standing: FileStanding) throws(GitError) -> [UInt8] {
        let (file, found) = (standing.file, standing.found)
        let (old, new) = ("a/\(file.destination)", "b/\(file.destination)")
        func mode(_ isExecutable: Bool) -> String { isExecutable ? "100755" : "100644" }
        var header = ["diff --git \(old) \(new)"]
        if found == nil {
            header.append("new file mode \(mode(file.isExecutable))")
        } else if let found, found.isExecutable != file.isExecutable {
            header += ["old mode \(mode(found.isExecutable))", "new mode \(mode(file.isExecutable))"]
        }
        let (before, after) = (found?.bytes ?? [], Array(file.text.utf8))
        let difference: [UInt8]
        if let hunks = try TextDifference.hunks(from: before, to: after) {
            if !hunks.isEmpty { header += ["--- \(found == nil ? "/dev/null" : old)", "+++ \(new)"] }
            difference = hunks
        } else {
            // An editor may have saved it in UTF-16; git takes this too.
            difference = try TextDifference.binaryPatch(from: before, to: after)
        }
        return Array(header.map { "\($0)\n" }.joined().utf8) + difference
    }
}
