import Lockfile
import NixHash
import NixStore
import Testing

@testable import PinrKit

extension WordingTests {
    private static let hash = SHA256.hash([])

    private static let path = try? StorePath(flat: hash, name: "x")

    private static func failed(_ words: String) -> NixStoreError {
        .failed(program: hostile, status: 1, words: Array(words.utf8) + bytes)
    }

    static let nixStoreErrors: [(any Error, Problem.Code)] = {
        var errors: [(any Error, Problem.Code)] = [
            (NixStoreError.noNix(program: hostile), .nix), (failed("error: "), .nix), (failed("no\n\n"), .nix),
            (NixStoreError.failed(program: hostile, status: 1, words: []), .nix),
            (NixStoreError.timedOut(program: hostile), .timeout),
            (NixStoreError.notStarted(program: hostile, errnum: 13), .nix),
            (NixStoreError.malformedAnswer(program: hostile, bytes), .nix),
            (NixStoreError.relativeDirectory(variable: hostile, path: hostile), .usage),
            (NixStoreError.elsewhere(url: hostile), .unsupported),
            (NixStoreError.rootTaken(path: hostile), .exists),
            (NixStoreError.system(path: hostile, errnum: 13), .io),
        ]
        if let path {
            errors.append((NixStoreError.otherPath(expected: path, actual: hostile), .hashMismatch))
        }
        return errors
    }()

    /// What only the use cases know of the store.
    static let nixStoreProblems: [(any Error, Problem.Code)] = {
        let file = Fetch.file(url: hostile, hash: hash, name: "x")
        let git = Fetch.git(GitFetch(url: hostile, revision: hostile, hash: hash))
        var problems: [(any Error, Problem.Code)] = [
            (Problem(failed("error: "), fetching: file, pin: hostile), .nix),
            (Problem(failed("error: hash mismatch"), fetching: file, pin: hostile), .hashMismatch),
            (Problem(failed("error: "), fetching: git, pin: hostile), .nix),
            (Problem.wrongKind(.folder, at: hostile, pin: hostile), .hashMismatch),
            (Problem.wrongKind(.symbolicLink, at: hostile, pin: hostile), .hashMismatch),
            (Problem.wrongKind(.other, at: hostile, pin: hostile), .hashMismatch),
            (Problem.otherHash(locked: hash, now: hash, pin: hostile), .hashMismatch),
        ]
        if let path {
            problems += [
                (Problem.notInStore(path, pin: hostile), .notFound), (Problem.noNix(for: path), .nix),
                (Problem.offline(path), .offline),
            ]
        }
        return problems
    }()

    @Test(arguments: [
        ("error: one\ntwo", "one two"), ("warning: w\nerror: a\n\n       error: b\n         c\n", "b c"),
        ("\u{1B}[31;1merror:\u{1B}[0m bad '\u{1B}[35;1mx\u{1B}[0m'\n", "bad 'x'"), ("just\nlines\n", "just lines"),
        ("1\n2\n3\n4\n5\n6\n", "2 3 4 5 6"), ("", ""), ("\u{1B}[", ""),
    ])
    func `Of what Nix says the last error is shown`(words: String, expected: String) {
        #expect(Problem.lastWords(of: Array(words.utf8)) == expected)
    }
}
