import NixHash
import Support
import Testing

@testable import Lockfile

/// Which way leads back and forward through what commands have done.
struct UndoStepsTests {
    /// A lock's bytes, as one text of each.
    private struct Lock {
        var steps = UndoSteps()
        var text: String?
        var time: Int64 = 0

        static func digest(_ text: String?) -> SHA256Digest? { text.map { SHA256.hash(Array($0.utf8)) } }
        var current: SHA256Digest? { Self.digest(text) }
        /// Every state that pinr has seen.
        var seen: [SHA256Digest: String] = [:]

        mutating func run(_ command: String, to new: String?, run: String? = nil) {
            see()
            time += 1
            steps.record(
                .init(command: command, time: time, before: current, after: Self.digest(new), run: run ?? "\(time)"))
            text = new
            see()
        }

        mutating func see() { current.map { seen[$0] = text } }

        @discardableResult
        mutating func back(_ isForced: Bool = false) throws -> [String?] {
            try move { (steps, current) throws(UndoSteps.Refusal) in
                try steps.goBack(from: current, isForced: isForced, time: 99)
            }
        }

        @discardableResult
        mutating func forward(_ isForced: Bool = false) throws -> [String?] {
            try move { (steps, current) throws(UndoSteps.Refusal) in
                try steps.goForward(from: current, isForced: isForced, time: 99)
            }
        }

        private mutating func move(
            _ body: (inout UndoSteps, SHA256Digest?) throws(UndoSteps.Refusal) -> UndoSteps.Move
        ) throws -> [String?] {
            see()
            let before = steps
            do throws(UndoSteps.Refusal) {
                let move = try body(&steps, current)
                text = move.target.flatMap { seen[$0] }
                return move.steps.map(\.command)
            } catch {
                // What is refused is not remembered.
                steps = before
                throw error
            }
        }

        /// Each step leads from where the one before it led to.
        var isWhole: Bool {
            let all = steps.done + steps.undone
            return zip(all, all.dropFirst()).allSatisfy { $0.after == $1.before }
        }
    }

    private func refusal(_ body: () throws -> some Any) -> UndoSteps.Refusal? {
        do {
            _ = try body()
            return nil
        } catch { return error as? UndoSteps.Refusal }
    }

    @Test func `Commands are undone one by one, and done again`() throws {
        var lock = Lock()
        for (command, text) in [("init", "0"), ("add", "1"), ("freeze", "2")] { lock.run(command, to: text) }
        #expect(try lock.back() == ["freeze"] && lock.text == "1")
        #expect(try lock.back() == ["add"] && lock.text == "0")
        #expect(try lock.forward() == ["add"] && lock.text == "1")
        #expect(try lock.back() == ["add"] && lock.text == "0")
        #expect(try lock.back() == ["init"] && lock.text == nil)
        #expect(refusal { try lock.back() } == .nothingToUndo(isAllUndone: true))
        for text in ["0", "1", "2"] {
            try lock.forward()
            #expect(lock.text == text)
        }
        #expect(refusal { try lock.forward() } == .nothingToRedo)
        var nothing = Lock()
        #expect(refusal { try nothing.back(true) } == .nothingToUndo(isAllUndone: false))
    }

    @Test func `What was undone stays in reach when another command writes`() throws {
        var lock = Lock(text: "0")
        lock.run("add", to: "1")
        lock.run("update", to: "2")
        try lock.back()
        try lock.back()
        lock.run("note", to: "9")
        #expect(lock.steps.done.map(\.command) == ["add", "update", "undo", "note"])
        for text in ["0", "2", "1", "0"] {
            try lock.back()
            #expect(lock.text == text)
        }
    }

    @Test func `What one run writes bit by bit is one step`() throws {
        var lock = Lock()
        lock.run("add", to: "empty", run: "r")
        lock.run("add", to: "1", run: "r")
        #expect(lock.steps.done.count == 1)
        try lock.back()
        #expect(lock.text == nil)
        try lock.forward()
        #expect(lock.text == "1")
        // What comes back to where it was has done nothing.
        lock.run("update", to: "2", run: "s")
        lock.run("update", to: "1", run: "s")
        #expect(lock.steps.done.count == 1)
    }

    @Test func `What others changed is taken back only by force, and can be had again`() throws {
        var lock = Lock(text: "0")
        lock.run("add", to: "1")
        lock.text = "edited"
        #expect(refusal { try lock.back() } == .changedOutside(lock.steps.done[0]))
        #expect(lock.text == "edited")
        #expect(try lock.back(true) == [nil, "add"] && lock.text == "0")
        try lock.forward()
        #expect(lock.text == "1")
        try lock.forward()
        #expect(lock.text == "edited")
        // Between two commands, too.
        lock.run("note", to: "2")
        try lock.back()
        #expect(lock.text == "edited")
        #expect(refusal { try lock.back() } == .changedOutside(lock.steps.done[1]))
        try lock.back(true)
        #expect(lock.text == "0" && lock.isWhole)
        lock.text = "again"
        #expect(refusal { try lock.forward() } != nil)
        try lock.forward(true)
        #expect(lock.text == "1" && lock.isWhole)
        try lock.back()
        #expect(lock.text == "again")
    }

