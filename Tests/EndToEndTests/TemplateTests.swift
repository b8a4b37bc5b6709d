import Foundation
import JSON
import Support
import Testing

/// `template`: files that the program carries, put into projects.
@Suite struct TemplateTests {
    private static let templates = "\(packageRoot)/templates"

    private static let github = [".github/workflows/pins-check.yml", ".github/workflows/pins-update.yml"]

    /// The names of all templates.
    private func names(_ project: Project) async throws -> [String] {
        let templates = try await project.pinr("template", "list", "--json").expect(0).json["templates"]?.array
        return try #require(templates?.compactMap { $0["name"]?.string })
    }

    /// Everything in a folder of the project, with its mode.
    private func tree(_ project: Project, _ folder: String = ".") async throws -> String {
        let script =
            "cd \"$1\" && find . ! -path '*/.git*' -type f -exec stat -c '%a %n' {} + -exec sha256sum {} + | sort"
        return try await run(["sh", "-c", script, "sh", project.file(folder)]).stdout
    }

    @Test func theyAreListedAndShown() async throws {
        let project = try Project()
        let lines = try await project.pinr("template", "list").expect(0).lines
        #expect(try await names(project) == lines.map { String($0.prefix { $0 != " " }) })
        #expect(lines.contains { $0.hasPrefix("ci/github ") && $0.contains("GitHub Actions") })

        let shown = try await project.pinr("template", "show", "ci/github").expect(0).lines
        #expect(shown.first == "ci/github")
        for place in Self.github { #expect(shown.contains { $0.contains(place) }) }
        let json = try await project.pinr("template", "show", "ci/github", "--json").expect(0).json
        #expect(json.object?.keys == ["description", "files", "name", "needs", "next", "pins"])
        #expect(shown.suffix(2).first?.hasPrefix("    in .github/workflows/") == true)
        #expect(json["files"]?.array?.contains(["path": "ci/check-pins.sh", "executable": true]) == true)

        // Byte for byte.
        let text = try String(contentsOfFile: "\(Self.templates)/ci/check-pins.sh", encoding: .utf8)
        for name in ["ci/check-pins.sh", "check-pins.sh"] {
            #expect(try await project.pinr("template", "show", "ci/github", name).expect(0).stdout == text)
        }
        let file = try await project.pinr("template", "show", "ci/github", "check-pins.sh", "--json").expect(0).json
        #expect(file == ["path": "ci/check-pins.sh", "executable": true, "contents": .string(text)])
        try await project.pinr("template", "show", "ci/github", "nothing").expectFailure(
            saying: "has no file `nothing`", "`ci/check-pins.sh`")
    }

    @Test func whatWasAppliedIsAsInTheTemplate() async throws {
        let project = try Project()
        for name in try await names(project) {
            let folder = "all/\(name)"
            let run = try await project.pinr("template", "apply", name, folder, "--no-pins").expect(0)
            let written = run.lines.prefix { $0.hasPrefix("wrote \(folder)/") }
            // Then what to do there, and nothing else.
            #expect(!written.isEmpty && run.lines.dropFirst(written.count).first == "next, in \(folder):", "\(run)")
            let next = run.lines.dropFirst(written.count + 1)
            #expect(!next.isEmpty && next.allSatisfy { $0.hasPrefix("  ") }, "\(run)")
            #expect(try await project.pinr("template", "diff", name, folder, "--exit-code").expect(0).stdout == "")
            let before = try await tree(project, folder)
            let again = try await project.pinr("template", "apply", name, folder, "--no-pins").expect(0)
            #expect(again.lines.count == written.count)
            #expect(again.lines.allSatisfy { $0.hasPrefix("unchanged: \(folder)/") }, "\(again)")
            #expect(try await tree(project, folder) == before)
        }
        // And all of them at once, here.
        let all = try await names(project)
        try await project.pinr(["template", "apply"] + all + ["--no-pins"]).expect(0)
        #expect(try await project.pinr(["template", "diff"] + all + ["--exit-code"]).expect(0).stdout == "")
        let json = try await project.pinr(["template", "diff"] + all + ["--json", "--exit-code"]).expect(0).json
        #expect(json["files"] == [] && json["directory"] == ".")
    }

    @Test func aChangedFileStopsAllOfIt() async throws {
        let project = try Project()
        try await project.pinr("template", "apply", "ci/github").expect(0)
        let original = try await tree(project)
        try project.write("ci/check-pins.sh", "mine\u{1B}[31m\n")
        try project.write(Self.github[1], "mine too\n")
        try await run(["rm", project.file(Self.github[0])])
        let before = try await tree(project)
        let refused = try await project.pinr("template", "apply", "ci/github").expectFailure(
            saying: "`ci/check-pins.sh`", "`\(Self.github[1])`", "`pinr template diff ci/github`", "--force")
        #expect(!refused.stderr.contains(Self.github[0]))
        try expectError("exists", try await project.pinr("template", "apply", "ci/github", "--json"))
        try expectError("exists", try await project.pinr("template", "apply", "ci/github", "-n", "--json"))
        #expect(try await tree(project) == before)

        // As they are reached from here, and the command as it can be typed.
        let folder = "it's ours/größe"
        try await project.pinr("template", "apply", "ci/github", folder).expect(0)
        try project.write("\(folder)/ci/check-pins.sh", "mine\n")
        try await project.pinr("template", "apply", "ci/github", folder).expectFailure(
            saying: "`\(folder)/ci/check-pins.sh`", #"`pinr template diff ci/github 'it'\''s ours/größe'`"#)
        try await run(["rm", "-r", project.file("it's ours")])

        // The patch tells it all, and git takes it.
        let diff = try await project.pinr("template", "diff", "ci/github", "--exit-code").expect(2)
        #expect(diff.stdout.contains("-mine\u{1B}[31m\n") && diff.stdout.contains("new file mode 100644\n"))
        #expect(diff.stdout.contains("old mode 100644\nnew mode 100755\n"))
        try await project.pinr("template", "diff", "ci/github").expect(0)
        let files = try await project.pinr("template", "diff", "ci/github", "--json").expect(0).json["files"]?.array
        #expect(files?.map { $0["path"]?.string } == Self.github + ["ci/check-pins.sh"])
        #expect(files?.map { $0["state"]?.string } == ["missing", "changed", "changed"])
        try project.write("../d.patch", diff.stdout)
        try await run(["git", "apply", project.directory.file("d.patch")], directory: project.path)
        #expect(try await tree(project) == original)

        // Of a folder, git is told which one.
        try await project.pinr("template", "apply", "ci/github", "deep/er", "--no-pins").expect(0)
        let copy = try await tree(project, "deep/er")
        try project.write("deep/er/\(Self.github[1])", "mine\r\nwithout a line end")
        try await run(["rm", project.file("deep/er/\(Self.github[0])")])
        let deep = try await project.pinr("template", "diff", "ci/github", "deep/er").expect(0).stdout
        #expect(deep.contains("-mine\r\n") && deep.contains("\n\\ No newline at end of file\n"))
        try project.write("../d.patch", deep)
        try await run(
            ["git", "apply", "--directory=deep/er", project.directory.file("d.patch")], directory: project.path)
        #expect(try await tree(project, "deep/er") == copy)
        try await run(["rm", "-r", project.file("deep")])

        try project.write("ci/check-pins.sh", "mine\n")
        let forced = try await project.pinr("template", "apply", "ci/github", "--force").expect(0)
        #expect(forced.lines.contains("replaced ci/check-pins.sh"))
        #expect(try await tree(project) == original)
    }

    /// What a template builds on has been changed, as its words say, and is not to stop it.
    @Test func whatIsChangedCanBeLeft() async throws {
        let project = try Project()
        try await project.pinr("template", "apply", "ci/github").expect(0)
        try project.write(Self.github[1], "mine\n")
        try await run(["chmod", "a-x", project.file("ci/check-pins.sh")])
        try await run(["rm", project.file(Self.github[0])])
        let before = try await tree(project)
        let command = ["template", "apply", "ci/github-images", "--no-pins"]
        try await project.pinr(command).expectFailure(saying: "nothing was written", "`--keep` leaves what is there")
        try await project.pinr(command + ["--keep", "--force"]).expect(64)
        let dry = try await project.pinr(command + ["--keep", "-n"]).expect(0).lines
        #expect(dry.contains("would leave \(Self.github[1])") && dry.contains("would write \(Self.github[0])"))
        #expect(try await tree(project) == before)

        let kept = try await project.pinr(command + ["--keep"]).expect(0).lines
        #expect(kept.contains("left as it is: \(Self.github[1])") && kept.contains("left as it is: ci/check-pins.sh"))
        #expect(kept.contains("wrote \(Self.github[0])") && kept.contains("wrote ci/publish-image.sh"), "\(kept)")
        #expect(try project.read(Self.github[1]) == Array("mine\n".utf8))
        let different = try await project.pinr("template", "diff", "ci/github-images", "--json").expect(0).json
        #expect(different["files"]?.array?.map { $0["state"]?.string } == ["changed", "mode"])

        // All is there now: there is nothing to do next.
        let again = try await project.pinr(command + ["--keep"]).expect(0).lines
        #expect(again.allSatisfy { $0.hasPrefix("unchanged: ") || $0.hasPrefix("left as it is: ") }, "\(again)")
        let json = try await project.pinr(command + ["--keep", "--json"]).expect(0).json
        #expect(json["left"] == [.string(Self.github[1]), "ci/check-pins.sh"] && json["replaced"] == [])
        let forced = try await project.pinr(command + ["--force", "--json"]).expect(0).json
        #expect(forced["replaced"] == json["left"] && forced["left"] == [], "\(forced)")
    }

    /// Such as an editor makes of a file that it saves in UTF-16.
    @Test func whatIsNotTextIsInThePatchToo() async throws {
        let project = try Project()
        try await project.pinr("template", "apply", "ci/gitlab").expect(0)
        let original = try await tree(project)
        for mode in ["a-x", "a+x"] {
            try project.write("ci/check-pins.sh", "#\0!\0")
            try await run(["chmod", mode, project.file("ci/check-pins.sh")])
            try await run(["rm", project.file("ci/pins.gitlab-ci.yml")])
            let diff = try await project.pinr("template", "diff", "ci/gitlab").expect(0)
            try project.write("../d.patch", diff.stdout)
            let applied = try await run(["git", "apply", project.directory.file("d.patch")], directory: project.path)
            #expect(applied.stderr == "")
            #expect(try await tree(project) == original, "\(diff)")
        }
    }

    @Test func aModeIsADifferenceToo() async throws {
        let project = try Project()
        try await project.pinr("template", "apply", "ci/gitlab").expect(0)
        let original = try await tree(project)
        try await run(["chmod", "a-x", project.file("ci/check-pins.sh")])
        let diff = try await project.pinr("template", "diff", "ci/gitlab", "--exit-code").expect(2)
        #expect(
            diff.stdout
                == "diff --git a/ci/check-pins.sh b/ci/check-pins.sh\nold mode 100644\nnew mode 100755\n")
        try await project.pinr("template", "apply", "ci/gitlab").expectFailure(saying: "`ci/check-pins.sh`")
        try await project.pinr("template", "apply", "ci/gitlab", "--force").expect(0)
        #expect(try await tree(project) == original)
    }

    @Test func nothingIsWrittenThroughLinks() async throws {
        let project = try Project()
        try project.write("../outside/x", "theirs")
        for (link, target) in ["ci": "../outside", "ok/ci/check-pins.sh": "../../../outside/x"] {
            try project.write("ok/y", "")
            try await run(["mkdir", "-p", project.file("ok/ci")])
            try await run(["ln", "-s", target, project.file(link)])
        }
        for arguments in [["ci/github"], ["ci/github", "--force"], ["ci/github", "ok", "--force"]] {
            try await project.pinr(["template", "apply"] + arguments).expectFailure(saying: "is a symbolic link")
        }
        try await project.pinr("template", "diff", "ci/github").expectFailure(saying: "is a symbolic link")
        #expect(try project.list("../outside") == ["x"] && project.list(".") == ["ci", "ok"])
        #expect(try project.read("../outside/x") == Array("theirs".utf8))
        try await run(["mkdir", "-p", project.file("other/ci/check-pins.sh")])
        try await project.pinr("template", "apply", "ci/github", "other", "--force").expectFailure(
            saying: "`other/ci/check-pins.sh` is not a file")
        for folder in ["ok/y", "ok/y/deep/er", "ok/y/"] {
            for command in ["apply", "diff"] {
                try await project.pinr("template", command, "ci/github", folder).expectFailure(
                    saying: "`ok/y` is not a folder", "move it out of the way")
            }
        }
    }

    @Test(.enabled(if: Nobody.canRun, Nobody.whyNot)) func aFolderThatCannotBeWrittenTo() async throws {
        let project = try Project()
        try project.write("ci/x", "")
        let failure = try await Nobody.pinr(project, ["template", "apply", "ci/github"])
        failure.expectFailure(saying: "ermission denied", "check who may write there")
        #expect(try project.list(".") == ["ci"] && project.list("ci") == ["x"])
    }

    @Test func whatIsTooLargeIsNoLock() async throws {
        let project = try Project()
        try project.write("ci/check-pins.sh", "")
        try await run(["truncate", "-s", "200M", project.file("ci/check-pins.sh")])
        for arguments in [["diff"], ["apply"], ["apply", "--force"]] {
            try await project.pinr(["template"] + arguments + ["ci/github"]).expectFailure(
                saying: "`./ci/check-pins.sh` has more than 128 MiB, and the template has a file there")
        }
    }

    @Test func whenTheLockCannotBeWrittenTheFilesAreToldOf() async throws {
        let project = try await Project.connected()
        let run = try await project.pinr("template", "apply", "r", "--lock-file", "none/x.json").expect(
            1, quietly: false)
        #expect(run.lines.contains("wrote r/r-env.nix"), "\(run)")
        #expect(run.lines.contains("not pinned: nixpkgs; the same command again adds what is missing"), "\(run)")
        #expect(run.stderr.contains("`none/x.json`") && run.stderr.contains("`--directory`"), "\(run)")
        #expect(try project.list(".") == ["r"])
    }

    @Test func aDryRunWritesNothing() async throws {
        let project = try Project()
        let run = try await project.pinr("template", "apply", "ci/github", "new", "--dry-run").expect(0)
        #expect(run.lines.dropLast().allSatisfy { $0.hasPrefix("would write new/") })
        #expect(run.lines.last == "nothing was written")
        #expect(try project.list(".") == [])
    }

    /// In a part of a larger repository, and not in a project that is one.
    @Test func jobsThatNoForgeFindsAreToldOf() async throws {
        let project = try Project()
        try await run(["git", "init", "--quiet", project.path])
        for name in ["ci/github", "ci/gitlab", "ci/forgejo"] {
            try await project.pinr("template", "apply", name).expect(0)
            let below = try await project.pinr("template", "apply", name, "services/api").expect(0, quietly: false)
            #expect(below.stderr.contains("warning: a forge looks for jobs at the top of the repository"), "\(below)")
            #expect(below.stderr.contains("`services/api/"), "\(below)")
        }
        try await project.pinr("template", "apply", "r", "services/api", "--no-pins").expect(0)
        try await project.pinr("template", "apply", "ci/github", "new/one", "--dry-run").expect(0, quietly: false)
        // What is a repository itself, in another or not.
        try await run(["git", "init", "--quiet", project.file("inner")])
        try await project.pinr("template", "apply", "ci/github", "inner").expect(0)
        try await run(["ln", "-s", "inner", project.file("link")])
        try await project.pinr("template", "apply", "ci/github", "link").expect(0)
    }

    /// The templates read `pins`, wherever else somebody has them.
    @Test func pinsElsewhereAreToldOf() async throws {
        let project = try Project()
        let elsewhere = ["template", "apply", "r", "--offline", "--directory", "nix/pins"]
        let told = try await project.pinr(elsewhere).expect(1, quietly: false)
        #expect(told.stderr.contains("from `pins`, and the pins are in `nix/pins/pins.json`"), "\(told)")
        try await run(["ln", "-s", "nix/pins", project.file("pins")])
        let linked = try await project.pinr(elsewhere).expect(1, quietly: false)
        #expect(!linked.stderr.contains("and the pins are in"), "\(linked)")
    }

    @Test func namesAndFoldersAreToldApart() async throws {
        let project = try Project()
        try await project.pinr("template", "apply", "ci/githb").expectFailure(
            saying: "there is no template `ci/githb`", "did you mean `ci/github`")
        try await project.pinr("template", "apply", "ci/github", "ci/forgejo", "ci/gitla").expectFailure(
            saying: "neither a template nor a folder `ci/gitla`", "`ci/gitlab`")
        try await project.pinr("template", "apply", "ci").expectFailure(
            saying: "name one: `ci/forgejo`", "or `ci/gitlab-images`")
        try await project.pinr("template", "show", "frobnicate").expectFailure(saying: "`pinr template list`")
        try await project.pinr("template", "apply").expect(64)
        try await project.pinr("template", "apply", "").expect(64)
        #expect(try project.list(".") == [])
        // A letter is near to any other.
        try await project.pinr("template", "apply", "ci/gitlab", "ci/forgejo", "d").expect(0)
        try await run(["rm", "-r", project.file("d")])
        // One name and a folder, whatever it is called.
        try await project.pinr("template", "apply", "ci/gitlab", "ci/gitla").expect(0)
        #expect(try project.list("ci/gitla") == ["ci"])
        // A folder that is called as a template.
        try await project.pinr("template", "apply", "ci/github", "./ci/gitlab").expect(0)
        #expect(try project.list("ci/gitlab") == [".github", "ci"])
        // That of the remote.
        try await run(
            ["sh", "-c", "git init -q && git config remote.origin.url https://codeberg.org/o/r"],
            directory: project.path)
        let shown = try await project.pinr("template", "show", "ci").expect(0)
        #expect(shown.lines.first == "ci/forgejo")
        try await project.pinr("template", "apply", "ci").expect(0)
        #expect(try project.list(".forgejo/workflows") == ["pins-check.yml", "pins-update.yml"])
    }

    @Test func theShellCompletesNames() async throws {
        let project = try Project()
        let all = try await names(project)
        for command in ["show", "apply", "diff"] {
            let names = try await project.pinr("---completion", "template", command, "--", "positional@0", "1", "0")
            #expect(names.lines == all, "\(command)")
        }
    }

    /// Pins of a template are tested where templates have some: whichever there are.
    @Test func withoutTheNetworkTheFilesStay() async throws {
        let project = try Project()
        for name in try await names(project) {
            let pins = try await project.pinr("template", "show", name, "--json").expect(0).json["pins"]?.object
            guard let pins, !pins.isEmpty else { continue }
            let folder = "all/\(name)"
            let run = try await project.pinr("template", "apply", name, folder, "--offline", "--json").expect(
                1, quietly: false)
            let failed = try run.json["failed"]?.array ?? []
            let names = Set(failed.compactMap { $0["name"]?.string })
            #expect(names.isSuperset(of: pins.keys), "\(run)")
            for failure in failed { expectErrorObject(failure["error"], code: "offline") }
            #expect(try project.list("\(folder)/pins") == ["default.nix", "pins.json"])
            #expect(try await project.pinr("template", "diff", name, folder, "--exit-code").expect(0).stdout == "")
            let again = try await project.pinr("template", "apply", name, folder, "--offline").expect(1, quietly: false)
            #expect(again.lines.last?.hasSuffix("; the same command again adds what is missing") == true, "\(again)")
            #expect(again.stderr.contains("error: "))
        }
    }
}
