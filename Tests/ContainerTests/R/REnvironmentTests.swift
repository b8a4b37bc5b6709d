import Foundation
import JSON
import Support
import Testing

/// `templates/r`, run with real Nix and the machine's R in the place of the pinned one.
@Suite(
    .enabled(
        if: NixSandbox.canBuild && NixSandbox.canEnter && isInstalled("Rscript"),
        "left out: it takes R, and Nix with builders and mounts of their own"))
struct REnvironmentTests {
    private static let file = "r/r-env.nix"

    /// Runs R code with the packages of a project.
    private func r(_ code: String, _ project: NixProject, _ arguments: [String] = []) async throws -> ProcessResult {
        let env = try await project.build(Self.file, "env", arguments)
        return try await project.runInside(["\(env)/bin/Rscript", "-e", code])
    }

    @Test func `A script brings its own R, from wherever it is run`() async throws {
        let project = try await NixProject("r")
        try project.write("table.csv", "a,name,b\n1,x,10\n3,y,\n")
        let script = project.file("r/analysis.R")
        let fromRoot = try await project.runInside([script], directory: "/")
        #expect(fromRoot.status == 0, "\(fromRoot)")
        #expect(fromRoot.lines.first?.hasSuffix(": 32 rows") == true, "\(fromRoot)")
        let beside = try await project.runInside(["./analysis.R", "../table.csv"], directory: project.file("r"))
        #expect(beside.status == 0, "\(beside)")
        #expect(beside.lines.dropFirst().map { $0.split(separator: " ") } == [["a", "b"], ["2", "10"]], "\(beside)")
        let help = try await project.runInside([script, "--help"])
        #expect(help.status == 0 && help.stdout.hasPrefix("usage: analysis.R"), "\(help)")
        for wrong in [["--frobnicate"], ["a.csv", "b.csv"]] {
            let refused = try await project.runInside([script] + wrong)
            #expect(refused.status == 64, "\(refused)")
            #expect(refused.stderr.contains("usage: analysis.R"), "\(refused)")
        }
    }

    @Test func `A shell has R and knows how texts are written`() async throws {
        let project = try await NixProject("r")
        let result = try await project.runInside([
            "nix-shell", "--pure", project.file(Self.file), "-A", "shell", "--arg", "packages", "[ \"R6\" ]",
            "--run", #"Rscript -e 'cat(R6::stand_in(), l10n_info()$`UTF-8`)'"#,
        ])
        #expect(result.stdout == "R6 2.6.1 TRUE", "\(result)")
    }

    @Test func `The packages of a list and of a DESCRIPTION are there`() async throws {
        let project = try await NixProject("r")
        try project.write(
            "DESCRIPTION",
            """
            Package: analysis
            Depends: R (>= 4.1), methods
            Imports: data.table (>= 1.14),
                import,
                utils
            Suggests: nowhere

            """)
        let code = "cat(data.table::stand_in(), import::stand_in(), rlang::stand_in(), cli::stand_in(), sep = '|')"
        let result = try await r(code, project, ["--arg", "packages", "[ \"rlang\" ]"])
        // cli comes with rlang.
        #expect(result.stdout == "data.table 1.17.8|import 1.3.4|rlang 1.1.6|cli 3.6.5", "\(result)")
        let without = try await r("jsonlite::stand_in()", project)
        #expect(without.status != 0)
    }

    @Test(arguments: [
        ("Imports: nowhere", "has no R package nowhere; pin it: pinr add cran:nowhere"),
        ("Imports: cli (>= 4.0)", "cli (>= 4.0) is asked for, and the pins have 3.6.5"),
        ("Depends: R (>= 5.0)", "asks for another R than 4."),
    ])
    func `What the pins do not have is said before anything is built`(field: String, message: String) async throws {
        let project = try await NixProject("r")
        try project.write("DESCRIPTION", "Package: analysis\n\(field)\n")
        let result = try await project.attempt(Self.file, "env", ["--dry-run"])
        #expect(result.status != 0)
        #expect(result.stderr.contains(message), "\(result.stderr)")
    }

    // MARK: Packages of CRAN

    /// A CRAN with two packages, of which the first imports the second and one of nixpkgs; both pinned.
    private func projectWithCRAN() async throws -> NixProject {
        let project = try await NixProject("r")
        let work = TemporaryDirectory()
        var index = ""
        for (name, imports) in [("thing", "made.up (>= 1.2), cli, utils"), ("made.up", "")] {
            let description = """
                Package: \(name)
                Version: 1.2-3
                Title: Thing
                Description: A thing.
                Author: A
                Maintainer: A <a@example.org>
                License: MIT
                Imports: \(imports)

                """
            try work.write(
                "\(name)/DESCRIPTION", imports.isEmpty ? description.replacing("Imports: \n", with: "") : description)
            let calls = imports.isEmpty ? "'made up'" : "paste('a thing', made.up::say(), cli::stand_in())"
            try work.write("\(name)/NAMESPACE", "export(say)\n")
            try work.write("\(name)/R/say.R", "say <- function() \(calls)\n")
            let archive = "\(name)_1.2-3.tar.gz"
            try await run(["tar", "-czf", work.file(archive), "-C", work.path, name])
            try project.serve("src/contrib/\(archive)", try work.read(archive))
            index += "Package: \(name)\nVersion: 1.2-3\nNeedsCompilation: no\n\n"
        }
        try project.serve("src/contrib/PACKAGES", index.utf8)
        for name in ["thing", "made.up"] {
            try await project.pinr(["add", "cran:\(name)"], environment: ["PINR_CRAN_HOST": project.serverURL])
        }
        return project
    }

