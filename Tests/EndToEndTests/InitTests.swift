import JSON
import Support
import Testing

@Suite struct InitTests {
    @Test func bareMakesTwoFilesWithoutAPin() async throws {
        let project = try Project()
        try await project.pinr("init", "--bare").expect(0)
        #expect(try project.list("pins") == ["default.nix", "pins.json"])
        #expect(try project.lock() == ["pins": [:], "version": 1])
    }

    @Test func pinsNixpkgs() async throws {
        let upstream = try await Upstream.shared()
        let channel = try await upstream.channel("nixpkgs-unstable")
        let project = try await Project.connected()
        try await project.pinr("init").expect(0)
        #expect(try project.list("pins") == ["default.nix", "pins.json"])
        #expect(try project.names() == ["nixpkgs"])
        #expect(try project.pin("nixpkgs")["source"] == ["channel": "nixpkgs-unstable", "type": "channel"])
        #expect(try project.pin("nixpkgs")["locked"]?["url"]?.string == channel.url(1))
    }

    /// Beside another tool's lock it says how its pins come here, and takes none by itself.
    @Test func suggestsToImportWhatIsThere() async throws {
        let project = try Project()
        try project.write("npins/sources.json", "{}")
        try project.write("flake.lock", "{}")
        let made = try await project.pinr("init", "--bare").expect(0)
        #expect(
            made.lines.dropFirst() == [
                "there is a npins/sources.json: `pinr import npins` takes its pins over",
                "there is a flake.lock: `pinr import flake` takes its pins over",
            ])
        #expect(try project.lock() == ["pins": [:], "version": 1])
        #expect(try await project.pinr("init", "--json").expect(0).json["importable"] == [])

        // What is pinned at once has to give way to its namesake.
        _ = try await Upstream.shared().channel("nixpkgs-unstable")
        let connected = try await Project.connected()
        try connected.write("nix/sources.json", "{}")
        let line = try await connected.pinr("init").expect(0).lines.last
        #expect(line == "there is a nix/sources.json: `pinr import niv --force` takes its pins over")
        #expect(try await Project.connected().pinr("init", "--json").expect(0).json["importable"] == [])
    }

    @Test func againItOnlyRefreshesDefaultNix() async throws {
        let project = try Project()
        try await project.pinr("init", "--bare").expect(0)
        try await project.pinr("add", "file://\(project.file("pins/pins.json"))", "--name", "x").expect(0)
        let (lock, defaultNix) = (try project.read("pins/pins.json"), try project.read("pins/default.nix"))

        // No --bare, and no network to get nixpkgs from: nothing is added to a lock that is there.
        try await run(["rm", project.file("pins/default.nix")])
        try await project.pinr("init", "--offline").expect(0)
        #expect(try project.read("pins/pins.json") == lock)
        #expect(try project.read("pins/default.nix") == defaultNix)
    }

    @Test func leavesAnEditedDefaultNixAloneUnlessForced() async throws {
        let project = try Project()
        try await project.pinr("init", "--bare").expect(0)
        let original = try project.read("pins/default.nix")
        let edited = String(decoding: original, as: UTF8.self) + "# mine\n"
        try project.write("pins/default.nix", edited)
        let kept = try await project.pinr("init", "--bare").expect(0, quietly: false)
        #expect(kept.stderr.contains("warning: ") && kept.stderr.contains("init --force"), "\(kept)")
        #expect(try project.read("pins/default.nix") == Array(edited.utf8))
        try await project.pinr("init", "--bare", "--force").expect(0)
        #expect(try project.read("pins/default.nix") == original)
    }

    @Test func makesNothingWhenNixpkgsCannotBeHad() async throws {
        let project = try Project(["PINR_CHANNEL_HOST": "http://127.0.0.1:1"])
        try await project.pinr("init").expectFailure(saying: "http://127.0.0.1:1/nixpkgs-unstable/nixexprs.tar.xz")
        #expect(try project.list(".") == [])
    }
}
