internal import Git
public import Lockfile
public import Templates
internal import Threads
internal import Updates

extension Pinr {
    /// Templates by their names, with all that they need.
    ///
    /// - Parameters:
    ///   - catalogue: where they are.
    ///   - names: of templates, or of groups that have one for each forge: that of the project's remote is meant then.
    ///   - folder: the project's.
    /// - Throws: `TemplateError`, `CancellationError`
    public func templates(
        _ names: [String], of catalogue: TemplateCatalogue, for folder: String
    ) async throws -> TemplateSelection {
        var chosen: [String] = []
        for name in names {
            do throws(TemplateError) {
                chosen.append(try catalogue[name].name)
            } catch {
                guard case .group(_, let members) = error, let forge = try await forge(of: folder),
                    members.contains("\(name)/\(forge)")
                else { throw error }
                chosen.append("\(name)/\(forge)")
            }
        }
        return try catalogue.selection(of: chosen)
    }

    /// Which forge the project's remote is at, as templates are named; nil where that cannot be told.
    /// - Throws: `CancellationError`, `ThreadError`
    private func forge(of folder: String) async throws -> String? {
        let environment = context.environment
        let remote = try await onThread { cancellation in
            if cancellation.isCancelled { throw CancellationError() }
            // A repository that cannot be read is no reason to say anything but that a forge has to be named.
            let repository = try? WorkingRepository.discover(from: folder, environment: environment)
            return try? repository?.setting("remote.origin.url")
        }
        guard let remote else { return nil }
        return switch ForgeProject.of(repository: remote, kind: nil, environment: environment)?.kind {
        case .gitHub?: "github"
        case .gitLab?: "gitlab"
        case .forgejo?: "forgejo"
        case nil: nil
        }
    }

    /// How a project's files stand to those of templates.
    /// - Throws: `PlacementError`, `LockfileError`, `CancellationError`
    public func standings(of selection: TemplateSelection, in folder: String) async throws -> [FileStanding] {
        try await onThread { cancellation in
            let project = ProjectFolder(folder)
            return try selection.files.map { file in
                if cancellation.isCancelled { throw CancellationError() }
                let found = try project.file(at: file.destination)
                return FileStanding(
                    file: file, found: found,
                    standing: file.standing(of: found?.bytes, isExecutable: found?.isExecutable ?? false))
            }
        }
    }
}

/// A file of a template, and how a project's copy of it stands to it.
public struct FileStanding: Sendable, Equatable {
    /// The template's.
    public let file: TemplateFile
    /// What the project has in its place; nil for nothing.
    public let found: ProjectFolder.Found?
    /// How that stands to the template's.
    public let standing: TemplateStanding
}
