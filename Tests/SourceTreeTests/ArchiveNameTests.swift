import NixHash
import SourceTree
import Support
import Testing

/// Names in archives: their order, their bytes, and which of them there may be.
struct ArchiveNameTests {
    /// The neighbours that git, a sort of whole paths and a NAR put in different orders.
    static let neighbours: ReferenceTree = [
        "foo": ["x": .file("in foo")], "foo!": .file("!"), "foo-bar": .file("-"), "foo.txt": .file("."),
        "foo0": .file("0"),
    ]

    static let orders = [
        ["foo!", "foo-bar", "foo.txt", "foo/x", "foo0"],  // git's
        ["foo/x", "foo!", "foo-bar", "foo.txt", "foo0"],  // a NAR's
        ["foo0", "foo/x", "foo.txt", "foo-bar", "foo!"],
        ["foo-bar", "foo0", "foo!", "foo/x", "foo.txt"],
    ]

    /// Git orders a folder as if its name ended in a slash.
    @Test func `A NAR has foo before foo-bar and foo.txt, and git has it behind them`() async throws {
        let folder = TemporaryDirectory()
        let repository = try await TestRepository(at: folder.file("repository"))
        for (name, contents) in [("foo/x", "in foo"), ("foo!", "!"), ("foo-bar", "-"), ("foo.txt", "."), ("foo0", "0")]
        {
            try repository.write(name, contents)
        }
        try await repository.commit("neighbours")
        let archive = try await run(["git", "archive", "--prefix=top/", "HEAD"], directory: repository.path).stdoutBytes
        let listed = try await run(["tar", "-tf", "-"], input: archive).lines
        #expect(listed == ["top/", "top/foo!", "top/foo-bar", "top/foo.txt", "top/foo/", "top/foo/x", "top/foo0"])
        #expect(try agreedHash(of: archive) == Self.neighbours.digest)
    }

    @Test(arguments: orders)
    func `The order in the archive is of no consequence`(names: [String]) throws {
        let digest = try hash { tar in
            for name in names {
                tar.file("top/\(name)", name == "foo/x" ? "in foo" : String(name.dropFirst(3).prefix(1)))
            }
        }
        #expect(digest == Self.neighbours.digest)
    }

    @Test func `Bytes count, not characters`() throws {
        let names: [[UInt8]] = [
            Array("é".utf8), Array("e\u{301}".utf8), [0xE9], [0xFF, 0xFE], Array("\u{1F600}".utf8),
            Array("\u{FFEE}".utf8),
            Array("Z".utf8), Array("a".utf8), Array(" \n\t\\\"".utf8), [0x01], [0x7F], Array("~".utf8),
        ]
        let expected = ReferenceTree.directory(names.map { ($0, .file($0, isExecutable: false)) })
        for order in [names, names.reversed()] {
            var tar = TarWriter()
            for name in order { tar.add(Array("top/".utf8) + name, contents: name) }
            #expect(try hash(tar.finished).nar.digest == expected.digest)
        }
    }

    @Test(arguments: ["./top/a/b", "top//a/b", "top/./a/./b", ".//./top/a/b"])
    func `A dot and an empty name in a path are nothing`(spelling: String) throws {
        #expect(try hash { $0.file(spelling, "b") } == (["a": ["b": .file("b")]] as ReferenceTree).digest)
    }

    @Test(arguments: ["/top/a/b", "//top/a/b", "/./top/a/b"])
    func `A slash before a path is nothing`(spelling: String) throws {
        #expect(try hash { $0.file(spelling, "b") } == (["a": ["b": .file("b")]] as ReferenceTree).digest)
    }

    @Test(arguments: ["top/x/../a/b", "top/a/../a/b", "../top/a/b", "x/../../top/a/b", "top/../../../top/a/b"])
    func `Two dots take a name back, and never leave the root`(spelling: String) throws {
        #expect(try hash { $0.file(spelling, "b") } == (["a": ["b": .file("b")]] as ReferenceTree).digest)
    }

