public import Lockfile
public import Migration
internal import Threads

#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// What `init` did.
public struct InitOutcome: Sendable, Equatable {
    /// Whether there was no lock before.
    public let isNew: Bool
    /// The pin that was added to the new lock.
    public let added: PinName?
    /// Tools whose lock is in the project too, so that its pins can be taken over; none where there was a lock before.
    public let importable: [ForeignTool]
}

extension Pinr {
    /// Makes the lock with a pin of nixpkgs, or with none when `isBare`; where there is a lock, brings `default.nix`
    /// up to date and changes nothing else.
    /// - Throws: what resolving, fetching and writing throw; no lock has been made then.
    public func initialize(isBare: Bool, isForced: Bool) async throws -> InitOutcome {
        var document = LockDocument()
        var added: PinName?
        if try await readIfThere() == nil, !isBare {
            let name = try PinName("nixpkgs")
            var request = AddRequest(source: "nixpkgs")
            request.isDryRun = true
            try document.pins.insert(try await add(request).pin, as: name)
            added = name
        }
        let creation = try await create(document, replacingDefaultNix: isForced)
        return InitOutcome(
            isNew: creation.isNew, added: creation.isNew ? added : nil,
            importable: creation.isNew ? try await tools(in: ".") : [])
    }

    /// The tools that keep a lock in a project's folder.
    func tools(in folder: String) async throws -> [ForeignTool] {
        try await onThread { _ in
            ForeignTool.allCases.filter { access("\(folder)/\($0.usualPath)", F_OK) == 0 }
        }
    }
}
