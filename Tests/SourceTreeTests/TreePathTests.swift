import Testing

@testable import SourceTree

struct TreePathTests {
    private static let pieces = [
        "", "a", "b", ".", "..", "...", ".git", "é", String(repeating: "n", count: 255),
        String(repeating: "n", count: 256),
    ]

    /// Every path of up to four pieces, with leading, doubled and final slashes among them.
    private static let paths: [[UInt8]] = {
        var paths: [String] = pieces
        var longer = pieces
        for _ in 0..<3 {
            longer = longer.flatMap { start in pieces.map { "\(start)/\($0)" } }
            paths += longer
        }
        return paths.map { Array($0.utf8) }
    }()

    @Test func aNameInAFolderThatIsKnownIsWhatTheWholePathSays() throws {
        var known = 0
        for path in Self.paths {
            let parent = TreePath.parent(of: path)
            guard let last = name(of: path, in: parent) else { continue }
            known += 1
            // A parent that is refused was never found, so that nothing is ever looked up in it.
            guard let folder = try? components(of: parent) else { continue }
            #expect(try components(of: path) == folder + [last])
        }
        #expect(known > Self.paths.count / 2)
    }

    @Test(arguments: ["a/", "a/.", "a/..", "a", "b/x", "a/b/x", "aa/x", ""])
    func whatIsNoPlainNameInTheFolderIsLookedUp(path: String) {
        #expect(name(of: Array(path.utf8), in: Array("a/".utf8)) == nil)
    }

    @Test func whatIsTooLongIsLeftToBeRefused() {
        let folder = Array("a/".utf8)
        #expect(name(of: folder + [UInt8](repeating: 0x6E, count: 255), in: folder)?.count == 255)
        #expect(name(of: folder + [UInt8](repeating: 0x6E, count: 256), in: folder) == nil)
        let deep = Array(String(repeating: "d/", count: 2047).utf8)
        #expect(name(of: deep + [0x6E], in: deep) == [0x6E])
        #expect(name(of: deep + [0x6E, 0x6E], in: deep) == nil)
    }

    private func name(of path: [UInt8], in parent: [UInt8]) -> [UInt8]? {
        TreePath.name(of: path, in: parent, limits: TreeLimits())
    }

    private func components(of path: [UInt8]) throws -> [[UInt8]] {
        try TreePath.components(of: path, limits: TreeLimits())
    }
}
