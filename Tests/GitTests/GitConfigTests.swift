import Foundation
import Support
import Testing

@testable import Git

/// git's configuration syntax, against `git config` for the same file.
@Suite struct GitConfigTests {
    static let files = [
        "", "\n", "# c\n; d\n", "[a]\nb=c", "[a]b=c\n", "[A.B]\nC-d = E\n", "[a \"B.c\"]\nd=e\n", "[a]b\n",
        "[a] b = \n",
        "b = 1\n", "[a]\nb = c # d\n", "[a]\nb = \"c # d\" ; e\n", "[a]\nb = c\\\n  d\n", "[a]\nb = \"c\\\nd\"\n",
        "[a]\nb = x  y \t\n", "[a]\nb = x \"  \" \n", "[a]\nb = \\t\\n\\b\\\\\\\"\n", "[a]\nb = \\x\n",
        "[a]\nb = \"c\n",
        "[a]\r\nb = c\r\nd = e\\\r\nf\r\n", "[a]\nb = c\rd\n", "\u{FEFF}[a]\nb=c\n", "\u{FEFF}\u{FEFF}[a]\nb=c\n",
        "[a \"x\\\"y\\\\z\\q\"]\nb=c\n", "[a \"x\ny\"]\nb=c\n", "[a \"x\\\ny\"]\nb=c\n", "[a \"x\" ]\nb=c\n",
        "[a\"x\"]\nb=c\n",
        "[a  \t\"x\"]\nb=c\n", "[a\n\"x\"]\nb=c\n", "[]\nb=c\n", "[a", "[a \"x", "[a]\n1=2\n", "[a]\nb c\n",
        "[a]\nb_=c\n",
        "[a]\nb\t=\tc\n", "[a]\nb\n=c\n", "[a]\n-b=c\n", "[a]\nb==c\n", "[a]\nb=c\\", "[a]\nb=c\"d\"e\n",
        "[a]\nb=\"\" x\n",
        "[a \"\"]\nb=c\n", "[.]\nb=c\n", "[a.]\nb=c\n", "[a]\nb=1\nb=2\n[c]\n[a]\nb=3\n",
        "[submodule \"x\"]\n\tpath = x\n",
        "[a]\nb = ü\u{301}\n", "[ä]\nb=c\n", "[a \"ä\"]\nb=c\n", "=c\n", "[a]]\n", "[a]\n[b]c=d[e]\n",
        "[a]b=c [d]e=f\n",
        "[a]\nb = \\\n\\\n  c\n", "[a]\nb;c\n", "[a]\nb = ;c\n", "[a]\nb = c;d\n", "[a]\n\u{0B}b=c\n",
        "[include]\npath=/etc/passwd\n",
        "[a]\nb =\"x\"\\\n", "[a]#x\nb=c\n", "[a]  # x\n  b=c\n", "[a]\nb=c\u{0C}\n", "[a \"x\"y]\nb=c\n",
        "[a b]\nc=d\n",
    ]

    @Test(arguments: files)
    func readsAsGitDoes(_ file: String) async throws {
        try await Self.compare(Array(file.utf8))
    }

    @Test func readsAsGitDoesWhateverThereIs() async throws {
        let pieces = [
            "[", "]", "a", "B", "\"", "\\", "\n", "\n", " ", "=", "#", ";", "\r\n", ".", "-", "1", "[a \"b\"]\n",
            "x = y\n",
        ]
        var random = SeededGenerator(seed: 7)
        for _ in 0..<200 {
            let count = Int.random(in: 1...14, using: &random)
            let file = (0..<count).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
            let section = Bool.random(using: &random) ? "[s]\n" : ""
            try await Self.compare(Array((section + file).utf8))
        }
    }

    @Test func nulIsRefused() {
        #expect(throws: GitConfigFault(line: 2)) { try GitConfig(parsing: Array("[a]\nb=\0c\n".utf8)) }
        #expect(throws: GitConfigFault(line: 3)) { try GitConfig(parsing: Array("[a]\nb=c\n?\n".utf8)) }
    }

    /// Before 2.45 git made a space of every tab inside a value; that difference is left out.
    private static func compare(_ file: [UInt8]) async throws {
        let directory = TemporaryDirectory()
        let path = directory.file("config")
        try Data(file).write(to: URL(fileURLWithPath: path))
        let result = try await runProcess(
            ["git", "config", "--no-includes", "-f", path, "--list", "-z"],
            environment: isolatedEnvironment(home: directory.file("home")))
        func blanked(_ bytes: [UInt8]) -> [UInt8] { bytes.map { $0 == 0x09 || $0 == 0x0D ? 0x20 : $0 } }
        let shown = String(decoding: file, as: UTF8.self).debugDescription
        guard let config = try? GitConfig(parsing: file) else {
            #expect(result.status != 0, "\(shown)")
            return
        }
        var listed: [UInt8] = []
        for variable in config.variables {
            listed += variable.key
            if let value = variable.value { listed += [0x0A] + value }
            listed.append(0)
        }
        #expect(result.status == 0, "\(shown): \(result.stderr)")
        #expect(blanked(listed) == blanked(result.stdoutBytes), "\(shown)")
    }
}
