import Foundation
import JSON
import Support
import Testing

/// Links that keep what they lead to.
extension PathTests {
    @Test func aRootKeepsWhatItLeadsTo() async throws {
        let project = try await Sources.project(["archive", "file"])
        let nix = try NixSandbox()
        func collect() async throws {
            #expect(try await nix.nix(["nix-store", "--gc"]).status == 0)
        }
        func isThere(_ path: String) -> Bool { FileManager.default.fileExists(atPath: nix.realPath(path)) }
        let path = try #require(
            try await project.pinr(["path", "archive", "--gc-root", "x/roots"], environment: nix.environment)
                .expect(0).lines.first)
        let file = try #require(
            try await project.pinr(["path", "file"], environment: nix.environment).expect(0).lines.first)
        #expect(isThere(path) && isThere(file))
        let link = project.file("x/roots/archive")
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == path)
        try await collect()
        #expect(isThere(path) && !isThere(file))
        try FileManager.default.removeItem(atPath: link)
        try await collect()
        #expect(!isThere(path))
    }

    @Test func aRootIsMovedAndNothingElseIs() async throws {
        let project = try await Sources.project(["archive", "file"])
        let nix = try NixSandbox()
        let roots = project.file("roots")
        func link(_ name: String) -> String? {
            try? FileManager.default.destinationOfSymbolicLink(atPath: "\(roots)/\(name)")
        }
        try FileManager.default.createDirectory(atPath: roots, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: "\(roots)/archive", withDestinationPath: "/nix/store/0ccnxa25whszw7mgbgyzdm4nqc0zwnm8-source")
        try project.write("roots/file", "mine")
        let run = try await project.pinr(
            ["path", "archive", "file", "--gc-root", roots], environment: nix.environment)
        #expect(run.status == 1 && run.lines.count == 2 && link("archive") == run.lines.first, "\(run)")
        #expect(try String(decoding: project.read("roots/file"), as: UTF8.self) == "mine")
        #expect(run.stderr.contains("`\(roots)/file` is there already"), "\(run)")

        for other in ["/etc/passwd", "/nix/storehouse/x", "nowhere"] {
            try FileManager.default.removeItem(atPath: "\(roots)/file")
            try FileManager.default.createSymbolicLink(atPath: "\(roots)/file", withDestinationPath: other)
            let json = try await project.pinr(
                ["path", "file", "--gc-root", "roots", "--json"], environment: nix.environment)
            #expect(json.status == 1 && link("file") == other)
            #expect(try json.json["paths"]?["file"]?["inStore"] == true)
            expectErrorObject(try json.json["failed"]?[0]?["error"], code: "exists")
        }
        // A file where the folder is to be.
        let taken = try await project.pinr(
            ["path", "file", "--gc-root", "pins/pins.json", "--json"], environment: nix.environment)
        #expect(taken.status == 1)
        expectErrorObject(try taken.json["failed"]?[0]?["error"], code: "io")
    }
}
