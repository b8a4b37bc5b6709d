import NixHash
import SourceTree
import Support
import Testing

/// What of an archive's top level is taken off.
struct ArchiveTopLevelTests {
    @Test func `One directory is`() throws {
        var tar = TarWriter()
        tar.file("top/a", "a", modified: 5)
        tar.file("top/b", "b", modified: 7)
        let tree = try hash(tar.finished)
        #expect(tree.nar.digest == (["a": .file("a"), "b": .file("b")] as ReferenceTree).digest)
        #expect(tree.isStripped)
        #expect(tree.lastModified == 7)
    }

    @Test func `One directory within the directory is not`() throws {
        #expect(try hash { $0.file("top/inner/a", "a") } == (["inner": ["a": .file("a")]] as ReferenceTree).digest)
    }

    @Test func `One file or symbolic link is not`() throws {
        #expect(try hash { $0.file("a", "a") } == (["a": .file("a")] as ReferenceTree).digest)
        #expect(try hash { $0.symlink("a", to: "b") } == (["a": .symlink("b")] as ReferenceTree).digest)
    }

    @Test func `Several are not`() throws {
        let expected: ReferenceTree = ["one": ["a": .file("a")], "two": [:]]
        let digest = try hash {
            $0.file("one/a", "a")
            $0.directory("two/")
        }
        #expect(digest == expected.digest)
    }

    @Test func `Of nothing there is an empty directory`() throws {
        let empty: ReferenceTree = [:]
        #expect(try hash { _ in } == empty.digest)
        #expect(try hash { $0.directory("./") } == empty.digest)
        #expect(try hash { $0.directory("top/") } == empty.digest)
        #expect(try hash([]).lastModified == nil)
    }

    @Test func `The entry of the root itself is no entry`() throws {
        let digest = try hash {
            $0.directory("./")
            $0.file("./top/a", "a")
        }
        #expect(digest == (["a": .file("a")] as ReferenceTree).digest)
    }

    @Test func `An empty folder is kept`() throws {
        let digest = try hash {
            $0.directory("top/empty")
            $0.directory("top/a/b/")
        }
        #expect(digest == (["empty": [:], "a": ["b": [:]]] as ReferenceTree).digest)
    }

    @Test func `A folder that has no entry is implied by what is in it`() throws {
        let digest = try hash {
            $0.file("top/a/b/c", "c")
            $0.symlink("top/d/e", to: "f")
            // Told of afterwards, it is the same one.
            $0.directory("top/a")
        }
        #expect(digest == (["a": ["b": ["c": .file("c")]], "d": ["e": .symlink("f")]] as ReferenceTree).digest)
    }
}
