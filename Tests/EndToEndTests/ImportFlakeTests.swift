import Foundation
import JSON
import NixHash
import Support
import Testing

/// The locks of flakes: those that real Nix writes, and those of newer ones than may be installed.
@Suite(.enabled(if: NixSandbox.isAvailable, "left out: Nix is not installed"))
struct ImportFlakeTests {
    /// A flake's folder, outside of any repository.
    private struct Flake {
        let nix: NixSandbox
        let path: String

        /// Locks these inputs and returns the store path of each.
        func lock(_ inputs: String) async throws -> [String: String] {
            try """
            {
              inputs = { \(inputs) };
              outputs = inputs: {
                paths = builtins.mapAttrs (_: input: (input.sourceInfo or input).outPath) (removeAttrs inputs [ "self" ]);
              };
            }
            """.write(toFile: "\(path)/flake.nix", atomically: true, encoding: .utf8)
            let locked = try await nix.nix(["nix", "flake", "lock", "path:\(path)"])
            #expect(locked.status == 0, "\(locked.stderr)")
            let result = try await nix.nix(["nix", "eval", "--json", "path:\(path)#paths"])
            #expect(result.status == 0, "\(result.stderr)")
            return try JSONDecoder().decode([String: String].self, from: Data(result.stdout.utf8))
        }
    }

    private func flake(_ project: Project) throws -> Flake {
        try project.write("flake/x", "")
        return Flake(nix: try NixSandbox(), path: project.file("flake"))
    }

    /// The store path that our own `default.nix` gives for a pin.
    private func outPath(_ name: String, _ project: Project, _ nix: NixSandbox) async throws -> String {
        try await nix.evaluateString("(import \(project.file("pins"))).\(name).outPath")
    }

