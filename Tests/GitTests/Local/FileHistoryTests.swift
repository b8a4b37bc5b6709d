import Foundation
import Support
import Testing

@testable import Git

struct FileHistoryTests {
    @Test func `The history of a file has who changed it, when, why and to what`() async throws {
        let world = try await LocalWorld()
        let repository = world.repository
        try repository.write("other", "1")
        try await repository.commit("nothing of it")
        try repository.write("f", "1")
        let added = try await repository.commit("Add\nit\n\nbody", date: TestRepository.epoch + 1)
        try repository.write("other", "2")
        try await repository.commit("nothing of it", date: TestRepository.epoch + 2)
        repository.remove("f")
        try await repository.git("add", "-A")
        let removed = try await repository.commit("Remove", date: TestRepository.epoch + 3)
        let found = try world.open()
        let history = try found.history(of: "f", from: try found.commit("HEAD"), limit: 10, size: 64)
        #expect(
            history == [
                FileRevision(
                    commit: try ObjectID(removed), time: Int64(TestRepository.epoch + 3), author: "Pin Tester",
                    subject: "Remove", content: nil),
                FileRevision(
                    commit: try ObjectID(added), time: Int64(TestRepository.epoch + 1), author: "Pin Tester",
                    subject: "Add it", content: Array("1".utf8)),
            ])
        #expect(try found.history(of: "f", from: try found.commit("HEAD"), limit: 1, size: 64).count == 1)
        #expect(try found.history(of: "never", from: try found.commit("HEAD"), limit: 10, size: 64).isEmpty)
        #expect(throws: WorkingRepositoryError.tooLarge(path: "f", limit: 0)) {
            try found.history(of: "f", from: try found.commit("HEAD"), limit: 10, size: 0)
        }
        #expect(try found.isAncestor(try ObjectID(added), of: try ObjectID(removed)) == true)
        #expect(try found.isAncestor(try ObjectID(removed), of: try ObjectID(added)) == false)
        #expect(try found.isAncestor(try ObjectID(added), of: try ObjectID(added)) == true)
        let absent = try ObjectID(String(repeating: "1", count: 40))
        #expect(try found.isAncestor(absent, of: try ObjectID(added)) == nil)
    }

    @Test func `Where a shallow clone is cut off the last commit made everything`() async throws {
        let world = try await LocalWorld()
        for number in 1...4 {
            try world.repository.write("f", "\(number)")
            try await world.repository.commit("\(number)", date: TestRepository.epoch + number)
        }
        let clone = world.top + "-clone"
        try await world.git("clone", "--quiet", "--depth", "2", "file://\(world.top)", clone)
        let found = try world.open(clone)
        let history = try found.history(of: "f", from: try found.commit("HEAD"), limit: 10, size: 64)
        #expect(history.map(\.subject) == ["4", "3"])
    }

    /// Random histories with merges of two and three parents, files that come and go, changes of mode alone, and dates
    /// that are the same or run backwards.
    @Test(arguments: 1...12)
    func `The history of a file is that of git log`(seed: Int) async throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let world = try await LocalWorld()
        let count = 60
        var stream = ""
        var states: [String?] = []
        for index in 0..<count {
            var parents: [Int] = []
            if index > 0, Int.random(in: 0..<15, using: &random) > 0 {
                let wanted = [1, 1, 1, 2, 2, 3].randomElement(using: &random) ?? 1
                while parents.count < min(wanted, index) {
                    let parent = Int.random(in: max(0, index - 8)..<index, using: &random)
                    if !parents.contains(parent) { parents.append(parent) }
                }
            }
            // Mostly as one of the parents has it.
            var state: String?
            if let parent = parents.randomElement(using: &random), Int.random(in: 0..<5, using: &random) > 0 {
                state = states[parent]
            } else if Int.random(in: 0..<4, using: &random) > 0 {
                let mode = Int.random(in: 0..<6, using: &random) == 0 ? "100755" : "100644"
                state = "\(mode) \(Int.random(in: 0..<3, using: &random))"
            }
            states.append(state)
            let date = TestRepository.epoch + Int.random(in: 0..<4, using: &random) + index / 2
            stream += "commit refs/heads/c\(index)\nmark :\(index + 1)\n"
            stream += "committer P <p@example.org> \(date) +0000\ndata <<E\n\(index)\nE\n"
            for (place, parent) in parents.enumerated() {
                stream += "\(place == 0 ? "from" : "merge") :\(parent + 1)\n"
            }
            stream += "M 100644 inline other\ndata <<E\n\(index)\nE\n"
            if let state {
                let parts = state.split(separator: " ")
                stream += "M \(parts[0]) inline d/f\ndata <<E\n\(parts[1])\nE\n"
            } else {
                stream += "D d/f\n"
            }
            stream += "\n"
        }
        try await world.repository.git("fast-import", "--quiet", "--force", input: Array(stream.utf8))
        let found = try world.open()
        var listed = 0
        for tip in [count - 1, count - 2, count - 7, count / 2] {
            let expected = try await world.repository.git("log", "--format=%H", "c\(tip)", "--", "d/f")
            let history = try found.history(of: "d/f", from: try found.commit("c\(tip)"), limit: 1000, size: 64)
            #expect(history.map(\.commit.hex) == expected.split(separator: "\n").map(String.init), "seed \(seed)")
            for revision in history {
                let content = try found.file("d/f", in: revision.commit, limit: 100)
                #expect(revision.content == content)
            }
            listed += history.count
        }
        #expect(listed > 0)
        for (one, other) in [(count - 1, count - 2), (count - 1, count / 2), (0, count - 1)] {
            let base = try found.mergeBase(try found.commit("c\(one)"), try found.commit("c\(other)"))
            let expected = try? await world.repository.git("merge-base", "--all", "c\(one)", "c\(other)")
            let all = expected?.split(separator: "\n").map(String.init) ?? []
            #expect(base.map { all.contains($0.hex) } ?? all.isEmpty)
            let isAncestor = try? await world.repository.git("merge-base", "--is-ancestor", "c\(other)", "c\(one)")
            #expect(
                try found.isAncestor(try found.commit("c\(other)"), of: try found.commit("c\(one)"))
                    == (isAncestor != nil))
        }
    }
}
