import JSON
import Support
import Testing

/// `hash`, beside what Nix itself says of the same thing.
@Suite(.enabled(if: NixSandbox.isAvailable, "left out: Nix is not installed"))
struct HashTests {
    private func sandbox() throws -> (Project, NixSandbox) { (try Project(), try NixSandbox()) }

    /// What a Nix program prints.
    private func nix(_ nix: NixSandbox, _ argv: [String]) async throws -> String {
        let result = try await nix.nix(argv)
        #expect(result.status == 0, "\(argv): \(result.stderr)")
        return result.lines.last ?? ""
    }

    private func folder(_ project: Project) async throws {
        try project.write("tree/a", "a\n")
        try project.write("tree/a.b", "dot sorts before slash\n")
        try project.write("tree/a-b/c", "c\n")
        try project.write("tree/empty", "")
        try await run(["chmod", "755", project.file("tree/a.b")])
        try await run(["ln", "-s", "a", project.file("tree/é")])
        try await run(["mkdir", project.file("tree/none")])
    }

    @Test func aFolderAsNixHashPath() async throws {
        let (project, nix) = try sandbox()
        try await folder(project)
        let tree = project.file("tree")
        #expect(try await project.pinr("hash", "tree").expect(0).stdout == (try await nix.hashPath(tree)) + "\n")
        for (format, option) in [("nix32", ["--base32"]), ("hex", [])] {
            let expected = try await self.nix(nix, ["nix-hash", "--type", "sha256"] + option + [tree])
            #expect(try await project.pinr("hash", tree, "--format", format).expect(0).stdout == expected + "\n")
        }
    }

    @Test func aFileAsNixHashFile() async throws {
        let (project, nix) = try sandbox()
        try project.write("some file.txt", "bytes\n")
        let path = project.file("some file.txt")
        for (format, option) in [("sri", "--sri"), ("nix32", "--base32"), ("hex", "--base16")] {
            let expected = try await self.nix(nix, ["nix", "hash", "file", "--type", "sha256", option, path])
            let url = "file://" + project.file("some%20file.txt")
            for target in ["some file.txt", path, url] {
                for flat in [[], ["--flat"]] {
                    let run = try await project.pinr(["hash", target, "--format", format] + flat).expect(0)
                    #expect(run.stdout == expected + "\n")
                }
            }
        }
    }

    @Test(arguments: ["tar.gz", "tar.xz", "zip"])
    func anArchiveAsNixPrefetchURL(_ ending: String) async throws {
        let (project, nix) = try sandbox()
        try await folder(project)
        let pack = ["tar.gz": ["tar", "-czf"], "tar.xz": ["tar", "-cJf"], "zip": ["zip", "-qry"]][ending] ?? []
        try await run(pack + ["a.\(ending)", "tree"], directory: project.path)
        let upstream = try await Upstream.shared()
        let served = try upstream.put("files/\(upstream.uniqueName()).\(ending)", try project.read("a.\(ending)"))
        let path = project.file("a.\(ending)")
        // Unpacked, and as it is.
        for (option, mine) in [(["--unpack", "--name", "source"], ["--unpack"]), ([], [])] {
            let expected = try await self.nix(nix, ["nix-prefetch-url", "--type", "sha256"] + option + [served])
            for target in ["a.\(ending)", "file://\(path)", served] {
                let run = try await project.pinr(["hash", target, "--format", "nix32"] + mine).expect(0)
                #expect(run.stdout == expected + "\n", "\(target) \(mine)")
            }
        }
        #expect(
            try await project.pinr("hash", path, "--unpack").lines == [try await nix.hashPath(project.file("tree"))])
    }

    @Test func storePathsAreThoseNixMakes() async throws {
        let (project, nix) = try sandbox()
        try await folder(project)
        try await run(["tar", "-czf", "a+b.tar.gz", "tree"], directory: project.path)
        let archive = project.file("a+b.tar.gz")
        let tree = try await project.pinr("hash", archive, "--unpack", "--json").expect(0).json
        #expect(tree["method"]?.string == "nar")
        let unpacked = try await nix.nix([
            "nix-prefetch-url", "--print-path", "--unpack", "--name", "source", "file://\(archive)",
        ])
        #expect(unpacked.lines == [tree["nix32"]?.string, tree["storePath"]?.string])
        let file = try await project.pinr("hash", archive, "--json").expect(0).json
        #expect(file["method"]?.string == "flat")
        let flat = try await nix.nix(["nix-prefetch-url", "--print-path", "file://\(archive)"])
        #expect(flat.lines == [file["nix32"]?.string, file["storePath"]?.string])
    }

    @Test func whatCannotBeHashedIsSaid() async throws {
        let project = try Project()
        try project.write("tree/a", "a\n")
        try await project.pinr("hash", "nowhere").expectFailure(saying: "`nowhere`", "no such file")
        try expectError("not-found", try await project.pinr("hash", "nowhere", "--json"))
        try await project.pinr("hash", "tree", "--unpack").expectFailure(saying: "`tree` is a folder", "--unpack")
        try await project.pinr("hash", "tree/a", "--unpack").expectFailure(saying: "`tree/a`: ", "not an archive")
        try await run(["mkfifo", project.file("tree/pipe")])
        try await project.pinr("hash", "tree").expectFailure(saying: "error: `tree/pipe` is a FIFO")
    }
}
