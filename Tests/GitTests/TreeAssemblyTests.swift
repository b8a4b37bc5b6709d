import Foundation
import NixHash
import Support
import Testing
import Threads

@testable import Git

/// Trees of several repositories as one.
@Suite struct TreeAssemblyTests {
    private let root = TemporaryDirectory()

    /// Three repositories within each other hash to what one with all of their files does.
    @Test(arguments: [2, 150])
    func filledPlacesHashAsOneTree(files count: Int) async throws {
        let whole = try await TestRepository(at: root.file("whole"))
        func make(_ name: String, at place: String, _ add: (TestRepository) async throws -> Void) async throws
            -> (GitRepository, ObjectID)
        {
            let repository = try await TestRepository(at: root.file(name))
            for number in 0..<count {
                for (path, text) in [("f\(number)", "\(name) \(number)"), ("lib-\(number)/x", "\(number)")] {
                    try repository.write(path, text)
                    try whole.write(place + path, text)
                }
            }
            try await add(repository)
            let commit = try #require(ObjectID(hex: try await repository.commit("one")))
            return (try GitRepository.open(path: repository.path), commit)
        }
        let (leaf, leafCommit) = try await make("leaf", at: "lib/in/ner/") { _ in }
        try whole.write("z/f0", "leaf 0")
        for number in 0..<count {
            try whole.write("z/f\(number)", "leaf \(number)")
            try whole.write("z/lib-\(number)/x", "\(number)")
        }
        let (middle, middleCommit) = try await make("middle", at: "lib/") {
            try await $0.addSubmodule("in/ner", url: "../leaf", revision: leafCommit.hex)
        }
        try FileManager.default.copyItem(
            atPath: root.file("middle") + "/.gitmodules", toPath: whole.path + "/lib/.gitmodules")
        let (top, topCommit) = try await make("top", at: "") {
            try await $0.addSubmodule("lib", url: "../middle", revision: middleCommit.hex)
            try await $0.addSubmodule("z", url: "../leaf", revision: leafCommit.hex)
            try await $0.addSubmodule("zz", url: "../absent", revision: ProtocolTests.one)
        }
        try FileManager.default.copyItem(
            atPath: root.file("top") + "/.gitmodules", toPath: whole.path + "/.gitmodules")
        try await whole.git("update-index", "--add", "--cacheinfo", "160000,\(ProtocolTests.one),zz")
        try FileManager.default.createDirectory(atPath: whole.path + "/zz", withIntermediateDirectories: true)
        let expected = try #require(ObjectID(hex: try await whole.commit("one")))

        let plan = try await onThread { cancellation in
            let parts = [
                TreeAssembly.Part(
                    plan: try top.plan(ofCommit: topCommit, cancellation: cancellation), submodules: [1, 2, nil]),
                TreeAssembly.Part(
                    plan: try middle.plan(ofCommit: middleCommit, cancellation: cancellation), submodules: [2]),
                TreeAssembly.Part(
                    plan: try leaf.plan(ofCommit: leafCommit, cancellation: cancellation), submodules: []),
            ]
            return try TreeAssembly(parts, cancellation: cancellation).plan()
        }
        #expect(plan.gitlinks.map(\.path) == [Array("zz".utf8)])
        #expect(plan.origins.map(\.commit) == [topCommit, middleCommit, leafCommit])
        let whole2 = try GitRepository.open(path: whole.path)
        let (hash, reference) = try await onThread { cancellation in
            (
                try TreeWalk(plan, cancellation: cancellation).hash(),
                try whole2.hashTree(ofCommit: expected, cancellation: cancellation)
            )
        }
        #expect(hash.summary == reference.summary)

        // A file in the place of another one's contents.
        let index = try #require(plan.nodes.firstIndex { $0.name == Array("f1".utf8) && $0.origin == 2 })
        let path = root.file("contents")
        let contents = String(repeating: "other contents\n", count: 40_000)
        try Data(contents.utf8).write(to: URL(fileURLWithPath: path))
        try whole.write("lib/in/ner/f1", contents)
        let replaced = try #require(ObjectID(hex: try await whole.commit("two")))
        let second = try await onThread { cancellation in
            let replacement = ReplacedContents(path: path, size: UInt64(contents.utf8.count))
            return (
                try TreeWalk(plan, replacing: [index: replacement], cancellation: cancellation).hash(),
                try whole2.hashTree(ofCommit: replaced, cancellation: cancellation)
            )
        }
        #expect(second.0.summary == second.1.summary)
        for wrong in [contents.utf8.count - 1, contents.utf8.count + 1] {
            await #expect(throws: GitError.system(call: "read", path: path, errnum: EIO)) {
                try await onThread { cancellation in
                    let replacement = ReplacedContents(path: path, size: UInt64(wrong))
                    return try TreeWalk(plan, replacing: [index: replacement], cancellation: cancellation).hash()
                }
            }
        }
    }

    /// Attributes of a repository are its own: macros count at its top, and mean nothing in another.
    @Test func attributesOfEachRepository() async throws {
        let inner = try await TestRepository(at: root.file("inner"))
        try inner.write(".gitattributes", "[attr]own eol=crlf\n*.txt outer own\n")
        let innerCommit = try #require(ObjectID(hex: try await inner.commit("one")))
        let outer = try await TestRepository(at: root.file("outer"))
        try outer.write(".gitattributes", "[attr]outer ident\n*.bin filter=lfs\n*.x own\n")
        try await outer.addSubmodule("a", url: "../inner", revision: innerCommit.hex)
        let outerCommit = try #require(ObjectID(hex: try await outer.commit("one")))
        let repositories = (try GitRepository.open(path: outer.path), try GitRepository.open(path: inner.path))
        let hash = try await onThread { cancellation in
            let parts = [
                TreeAssembly.Part(
                    plan: try repositories.0.plan(ofCommit: outerCommit, cancellation: cancellation), submodules: [1]),
                TreeAssembly.Part(
                    plan: try repositories.1.plan(ofCommit: innerCommit, cancellation: cancellation), submodules: []),
            ]
            return try TreeWalk(
                try TreeAssembly(parts, cancellation: cancellation).plan(), cancellation: cancellation
            ).hash()
        }
        #expect(hash.attributes == ["eol", "filter"])
        #expect(hash.gitlinks.isEmpty)
    }

    /// Depth and number are limited over all repositories, and what contains itself is too deep.
    @Test func limitsCountOverAll() async throws {
        let origin = try await TestRepository(at: root.file("x"))
        try origin.write("a/b/f", "")
        try await origin.addSubmodule("a/b/sub", url: "../y", revision: ProtocolTests.one)
        let commit = try #require(ObjectID(hex: try await origin.commit("one")))
        let repository = try GitRepository.open(path: origin.path)
        let plan = try repository.plan(ofCommit: commit, cancellation: Cancellation())
        // The top, a, b, f, .gitmodules, and the place.
        func chain(_ length: Int, limit: Int = TreePlan.maximumEntries) throws -> TreePlan {
            let parts = (0..<length).map {
                TreeAssembly.Part(plan: plan, submodules: [$0 + 1 < length ? $0 + 1 : nil])
            }
            return try TreeAssembly(parts, limit: limit, cancellation: Cancellation()).plan()
        }
        #expect(try chain(20, limit: 20 * 5 + 1).nodes.count == 20 * 5 + 1 + 20 * 3)
        for (length, limit, fault) in [
            (20, 100, TreeFault.tooManyEntries(limit: 100)), (22, 1000, .tooDeep),
        ] {
            do {
                _ = try chain(length, limit: limit)
                Issue.record("accepted")
            } catch GitError.unrepresentableTree(let path, let found) {
                #expect(found == fault && path.hasPrefix("a/b/sub/a/b/sub/"))
            }
        }
        do {
            _ = try TreeAssembly([TreeAssembly.Part(plan: plan, submodules: [0])], cancellation: Cancellation()).plan()
            Issue.record("accepted")
        } catch GitError.unrepresentableTree(_, let fault) {
            #expect(fault == .tooDeep)
        }
    }
}
