internal import Archive
internal import Threads

/// The hash of an archive's tree while its entries come: gathered first, and hashed as they come where that is right.
struct TreeHash: ~Copyable {
    /// So many entries are gathered at most before they are hashed as they come, however small they are.
    private static let gatheredEntries = 10_000

    /// Exactly one of the two is there: what gathers entries, and then what hashes them as they come.
    private var spool: TreeSpool?
    private var stream: TreeStream?
    private var arrival = ArrivalOrder()
    private var divergences = Divergences()
    private let limits: TreeLimits
    private let plan: ReadingPlan
    private let spoolDirectory: String
    private let cancellation: Cancellation

    init(_ plan: ReadingPlan, spoolDirectory: String, limits: TreeLimits, cancellation: Cancellation) {
        self.plan = plan
        self.limits = limits
        self.spoolDirectory = spoolDirectory
        self.cancellation = cancellation
        // What is gathered in hope is not much.
        var memory = plan.memory
        if case .asTheyCome(let limit) = plan.hashing { memory = min(memory, Int(clamping: limit) + (2 << 20)) }
        spool = TreeSpool(spoolDirectory: spoolDirectory, memoryLimit: memory, limits: limits)
    }

    /// Adds an entry; `read` hands over the contents when it is a file.
    /// - Throws: `TreeStream.NotStreamable`, `TreeError`, and what `read` throws.
    mutating func add(_ entry: ArchiveEntry, contents read: ((RawSpan) throws -> Void) throws -> Void) throws {
        if spool != nil, canStream(from: entry), let gathered = spool.take() {
            stream = try TreeStream(
                continuing: gathered, plan, spoolDirectory: spoolDirectory, cancellation: cancellation)
        }
        divergences.noteName(entry.path, of: entry, limits: limits)
        divergences.noteExcess(entry, limits: limits)
        if case .hardLink(let target) = entry.kind { divergences.noteName(target, of: entry, limits: limits) }
        try spool?.add(entry, contents: read)
        try stream?.add(entry, contents: read)
    }

    /// Takes down that the contents of a file end in a hole.
    /// - Parameter start: where the hole begins.
    mutating func noteHole(from start: UInt64, at path: [UInt8]) { divergences.noteHole(from: start, at: path) }

    /// Takes down that the data of the archive are not what their checksum says.
    mutating func noteWrongChecksum() { divergences.note(.wrongChecksum) }

    /// Whether enough has been gathered, in an order that gives hope that the rest comes in order too.
    private mutating func canStream(from entry: ArchiveEntry) -> Bool {
        guard case .asTheyCome(let limit) = plan.hashing, arrival.isKept else { return false }
        arrival.note(entry)
        guard arrival.isKept else {
            spool?.allow(memory: plan.memory)
            return false
        }
        var size: UInt64 = 0
        if case .file(let known, _) = entry.kind { size = known ?? 0 }
        return switch spool {
        case .some(let spool):
            (spool.contentSize + size > limit || spool.entryCount >= Self.gatheredEntries)
                && TreeStream.canContinue(spool, with: entry, excess: plan.excess)
        case nil: false
        }
    }

    /// Ends the tree.
    /// - Parameter isZip: whether the entries came out of a zip archive, which the summary passes on.
    /// - Throws: `TreeStream.NotStreamable`, `TreeError`, `CancellationError`, and `ArchiveError.spoolFailed`.
    consuming func finish(isZip: Bool) throws -> TreeSummary {
        if let stream = stream.take() { return try stream.finish(isZip: isZip, divergences: divergences) }
        let gathered = spool.take() ?? TreeSpool(spoolDirectory: spoolDirectory, memoryLimit: 0)
        return try gathered.finish(isZip: isZip, divergences: divergences, cancellation: cancellation)
    }
}
