import Git
import Support
import Testing

struct TextDifferenceTests {
    private func hunks(_ old: String, _ new: String) throws -> String? {
        try TextDifference.hunks(from: Array(old.utf8), to: Array(new.utf8)).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `Lines that differ are told as git tells them`() throws {
        #expect(try hunks("a\n", "a\n") == "")
        #expect(try hunks("", "") == "")
        #expect(try hunks("", "a\nb") == "@@ -0,0 +1,2 @@\n+a\n+b\n\\ No newline at end of file\n")
        #expect(try hunks("a\n", "") == "@@ -1 +0,0 @@\n-a\n")
        #expect(try hunks("@@\n@@x\n", "@@\n@@y\n") == "@@ -1,2 +1,2 @@\n @@\n-@@x\n+@@y\n")
        #expect(try hunks("a\0b", "a\n") == nil)
    }

    @Test(arguments: [("a\0b", "a\n"), ("", "\0"), ("\0\0", "")])
    func `What is no text is told so that git takes it`(_ old: String, _ new: String) async throws {
        let folder = TemporaryDirectory()
        let binary = try TextDifference.binaryPatch(from: Array(old.utf8), to: Array(new.utf8))
        try folder.write("file", old)
        try folder.write("patch", Array("diff --git a/file b/file\n".utf8) + binary)
        let result = try await runProcess(
            ["git", "apply", "patch"], environment: isolatedEnvironment(home: folder.path), directory: folder.path)
        #expect(result.status == 0 && result.stderr == "", "\(result)")
        #expect(try folder.readText("file") == new)
    }

    @Test func `They are those of git itself`() async throws {
        let folder = TemporaryDirectory()
        let old = (1...60).map { "line \($0)\n" }
        var new = old
        new[4] = "another\n"
        new.remove(at: 30)
        new.append("the end without a line end")
        try folder.write("old", old.joined())
        try folder.write("new", new.joined())
        let git = try await runProcess(
            ["git", "diff", "--no-index", "old", "new"], environment: isolatedEnvironment(home: folder.path),
            directory: folder.path)
        let expected = git.stdout.split(separator: "\n", omittingEmptySubsequences: false).drop { !$0.hasPrefix("@@") }
        #expect(try hunks(old.joined(), new.joined()) == expected.joined(separator: "\n"))
    }
}
