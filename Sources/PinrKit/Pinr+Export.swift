internal import Git
public import JSON
internal import Lockfile
public import Migration
internal import Resolvers
internal import Threads

/// What `export` did.
public struct ExportReport: Sendable, Equatable {
    /// The file that was written.
    public let path: String
    /// The names of the pins that are in it.
    public let exported: [String]
    /// Pins that the other tool cannot have.
    public let skipped: [SkippedPin]

    /// The document of `export --json`.
    public var json: JSON {
        [
            "file": .string(path), "exported": .array(exported.map { .string($0) }),
            "skipped": ImportReport.json(of: skipped),
        ]
    }
}

extension Pinr {
    /// Writes the pins as another tool's lock.
    /// - Parameters:
    ///   - path: the file; nil for where the tool keeps it.
    ///   - isForced: whether another file that is there is replaced.
    /// - Throws: `LockfileError`, `Problem`; a file that is there is then as it was.
    public func export(to tool: ForeignTool, at path: String?, isForced: Bool) async throws -> ExportReport {
        let path = path ?? tool.usualPath
        try await onThread { _ in try Self.requireFile(path, of: tool) }
        let document = try await read()
        let branches = try await defaultBranches(of: document.pins.filter { tool.needsDefaultBranch($0.pin) })
        guard let file = tool.write(document.pins, defaultBranches: branches) else {
            throw Problem(.unsupported, "pinr does not write the lock of \(tool.rawValue)")
        }
        let unreadable = document.unreadable.map { SkippedPin(name: $0.name, reason: .unreadable($0.error)) }
        let own = [context.store.location.path, context.store.location.defaultNixPath].compactMap(\.self)
        let isWritten = try await onThread { _ in
            if let own = own.first(where: { WrittenFile.leads(path, to: $0) }) {
                let leads = path.utf8.elementsEqual(own.utf8) ? "" : " leads to `\(printable(own))`, which"
                throw Problem(
                    .exists, "`\(printable(path))`\(leads) is pinr's own and no lock of \(tool.rawValue)",
                    hint: "give another path: \(tool.rawValue) keeps its lock at `\(tool.usualPath)`")
            }
            return try WrittenFile.write(file.bytes, to: path, isReplaced: isForced)
        }
        guard isWritten else {
            throw Problem(
                .exists, "there is a `\(printable(path))` already, with something else in it",
                hint: "`--force` replaces it")
        }
        for remark in file.remarks { context.console.warn(Notice(remark.remark, pin: remark.name)) }
        let skipped = file.skipped + unreadable
        let left = Set(skipped.map(\.name))
        let exported = document.pins.names.map(\.text).filter { !left.contains($0) }
        return ExportReport(path: path, exported: exported, skipped: skipped)
    }

    /// Refuses a path that can be no file's, before anything is made on the way to it. Blocks.
    private static func requireFile(_ path: String, of tool: ForeignTool) throws(Problem) {
        let name = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).last ?? []
        let isFolder = ["", ".", ".."].contains { name.elementsEqual($0.utf8) } || WrittenFile.isFolder(path)
        guard isFolder else { return }
        throw Problem(
            .usage,
            path.isEmpty
                ? "the path of the file to write is empty"
                : "`\(printable(path))` is a folder, and the lock of \(tool.rawValue) is a file",
            hint: "give the path of the file: \(tool.rawValue) keeps its lock at `\(tool.usualPath)`")
    }

    /// Asks upstream which branch is the default one; a pin of which it does not tell is left out.
    private func defaultBranches(of pins: [Pins.Element]) async throws -> [PinName: String] {
        let refs = await concurrently(pins, limit: context.jobs) { entry in
            do {
                return try await SourceTypes.read(entry.pin.source.withoutTiming).resolve(in: context.upstream).ref
            } catch {
                context.console.warn(Notice(Problem(describing: error).message, pin: entry.name.text))
                return nil
            }
        }
        try Task.checkCancellation()
        var branches: [PinName: String] = [:]
        for (entry, ref) in zip(pins, refs) {
            branches[entry.name] = ref.flatMap { RefName.branch(of: $0) }
        }
        return branches
    }
}
