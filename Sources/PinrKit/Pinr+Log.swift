internal import Git
public import JSON
public import Lockfile
internal import Resolvers
internal import Threads
public import Updates

/// How a pin moved through the history of the repository that it is in.
public struct PinLog: Sendable, Equatable {
    /// Something that happened to it.
    public struct Entry: Sendable, Equatable {
        /// Nil for what is not committed.
        public let commit: PinHistory.Commit?
        public let event: PinEvent
        /// The forge's page of what lies between the two states of a pin that moved.
        public let compareURL: String?

        var json: JSON {
            var object = event.json
            if let commit { object.merge(commit.json) }
            object["compareURL"] = compareURL.map { .string($0) }
            return .object(object)
        }
    }

    public let name: PinName
    /// The newest first.
    public let entries: [Entry]
    /// How many older ones there are that were not asked for.
    public let olderCount: Int
    /// Versions of the lock that cannot be read, and so were passed over.
    public let unreadable: [PinHistory.Unreadable]

    /// The document of `log --json`.
    public var json: JSON {
        [
            "name": .string(name.text), "events": .array(entries.map(\.json)),
            "older": .number(JSONNumber(olderCount)),
            "unreadable": .array(
                unreadable.map { unreadable in
                    var object = unreadable.commit?.json ?? [:]
                    object["error"] = .object(Problem(describing: unreadable.error).json)
                    return .object(object)
                }),
        ]
    }
}

extension PinHistory.Commit {
    /// `commit`, `time`, `author` and `subject`.
    fileprivate var json: JSONObject {
        [
            "commit": .string(id), "time": .number(JSONNumber(time)), "author": .string(author),
            "subject": .string(subject),
        ]
    }
}

extension Pinr {
    /// How a pin moved through the repository's history, under the names that it had.
    ///
    /// - Parameter limit: how many events are told; nil for all.
    /// - Throws: `Problem` for a name that no pin ever had; as `history`.
    public func log(_ text: String, limit: Int? = nil) async throws -> PinLog {
        let history = try await history()
        let names = history.names
        guard let name = try? PinName(text), names.contains(name) else {
            throw Problem.neverPinned(
                text, nearest: NearestNames.of(text, among: names, text: \.text).map(\.text),
                unreadable: history.unreadable.count)
        }
        let all = history.entries(of: name)
        let told = all.prefix(limit ?? all.count)
        return PinLog(
            name: name,
            entries: told.map { .init(commit: $0.commit, event: $0.event, compareURL: compareURL(of: $0.event)) },
            olderCount: all.count - told.count, unreadable: history.unreadable)
    }

    /// What happened to all pins in the history of the repository that the lock is in, from `HEAD` back, with what is not
    /// committed first.
    /// - Throws: `WorkingRepositoryError`, `LockfileError`; `Problem` where there is no repository.
    public func history() async throws -> PinHistory {
        let (store, environment) = (context.store, context.environment)
        return try await onThread { _ in try Self.history(of: store, environment) }
    }

    /// As many commits that changed the lock as nobody has.
    private static let mostRevisions = 1_000_000

    private static func history(of store: LockStore, _ environment: [String: String]) throws -> PinHistory {
        let file = store.realPath
        let now = try store.readBytesIfThere()
        let missing = LockfileError(.notFound, file: store.location.path)
        let found = try WorkingRepository.discover(holding: file, environment: environment)
        guard let repository = found else {
            throw now == nil ? missing as any Error : Problem.noRepository(of: store.location.path)
        }
        let path = try repository.relativePath(of: file)
        let reader = LockReader()
        guard let head = try repository.head().commit else {
            if now == nil { throw missing }
            return PinHistory(of: [PinHistory.Version(commit: nil, contents: reader.pins(now), parents: [])])
        }
        let revisions = try repository.history(
            of: path, from: head, limit: mostRevisions, size: LockDocument.maximumSize)
        let lineages = try repository.lineages(of: path, in: revisions.map(\.commit))
        var contents: [ObjectID: [UInt8]] = [:]
        for (revision, lineage) in zip(revisions, lineages) {
            if let id = lineage.content, let content = revision.content { contents[id] = content }
        }
        if revisions.isEmpty && now == nil { throw missing }
        let committed = try repository.file(path, in: head, limit: LockDocument.maximumSize)
        let working =
            now == committed
            ? [] : [PinHistory.Version(commit: nil, contents: reader.pins(now), parents: [reader.pins(committed)])]
        // One at a time: the pins of hundreds of versions are not needed at once.
        let versions = zip(revisions, lineages).lazy.map { revision, lineage in
            PinHistory.Version(
                commit: PinHistory.Commit(
                    id: revision.commit.hex, time: revision.time, author: revision.author, subject: revision.subject),
                contents: reader.pins(revision.content),
                parents: lineage.parents.map { id in reader.pins(id.flatMap { contents[$0] }) })
        }
        return PinHistory(of: [AnySequence(working), AnySequence(versions)].joined())
    }

    private func compareURL(of event: PinEvent) -> String? {
        guard case .moved(let source, let old, let new) = event.what, let source = try? SourceTypes.read(source)
        else { return nil }
        return compareURL(source, from: old, to: new)
    }
}

/// Reads versions of a lock while a sequence of them is gone through.
private final class LockReader {
    private var versions = LockVersionReader()

    func pins(_ bytes: [UInt8]?) -> PinHistory.Version.Contents {
        bytes.map { versions.read($0) } ?? .success(LockSnapshot())
    }
}
