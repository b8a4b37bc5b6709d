import JSON
import Lockfile
import Testing
import Updates

@testable import PinrKit

extension WordingTests {
    static let undoErrors: [(any Error, Problem.Code)] = {
        let step = UndoSteps.Step(command: hostile, time: 0, before: nil, after: nil)
        let outside = UndoSteps.Step(command: nil, time: 0, before: nil, after: nil)
        let lock = Array(#"{"pins":{},"version":1}"#.utf8)
        return [
            (UndoError.nowhere, .notFound),
            (UndoError.unusable(LockfileError(.system(.open, errnum: 13), file: hostile)), .io),
            (UndoError.nothingToUndo(isAllUndone: true), .notFound),
            (UndoError.nothingToUndo(isAllUndone: false), .notFound), (UndoError.nothingToRedo, .notFound),
            (UndoError.changedOutside(step, left: nil, now: bytes), .changedMeanwhile),
            (UndoError.changedOutside(step, left: bytes, now: lock), .changedMeanwhile),
            (UndoError.changedOutside(outside, left: lock, now: nil), .changedMeanwhile),
            (UndoError.changedOutside(outside, left: lock, now: lock + [10]), .changedMeanwhile),
            (UndoError.alreadyBack(step), .changedMeanwhile), (UndoError.secretInLock, .badLock),
            (UndoError.stateLost(folder: hostile), .notFound),
        ]
    }()

    static let logProblems: [(any Error, Problem.Code)] = [
        (Problem.noRepository(of: hostile), .notFound),
        (Problem.neverPinned(hostile, nearest: [hostile], unreadable: 2), .notFound),
        (Problem.neverPinned(hostile, nearest: [], unreadable: 0), .notFound),
    ]

    @Test func `What happened to pins is told in words that do no harm, and not at any length`() throws {
        let name = try PinName("x\u{202E}y")
        let source = Source(type: "file", fields: ["url": .string(Self.hostile)])
        let locked = Locked(fetch: .other(fetcher: Self.hostile))
        let pin = Pin(source: source, locked: locked, frozen: Frozen(reason: Self.hostile), note: Self.hostile)
        let all: [PinEvent.What] = [
            .added(pin), .removed(pin), .renamed(from: name), .sourceChanged(from: source, to: source),
            .moved(source: source, from: locked, to: locked), .frozen(Frozen(reason: Self.hostile)),
            .unfrozen(Frozen(reason: Self.hostile)), .noted(Self.hostile), .noted(nil), .touched,
        ]
        for what in all {
            for text in [
                Wording.sentence(of: PinEvent(name, what), under: name), Wording.summary(of: [PinEvent(name, what)]),
            ] { #expect(Self.isHarmless(text) && !text.isEmpty, "\(text.debugDescription)") }
        }
        let many = try (1...9).map { PinEvent(try PinName("p\($0)"), .touched) }
        #expect(Wording.summary(of: many) == "changed details of p1, p2, p3, p4 and 5 more")
        #expect(Wording.summary(of: []) == "changed no pin")
    }
}
