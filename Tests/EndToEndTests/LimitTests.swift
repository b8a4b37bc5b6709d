import JSON
import Support
import Testing

/// How much an archive may unpack to, and the options that say so.
struct LimitTests {
    /// Three files of 5,000 bytes, two directories below the top.
    private func archive(in project: Project) async throws -> String {
        for name in ["top/a", "top/b", "top/deep/deeper/c"] {
            try project.write(name, String(repeating: "x", count: 5000))
        }
        try await run(["tar", "--sort=name", "-czf", "a.tar.gz", "top"], directory: project.path)
        return project.file("a.tar.gz")
    }

    static let exceeded: [(options: [String], words: [String])] = [
        (["--max-unpacked-size", "14999"], ["more than 14999 bytes", "`top/deep/deeper/c`", "`--max-unpacked-size`"]),
        (["--max-unpacked-size", "9K"], ["more than 9 KiB", "`top/b`"]),
        (["--max-entries", "5"], ["more than 5 files and directories", "`--max-entries`"]),
        (["--max-path-length", "16"], ["`top/deep/deeper/c` is longer than 16 bytes", "`--max-path-length`"]),
        (["--max-depth", "1"], ["more than 1 directories deep", "`--max-depth`"]),
    ]

    @Test(arguments: exceeded)
    func `What an archive exceeds is said, and which option allows it`(options: [String], words: [String]) async throws
    {
        let project = try Project()
        let archive = try await archive(in: project)
        let run = try await project.pinr(["hash", "--unpack", archive] + options)
        for word in words { run.expectFailure(saying: word) }
        try expectError("bad-tree", try await project.pinr(["hash", "--unpack", archive, "--json"] + options))
        // Nothing is pinned of it either, and what is pinned stays.
        try await project.pinr("init", "--bare").expect(0)
        try await project.pinr(["add", "file://\(archive)", "--name", "a"] + options).expectFailure(saying: words[0])
        #expect(try project.names() == [])
        try await project.pinr("add", "file://\(archive)", "--name", "a").expect(0, quietly: false)
        let before = try project.read("pins/pins.json")
        try await project.pinr(["update", "--refetch"] + options).expectFailure(saying: words[0])
        try await project.pinr(["verify"] + options).expectFailure(saying: words[0])
        #expect(try project.read("pins/pins.json") == before)
    }

    @Test func `What an archive just keeps to changes nothing`() async throws {
        let project = try Project()
        let archive = try await archive(in: project)
        let limits = [
            "--max-unpacked-size", "15000", "--max-entries", "6", "--max-path-length", "17", "--max-depth", "2",
            "--max-ratio", "1",
        ]
        let free = try await project.pinr("hash", "--unpack", archive).expect(0).stdout
        #expect(try await project.pinr(["hash", "--unpack", archive] + limits).expect(0).stdout == free)
    }

    @Test(arguments: [
        ["--max-unpacked-size", "0"], ["--max-unpacked-size", "lots"], ["--max-unpacked-size", "1Z"],
        ["--max-unpacked-size", "99999999999T"], ["--max-unpacked-size", "-1"], ["--max-entries", "0"],
        ["--max-entries", "1K"], ["--max-path-length", "0"], ["--max-depth", "0"], ["--max-depth", "2001"],
        ["--max-ratio", "0"],
    ])
    func `A limit that is none is refused`(options: [String]) async throws {
        let project = try Project()
        for command in [["hash", "x"], ["add", "x"], ["update"], ["verify"]] {
            let run = try await project.pinr(command + options)
            #expect(run.status == 64, "\(run)")
            #expect(run.stderr.contains(options[0]), "\(run)")
        }
    }
}
