import Foundation
import Support
import Testing

/// The commands of the workflows for images, taken from the files and run in a project that has these templates.
@Suite(
    .enabled(if: NixSandbox.canEnter, "left out: no Nix, or nothing may be mounted here"),
    .enabled(if: isInstalled("skopeo"), "left out: no skopeo"))
struct WorkflowCommandsTests {
    private let project: NixProject
    private let image: String

    init() async throws {
        project = try await NixProject("ci/github-images")
        // A small one in the place of the builder: what is in it is not what this is about.
        try project.write(
            "images/docker.nix",
            """
            let
              pkgs = import (import ../pins).nixpkgs { };
            in
            {
              builder.layered = pkgs.dockerTools.buildLayeredImage {
                name = "localhost/nix-builder";
                tag = "pins-0123456789ab";
                contents = [ (pkgs.writeTextDir "etc/stamp" "pinned") ];
                created = "2025-05-15T00:00:00Z";
              };
            }

            """)
        let result = try await project.runInside(
            ["nix-build", "images/docker.nix", "-A", "builder.layered", "--no-out-link"])
        image = result.trimmed
        #expect(result.status == 0, "\(result)")
    }

    /// The commands of a step of GitHub's and Forgejo's workflows, or of the script of a job of GitLab's.
    private func commands(_ file: String, _ name: String) throws -> String {
        let text = try Self.text(file)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let isGitLab = file.hasPrefix("gitlab")
        let start = try #require(lines.firstIndex { isGitLab ? $0 == "\(name):" : $0.hasSuffix("- name: \(name)") })
        let key = isGitLab ? "script:" : "run:"
        let run = try #require(lines[start...].firstIndex { $0.trimmingCharacters(in: .whitespaces).hasPrefix(key) })
        func depth(_ line: String) -> Int { line.prefix { $0 == " " }.count }
        let rest = lines[run].trimmingCharacters(in: .whitespaces).dropFirst(key.count)
        if !rest.isEmpty, rest != " |" { return rest.trimmingCharacters(in: .whitespaces) }
        let block = lines[(run + 1)...].prefix { $0.isEmpty || depth($0) > depth(lines[run]) }
        guard isGitLab else { return block.joined(separator: "\n") }
        // Items of a list; what is folded is one line.
        return block.map { $0.trimmingCharacters(in: .whitespaces) }.reduce(into: "") { all, line in
            if line == "- >-" { return all += "\n" }
            all += line.hasPrefix("- ") ? "\n" + line.dropFirst(2) : " " + line
        }
    }

    /// A workflow of the templates, or of this repository.
    private static func text(_ file: String) throws -> String {
        let folder = file.hasPrefix(".github/") ? packageRoot : CITemplate.folder
        return try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
    }

    /// How a runner calls the shell: GitHub's fails at a pipe only when the workflow names the shell, GitLab's and Forgejo's
    /// always.
    private func shell(_ file: String) throws -> [String] {
        let text = try Self.text(file)
        return ["bash", "--noprofile", "--norc"]
            + (file.contains("github/") && !text.contains("shell: bash") ? ["-e"] : ["-eo", "pipefail"])
    }

    /// Runs commands as a runner does, in the project's folder, with the store at `/nix`.
    private func run(
        _ commands: String, _ extra: [String: String], programs: [String] = [],
        of file: String = "github/reproducible.yml"
    ) async throws -> ProcessResult {
        var environment = project.nix.environmentInside.merging(extra) { $1 }
        environment["NIX_CONFIG", default: ""] += "\nsandbox-paths = /bin? /usr? /lib? /lib64?"
        environment["NIX_BUILD_SHELL"] = "/bin/bash"
        environment["PATH"] = (programs + [Binary.path(before: environment["PATH"])]).joined(separator: ":")
        return try await runProcess(
            try project.nix.inside(try shell(file) + ["-c", commands]), environment: environment,
            directory: project.path, timeout: patience)
    }