    @Test func `A package that nixpkgs lacks comes from a pin, with what it needs`() async throws {
        let project = try await projectWithCRAN()
        try project.write("DESCRIPTION", "Package: analysis\nImports: thing (>= 1.2-1)\n")
        let result = try await r("cat(thing::say(), format(packageVersion('thing')))", project)
        #expect(result.stdout == "a thing made up cli 3.6.5 1.2.3", "\(result)")

        // Its needs may be written down, where nothing may be built while Nix evaluates.
        let arguments = [
            "--arg", "depends", #"{ thing = [ "made.up" "cli" ]; "made.up" = [ ]; }"#,
            "--option", "allow-import-from-derivation", "false",
        ]
        let written = try await r("cat(thing::say())", project, arguments)
        #expect(written.stdout == "a thing made up cli 3.6.5", "\(written)")
    }

    @Test func `A pinned package is what the packages of nixpkgs take, too`() async throws {
        let project = try await NixProject("r")
        let work = TemporaryDirectory()
        try work.write(
            "cli/DESCRIPTION",
            """
            Package: cli
            Version: 9.1
            Title: Thing
            Description: A thing.
            Author: A
            Maintainer: A <a@example.org>
            License: MIT

            """)
        try work.write("cli/NAMESPACE", "export(stand_in)\n")
        try work.write("cli/R/say.R", "stand_in <- function() 'pinned'\n")
        try await run(["tar", "-czf", work.file("cli_9.1.tar.gz"), "-C", work.path, "cli"])
        try project.serve("src/contrib/cli_9.1.tar.gz", try work.read("cli_9.1.tar.gz"))
        try project.serve("src/contrib/PACKAGES", "Package: cli\nVersion: 9.1\nNeedsCompilation: no\n\n".utf8)
        try await project.pinr(["add", "cran:cli"], environment: ["PINR_CRAN_HOST": project.serverURL])
        // rlang needs cli.
        for packages in [#"[ "rlang" ]"#, #"[ "rlang" "cli" ]"#] {
            let result = try await r(
                "cat(rlang::stand_in(), cli::stand_in())", project, ["--arg", "packages", packages])
            #expect(result.stdout == "rlang 1.1.6 pinned", "\(result)")
        }
    }

    @Test func `A local copy stands in the place of a pinned package`() async throws {
        let project = try await projectWithCRAN()
        let copy = project.directory.file("copy")
        try project.directory.write(
            "copy/DESCRIPTION",
            """
            Package: made.up
            Version: 1.3
            Title: Thing
            Description: A thing.
            Author: A
            Maintainer: A <a@example.org>
            License: MIT
            Imports: R6

            """)
        try project.directory.write("copy/NAMESPACE", "export(say)\n")
        try project.directory.write("copy/R/say.R", "say <- function() paste('here', R6::stand_in())\n")
        let env = try await project.build(
            Self.file, "env", ["--arg", "packages", "[ \"thing\" ]"], environment: ["PINR_OVERRIDE_made_up": copy])
        let result = try await project.runInside(["\(env)/bin/Rscript", "-e", "cat(thing::say())"])
        #expect(result.stdout == "a thing here R6 2.6.1 cli 3.6.5", "\(result)")
    }

    @Test func `A package that is another than the pinned one stops the build`() async throws {
        let project = try await projectWithCRAN()
        let hash = try #require(try project.locked("thing")["hash"]?.string)
        try project.edit(hash, to: "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
        let result = try await project.attempt(Self.file, "env", ["--arg", "packages", "[ \"thing\" ]"])
        #expect(result.status != 0)
        #expect(result.stderr.contains("hash mismatch"), "\(result.stderr)")
        // The others do not need it.
        #expect(
            try await r("cat(made.up::say())", project, ["--arg", "packages", "[ \"made.up\" ]"]).stdout == "made up")
    }

    @Test func `On macOS too the image is for Linux`() async throws {
        let project = try await NixProject("r", "images")
        func tag(_ arguments: [String]) async throws -> String {
            try await project.nix.nix(
                [
                    "nix-instantiate", "--eval", "--read-write-mode", project.file(Self.file), "-A",
                    "image.layered.imageTag",
                ]
                    + arguments
            ).trimmed
        }
        let linux = try await tag(["--argstr", "system", "x86_64-linux"])
        #expect(linux.hasPrefix("\"pins-"))
        #expect(try await tag(["--argstr", "system", "x86_64-darwin"]) == linux)
    }

    @Test func `Without the template of images the image says what is missing`() async throws {
        let project = try await NixProject("r")
        let result = try await project.attempt(Self.file, "image.layered")
        #expect(result.status != 0)
        #expect(result.stderr.contains("pinr template apply images"), "\(result.stderr)")
    }
}
