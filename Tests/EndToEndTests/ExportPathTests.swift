import Foundation
import JSON
import Support
import Testing

/// Where `export` writes, and what of a pin keeps it from nothing.
struct ExportPathTests {
    @Test(arguments: ["npins", "niv"])
    func `A path that is no file's is refused, and nothing is made`(tool: String) async throws {
        let project = try await Sources.project(["file"])
        try project.write("folder/x", "x")
        let usual = tool == "npins" ? "`npins/sources.json`" : "`nix/sources.json`"
        for path in ["new/", "new/deep/", "new/.", "new/..", ".", "..", "/", "folder", "folder/", "pins"] {
            let run = try await project.pinr("export", tool, path)
            run.expectFailure(saying: "`\(path)` is a folder", "the lock of \(tool) is a file", usual)
            try expectError("usage", try await project.pinr("export", tool, path, "--force", "--json"))
        }
        try await project.pinr("export", tool, "").expectFailure(
            saying: "the path of the file to write is empty", usual)
        #expect(try project.list("") == ["folder", "pins"])
        #expect(try project.list("folder") == ["x"])
        try await project.pinr("export", tool, "new/deep/x.json").expect(0, quietly: false)
        #expect(try project.list("new/deep") == ["x.json"])
    }

    /// What says when a pin is updated fetches nothing.
    @Test func `A pin with a minimum age is exported, also where its default branch has to be asked for`() async throws
    {
        let repository = try await Upstream.shared().github()
        let project = try await Project.connected()
        try await project.pinr("add", repository.notation, "--name", "p").expect(0)
        try project.edit(
            "\"type\": \"github\"",
            to: "\"group\": \"g\", \"minimumAge\": 7, \"schedule\": \"weekly\", \"type\": \"github\"")
        let locked = try project.pin("p")["locked"]
        let run = try await project.pinr("export", "npins").expect(0, quietly: false)
        #expect(run.stderr.contains("`source.group`, `source.minimumAge`, `source.schedule`"), "\(run)")
        let npins = try project.lock("npins/sources.json")["pins"]?["p"]
        #expect(npins?["branch"] == "main")
        let niv = try await project.pinr("export", "niv").expect(0, quietly: false)
        #expect(niv.stderr.contains("`source.group`, `source.minimumAge`, `source.schedule`"), "\(niv)")
        for entry in [npins, try project.lock("nix/sources.json")["p"]] {
            #expect(entry?["url"] == locked?["url"] && entry?["url"] != nil)
        }
    }
}
