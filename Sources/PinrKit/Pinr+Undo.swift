internal import Credentials
public import JSON
public import Lockfile
internal import NixHash
internal import Threads
public import Updates

/// What a step of `undo` did to the lock, for people and for machines.
public struct UndoStep: Sendable, Equatable {
    /// The command that made it; nil for changes made outside of pinr.
    public let command: String?
    /// When, in seconds since 1970 UTC.
    public let time: Int64
    /// Whether it is undone.
    public let isUndone: Bool
    /// What happened to the pins; nil where one of the states cannot be read.
    public let events: [PinEvent]?
    /// Whether it made the lock.
    public let isCreation: Bool
    /// Whether it removed the lock.
    public let isRemoval: Bool

    init(_ step: UndoSteps.Step, isUndone: Bool, before: [UInt8]?, after: [UInt8]?) {
        (command, time, self.isUndone) = (step.command, step.time, isUndone)
        (isCreation, isRemoval) = (step.before == nil, step.after == nil)
        func pins(_ state: SHA256Digest?, _ bytes: [UInt8]?) -> Pins? {
            state == nil ? Pins() : bytes.flatMap { try? LockDocument(parsing: $0).pins }
        }
        if let old = pins(step.before, before), let new = pins(step.after, after) {
            events = PinEvent.between(old, new)
        } else {
            events = nil
        }
    }

    /// The step as machine output has it.
    public var json: JSON {
        var object: JSONObject = ["time": .number(JSONNumber(time)), "undone": .bool(isUndone)]
        object["command"] = command.map { .string($0) }
        if isCreation { object["created"] = true }
        if isRemoval { object["removed"] = true }
        if let events { object["events"] = .array(events.map { .object($0.json) }) }
        return .object(object)
    }
}

/// What `undo` did, or would do.
public struct UndoReport: Sendable, Equatable {
    public enum Action: String, Sendable {
        /// Steps were undone.
        case undo
        /// A step was done again.
        case redo
        /// The file that was missing was put back.
        case restore
    }

    public let action: Action
    /// The steps, in the order in which they were undone or done again.
    public let steps: [UndoStep]
    /// What happened to the pins by it; nil where what was or is there cannot be read.
    public let events: [PinEvent]?
    /// Whether there is no lock now.
    public let isLockGone: Bool
    public let isDryRun: Bool

    /// The document of `undo --json`.
    public var json: JSON {
        var object: JSONObject = [
            "action": .string(action.rawValue), "steps": .array(steps.map(\.json)), "written": .bool(!isDryRun),
            "lockRemoved": .bool(isLockGone),
        ]
        if let events { object["events"] = .array(events.map { .object($0.json) }) }
        return .object(object)
    }
}

extension Pinr {
    /// Goes back to what the lock was before the last command that wrote it, or with `isRedo` forward again.
    ///
    /// - Parameters:
    ///   - isForced: also when the lock is not what that command left.
    ///   - isDryRun: whether nothing is written.
    /// - Throws: `UndoError`, `LockfileError`; `Problem` when the lock was written and `default.nix` could not be.
    public func undo(isRedo: Bool = false, isForced: Bool = false, isDryRun: Bool = false) async throws -> UndoReport {
        let store = context.store
        await context.credentials.learnSecrets()
        let outcome = try await onThread { [self] cancellation in
            try store.undo(
                isRedo ? .forward : .back, isForced: isForced, isDryRun: isDryRun, unless: cancellation,
                whenKeptWaiting: tellOfWaiting)
        }
        try tell(outcome.defaultNix)
        let step = UndoSteps.Step(
            command: nil, time: 0, before: outcome.old.map { SHA256.hash($0) },
            after: outcome.new.map { SHA256.hash($0) })
        return UndoReport(
            action: outcome.steps.isEmpty ? .restore : isRedo ? .redo : .undo,
            steps: outcome.steps.map { UndoStep($0.step, isUndone: !isRedo, before: $0.before, after: $0.after) },
            events: UndoStep(step, isUndone: false, before: outcome.old, after: outcome.new).events,
            isLockGone: outcome.new == nil, isDryRun: isDryRun)
    }

    /// What commands did to this lock on this machine, the newest first, as far as it is remembered.
    /// - Throws: `UndoError.nowhere`, `LockfileError`
    public func undoSteps() async throws -> [UndoStep] {
        let store = context.store
        return try await onThread { cancellation in
            let (steps, bytes) = try store.undoSteps(unless: cancellation)
            func told(_ step: UndoSteps.Step, _ isUndone: Bool) -> UndoStep {
                UndoStep(
                    step, isUndone: isUndone, before: step.before.flatMap { bytes[$0] },
                    after: step.after.flatMap { bytes[$0] })
            }
            return steps.undone.reversed().map { told($0, true) } + steps.done.reversed().map { told($0, false) }
        }
    }

    /// When the pins were last found to have the locked hash.
    public func verificationTimes() async throws -> VerificationTimes {
        let store = context.store
        return try await onThread { _ in store.verificationTimes() }
    }
}

extension PinEvent {
    /// What happened, as machine output has it.
    public var json: JSONObject {
        var object: JSONObject = ["name": .string(name.text)]
        switch what {
        case .added(let pin):
            object["event"] = "added"
            object["pin"] = pin.json
        case .removed(let pin):
            object["event"] = "removed"
            object["pin"] = pin.json
        case .renamed(let old):
            object["event"] = "renamed"
            object["from"] = .string(old.text)
        case .sourceChanged(let old, let new):
            object["event"] = "source-changed"
            (object["old"], object["new"]) = (old.json, new.json)
        case .moved(_, let old, let new):
            object["event"] = "moved"
            (object["old"], object["new"]) = (old.json, new.json)
        case .frozen(let frozen):
            object["event"] = "frozen"
            object["frozen"] = frozen.json
        case .unfrozen(let frozen):
            object["event"] = "unfrozen"
            object["frozen"] = frozen.json
        case .noted(let note):
            object["event"] = "noted"
            object["note"] = note.map { .string($0) }
        case .touched: object["event"] = "touched"
        }
        return object
    }
}
