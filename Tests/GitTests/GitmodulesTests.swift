import Testing

@testable import Git

/// What a `.gitmodules` file says to Nix, and to git.
@Suite struct GitmodulesTests {
    private func parse(_ text: String) throws -> Gitmodules { try Gitmodules(parsing: Array(text.utf8)) }

    private func entry(_ lines: String, name: String = "n") throws -> Gitmodules.Entry {
        try #require(try parse("[submodule \"\(name)\"]\n\(lines)\n").entries.first)
    }

    @Test func entriesAreInTheOrderOfTheirNames() throws {
        let modules = try parse(
            """
            [core]
                path = nothing
            [submodule]
                path = nothing
            [submodule "b"]
                path = x
                url = ../one
                branch = main
            [submodule "A"]
                URL = ../two
                Path = ./y//z/../w/
            [submodule "without path"]
                url = ../three
            [submodule.C]
                path = c
            [submodule "b"]
                update = none
            """)
        #expect(modules.entries.map { String(decoding: $0.name, as: UTF8.self) } == ["A", "b", "c"])
        #expect(modules.entries.map { String(decoding: $0.path, as: UTF8.self) } == ["y/w", "x", "c"])
        #expect(modules.entries.map { String(decoding: $0.url, as: UTF8.self) } == ["../two", "../one", ""])
        #expect(modules.entries[1].branch == Array("main".utf8))
        #expect(modules.entries[1].verdictOfGit == .leftEmpty)
    }

    /// Of a variable that is there twice the first counts, as in Nix.
    @Test func theFirstValueCounts() throws {
        let entry = try entry("path = a\nurl = ../x\nurl = ../y\npath = b")
        #expect(entry.path == Array("a".utf8) && entry.url == Array("../x".utf8))
        #expect(entry.isAmbiguous && entry.verdictOfGit == .refused)
        #expect(try !self.entry("path = a\npath = a").isAmbiguous)
    }

    @Test(arguments: [
        ("path = a", "n", Gitmodules.Entry.GitVerdict.same), ("path = a\nupdate = checkout", "n", .same),
        ("path = a\nupdate = rebase", "n", .same), ("path = a\nupdate = none\nupdate = merge", "n", .same),
        ("path = a\nupdate = none", "n", .leftEmpty), ("path = a\nupdate = !id", "n", .refused),
        ("path = a/", "n", .refused), ("path = ./a", "n", .refused), ("path = -a", "n", .refused),
        ("path = a", "", .refused), ("path = a", "../n", .refused), ("path = a", "n/..", .refused),
        ("path = a", "n..m", .same), ("path = a\nbranch = x\nignore = all\nshallow = true", "n", .same),
    ])
    func gitThinks(_ lines: String, _ name: String, _ verdict: Gitmodules.Entry.GitVerdict) throws {
        #expect(try entry(lines, name: name).verdictOfGit == verdict)
    }

    @Test(arguments: [
        ("[submodule \"x\"]\n\tpath\n", GitmodulesFault.missingValue("submodule.x.path")),
        ("[submodule \"x\"]\n\turl\n", .missingValue("submodule.x.url")),
        ("[submodule \"x\"\n\tpath = y\n", .malformed(line: 1)), ("a = b\n?\n", .malformed(line: 2)),
        ("[submodule \"x\"]\n\tpath = \\\n  y\n", .ambiguous(line: 2)),
        ("[submodule \"x\"]\n\tpath = \"\" y\n", .ambiguous(line: 2)),
        ("[submodule \"x\"]\n\tpath = y\\\n\n\turl = z\n", .ambiguous(line: 2)),
        ("[include]\n\tpath = /etc/passwd\n", .include), ("[includeIf \"gitdir:/\"]\n\tpath = x\n", .include),
    ])
    func isRefused(_ text: String, _ fault: GitmodulesFault) {
        #expect(throws: fault) { try parse(text) }
    }
}
