import Foundation
import Support
import Testing

/// What `pinr template apply` of the jobs for images writes into an empty repository, held against what checks such files.
@Suite(.enabled(if: isInstalled("git"), "left out: no git"))
struct TemplateChecksTests {
    private let directory = TemporaryDirectory()
    private static let tools = "\(packageRoot)/.build/ci-checks/bin"

    /// A repository with the template in it.
    private func apply(_ template: String) async throws -> String {
        let project = try directory.makeDirectory("project")
        let environment = isolatedEnvironment(home: directory.file("home"))
        try await run(["git", "init", "--quiet"], environment: environment, directory: project)
        try await run(
            [Binary.pinr, "template", "apply", template, "--no-pins"], environment: environment, directory: project)
        return project
    }

    private func files(_ project: String) async throws -> [String] {
        try await run(["find", ".", "-type", "f", "-not", "-path", "./.git/*"], directory: project).lines
            .map { String($0.dropFirst(2)) }.sorted()
    }

    /// What the workflows run, outside of comments.
    private func programs(_ project: String) async throws -> Set<String> {
        let workflows = try await files(project).filter { $0.hasSuffix(".yml") }
        var found: Set<String> = []
        for workflow in workflows {
            let text = try String(contentsOfFile: "\(project)/\(workflow)", encoding: .utf8)
            for line in text.split(separator: "\n") where !line.trimmingCharacters(in: .whitespaces).hasPrefix("#") {
                for match in line.matches(of: /\b[a-z][a-z-]*\/[a-z_-]+\.(sh|py|nix)\b/) {
                    found.insert(String(match.output.0))
                }
            }
        }
        return found
    }

    @Test(arguments: ["github", "gitlab", "forgejo"])
    func `all that the workflows run is there, and can be run`(_ forge: String) async throws {
        let project = try await apply("ci/\(forge)-images")
        let programs = try await programs(project)
        #expect(programs.isSuperset(of: ["ci/publish-image.sh", "ci/check-reproducible.sh", "ci/shell.nix"]))
        for program in programs {
            let path = "\(project)/\(program)"
            #expect(FileManager.default.fileExists(atPath: path), "\(program)")
            #expect(program.hasSuffix(".nix") || FileManager.default.isExecutableFile(atPath: path), "\(program)")
        }
        // What they call from there.
        for program in ["ci/check-pins.sh", "ci/image-diff.py"] {
            #expect(FileManager.default.isExecutableFile(atPath: "\(project)/\(program)"), "\(program)")
        }
    }

    /// The builder's image has files of `alpine` in it, whichever program puts it together.
    @Test(arguments: [
        ("github/image-publish.yml", ["pins", "alpine", "bootstrap", "ci"]),
        ("forgejo/image-publish.yml", ["pins", "alpine", "images", "ci"]),
        ("gitlab/images.gitlab-ci.yml", ["pins", "alpine", "images", "ci"]),
    ])
    func `an image is published when what is in it changed`(_ file: String, _ folders: [String]) throws {
        let text = try String(contentsOfFile: "\(CITemplate.folder)/\(file)", encoding: .utf8)
        let list = try #require(text.firstMatch(of: /(?:paths|changes): \[(.*)\]/)).output.1
        #expect(folders.allSatisfy { list.contains("\($0)/**") }, "\(list)")
    }

    @Test(
        .enabled(
            if: ["zizmor", "check-jsonschema"].allSatisfy {
                FileManager.default.isExecutableFile(atPath: "\(Self.tools)/\($0)")
            }, "left out: no zizmor and check-jsonschema (scripts/install-deps lint)"),
        arguments: ["github", "gitlab", "forgejo"])
    func `the workflows are what their forge takes, and safe`(_ forge: String) async throws {
        let project = try await apply("ci/\(forge)-images")
        let workflows = try await files(project).filter { $0.hasSuffix(".yml") }
        #expect(workflows.count == (forge == "gitlab" ? 2 : 4), "\(workflows)")
        let schema = "\(Self.tools)/check-jsonschema"
        if forge == "gitlab" {
            try await run(
                [schema, "--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"] + workflows,
                directory: project)
        } else {
            try await run([schema, "--builtin-schema", "vendor.github-workflows"] + workflows, directory: project)
            try await run(
                ["\(Self.tools)/zizmor", "--offline", "--persona", "auditor", "--no-progress"] + workflows,
                directory: project)
        }
    }

    /// What scripts take in is handed out with them.
    @Test func `the scripts of remote builders run where they are put`() async throws {
        let project = try await apply("remote-builder")
        let scripts = try await files(project).filter { $0.hasPrefix("remote-builder/") && $0.hasSuffix(".sh") }
        for script in ["binfmt.sh", "kube.sh", "quadlet.sh", "remote-builder.sh", "vm.sh"] {
            #expect(scripts.contains("remote-builder/\(script)"))
            let help = try await runProcess(
                ["\(project)/remote-builder/\(script)", "--help"],
                environment: isolatedEnvironment(home: directory.file("home")), directory: "/")
            #expect(help.status == 0 && help.stdout.hasPrefix("usage: \(script) "), "\(help)")
        }
        // And nothing is left at home.
        let all = try FileManager.default.subpathsOfDirectory(atPath: "\(Fleet.scripts)").filter {
            $0.hasSuffix(".sh")
        }
        #expect(Set(all.map { "remote-builder/\($0)" }) == Set(scripts))
    }

    @Test(
        .enabled(if: isInstalled("shellcheck"), "left out: no shellcheck"),
        arguments: ["ci/github-images", "ci/gitlab-images", "remote-builder"])
    func `the scripts are clean`(_ template: String) async throws {
        let project = try await apply(template)
        let scripts = try await files(project).filter { $0.hasSuffix(".sh") }
        #expect(scripts.count > 5, "\(scripts)")
        try await run(["shellcheck", "--external-sources", "--source-path", "SCRIPTDIR"] + scripts, directory: project)
    }
}
