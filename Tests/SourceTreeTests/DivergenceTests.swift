import NixHash
import SourceTree
import Support
import Testing
import Threads

/// What is told of because versions of Nix see it differently; that what they see differs, real Nix was asked.
struct DivergenceTests {
    private func divergences(_ build: (inout TarWriter) -> Void) throws -> [Divergence] {
        var tar = TarWriter()
        build(&tar)
        return try hash(tar.finished).divergences
    }

    private func at(_ kind: Divergence.Kind, _ path: String) -> [Divergence] {
        [Divergence(kind, at: Array(path.utf8))]
    }

    @Test func `Of what everybody reads alike nothing is told`() throws {
        #expect(
            try divergences {
                $0.directory("./top/")
                $0.file("./top/a", "a")
                $0.hardLink("top/b", to: "./top/a")
                $0.hardLink("top/c", to: "top/b")
                $0.symlink("top/l", to: "../../elsewhere")
                $0.symlink("top/m", to: "/etc/passwd")
                $0.file("top/..a", "twice")
                $0.file("top/..a", "twice")
            }.isEmpty)
    }

    @Test func `The top level is told of`() throws {
        #expect(try divergences { _ in } == [Divergence(.nothing)])
        #expect(try divergences { $0.directory("./") } == [Divergence(.nothing)])
        #expect(try divergences { $0.directory("/") } == [Divergence(.nothing)])
        #expect(try divergences { $0.symlink("a", to: "b") } == [Divergence(.singleFileAtTop)])
        #expect(
            try divergences {
                $0.directory("a")
                $0.file("b")
            } == [Divergence(.severalAtTop)])
    }

    @Test(arguments: ["top/../top/f", "../top/f", "top/d/../f", "./top/./../top/f"])
    func `A parent component is told of`(name: String) throws {
        #expect(try divergences { $0.file(name) } == at(.parentComponent, name))
    }

    @Test func `So is one in a hard link's target, and only the first`() throws {
        #expect(
            try divergences {
                $0.file("top/a")
                $0.hardLink("top/b", to: "top/../top/a")
                $0.file("top/../top/c")
            } == at(.parentComponent, "top/b"))
    }

    @Test func `An absolute name is told of`() throws {
        #expect(try divergences { $0.file("/top/f") } == at(.absoluteName, "/top/f"))
        #expect(try divergences { $0.directory("//top") } == at(.absoluteName, "//top"))
        #expect(
            try divergences {
                $0.file("top/f")
                $0.hardLink("top/g", to: "/top/f")
            } == at(.absoluteName, "top/g"))
    }

    @Test func `A hard link that meets its file late, or itself, is told of`() throws {
        #expect(
            try divergences {
                $0.hardLink("top/b", to: "top/a")
                $0.file("top/a")
            } == at(.hardLinkBeforeTarget, "top/b"))
        #expect(
            try divergences {
                $0.file("top/a")
                $0.hardLink("top/a", to: "./top/a")
            } == at(.hardLinkToItself, "top/a"))
    }

    /// With the same contents and mode it is all the same which of the two the link leads to.
    @Test(arguments: [("old", 0o644, 0), ("new", 0o644, 1), ("longer", 0o644, 1), ("old", 0o755, 1)])
    func `A hard link to a file that is replaced is told of`(contents: String, mode: Int, count: Int) throws {
        let told = try divergences {
            $0.file("top/a", "old")
            $0.hardLink("top/b", to: "top/a")
            // The link to the link sees what that saw.
            $0.hardLink("top/c", to: "top/b")
            $0.file("top/a", contents, mode: mode)
        }
        #expect(told == (count == 0 ? [] : at(.hardLinkToReplaced, "top/b")))
    }

    @Test func `A hard link with contents is told of if they are others`() throws {
        for (contents, expected) in [("x", []), ("other", at(.hardLinkWithContents, "top/b"))] {
            #expect(
                try divergences {
                    $0.file("top/a", "x")
                    $0.paxHardLink("top/b", to: "top/a", contents)
                } == expected)
        }
    }

    /// Nix before 2.34 stops reading at the end of the data if its buffer of 128 KiB was filled by then.
    @Test(arguments: [(0, 1), (500, 0), (128 << 10, 1), (127 << 10, 0), (256 << 10, 1)])
    func `A hole at the end is told of where it gets lost`(data: Int, count: Int) throws {
        let told = try divergences {
            $0.directory("top")
            let runs = data == 0 ? [] : [(offset: 0, data: [UInt8](repeating: 1, count: data))]
            $0.sparseFile("top/s", size: 999_999, runs)
        }
        #expect(told == (count == 0 ? [] : at(.holeAtEnd, "top/s")))
    }

    @Test func `A hole elsewhere is not`() throws {
        #expect(
            try divergences {
                $0.directory("top")
                $0.sparseFile("top/s", size: 999_999, [(offset: 999_499, data: [UInt8](repeating: 1, count: 500))])
            }.isEmpty)
    }

    /// 64 directories within each other, the stripped one not counted, and a path of 4096 bytes.
    @Test(arguments: [ReadingPlan.Hashing.atTheEnd, .asTheyCome(after: 0)])
    func `What only a raised limit lets in is told of`(hashing: ReadingPlan.Hashing) throws {
        func divergences(_ path: String, top: [String] = []) throws -> [Divergence] {
            var tar = TarWriter()
            for name in top { tar.file(name) }
            tar.add(path.utf8)
            let archive = tar.finished
            return try ArchiveHash.hash(
                opening: { Pieces(archive, of: 1000) }, plan: ReadingPlan(hashing: hashing),
                spoolDirectory: TemporaryDirectory().path, limits: TreeLimits(pathLength: 10_000, depth: 100),
                cancellation: Cancellation()
            ).divergences
        }
        func deep(_ count: Int) -> String { String(repeating: "d/", count: count) + "f" }
        #expect(try divergences("top/" + deep(63)).isEmpty)
        #expect(try divergences("top/" + deep(64)) == at(.tooDeep, "top/" + deep(64)))
        // Nothing is stripped here.
        #expect(try divergences(deep(63), top: ["a"]) == [Divergence(.severalAtTop)])
        #expect(try divergences(deep(64), top: ["a"]).contains(Divergence(.tooDeep, at: Array(deep(64).utf8))))

        let long = (1...32).map { _ in String(repeating: "n", count: 127) }.joined(separator: "/")
        #expect(try divergences(long).isEmpty)
        #expect(try divergences(long + "n") == at(.pathTooLong, long + "n"))
    }
}
