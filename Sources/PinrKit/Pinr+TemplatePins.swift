internal import Lockfile
internal import Migration
internal import Templates
internal import Threads
internal import Updates

extension Pinr {
    /// Makes the pins that templates read, where there are none of their names; and the lock, where there is none.
    ///
    /// All that can be made are written at once, so that one `undo` takes them back. One that cannot be is in the report.
    /// - Throws: `LockfileError`, `Problem`, `CancellationError`
    func addPins(
        of selection: TemplateSelection, _ before: LockDocument?, _ report: inout ApplyReport, _ request: ApplyRequest
    ) async throws {
        guard !selection.pins.isEmpty else { return }
        let there = Set(
            (before?.pins.names.map(\.text) ?? []) + (before?.unreadable.map(\.name) ?? []))
        report.kept = selection.pins.map(\.name).filter { there.contains($0.text) }
        let missing = selection.pins.filter { !there.contains($0.name.text) }
        let outcomes = await concurrently(missing, limit: context.jobs) { pin in
            await pinned(pin)
        }
        try Task.checkCancellation()
        var made: [(name: PinName, pin: Pin)] = []
        for (pin, outcome) in zip(missing, outcomes) {
            switch outcome {
            case .success(let value): made.append((pin.name, value))
            case .failure(let problem): report.failed.append(problem.failure(of: pin.name))
            }
        }
        guard !request.isDryRun else {
            report.added = made
            return
        }
        if before == nil {
            _ = try await create(LockDocument(), replacingDefaultNix: false)
            try await tellOfOtherTools(in: request.folder)
        }
        let pins = made
        let (added, kept) = try await write { document in
            var (added, kept): ([(name: PinName, pin: Pin)], [PinName]) = ([], [])
            for (name, pin) in pins {
                // Another process may have made it while this one was fetching.
                if document.pins[name] == nil {
                    try document.pins.insert(pin, as: name)
                    added.append((name, pin))
                } else {
                    kept.append(name)
                }
            }
            return (added, kept)
        }
        report.added = added
        report.kept = (report.kept + kept).sorted()
    }

    private func pinned(_ pin: TemplatePin) async -> Result<Pin, Problem> {
        var request = AddRequest(source: pin.source)
        request.name = pin.name.text
        request.isDryRun = true
        do {
            return .success(try await add(request).pin)
        } catch {
            return .failure(Problem(describing: error))
        }
    }

    /// The templates import `../pins`: says so where the pins are to be elsewhere.
    func tellOfPlace(of selection: TemplateSelection, _ request: ApplyRequest) {
        guard selection.files.contains(where: { $0.text.contains("../pins") }) else { return }
        let expected = request.folder.hasSuffix("/") ? "\(request.folder)pins" : "\(request.folder)/pins"
        let location = context.store.location
        if case .directory(let folder) = location, WrittenFile.areSame(folder, expected) { return }
        context.console.warn(
            Notice(
                "the templates read their sources from `\(printable(expected))`, and the pins are in "
                    + "`\(printable(location.path))`",
                hint: "make `\(printable(expected))` a symbolic link to the folder of the pins, or change the paths"))
    }

    /// Another tool's pins are of no use to the templates.
    private func tellOfOtherTools(in folder: String) async throws {
        for tool in try await tools(in: folder) {
            context.console.warn(
                Notice(
                    "there is a \(tool.usualPath): the templates read pins of pinr alone",
                    hint: "`pinr import \(tool.rawValue) --force` takes its pins over"))
        }
    }
}
