public import JSON
public import Lockfile
public import NixHash
internal import NixStore
internal import Threads
public import Updates

/// Where pins are in the machine's Nix store.
public struct PathReport: Sendable, Equatable {
    /// One pin's place.
    public struct Entry: Sendable, Equatable {
        public let name: PinName
        public let path: StorePath
        /// Whether the source is there: as Nix knows it, or where there is no Nix as the directory of the store shows it.
        public var isInStore: Bool
    }

    /// In the order in which they were asked for.
    public var entries: [Entry] = []
    /// Pins without a path, those that could not be put into the store, and those that got no root.
    public var failed: [Failure] = []

    /// Whether every pin is where it was wanted.
    public var isComplete: Bool { failed.isEmpty && entries.allSatisfy(\.isInStore) }

    /// The document of `path --json`; `failed` is there when something is in it.
    public var json: JSON {
        let paths = entries.map { entry -> (String, JSON) in
            (entry.name.text, ["path": .string(entry.path.description), "inStore": .bool(entry.isInStore)])
        }
        var json: JSONObject = ["paths": .object(JSONObject(paths))]
        if !failed.isEmpty { json["failed"] = .array(failed.map(\.json)) }
        return .object(json)
    }
}

extension Pinr {
    /// Computes the paths of pins in the store, and has Nix fetch what is not there.
    ///
    /// - Parameters:
    ///   - names: of the pins; all of them when there are none.
    ///   - folder: gets a link for each pin, called as `RootName` says, as long as which nothing of it is collected as
    ///     garbage; nil for none.
    /// - Throws: `LockfileError`, `NixStoreError` when the store's directory is none, `CancellationError`
    public func paths(_ names: [String], gcRoots folder: String? = nil) async throws -> PathReport {
        let document = try await read()
        let location = try await storeLocation()
        var report = PathReport()
        var pins: [Pin] = []
        let (selected, unreadable) = try Self.selectReadable(names, from: document)
        report.failed = unreadable
        for (name, pin) in selected {
            do {
                let path = try Self.storePath(of: pin, in: location)
                report.entries.append(.init(name: name, path: path, isInStore: false))
                pins.append(pin)
            } catch {
                report.failed.append(Problem(describing: error).failure(of: name))
            }
        }
        var problems = await look(&report, at: Array(pins.indices))
        try Task.checkCancellation()

        let absent = pins.indices.filter { !report.entries[$0].isInStore && problems[$0] == nil }
        if !absent.isEmpty {
            let (entries, pins) = (report.entries, pins)
            let outcomes = await concurrently(absent, limit: context.jobs) { index -> Problem? in
                do {
                    try await realise(entries[index], pins[index])
                    return nil
                } catch {
                    return Problem(describing: error)
                }
            }
            for (index, outcome) in zip(absent, outcomes) { problems[index] = outcome }
            try Task.checkCancellation()
            // Nix has the last word on what it has done.
            let realised = absent.filter { problems[$0] == nil }
            problems.merge(await look(&report, at: realised)) { $1 }
            for index in realised where !report.entries[index].isInStore && problems[index] == nil {
                problems[index] = Problem.notInStore(report.entries[index].path, pin: report.entries[index].name.text)
            }
        }
        if let folder {
            for index in pins.indices where report.entries[index].isInStore {
                problems[index] = await root(report.entries[index], in: folder)
            }
        }
        try Task.checkCancellation()
        for (index, problem) in problems.sorted(by: { $0.key < $1.key }) {
            report.failed.append(problem.failure(of: report.entries[index].name))
        }
        return report
    }

    /// Finds out which of the entries are in the store.
    /// - Returns: why that cannot be said of an entry, by its index.
    private func look(_ report: inout PathReport, at indices: [Int]) async -> [Int: Problem] {
        let store = context.nixStore
        let paths = indices.map { report.entries[$0].path }
        var problems: [Int: Problem] = [:]
        do {
            let present = try await onThread { cancellation -> [Bool] in
                if paths.isEmpty { return [] }
                if store.hasNix {
                    let missing = try store.missing(of: paths, cancellation: cancellation)
                    return paths.map { !missing.contains($0) }
                }
                return try paths.map { try store.look(at: $0).kind != .nothing }
            }
            for (index, isPresent) in zip(indices, present) { report.entries[index].isInStore = isPresent }
        } catch {
            for index in indices { problems[index] = Problem(describing: error) }
        }
        return problems
    }

    /// Makes the link that keeps a source in the store.
    private func root(_ entry: PathReport.Entry, in folder: String) async -> Problem? {
        let store = context.nixStore
        let link = "\(folder)/\(RootName.encode(entry.name.text))"
        do {
            try await onThread { try store.addRoot(entry.path, at: link, cancellation: $0) }
            return nil
        } catch {
            return Problem(describing: error)
        }
    }
}