    static let reserved = [
        "top/.git", "top/.git/config", "top/a/.git", "top/.GIT", "top/.Git/config", "top/git~1", "top/GIT~1",
        "top/.git.",
        "top/.git .", "top/.git ", "top/.git:x", "top/.git::$DATA", "top/.git\\x", "top/git~1:x",
    ]

    /// As libgit2 does, that is on every system and for what any system takes for `.git`.
    @Test(arguments: reserved)
    func `What is called .git is refused`(name: String) {
        #expect(throws: TreeError.reservedName(path: Array(name.utf8))) { try hash { $0.file(name) } }
    }

    @Test(arguments: [
        "top/.gitignore", "top/git", "top/.git2", "top/git~2", "top/.git~1", "top/a:.git", "top/a\\.git", "top/.gi",
        "top/.git.x", "top/.git x", "top/g", "top/.gitmodules",
    ])
    func `What is called something like .git is not`(name: String) throws {
        let expected = ReferenceTree.directory([(Array(name.dropFirst(4).utf8), .file(""))])
        #expect(try hash { $0.file(name) } == expected.digest)
    }

    @Test func `A name has at most 255 bytes`() throws {
        let longest = String(repeating: "n", count: 255)
        let expected = ReferenceTree.directory([(Array(longest.utf8), .file("x"))])
        #expect(try hash { $0.file("top/" + longest, "x") } == expected.digest)
        let path = Array("top/\(longest)n".utf8)
        #expect(throws: TreeError.nameTooLong(path: path)) { try hash { $0.add(path) } }
        // 128 characters of two bytes: it is bytes that count.
        let wide = Array("top/".utf8) + Array(String(repeating: "é", count: 128).utf8)
        #expect(throws: TreeError.nameTooLong(path: wide)) { try hash { $0.add(wide) } }
    }

    @Test func `A symbolic link leads to at most 4095 bytes`() throws {
        let longest = String(repeating: "t", count: 4095)
        let expected: ReferenceTree = ["l": .symlink(longest)]
        #expect(try hash { $0.symlink("top/l", to: longest) } == expected.digest)
        #expect(throws: TreeError.illegalTarget(path: Array("top/l".utf8))) {
            try hash { $0.symlink("top/l", to: longest + "t") }
        }
    }

    @Test func `A path has at most 4095 bytes`() {
        let path = Array((1...32).map { _ in String(repeating: "d", count: 127) }.joined(separator: "/").utf8)
        #expect(path.count == 4095)
        #expect(throws: Never.self) { try hash { $0.add(path) } }
        #expect(throws: TreeError.pathTooLong(path: path + path.prefix(1), limit: 4095)) {
            try hash { $0.add(path + path.prefix(1)) }
        }
    }

    @Test func `63 directories may lie within each other, and not 64`() throws {
        func path(_ depth: Int) -> String { (1...depth).map { "d\($0)" }.joined(separator: "/") }
        func tree(_ depth: Int) -> ReferenceTree {
            (1...depth).reversed().reduce(ReferenceTree.file("deep")) { inner, level in
                .directory([(Array("d\(level)".utf8), inner)])
            }
        }
        // The directory at the top is taken off; what is left has its own.
        #expect(try hash { $0.file("top/\(path(63))/f", "") } == wrapped(63).digest)
        #expect(try hash { $0.file("top/\(path(63))", "deep") } == tree(63).digest)
        #expect(throws: TreeError.self) { try hash { $0.file("top/\(path(64))/f", "") } }
        #expect(throws: TreeError.self) { try hash { $0.directory("top/\(path(64))") } }
        // Nothing is taken off where there are two.
        #expect(throws: Never.self) {
            try hash {
                $0.file("other")
                $0.directory(path(63))
            }
        }
        #expect(throws: TreeError.self) {
            try hash {
                $0.file("other")
                $0.directory(path(64))
            }
        }
        #expect(throws: TreeError.self) { try hash { $0.directory(path(1000)) } }
    }

    private func wrapped(_ depth: Int) -> ReferenceTree {
        (1...depth).reversed().reduce(["f": .file("")] as ReferenceTree) { inner, level in
            .directory([(Array("d\(level)".utf8), inner)])
        }
    }
}
