internal import Lockfile
internal import Migration
internal import Templates
internal import Threads
internal import Updates

extension Pinr {
    /// Makes the pins that templates read, where there are none of their names; and the lock, where there is none.
    ///
    /// All that can be made are written at once, so that one `undo` takes them back. One that cannot be is in the report,
    /// and so are all when the lock cannot be written.
    /// - Throws: `CancellationError`; `LockfileError`, `Problem` when the lock or `default.nix` cannot be written and no pin
    ///   is missing.
    func addPins(
        of selection: TemplateSelection, _ before: LockDocument?, _ report: inout ApplyReport, _ request: ApplyRequest
    ) async throws {
        guard !selection.pins.isEmpty else { return }
        let there = Set(
            (before?.pins.names.map(\.text) ?? []) + (before?.unreadable.map(\.name) ?? []))
        report.kept = selection.pins.map(\.name).filter { there.contains($0.text) }
        tellOfOtherKinds(of: selection, before)
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
        do {
            let (added, kept) = try await record(made, isNew: before == nil, request)
            report.added = added
            report.kept = (report.kept + kept).sorted()
        } catch {
            try Task.checkCancellation()
            // Of default.nix alone, when the pins are there.
            let now = try? await readIfThere()
            report.added = made.filter { now?.pins[$0.name] == $0.pin }
            let missing = made.filter { now?.pins[$0.name] != $0.pin }
            // The files are in place, and that is to be told along with the pins that are not.
            guard !missing.isEmpty || !report.failed.isEmpty else { throw error }
            let problem = Problem(describing: error)
            report.failed = (report.failed + missing.map { problem.failure(of: $0.name) }).sorted { $0.name < $1.name }
        }
    }

    /// Puts new pins into the lock, and makes it where there is none.
    /// - Returns: those that were put there, and the names of those that another process made meanwhile.
    private func record(
        _ pins: [(name: PinName, pin: Pin)], isNew: Bool, _ request: ApplyRequest
    ) async throws -> (added: [(name: PinName, pin: Pin)], kept: [PinName]) {
        if isNew {
            _ = try await create(LockDocument(), replacingDefaultNix: false)
            try await tellOfOtherTools(in: request.folder)
        }
        return try await write { document in
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

    /// A pin that stays may be of what the templates can make nothing of: an image where they read a folder, or the like.
    private func tellOfOtherKinds(of selection: TemplateSelection, _ before: LockDocument?) {
        for pin in selection.pins {
            guard let kept = before?.pins[pin.name], Self.isOfAnotherKind(kept.locked.fetch, than: pin.source) else {
                continue
            }
            context.console.warn(
                Notice(
                    "the pin `\(printable(pin.name.text))` stays, and the templates read `\(printable(pin.source))` under "
                        + "that name, which is of another kind",
                    pin: pin.name.text,
                    hint: "`pinr rename` gives it another name, and the same command again then pins what they read"))
        }
    }

    /// What is known of the notation of a source without resolving it: an image is `oci:…`, and a word of the registry is
    /// always a folder.
    private static func isOfAnotherKind(_ fetch: Fetch, than source: String) -> Bool {
        let isImage = source.hasPrefix("oci:")
        return switch fetch {
        case .oci: !isImage
        case .tarball, .git: isImage
        case .file: isImage || !source.contains(":")
        case .other: false
        }
    }

    /// The templates import `../pins`: says so where the pins are to be elsewhere.
    /// - Throws: `ThreadError`
    func tellOfPlace(of selection: TemplateSelection, _ request: ApplyRequest) async throws {
        guard selection.files.contains(where: { $0.text.contains("../pins") }) else { return }
        let expected = ProjectFolder(request.folder).path(of: "pins")
        switch context.store.location {
        case .directory(let folder):
            guard try await !onThread({ _ in WrittenFile.areSame(folder, expected) }) else { return }
            context.console.warn(
                Notice(
                    "the templates read their sources from `\(printable(expected))`, and the pins are in "
                        + "`\(printable(context.store.location.path))`",
                    hint: "make `\(printable(expected))` a symbolic link to the folder of the pins, or change the paths"
                ))
        case .file(let file):
            context.console.warn(
                Notice(
                    "the templates read their sources from the folder `\(printable(expected))` with its default.nix, "
                        + "and the pins are in `\(printable(file))` alone",
                    hint: "name the folder with `--directory` instead"))
        }
    }

    /// Another tool's pins are of no use to the templates.
    private func tellOfOtherTools(in folder: String) async throws {
        let place = folder == "." ? "" : "in `\(printable(folder))`, "
        for tool in try await tools(in: folder) {
            context.console.warn(
                Notice(
                    "there is a \(tool.usualPath): the templates read pins of pinr alone",
                    hint: "\(place)`pinr import \(tool.rawValue) --force` takes its pins over"))
        }
    }
}
