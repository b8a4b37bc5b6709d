public import NixHash

/// What commands did to a lock, as far back as is remembered: which of them are done, and which are undone.
///
/// A state of the lock is told by the SHA-256 of its bytes, nil where there is no file. Each step leads from the state that
/// the step before it led to: what was changed in between by somebody else is a step of its own, without a command.
public struct UndoSteps: Sendable, Equatable {
    /// One change of the lock.
    public struct Step: Sendable, Equatable {
        /// The command that made it; nil for changes made outside of pinr.
        public var command: String?
        /// When it was made, in seconds since 1970 UTC; of a change outside of pinr, when it was noticed.
        public var time: Int64
        /// What the lock was.
        public var before: SHA256Digest?
        /// What it was then.
        public var after: SHA256Digest?
        /// The run of the program that made it: what one run writes bit by bit is one step.
        public var run: String?

        public init(
            command: String?, time: Int64, before: SHA256Digest?, after: SHA256Digest?, run: String? = nil
        ) {
            self.command = command
            self.time = time
            self.before = before
            self.after = after
            self.run = run
        }
    }

    /// Why there is no going back, or forward.
    public enum Refusal: Error, Equatable, Sendable {
        /// Nothing is remembered that could be undone; whether because all that is remembered is undone.
        case nothingToUndo(isAllUndone: Bool)
        /// Nothing is undone.
        case nothingToRedo
        /// The lock is not what the last step left: it was changed outside of pinr since.
        case changedOutside(Step)
        /// The last step is undone already, by whatever means: the lock is what it was before.
        case alreadyBack(Step)
    }

    /// A way back or forward.
    public struct Move: Sendable, Equatable {
        /// The steps that are undone, or done again, in this order; none where only the file is put back that is missing.
        public let steps: [Step]
        /// What the lock will be; nil for no file.
        public let target: SHA256Digest?
    }

    /// The steps that the lock has behind it, the oldest first.
    public private(set) var done: [Step] = []
    /// The steps that were undone, the one that would be done again next first.
    public private(set) var undone: [Step] = []

    /// How many commands are remembered.
    public static let most = 20

    public init() {}

    init(done: [Step], undone: [Step]) {
        self.done = done
        self.undone = undone
    }

    /// All states that can be gone to.
    public var states: Set<SHA256Digest> {
        Set((done + undone).flatMap { [$0.before, $0.after] }.compactMap(\.self))
    }

    // MARK: A command writes

    /// Remembers that a command changes the lock.
    ///
    /// Steps that are undone stay in reach: that they were undone becomes a step of its own, which can be undone too.
    public mutating func record(_ step: Step) {
        follow(step.before)
        if undone.isEmpty, let last = done.last, let run = step.run, last.run == run, last.after == step.before {
            done.removeLast()
            guard last.before != step.after else { return }
            done.append(
                Step(command: step.command, time: step.time, before: last.before, after: step.after, run: run))
            return
        }
        if let first = undone.first, let last = undone.last {
            done += undone
            undone = []
            done.append(Step(command: "undo", time: step.time, before: last.after, after: first.before))
        }
        if let last = done.last, last.after != step.before {
            done.append(Step(command: nil, time: step.time, before: last.after, after: step.before))
        }
        done.append(step)
        forget()
    }

    /// Takes steps for done that are remembered as undone, when the lock is what they led to: undoing them was remembered,
    /// and the program was ended before it could write; or the lock was brought there by other means.
    private mutating func follow(_ current: SHA256Digest?) {
        guard current != nil, current != done.last?.after, current != undone.first?.before,
            let index = undone.firstIndex(where: { $0.after == current })
        else { return }
        done += undone[...index]
        undone.removeFirst(index + 1)
    }

    /// Drops what lies before the last `most` commands.
    private mutating func forget() {
        var count = 0
        let start = done.lastIndex { step in
            if step.command != nil { count += 1 }
            return count == Self.most
        }
        if let start { done.removeFirst(start) }
    }

    // MARK: Back and forward

    /// Goes back to what the lock was before the last command.
    ///
    /// - Parameters:
    ///   - current: what the lock is now.
    ///   - isForced: whether changes outside of pinr are taken back with it. What they made can be had again by going
    ///     forward.
    ///   - time: now.
    public mutating func goBack(from current: SHA256Digest?, isForced: Bool, time: Int64) throws(Refusal) -> Move {
        follow(current)
        guard let last = done.last else { throw .nothingToUndo(isAllUndone: !undone.isEmpty) }
        if current != last.after {
            // Nothing is lost by putting back what was deleted.
            if current == nil { return Move(steps: [], target: last.after) }
            if current == last.before {
                guard isForced else { throw .alreadyBack(last) }
                undone.insert(done.removeLast(), at: 0)
                return try goBack(from: current, isForced: isForced, time: time)
            }
            guard isForced else { throw .changedOutside(last) }
            done.append(Step(command: nil, time: time, before: last.after, after: current))
            // Those that were undone before lead on from where the lock was then.
            if !undone.isEmpty {
                undone.insert(Step(command: nil, time: time, before: current, after: last.after), at: 0)
            }
        } else if last.command == nil, current != nil, !isForced {
            throw .changedOutside(last)
        }
        var steps: [Step] = []
        while let step = done.popLast() {
            steps.append(step)
            undone.insert(step, at: 0)
            if step.command != nil || !isForced { break }
        }
        return Move(steps: steps, target: undone.first?.before)
    }

    /// Does again the step that was undone last.
    ///
    /// - Parameters: as of `goBack`; what the lock is now can be had again by going back.
    public mutating func goForward(from current: SHA256Digest?, isForced: Bool, time: Int64) throws(Refusal) -> Move {
        follow(current)
        // Undone by other means, or never done: the program was ended before it could.
        if let last = done.last, last.after != current, last.before == current {
            undone.insert(done.removeLast(), at: 0)
        }
        guard var next = undone.first else { throw .nothingToRedo }
        if next.before != current {
            let here = done.last ?? next
            guard isForced else { throw .changedOutside(here) }
            done.append(Step(command: nil, time: time, before: next.before, after: current))
            next.before = current
        }
        undone.removeFirst()
        done.append(next)
        return Move(steps: [next], target: next.after)
    }
}
