internal import NixHash

/// Who writes the lock, and where what it was is kept for `undo`.
public struct StateRecorder: Sendable, Equatable {
    /// Nil where nothing can be kept.
    public let folder: StateFolder?
    /// The command that writes.
    public let command: String
    /// What tells this run of the program from others.
    let run: String
    /// The time now, in seconds since 1970 UTC.
    let clock: @Sendable () -> Int64
    /// Whether these bytes of a lock may be kept: not when there is a secret in them.
    let mayKeep: @Sendable ([UInt8]) -> Bool

    public init(
        folder: StateFolder?, command: String, clock: @escaping @Sendable () -> Int64,
        mayKeep: @escaping @Sendable ([UInt8]) -> Bool = { _ in true }
    ) {
        self.folder = folder
        self.command = command
        run = String(UInt64.random(in: .min ... .max), radix: 16)
        self.clock = clock
        self.mayKeep = mayKeep
    }

    public static func == (left: StateRecorder, right: StateRecorder) -> Bool {
        left.folder == right.folder && left.command == right.command && left.run == right.run
    }

    /// Remembers that a lock is about to be written; nil when that cannot be, which must keep nobody from writing.
    ///
    /// - Parameters:
    ///   - lock: the absolute path of the lock, without symbolic links; whoever calls has locked its folder.
    ///   - before: its bytes; nil where there is none.
    /// - Returns: what takes the memory back, should the lock not be written after all.
    func record(_ lock: String, before: [UInt8]?, after: [UInt8]) -> (() -> Void)? {
        guard let folder, [before, after].compactMap(\.self).allSatisfy(mayKeep) else { return nil }
        let states = PinStates(folder: folder, lock: lock)
        let step = UndoSteps.Step(
            command: command, time: clock(), before: before.map { SHA256.hash($0) }, after: SHA256.hash(after), run: run
        )
        // The last state is kept as well, so that it can be put back should the file be lost.
        let kept = [before, after].compactMap(\.self)
        let old = try? states.change(keeping: kept, limit: PinStates.patience, unless: nil) { steps in
            let old = steps
            steps.record(step)
            return old
        }
        guard let old else { return nil }
        return { _ = try? states.change(keeping: [], limit: PinStates.patience, unless: nil) { $0 = old } }
    }
}
