internal import Git
internal import Lockfile
internal import Templates
internal import Threads

extension Pinr {
    /// A forge looks for jobs at the top of a repository alone, and starts them there: says so where they are below it.
    /// - Throws: `ThreadError`
    func tellOfJobs(of selection: TemplateSelection, _ request: ApplyRequest) async throws {
        guard let file = selection.files.first(where: { Self.isOfJobs($0.destination) })?.destination else { return }
        let environment = context.environment
        let top = try await onThread { cancellation -> String? in
            if cancellation.isCancelled { throw CancellationError() }
            // Of a repository that cannot be read nothing can be said.
            guard let found = try? WorkingRepository.discover(from: request.folder, environment: environment),
                let top = found.workTree, !WrittenFile.leads(request.folder, to: top)
            else { return nil }
            return top
        }
        guard let top else { return }
        let place = ProjectFolder(request.folder).path(of: file)
        context.console.warn(
            Notice(
                "a forge looks for jobs at the top of the repository and starts them there, and "
                    + "`\(printable(place))` is below `\(printable(top))`",
                hint: "move the jobs to where it looks, and let their commands begin in the folder of the pins"))
    }

    /// Whether a forge has to find it, or a file that is found has to name it.
    private static func isOfJobs(_ place: String) -> Bool {
        place.hasPrefix(".github/") || place.hasPrefix(".forgejo/") || place.hasSuffix(".gitlab-ci.yml")
    }
}
