import Foundation
import JSON
import Support
import Testing

@Suite struct UpgradeTests {
    @Test func whatIsNewIsLeftAsItIs() async throws {
        let project = try Project()
        try await project.pinr("init", "--bare").expect(0)
        let (lock, defaultNix) = (try project.read("pins/pins.json"), try project.read("pins/default.nix"))
        #expect(try await project.pinr("upgrade").expect(0).lines == ["everything is of the newest format"])
        #expect(
            try await project.pinr("upgrade", "--json").expect(0).json == ["from": 1, "to": 1, "written": []])
        #expect(try project.read("pins/pins.json") == lock)
        #expect(try project.read("pins/default.nix") == defaultNix)
    }

    /// A file that was written by hand, and a `default.nix` of the first generation, as an earlier program left it.
    @Test func whatIsOldBecomesNewAndMeansTheSame() async throws {
        let project = try Project()
        try await project.pinr("init", "--bare").expect(0)
        try await project.pinr("add", "file://\(project.file("pins/pins.json"))", "--name", "x").expect(0)
        let (lock, defaultNix) = (try project.read("pins/pins.json"), try project.read("pins/default.nix"))
        try project.write("pins/pins.json", String(decoding: lock, as: UTF8.self).replacing("\n", with: "\r\n "))
        let first = try String(
            contentsOfFile: "\(packageRoot)/Tests/Fixtures/default-nix/generation-1.nix", encoding: .utf8)
        #expect(Array(first.utf8) != defaultNix)
        try project.write("pins/default.nix", first)
        let run = try await project.pinr("upgrade").expect(0)
        #expect(run.lines == ["wrote pins/pins.json", "wrote pins/default.nix"])
        #expect(try project.read("pins/pins.json") == lock)
        #expect(try project.read("pins/default.nix") == defaultNix)
    }

    @Test func whatIsEditedOrOfALaterProgramIsLeftAlone() async throws {
        let project = try Project()
        try await project.pinr("init", "--bare").expect(0)
        try project.write("pins/default.nix", "{ }\n")
        let run = try await project.pinr("upgrade").expect(0, quietly: false)
        #expect(run.stderr.contains("was not made by pinr and is left alone"))
        #expect(try project.read("pins/default.nix") == Array("{ }\n".utf8))

        try project.write("pins/pins.json", #"{"pins": {}, "version": 2}"#)
        try await project.pinr("upgrade").expectFailure(saying: "is of version 2 of the format", "use a newer pinr")
        #expect(try project.read("pins/pins.json") == Array(#"{"pins": {}, "version": 2}"#.utf8))
    }

    @Test func whereThereIsNoLockThereIsNothingToUpgrade() async throws {
        let project = try Project()
        try await project.pinr("upgrade").expectFailure(saying: "there is no `pins/pins.json`", "pinr init")
    }
}
