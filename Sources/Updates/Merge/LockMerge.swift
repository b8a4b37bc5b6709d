internal import JSON
public import Lockfile

/// The merge of two states of `pins.json` that come from a third, pin by pin.
///
/// Pure: what git or the order of versions says is asked for with `questions` and given back to `outcome`. Whatever is on
/// which side, the result is the same up to which side a conflict calls whose.
public struct LockMerge: Sendable {
    private enum Task: Sendable {
        /// One side is as it was, or both are the same.
        case taken([UInt8])
        case documents(base: LockDocument, ours: LockDocument, theirs: LockDocument)
    }

    private let task: Task
    /// Why the state that both come from cannot be read; nothing counts as removed then.
    public private(set) var ancestorError: LockfileError?

    /// - Parameter ancestor: empty where both sides made the file.
    /// - Throws: `MergeError`
    public init(ancestor: [UInt8], ours: [UInt8], theirs: [UInt8]) throws(MergeError) {
        // Before anything is read: what one side did not touch needs no understanding.
        if ours == theirs || theirs == ancestor {
            task = .taken(ours)
        } else if ours == ancestor {
            task = .taken(theirs)
        } else if let replayed = Self.replay(ancestor, ours, theirs) {
            task = .taken(replayed)
        } else {
            let mine = try Self.document(ours, .ours)
            let other = try Self.document(theirs, .theirs)
            do throws(LockfileError) {
                task = .documents(base: try Self.document(ofAncestor: ancestor), ours: mine, theirs: other)
            } catch {
                ancestorError = error
                task = .documents(base: LockDocument(), ours: mine, theirs: other)
            }
        }
    }

    /// Which places have to be compared. Without an answer the dates decide.
    public var questions: [MoveQuestion] {
        guard case .documents(let base, let ours, let theirs) = task else { return [] }
        var questions: [MoveQuestion] = []
        _ = MergedLock(base: base, ours: ours, theirs: theirs) { question in
            questions.append(question)
            return nil
        }
        return questions
    }

    /// Merges.
    /// - Parameter answer: what is known about a question.
    /// - Throws: `MergeError` when what came of it is no lock, which would be a defect.
    public func outcome(_ answer: (MoveQuestion) -> MoveAnswer? = { _ in nil }) throws(MergeError) -> LockMergeOutcome {
        switch task {
        case .taken(let bytes): return LockMergeOutcome(facts: [], pieces: nil, bytes: bytes)
        case .documents(let base, let ours, let theirs):
            let merged = withoutActuallyEscaping(answer) {
                MergedLock(base: base, ours: ours, theirs: theirs, answer: $0)
            }
            let outcome = LockMergeOutcome(facts: merged.facts, pieces: merged.pieces(), bytes: nil)
            do throws(LockfileError) {
                // Without a conflict both are the same, and are read once.
                let (mine, other) = (outcome.resolved(to: .ours), outcome.resolved(to: .theirs))
                for bytes in mine == other ? [mine] : [mine, other] {
                    guard try LockDocument(parsing: bytes).serialized() == bytes else {
                        throw LockfileError(.missingVersion)
                    }
                }
            } catch {
                throw .unusable(error)
            }
            return outcome
        }
    }

    // MARK: Reading

    private static func document(_ bytes: [UInt8], _ side: MergeSide) throws(MergeError) -> LockDocument {
        do throws(LockfileError) {
            return try writable(bytes)
        } catch {
            throw .unreadable(side, error)
        }
    }

    private static func writable(_ bytes: [UInt8]) throws(LockfileError) -> LockDocument {
        let document = try LockDocument(parsing: bytes)
        try document.requireWritable()
        return document
    }

    /// What both sides come from; where git merged that itself, of several ancestors, and conflicts were left in it, what is
    /// the same however they are resolved.
    private static func document(ofAncestor bytes: [UInt8]) throws(LockfileError) -> LockDocument {
        if bytes.isEmpty { return LockDocument() }
        guard let readings = ConflictMarks.readings(of: bytes) else { return try writable(bytes) }
        let (one, two) = (try writable(readings.ours), try writable(readings.theirs))
        var common = one
        for name in one.pins.names where one.pins[name] != two.pins[name] { try common.pins.remove(name) }
        common.unknown = JSONObject(
            one.unknown.lazy.filter { two.unknown[$0.key] == $0.value }.map { ($0.key, $0.value) })
        return common
    }

    /// A conflict that was resolved before, which is how `git rerere` asks for it: the conflict as it was, the conflict as
    /// it is now, and what was made of the first.
    ///
    /// Both ways of reading the conflicts have to lead to the same, or there is more in them than was resolved.
    private static func replay(_ ancestor: [UInt8], _ ours: [UInt8], _ theirs: [UInt8]) -> [UInt8]? {
        // There is mostly none in what both come from, and the others need not be gone through then.
        guard let before = ConflictMarks.readings(of: ancestor) else { return nil }
        let all: [(Fork<[UInt8]>?, [UInt8])] =
            [(before, ancestor)] + [ours, theirs].map { bytes in (ConflictMarks.readings(of: bytes), bytes) }
        guard all[1].0 != nil || all[2].0 != nil else { return nil }
        let results = MergeSide.allCases.map { side -> [UInt8]? in
            let states = all.map { readings, bytes in readings?[side] ?? bytes }
            let outcome = try? LockMerge(ancestor: states[0], ours: states[1], theirs: states[2]).outcome()
            return outcome.flatMap { $0.isClean ? $0.resolved(to: .ours) : nil }
        }
        guard let first = results[0], first == results[1] else { return nil }
        return first
    }
}

/// What came of a merge.
public struct LockMergeOutcome: Sendable {
    /// What was decided of each pin, in the order of their names.
    public let facts: [MergeFact]
    private let text: MergedText

    init(facts: [MergeFact], pieces: [MergedText.Piece]?, bytes: [UInt8]?) {
        self.facts = facts
        text = bytes.map { .whole($0) } ?? .pieces(pieces ?? [])
    }

    /// Whether there is nothing to choose.
    public var isClean: Bool { !facts.contains(where: \.isConflict) }

    /// The file, with the marks of conflicts in it where there are any.
    public func bytes(marks: ConflictMarks = ConflictMarks()) -> [UInt8] { text.bytes(marks: marks) }

    /// The file with every conflict resolved to one side: always one that pinr can read, as it would write it.
    public func resolved(to side: MergeSide) -> [UInt8] { text.resolved(to: side) }
}
