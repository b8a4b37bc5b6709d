import Foundation
import Support
import Testing

/// `templates/ci/check-pins.sh` as a job runs it, with real Nix.
@Suite(.enabled(if: NixSandbox.canEnter, "left out: no Nix, or nothing may be mounted here"))
struct CheckPinsTests {
    private static let script = "\(packageRoot)/templates/ci/check-pins.sh"

    /// What a project builds of its pin `x`, a file.
    private static func recipe(_ command: String) -> String {
        """
        let
          sources = import ./pins;
        in
        derivation {
          name = "copy";
          system = builtins.currentSystem;
          builder = "/bin/sh";
          args = [ "-c" "export PATH=/usr/bin:/bin; \(command); exit" ];
          file = sources.x;
        }

        """
    }

    private static let same = recipe("cat $file > $out")
    private static let other = recipe("cat $file /proc/sys/kernel/random/uuid > $out")

    /// A project with the pin `x`, and where its file lies.
    private func project() async throws -> (project: Project, file: String) {
        let upstream = try await Upstream.shared()
        let file = "files/\(upstream.uniqueName()).txt"
        let project = try Project()
        try await project.pinr("add", try upstream.put(file, "pinned\n".utf8), "--name", "x").expect(0)
        return (project, file)
    }

    private func check(_ project: Project, _ arguments: String...) async throws -> ProcessResult {
        let nix = try NixSandbox()
        var environment = nix.environmentInside
        environment["PATH"] = Binary.path(before: environment["PATH"])
        return try await runProcess(
            try nix.inside([Self.script] + arguments), environment: environment, directory: project.path,
            timeout: patience)
    }

    @Test func whatIsTheSameTwiceIsInOrder() async throws {
        let (project, _) = try await project()
        try project.write("default.nix", Self.same)
        let result = try await check(project)
        #expect(result.status == 0, "\(result)")
        #expect(result.stdout.contains("x: ok\n"), "\(result)")
        #expect(result.lines.filter { $0.hasPrefix("/nix/store/") && $0.hasSuffix("-copy") }.count == 2, "\(result)")
    }

    @Test(arguments: ["default.nix", "ci/image.nix"])
    func whatIsAnotherThingTheSecondTimeIsFound(_ file: String) async throws {
        let (project, _) = try await project()
        let isDefault = file == "default.nix"
        if !isDefault { try project.write("default.nix", Self.same) }
        try project.write(file, isDefault ? Self.other : Self.other.replacing("./pins", with: "../pins"))
        let result = isDefault ? try await check(project) : try await check(project, file)
        #expect(result.status == 104, "\(result)")
        #expect(result.stderr.contains("what \(file) builds is another thing the second time"), "\(result)")
        #expect(result.stderr.contains("-copy"), "\(result)")
    }

    @Test func aSourceThatWasReplacedStopsTheJobBeforeAnythingIsBuilt() async throws {
        let (project, file) = try await project()
        try project.write("default.nix", Self.same)
        try await Upstream.shared().put(file, "replaced\n".utf8)
        let result = try await check(project)
        #expect(result.status == 2, "\(result)")
        #expect(!result.stdout.contains("building"), "\(result)")
    }

    @Test func aBuildThatFailsFailsTheJob() async throws {
        let (project, _) = try await project()
        try project.write("default.nix", Self.recipe("exit 7"))
        let result = try await check(project)
        #expect(result.status == 1 || result.status == 100, "\(result)")
    }

    /// Nix says nothing to a set that has its derivations further down, and is content.
    @Test func whoNamesAFileThatBuildsNothingIsTold() async throws {
        let (project, _) = try await project()
        try project.write("sets.nix", "{ deeper.down = \n\(Self.same.replacing("\n}\n", with: "\n};")) }")
        let nothing = try await check(project, "sets.nix")
        #expect(nothing.status == 1 && nothing.stderr.contains("sets.nix has no derivation of its own"), "\(nothing)")
        let named = try await check(project, "sets.nix", "deeper.down")
        #expect(named.status == 0 && named.stdout.contains("-copy"), "\(named)")
        // Nobody asked for that of default.nix.
        try project.write("default.nix", "{ deeper = { }; }")
        let pins = try await check(project)
        #expect(pins.status == 0 && pins.stderr.contains("nothing was built"), "\(pins)")
    }

    @Test func whatIsMissingIsNamed() async throws {
        let (project, _) = try await project()
        for (programs, missing) in [([], "pinr"), (["pinr"], "nix-build")] as [([String], String)] {
            let folder = project.file("bin-\(missing)")
            try await run(["mkdir", folder])
            for program in programs { try await run(["ln", "-s", Binary.pinr, "\(folder)/\(program)"]) }
            let result = try await runProcess(
                ["/bin/sh", Self.script, "x.nix"], environment: ["PATH": folder], directory: project.path)
            #expect(
                result.status == 1 && result.stderr == "check-pins: there is no \(missing) on the PATH\n", "\(result)")
        }
    }

    @Test func withoutAnythingToBuildThePinsAreVerified() async throws {
        let (project, _) = try await project()
        let result = try await check(project)
        #expect(result.status == 0 && result.stderr.contains("nothing was built"), "\(result)")
    }
}