    @Test func `A file that was deleted is put back without force`() throws {
        var lock = Lock(text: "0")
        lock.run("add", to: "1")
        lock.text = nil
        let steps = lock.steps
        #expect(try lock.back() == [] && lock.text == "1" && lock.steps == steps)
        // Also where a command has made a new one since.
        lock.text = nil
        lock.run("init", to: "new")
        #expect(try lock.back() == ["init"] && lock.text == nil)
        #expect(try lock.back() == [nil] && lock.text == "1")
        #expect(try lock.back() == ["add"] && lock.text == "0")
    }

    @Test func `A command that was ended before it could write is told from one that wrote`() throws {
        var lock = Lock(text: "0")
        lock.run("add", to: "1")
        lock.run("update", to: "2")
        // Remembered, and not written; or put back by git.
        lock.text = "1"
        #expect(refusal { try lock.back() } == .alreadyBack(lock.steps.done[1]))
        var other = lock
        #expect(try other.forward() == ["update"] && other.text == "2")
        #expect(try lock.back(true) == ["add"] && lock.text == "0" && lock.isWhole)
        try lock.forward()
        try lock.forward()
        #expect(lock.text == "2")
    }

    @Test func `An undo that was ended before it could write is done again`() throws {
        var lock = Lock(text: "0")
        lock.run("add", to: "1")
        lock.run("update", to: "2")
        lock.text = "edited"
        try lock.back(true)
        let steps = lock.steps
        // Remembered, and not written.
        lock.text = "edited"
        #expect(refusal { try lock.back() } != nil)
        #expect(try lock.back(true) == [nil, "update"] && lock.text == "1" && lock.steps == steps)
        // So it is after a command that was killed while doing again.
        try lock.forward()
        lock.text = "1"
        #expect(try lock.forward() == ["update"] && lock.text == "2" && lock.isWhole)
        // The first of all that is undone, too.
        try lock.back()
        try lock.back()
        #expect(lock.text == "0")
        lock.text = "1"
        #expect(try lock.back() == ["add"] && lock.text == "0" && lock.isWhole)
        lock.text = "2"
        lock.run("note", to: "3")
        #expect(lock.isWhole)
        try lock.back()
        #expect(lock.text == "2")
    }

    @Test func `No more than twenty commands are remembered`() throws {
        var lock = Lock()
        for number in 1...50 { lock.run("add", to: "\(number)") }
        #expect(lock.steps.done.count == UndoSteps.most && lock.isWhole)
        for number in (30..<50).reversed() {
            try lock.back()
            #expect(lock.text == "\(number)")
        }
        #expect(refusal { try lock.back() } == .nothingToUndo(isAllUndone: true))
        lock.run("note", to: "new")
        #expect(lock.steps.done.count == UndoSteps.most && lock.isWhole)
        #expect(lock.steps.states.count <= UndoSteps.most + 1)
    }

    /// Whatever is done: the steps hang together, nothing that pinr has seen gets lost, and going back and forward again
    /// changes nothing.
    @Test(arguments: 0..<300)
    func `Nothing is lost by any order of commands, undoing, doing again and edits`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var lock = Lock(text: Bool.random(using: &generator) ? "edit first" : nil)
        for number in 0..<18 {
            let isForced = Bool.random(using: &generator)
            switch Int.random(in: 0..<8, using: &generator) {
            case 0...2: lock.run("add", to: "\(Int.random(in: 0..<number + 2, using: &generator)) of \(number)")
            case 3, 4: _ = try? lock.back(isForced)
            case 5: _ = try? lock.forward(isForced)
            case 6: lock.text = "edit \(number)"
            default: lock.text = number % 3 == 0 ? nil : lock.text
            }
            #expect(lock.isWhole, "\(lock.steps)")
            // An edit that no command has met yet is nobody's but the editor's.
            let known = lock.steps.states
            for (state, text) in lock.seen where state != lock.current && !text.hasPrefix("edit") {
                #expect(known.contains(state), "\(text) of \(lock.steps)")
            }
            var copy = lock
            if (try? copy.back()) != nil, !copy.steps.undone.isEmpty, copy.steps != lock.steps {
                try copy.forward()
                #expect(copy.text == lock.text && copy.steps == lock.steps)
            }
        }
    }

    @Test func `The file of steps is read as it was written, and only as this lock's`() throws {
        var lock = Lock()
        lock.run("init", to: "0")
        lock.run("add", to: "1")
        lock.text = "edited"
        lock.run("note", to: "2")
        try lock.back()
        let bytes = lock.steps.serialized(of: "/a/pins.json")
        guard case .steps(let read) = UndoSteps.read(bytes, of: "/a/pins.json") else {
            Issue.record("the file is not understood")
            return
        }
        #expect(read == lock.steps)
        func isUseless(_ text: String, of path: String = "/a/pins.json") -> Bool {
            if case .useless = UndoSteps.read(Array(text.utf8), of: path) { true } else { false }
        }
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(isUseless(text, of: "/b/pins.json"))
        #expect(isUseless(String(text.dropLast(9))) && isUseless("") && isUseless("[]"))
        #expect(isUseless(text.replacing("\"after\": \"", with: "\"after\": \"x")))
        guard
            case .later = UndoSteps.read(Array(text.replacing("\"version\": 1", with: "\"version\": 2").utf8), of: "x")
        else {
            Issue.record("a later version is taken for this one")
            return
        }
    }
}
