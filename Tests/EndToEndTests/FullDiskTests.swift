import Support
import Testing

/// What a run says that has no room for what it fetches.
struct FullDiskTests {
    /// A file may have no more than 64 KiB: the refusal is the system's, as that of a full disk is.
    @Test func `A commit for which there is no room is nothing that its server did wrong`() async throws {
        let folder = TemporaryDirectory()
        let work = try await TestRepository(at: folder.file("work"))
        var generator = SeededGenerator(seed: 1)
        try work.write("noise", (0..<300_000).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
        _ = try await work.commit("one")
        _ = try await work.bareCopy(at: folder.file("srv/x.git"))
        let server = try await GitHTTPServer(root: folder.file("srv"))
        let project = try Project()
        try await project.pinr("init", "--bare").expect(0)
        let before = try project.read("pins/pins.json")

        let temporary = try project.newTemporaryFolder()
        let run = try await run(["add", "git+\(server.baseURL)/x.git", "--json"], in: project, temporary, blocks: 128)
        try expectError("io", run)
        #expect(run.stderr.contains("set TMPDIR to a folder that is there and has room"), "\(run)")
        try expectNothingLeft(in: temporary, #_sourceLocation)
        #expect(try project.read("pins/pins.json") == before)
    }

    @Test func `Files of templates for which there is no room leave all as it was`() async throws {
        let project = try Project()
        try project.write("alpine/nix.conf", "mine")
        let arguments = ["template", "apply", "alpine", "--no-pins", "--force", "--json"]
        let temporary = try project.newTemporaryFolder()
        let run = try await run(arguments, in: project, temporary, blocks: 2)
        try expectError("io", run)
        try expectNothingLeft(in: temporary, #_sourceLocation)
        #expect(try project.list(".") == ["alpine"] && project.list("alpine") == ["nix.conf"])
        #expect(try project.read("alpine/nix.conf") == Array("mine".utf8))
    }

    /// Runs `pinr` where no file may have more than so many blocks of 512 bytes.
    private func run(
        _ arguments: [String], in project: Project, _ temporary: String, blocks: Int
    ) async throws -> Run {
        let result = try await runProcess(
            ["sh", "-c", "trap '' XFSZ; ulimit -f \(blocks); exec \"$@\"", "sh", Binary.pinr] + arguments,
            environment: project.variables(temporary, [:]), directory: project.path)
        return Run(arguments: arguments, result: result)
    }
}