    @Test func `What real Nix has locked is what real Nix fetches for the pins`() async throws {
        let upstream = try await Upstream.shared()
        let project = try await Project.connected()
        let flake = try flake(project)
        let source = try await upstream.github()
        try await source.work.tag("v1", message: "one")
        try await source.publish()
        let local = try await TestRepository(at: project.file("local"))
        try local.write("sub/flake.nix", "{ outputs = _: { }; }\n")
        try await local.commit("one")
        let dependent = try await TestRepository(at: project.file("dependent"))
        try dependent.write(
            "flake.nix", "{ inputs.dep = { url = \"git+file://\(local.path)?dir=sub\"; }; outputs = _: { }; }\n")
        try await dependent.commit("one")
        let name = upstream.uniqueName()
        let archive = try upstream.put("\(name)/a.tar.gz", try await upstream.archive("a", ["f": "x", "d/g": "y"]))
        try project.write("folder/f", "x")

        let paths = try await flake.lock(
            """
            branch = { url = "git+\(source.url)?ref=main"; flake = false; };
            tag = { url = "git+\(source.url)?ref=refs/tags/v1"; flake = false; };
            local = { url = "git+file://\(local.path)?dir=sub"; };
            dependent.url = "git+file://\(dependent.path)";
            dep.follows = "dependent/dep";
            archive = { url = "\(archive)"; flake = false; };
            folder = { url = "path:\(project.file("folder"))"; flake = false; };
            """)

        let imported = try await project.pinr("import", "flake", "flake")
        imported.expect(1, quietly: false)
        #expect(imported.lines.contains { $0.hasPrefix("folder: not taken") }, "\(imported)")
        #expect(try project.names() == ["archive", "branch", "dep", "dependent", "local", "tag"])
        #expect(try project.pin("dep") == project.pin("local"))
        #expect(try project.pin("local")["source"]?["dir"] == "sub")
        #expect(try project.pin("branch")["source"]?["branch"] == "main")
        #expect(try project.pin("tag")["source"]?["at"] == "refs/tags/v1")
        for name in try project.names() {
            #expect(try await outPath(name, project, flake.nix) == paths[name], "\(name)")
        }
        // Nothing has moved, so that an update finds nothing to do.
        let before = try project.lock()
        try await project.pinr("verify").expect(0, quietly: false)
        try await project.pinr("update", "--check").expect(0, quietly: false)
        #expect(try project.lock() == before)
        // And what moves is followed.
        let revision = try await source.advance()
        try await project.pinr("update").expect(0, quietly: false)
        #expect(try project.pin("branch")["locked"]?["revision"]?.string == revision)
        #expect(try project.pin("tag") == before["pins"]?["tag"])

        // Once more: they are here already.
        let again = try await project.pinr("import", "flake", "flake/flake.lock", "--skip-unsupported")
        again.expect(0, quietly: false)
        #expect(again.lines.contains("branch: here already") && again.lines.contains("tag: here already"), "\(again)")
        #expect(try project.pin("branch")["locked"]?["revision"]?.string == revision)
        // One that has moved since is told of, and another is not.
        let locked = try #require(before["pins"]?["branch"]?["locked"]?["revision"]?.string)
        #expect(again.stderr.contains("branch: it is here already and stays at \(revision.prefix(12))"), "\(again)")
        #expect(
            again.stderr.contains("there it is at \(locked.prefix(12))") && !again.stderr.contains("tag:"), "\(again)")
        let forced = try await project.pinr("import", "flake", "flake", "--skip-unsupported", "--force")
        forced.expect(0, quietly: false)
        #expect(try project.lock() == before)
    }

    /// Before 2.20 Nix hashed what `git archive` makes of a tree: then the hash is another one, at the same commit.
    @Test func `A tree whose attributes change a checkout is hashed anew`() async throws {
        let project = try await Project.connected()
        let flake = try flake(project)
        let repository = try await TestRepository(at: project.file("attributes"))
        try repository.write(".gitattributes", "secret export-ignore\n")
        try repository.write("secret", "x")
        try repository.write("f", "x")
        let revision = try await repository.commit("one")
        _ = try await flake.lock("it = { url = \"git+file://\(repository.path)\"; flake = false; };")
        let lock = try JSON(parsing: try project.read("flake/flake.lock"))
        let old = try #require(lock["nodes"]?["it"]?["locked"]?["narHash"]?.string)

        let imported = try await project.pinr("import", "flake", "flake")
        imported.expect(0, quietly: false)
        let locked = try project.pin("it")["locked"]
        #expect(locked?["revision"]?.string == revision)
        #expect(locked?["attributes"] == ["export-ignore"])
        let committed = try await flake.nix.hashPath(try await export(repository, project))
        #expect(locked?["hash"]?.string == committed)
        // A newer Nix than that has the same already.
        if old != committed { #expect(imported.stdout.contains("hashed anew"), "\(imported)") }
    }

    /// The files of a commit as they are committed.
    private func export(_ repository: TestRepository, _ project: Project) async throws -> String {
        let path = project.file("exported")
        try await run(["cp", "-r", repository.path, path], directory: project.path)
        try FileManager.default.removeItem(atPath: "\(path)/.git")
        return path
    }

    // MARK: Locks as newer versions write them

    private func write(_ inputs: [String: String], _ project: Project) throws {
        let nodes = inputs.map { "\"\($0.key)\":\($0.value)" }.sorted().joined(separator: ",")
        let names = inputs.keys.map { "\"\($0)\":\"\($0)\"" }.sorted().joined(separator: ",")
        try project.write(
            "flake.lock", "{\"nodes\":{\(nodes),\"root\":{\"inputs\":{\(names)}}},\"root\":\"root\",\"version\":7}")
    }

    private func node(_ locked: String, _ original: String) -> String {
        "{\"locked\":{\(locked)},\"original\":{\(original)}}"
    }

    /// The hash is that of the same tree, and so nothing is fetched for it.
    @Test func `A forge's archive keeps its hash without a download`() async throws {
        let upstream = try await Upstream.shared()
        let project = try await Project.connected()
        let nix = try NixSandbox()
        let source = try await upstream.github()
        let revision = try await source.work.revision()
        let hash = try await nix.hashPath(try await export(source.work, project))
        let repository = "\"owner\":\"\(source.owner)\",\"repo\":\"\(source.repo)\",\"type\":\"github\""
        let locked = repository + ",\"rev\":\"\(revision)\",\"narHash\":\"\(hash)\",\"lastModified\":1"
        try write(
            [
                "plain": node(locked, repository), "branch": node(locked, repository + ",\"ref\":\"main\""),
                "fixed": node(locked, repository + ",\"rev\":\"\(revision)\""),
                "lib": node(locked + ",\"dir\":\"lib\"", repository + ",\"dir\":\"lib\""),
            ], project)
        try await project.pinr("import", "flake").expect(0, quietly: false)
        #expect(!upstream.forge.accessLog().contains { $0.uri.contains("\(source.repo)/archive/") })
        #expect(try project.pin("branch")["source"]?["branch"] == "main")
        #expect(try project.pin("fixed")["source"]?["at"]?.string == revision)
        #expect(try project.pin("lib")["source"]?["dir"] == "lib")
        for name in ["plain", "branch", "fixed", "lib"] {
            let path = try await outPath(name, project, nix)
            #expect(try await nix.hashPath(nix.realPath(path)) == hash)
            #expect(try project.pin(name)["locked"]?["url"]?.string == source.archiveURL(revision))
        }
        try await project.pinr("verify").expect(0, quietly: false)
        try await project.pinr("update", "--check").expect(0, quietly: false)
        try await source.advance()
        try await project.pinr("update", "--check").expect(2, quietly: false)
        try await project.pinr("update").expect(0, quietly: false)
        #expect(try project.pin("fixed")["locked"]?["revision"]?.string == revision)
        #expect(try project.pin("lib")["locked"]?["revision"]?.string != revision)
        #expect(try project.pin("lib")["source"]?["dir"] == "lib")
    }

    /// What docs/migrate.md says to do, on the flake that it shows: before and after, Nix's own flakes see the same.
    @Test func `The steps of the documentation lead to the same outputs`() async throws {
        let upstream = try await Upstream.shared()
        let project = try await Project.connected()
        let nix = try NixSandbox()
        let (library, tool) = (try await upstream.github(), try await upstream.github())
        func rewritten(_ flake: String) -> String {
            flake.replacing("https://git.example.org/mylib.git", with: library.url)
                .replacing("https://git.example.org/tool.git", with: tool.url)
        }
        func publish(_ flake: String, in repository: Repository) async throws {
            try repository.work.write("flake.nix", flake)
            try await repository.work.git("add", "flake.nix")
            try await repository.work.commit("a flake")
            try await repository.publish()
        }
        // What the tool has locked itself is another revision than the one that it is told to follow.
        try await publish("{ outputs = _: { lib = \"old\"; }; }\n", in: library)
        try await publish(
            """
            {
              inputs.mylib.url = "git+\(library.url)?ref=main";
              outputs = { self, mylib }: { greeting = "Hello, ${mylib.lib} ${mylib.rev}"; };
            }
            """, in: tool)
        let locked = try await nix.nix(["nix", "flake", "lock", "git+file://\(tool.work.path)"])
        #expect(locked.status == 0, "\(locked.stderr)")
        try await tool.work.git("add", "flake.lock")
        try await tool.work.commit("locked")
        try await tool.publish()
        try await publish("{ outputs = _: { lib = \"new\"; }; }\n", in: library)

        let flakes = try MigrationSteps.blocks("nix", below: "From a flake")
        try #require(flakes.count == 2)
        func outputs() async throws -> JSON {
            var outputs: JSONObject = [:]
            for name in ["lib", "greeting"] {
                let flake = "path:\(project.path)#\(name)"
                let result = try await nix.nix(["nix", "eval", "--json", "--no-write-lock-file", flake])
                #expect(result.status == 0, "\(result.stderr)")
                outputs[name] = try JSON(parsing: Array(result.stdout.utf8))
            }
            return .object(outputs)
        }
        try project.write("flake.nix", rewritten(flakes[0]))
        let written = try await nix.nix(["nix", "flake", "lock", "path:\(project.path)"])
        #expect(written.status == 0, "\(written.stderr)")
        let before = try await outputs()
        #expect(before["greeting"]?.string == "Hello, new \(try await library.work.revision())")
        try await MigrationSteps.run(MigrationSteps.of("From a flake"), in: project)
        try project.write("flake.nix", flakes[1])
        #expect(try await outputs() == before)
        // What was said of a pin is not said again when it is here.
        #expect(
            try await project.pinr("import", "flake").expect(0).lines == [
                "mylib: here already", "tool: here already", "took 0 pins from flake.lock",
            ])
        try FileManager.default.removeItem(atPath: project.file("flake.lock"))
        #expect(try await outputs() == before)
    }

    /// Nix locks a file by the NAR that holds it.
    @Test(arguments: [0, 1, 8, 100_000, 9 << 20])
    func `A file is compared with the NAR that was locked`(size: Int) async throws {
        let upstream = try await Upstream.shared()
        let project = try await Project.connected()
        let nix = try NixSandbox()
        let name = upstream.uniqueName()
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let url = try upstream.put("\(name)/a b.bin", bytes).replacing(" ", with: "%20")
        let hash = try await nix.hashPath("\(upstream.root)/\(name)/a b.bin")
        let original = "\"type\":\"file\",\"url\":\"\(url)\""
        try write(["it": node(original + ",\"narHash\":\"\(hash)\"", original)], project)
        try await project.pinr("import", "flake").expect(0, quietly: false)
        let path = try await outPath("it", project, nix)
        #expect(path.hasSuffix("-a_b.bin"))
        #expect(FileManager.default.contents(atPath: nix.realPath(path)) == Data(bytes))
        try await project.pinr("update", "--check").expect(0, quietly: false)

        // What is there now is not what was locked: no pin is made of it, and the one that is here stays.
        let before = try project.lock()
        try upstream.put("\(name)/a b.bin", bytes + [0])
        let changed = try await project.pinr("import", "flake", "--force")
        changed.expect(1, quietly: false)
        #expect(changed.stderr.contains(hash), "\(changed)")
        #expect(try project.lock() == before)
    }

    @Test func `What was locked and cannot be had fails alone`() async throws {
        let upstream = try await Upstream.shared()
        let project = try await Project.connected()
        let source = try await upstream.github()
        let revision = try await source.work.revision()
        let gone = String(repeating: "1", count: 40)
        let git = "\"type\":\"git\",\"url\":\"\(source.url)\",\"ref\":\"main\""
        let wrong = "\"narHash\":\"sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\""
        try write(
            [
                "good": node(git + ",\"rev\":\"\(revision)\"", git), "gone": node(git + ",\"rev\":\"\(gone)\"", git),
                "wrong": node(git + ",\"rev\":\"\(revision)\",\(wrong)", git),
                "lost": node("\"type\":\"path\",\"path\":\"/srv/x\"", "\"type\":\"path\",\"path\":\"/srv/x\""),
            ], project)
        let imported = try await project.pinr("import", "flake", "--json")
        #expect(imported.status == 1)
        #expect(try imported.json["pins"]?.object?.keys == ["good"])
        #expect(try imported.json["failed"]?.array?.compactMap { $0["name"]?.string }.sorted() == ["gone", "wrong"])
        #expect(try imported.json["skipped"]?.array?.map { $0["name"] } == ["lost"])
        #expect(try project.names() == ["good"])
    }
}