    @Test func `on GitHub each round builds an image of its own name, and two machines are compared`() async throws {
        try project.write(
            "bootstrap/container_build.sh", "#!/bin/sh\necho \"$*\" >> rounds\necho \"$PWD/image.tar\"\n", mode: 0o755)
        _ = try await run("gzip -dc \(image) > image.tar || cat \(image) > image.tar", [:])
        let summary = project.directory.file("summary.md")
        let build = try await run(try commands("github/reproducible.yml", "Build"), ["GITHUB_STEP_SUMMARY": summary])
        #expect(build.status == 0, "\(build)")
        #expect(
            try project.directory.readText("project/rounds")
                == "--rebuild --image-name localhost/round-1\n--rebuild --image-name localhost/round-2\n")
        #expect(try project.directory.readText("summary.md").contains("| image | sha256:"))

        for machine in ["first", "second"] {
            try FileManager.default.copyItem(atPath: project.file("built"), toPath: project.file("built-\(machine)"))
        }
        let compare = try commands("github/reproducible.yml", "Compare")
        let same = try await run(compare, ["GITHUB_STEP_SUMMARY": summary])
        #expect(same.status == 0 && same.lines.count == 1, "\(same)")
        try project.write("built-second/digests", "sha256:\(String(repeating: "0", count: 64)) image\n")
        #expect(try await run(compare, ["GITHUB_STEP_SUMMARY": summary]).status == 104)
    }

    @Test func `on GitLab two runners build and a third job compares`() async throws {
        let variables = ["REPRODUCIBLE_FILE": "images/docker.nix", "REPRODUCIBLE_ATTRIBUTE": "builder.layered"]
        let build = try commands("gitlab/images.gitlab-ci.yml", "reproducible")
        for index in ["1", "2"] {
            let result = try await run(build, variables.merging(["CI_NODE_INDEX": index]) { $1 })
            #expect(result.status == 0, "\(result)")
        }
        let result = try await run(try commands("gitlab/images.gitlab-ci.yml", "compare-runners"), [:])
        #expect(result.status == 0 && result.stdout.contains("sha256:"), "\(result)")
        #expect(try project.directory.readText("project/report.md").contains("# Reproducible"))
    }

    @Test(arguments: [true, false])
    func `on Forgejo the second machine is the builder that a variable names`(_ isThere: Bool) async throws {
        let second = try project.directory.makeDirectory("second")
        let key = project.directory.file("builder-key")
        let step = try commands("forgejo/reproducible.yml", "Build and compare").replacing(
            "/tmp/builder-key", with: key)
        let line = isThere ? "local?root=\(second) x86_64-linux - 1 1 - - -" : ""
        let result = try await run(step, ["BUILDER": line, "BUILDER_KEY": "the key"])
        #expect(result.status == 0, "\(result)")
        #expect(result.stderr.contains(" on local") == isThere, "\(result)")
        #expect(try project.directory.readText("builder-key") == "the key\n")
    }

    @Test func `on GitHub a failure is not lost on its way to the summary`() async throws {
        let file = "github/image-publish.yml"
        let variables = [
            "IMAGE": "/nowhere", "TAG": "pins-0", "GITHUB_REPOSITORY": "Team/Project",
            "GITHUB_STEP_SUMMARY": project.directory.file("summary.md"),
        ]
        let step = try commands(file, "Push and sign").replacing("--keyless", with: "--unsigned")
        let result = try await run(step, variables, of: file)
        #expect(result.status != 0 && result.stderr.contains("publish-image: "), "\(result)")
    }

    @Test(
        .enabled(if: !SigningTools.usable.isEmpty && ImageRegistry.isAvailable, SigningTools.absence),
        arguments: ["github", "gitlab", "forgejo"])
    func `each forge pushes and signs`(_ forge: String) async throws {
        let registry = try await ImageRegistry(isClosed: true)
        let programs = SigningTools.programs(SigningTools.usable[0])
        let password = ["COSIGN_PASSWORD": "of the key"]
        let made = try await run("cosign generate-key-pair", password, programs: programs)
        #expect(made.status == 0, "\(made)")
        let name = "\(registry.host)/team/project/nix-builder"
        let user = ImageRegistry.user
        let summary = project.directory.file("summary.md")
        var variables = password.merging(["GITHUB_STEP_SUMMARY": summary, "GITHUB_REPOSITORY": "Team/Project"]) { $1 }
        let step: String
        switch forge {
        case "gitlab":
            step = try commands("gitlab/images.gitlab-ci.yml", "publish-image")
            variables["CI_REGISTRY_IMAGE"] = "\(registry.host)/team/project"
            variables["CI_REGISTRY_USER"] = user.user
            variables["CI_REGISTRY_PASSWORD"] = user.password
        case "forgejo":
            step = try commands("forgejo/image-publish.yml", "Push and sign").replacing("/tmp/image", with: image)
            variables["GITHUB_SERVER_URL"] = "https://\(registry.host)"
            variables["COSIGN_PRIVATE_KEY"] = try project.directory.readText("project/cosign.key")
        default:
            step = try commands("github/image-publish.yml", "Push and sign").replacing("ghcr.io", with: registry.host)
            variables["IMAGE"] = image
            variables["TAG"] = "pins-0123456789ab"
        }
        if forge != "gitlab" {
            variables["REGISTRY_USER"] = user.user
            variables["REGISTRY_PASSWORD"] = user.password
        }
        // No identity can be had here: a key signs in its place.
        let signing = step.replacing("--keyless", with: "--key \(project.file("cosign.key"))")
        let result = try await run(signing, variables, programs: programs)
        #expect(result.status == 0, "\(result)")
        #expect(result.lines.last?.hasPrefix("\(name)@sha256:") == true, "\(result)")
        #expect(
            result.stderr.contains("signed it") && result.stderr.contains("tagged it pins-0123456789ab"), "\(result)")
    }

    @Test(.enabled(if: ImageRegistry.isAvailable, "left out: no docker-registry"))
    func `this repository builds its image with its own templates, twice, and publishes it`() async throws {
        // With the pins of the project in the place of the repository's own, which cannot be fetched here.
        try await Support.run(["cp", "-a", "\(packageRoot)/templates", project.path])
        let summary = project.directory.file("summary.md")
        let variables = ["GITHUB_STEP_SUMMARY": summary]
        let twice = try await run(try commands(".github/workflows/reproducible.yml", "Build"), variables)
        #expect(twice.status == 0, "\(twice)")
        #expect(try project.directory.readText("summary.md").contains("| 1-nix-builder.tar | sha256:"))
        #expect(try project.directory.readText("project/built/digests").hasSuffix(" 1-nix-builder.tar\n"))

        let registry = try await ImageRegistry()
        let output = project.directory.file("output")
        let file = ".github/workflows/image-publish.yml"
        let built = try await run(try commands(file, "Build"), ["GITHUB_OUTPUT": output], of: file)
        #expect(built.status == 0, "\(built)")
        let line = try project.directory.readText("output")
        #expect(line.hasPrefix("image=/nix/store/") && line.filter { $0 == "\n" }.count == 1, "\(line)")
        let step = try commands(file, "Push and sign").replacing("ghcr.io", with: registry.host)
            .replacing("--keyless --sbom sbom.spdx.json", with: "--unsigned")
        let image = line.dropFirst("image=".count).trimmingCharacters(in: .whitespacesAndNewlines)
        let published = try await run(
            step, variables.merging(["IMAGE": image, "GITHUB_REPOSITORY": "Team/Project"]) { $1 }, of: file)
        #expect(published.status == 0, "\(published)")
        #expect(published.trimmed.hasPrefix("\(registry.host)/team/project/nix-builder@sha256:"), "\(published)")
    }
}
