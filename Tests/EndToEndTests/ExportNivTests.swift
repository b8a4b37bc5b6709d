import Foundation
import JSON
import Support
import Testing

/// The way to niv: what its `sources.nix` fetches is what was pinned.
@Suite(.enabled(if: NixSandbox.isAvailable, "left out: Nix is not installed"))
struct ExportNivTests {
    @Test func nixFetchesTheSame() async throws {
        let project = try await Sources.project()
        let nix = try NixSandbox()
        let run = try await project.pinr("export", "niv").expect(0, quietly: false)
        #expect(run.lines.last == "wrote \(Sources.names.count) pins to nix/sources.json", "\(run)")
        // Of these niv has no notion how they move.
        for name in ["channel", "artifact"] {
            #expect(run.stderr.contains("\(name): the tool does not follow"), "\(run)")
        }
        let there = try JSON(
            parsing: Array(
                try await nix.evaluate(ImportNivTests.Moving.sourcesNix(project.file("nix/sources.json"))).utf8))
        for name in Sources.names {
            let path = try #require(there[name]?.string)
            let here = try await nix.evaluateString("(import \(project.file("pins"))).\(name).outPath")
            #expect(path == here, "\(name)")
        }
    }

    @Test func whatWasExportedIsImportedAsTheSame() async throws {
        let project = try await Sources.project(["github", "archive", "file", "git"])
        try await project.pinr("export", "niv").expect(0)
        let back = try await Project.connected()
        try back.write("nix/sources.json", String(decoding: try project.read("nix/sources.json"), as: UTF8.self))
        try await back.pinr("import", "niv").expect(0, quietly: false)
        for name in try project.names() {
            for key in ["url", "hash", "revision", "fetcher"] {
                #expect(try back.pin(name)["locked"]?[key] == (try project.pin(name)["locked"]?[key]), "\(name).\(key)")
            }
        }
        #expect(try back.names() == (try project.names()))
    }

    @Test func anotherFileIsNotOverwritten() async throws {
        let project = try await Sources.project(["file"])
        try project.write("nix/sources.json", "{}\n")
        try await project.pinr("export", "niv").expectFailure(saying: "there is a `nix/sources.json` already")
        #expect(try project.read("nix/sources.json") == Array("{}\n".utf8))
        try await project.pinr("export", "niv", "--force").expect(0)
        try await project.pinr("export", "niv").expect(0)
    }
}
