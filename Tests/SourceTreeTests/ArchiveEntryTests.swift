import Archive
import NixHash
import SourceTree
import Support
import Testing

/// Kinds of entries, and what a second one of a name does.
struct ArchiveEntryTests {
    static let modes = [
        (0o100, true), (0o711, true), (0o744, true), (0o4755, true), (0o777, true), (0o010, false), (0o001, false),
        (0o011, false), (0o655, false), (0o677, false), (0o000, false), (0o7677, false),
    ]

    @Test(arguments: modes)
    func `The owner's right to execute is all that is kept of a mode`(mode: Int, isExecutable: Bool) throws {
        let expected: ReferenceTree = ["a": isExecutable ? .executable("a") : .file("a")]
        #expect(try hash { $0.file("top/a", "a", mode: mode) } == expected.digest)
    }

    @Test func `A directory's mode is of no consequence`() throws {
        let digests = try [0o000, 0o555, 0o755, 0o1777].map { mode in
            try hash {
                $0.directory("top/d", mode: mode)
                $0.file("top/d/a", "a")
            }
        }
        #expect(Set(digests) == [(["d": ["a": .file("a")]] as ReferenceTree).digest])
    }

    @Test(arguments: [("3", "character device"), ("4", "block device"), ("6", "FIFO")] as [(Character, String)])
    func `No store holds a device or a FIFO`(type: Character, name: String) {
        #expect(throws: TreeError.unsupportedType(name, path: Array("top/x".utf8))) {
            try hash { $0.add("top/x".utf8, type: type) }
        }
    }

    @Test func `A symbolic link leads somewhere`() {
        #expect(throws: TreeError.illegalTarget(path: Array("top/l".utf8))) { try hash { $0.symlink("top/l", to: "") } }
    }

    // MARK: Hard links

    @Test func `A hard link is the file, with the file's mode`() throws {
        let expected: ReferenceTree = ["a": .executable("x"), "b": .executable("x"), "c": .executable("x")]
        let digest = try hash { tar in
            tar.file("top/a", "x", mode: 0o755)
            tar.hardLink("top/b", to: "top/a")
            tar.hardLink("top/c", to: "./top//b")
        }
        #expect(digest == expected.digest)
    }

    /// Nix 2.34 makes hard links in the order of their names, and does not find one whose turn is later.
    @Test func `A hard link to one with a later name is refused`() {
        #expect(throws: TreeError.hardLinkToLaterLink(path: Array("top/b".utf8), target: Array("top/c".utf8))) {
            try hash {
                $0.file("top/a", "x")
                $0.hardLink("top/c", to: "top/a")
                $0.hardLink("top/b", to: "top/c")
            }
        }
    }

    @Test func `The contents of a hard link count for nothing`() throws {
        let digest = try hash {
            $0.file("top/a", "x")
            $0.hardLink("top/b", to: "top/a")
        }
        let withContents = try hash {
            $0.file("top/a", "x")
            $0.paxHardLink("top/b", to: "top/a", "other")
        }
        #expect(withContents == digest)
    }

    @Test func `A hard link may come before its file`() throws {
        let digest = try hash {
            $0.hardLink("top/b", to: "top/a")
            $0.file("top/a", "x")
        }
        #expect(digest == (["a": .file("x"), "b": .file("x")] as ReferenceTree).digest)
    }

    @Test func `A hard link to a symbolic link is one`() throws {
        let digest = try hash {
            $0.symlink("top/a", to: "gone")
            $0.hardLink("top/b", to: "top/a")
        }
        #expect(digest == (["a": .symlink("gone"), "b": .symlink("gone")] as ReferenceTree).digest)
    }

    @Test func `A hard link sees what its file is in the end`() throws {
        let digest = try hash {
            $0.file("top/a", "old")
            $0.hardLink("top/b", to: "top/a")
            $0.file("top/a", "new")
        }
        #expect(digest == (["a": .file("new"), "b": .file("new")] as ReferenceTree).digest)
    }

    @Test func `A hard link to itself is no more than the file`() throws {
        let digest = try hash {
            $0.file("top/a", "x")
            $0.hardLink("top/a", to: "top/a")
        }
        #expect(digest == (["a": .file("x")] as ReferenceTree).digest)
    }

    @Test func `A hard link to nothing, to a directory, or through a symbolic link is refused`() {
        let (path, missing) = (Array("top/b".utf8), Array("top/a".utf8))
        #expect(throws: TreeError.hardLinkTargetMissing(path: path, target: missing)) {
            try hash { $0.hardLink("top/b", to: "top/a") }
        }
        #expect(throws: TreeError.hardLinkToDirectory(path: path, target: missing)) {
            try hash {
                $0.directory("top/a")
                $0.hardLink("top/b", to: "top/a")
            }
        }
        #expect(throws: TreeError.hardLinkTargetMissing(path: path, target: Array("top/s/f".utf8))) {
            try hash {
                $0.file("top/d/f")
                $0.symlink("top/s", to: "d")
                $0.hardLink("top/b", to: "top/s/f")
            }
        }
        // Two that lead to each other.
        #expect(throws: TreeError.self) {
            try hash {
                $0.hardLink("top/a", to: "top/b")
                $0.hardLink("top/b", to: "top/a")
            }
        }
    }

    @Test func `A hard link in the place of another file is refused`() {
        #expect(throws: TreeError.conflict(path: Array("top/b".utf8), first: "file", second: "hard link")) {
            try hash {
                $0.file("top/a", "a")
                $0.file("top/b", "b")
                $0.hardLink("top/b", to: "top/a")
            }
        }
    }

    // MARK: A second entry of a name

    @Test func `The last of two files counts, with its mode`() throws {
        let digest = try hash {
            $0.file("top/a", "first", mode: 0o755)
            $0.file("./top/a", "last")
        }
        #expect(digest == (["a": .file("last")] as ReferenceTree).digest)
    }

    @Test func `The same symbolic link twice is one`() throws {
        let digest = try hash {
            $0.symlink("top/a", to: "b")
            $0.symlink("top/a", to: "b")
        }
        #expect(digest == (["a": .symlink("b")] as ReferenceTree).digest)
    }

    /// In Nix 2.34 the archive's first file does not, and later ones do.
    @Test func `A symbolic link in the place of the first file is refused`() {
        #expect(throws: TreeError.conflict(path: Array("top/a".utf8), first: "symbolic link", second: "file")) {
            try hash {
                $0.symlink("top/a", to: "b")
                $0.file("top/a", "new")
            }
        }
    }

    @Test func `A file replaces a symbolic link, and does not follow it`() throws {
        let digest = try hash {
            $0.file("top/target", "untouched")
            $0.symlink("top/a", to: "target")
            $0.file("top/a", "new")
        }
        #expect(digest == (["target": .file("untouched"), "a": .file("new")] as ReferenceTree).digest)
    }

    @Test func `A directory twice is one`() throws {
        let digest = try hash {
            $0.directory("top/a")
            $0.file("top/a/f", "f")
            $0.directory("top/a")
        }
        #expect(digest == (["a": ["f": .file("f")]] as ReferenceTree).digest)
    }

    /// Two kinds under one name, of which versions of Nix keep different ones.
    static let conflicts: [(String, String)] = [
        ("file", "symbolic link"), ("file", "directory"), ("directory", "file"), ("directory", "symbolic link"),
        ("symbolic link", "directory"), ("symbolic link", "symbolic link"),
    ]

    @Test(arguments: conflicts)
    func `What versions of Nix disagree on is refused`(first: String, second: String) {
        #expect(throws: TreeError.conflict(path: Array("top/a".utf8), first: first, second: second)) {
            try hash { tar in
                for (number, kind) in [first, second].enumerated() {
                    switch kind {
                    case "file": tar.file("top/a", "x")
                    case "directory": tar.directory("top/a")
                    default: tar.symlink("top/a", to: "\(number)")
                    }
                }
            }
        }
    }

    @Test func `Nothing is written through a file or a symbolic link`() {
        let refusal = TreeError.throughNonDirectory(path: Array("top/s/f".utf8), parent: Array("top/s".utf8))
        #expect(throws: refusal) {
            try hash {
                $0.directory("top/d")
                $0.symlink("top/s", to: "d")
                $0.file("top/s/f")
            }
        }
        #expect(throws: refusal) {
            try hash {
                $0.file("top/s")
                $0.file("top/s/f")
            }
        }
        #expect(throws: TreeError.rootIsNoDirectory(path: Array("./".utf8))) {
            try hash { $0.symlink("./", to: "/etc") }
        }
    }
}
