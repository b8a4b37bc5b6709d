import Foundation
import JSON
import Support
import Testing

/// The builder's image as it is built from pins: the same again, of signed packages, with nothing secret in it.
@Suite(
    .enabled(if: ContainerTests.areWanted, ContainerTests.absence),
    .enabled(if: BuilderBase.isAvailable, BuilderBase.absence), .serialized)
struct AlpineImageTests {
    @Test(arguments: BuilderBase.usable)
    func `is the same when it is built again, tomorrow too`(_ base: BuilderBase) async throws {
        let image = try await BuilderImage.shared(base)
        // BusyBox of Alpine asks the kernel for the time, which has but one clock: there it is the same day.
        let later = base == .debian ? ["CONTAINERS_CONF": try clock(image.project.world.podman)] : [:]
        let again = try await image.project.build(["--rebuild"], environment: later)
        #expect(try image.project.reference(again) == image.reference)
        #expect(again.stderr.contains("STEP 1/"), "it was not built again: \(again)")

        func inspect(_ what: String) async throws -> String {
            try await image.project.world.podman("image", "inspect", "--format", what, image.reference)
        }
        let labels = try await inspect("{{json .Labels}}")
        let pin = try await BuilderProject.shared(base).pins()["alpine"]?["locked"]
        #expect(labels.contains(try #require(pin?["digest"]?.string)))
        #expect(labels.contains(try #require(pin?["image"]?.string)))
        #expect(try await inspect("{{.Created.Year}}") == "1970")
        #expect(try await inspect("{{.HealthCheck.Test}}") == "[CMD /usr/local/bin/healthcheck.sh]")
        guard base == .debian else { return }

        // Packages make accounts, each with the day of today: where that stays, it is another image tomorrow.
        let dated = try await BuilderImage.project(base)
        let accounts = try String(contentsOfFile: dated.file("alpine/accounts.sh"), encoding: .utf8)
        let kept = accounts.replacing(
            try Regex("        sed 's[^\n]*/etc/shadow >/etc/shadow.new"), with: "cp /etc/shadow /etc/shadow.new")
        #expect(kept != accounts)
        try dated.write("alpine/accounts.sh", kept)
        _ = try dated.reference(try await dated.build())
        let other = try await dated.build(["--rebuild"], environment: later)
        #expect(other.status == 104, "\(other)")
    }

    /// Settings of podman with which a build believes that it is another day.
    private func clock(_ podman: Podman) throws -> String {
        let library = try #require(
            ["x86_64", "aarch64"].map { "/usr/lib/\($0)-linux-gnu/faketime/libfaketime.so.1" }
                .first { FileManager.default.fileExists(atPath: $0) }, "faketime is not installed")
        let files = BuilderProject.clockFiles
        let sources = [
            library, try podman.write("clock/preload", "\(files[0])\n"), try podman.write("clock/rc", "+400d\n"),
        ]
        let volumes = zip(sources, files).map { "\"\($0):\($1):ro\"" }.joined(separator: ", ")
        let settings = try String(
            contentsOfFile: try #require(podman.environment["CONTAINERS_CONF"]), encoding: .utf8)
        return try podman.write(
            "clock/containers.conf",
            settings.replacing("[containers]\n", with: "[containers]\nvolumes = [\(volumes)]\n"))
    }

    @Test(arguments: BuilderBase.usable)
    func `takes no package that was changed or is not signed`(_ base: BuilderBase) async throws {
        let podman = try await Podman.shared(.rootful)
        let context = try await BuilderProject.shared(base).context(for: podman)
        let package = "\(context)/packages/nix-2.8.0-r1.apk"
        let whole = try Data(contentsOf: URL(fileURLWithPath: package))
        var tampered = whole
        tampered[tampered.count - 1000] ^= 1
        // The signature is a member of gzip by itself, before the one with the package's description.
        let second = try #require(whole.dropFirst(4).firstRange(of: Data([0x1F, 0x8B, 0x08, 0x00])))
        for (what, bytes) in [("tampered", tampered), ("unsigned", whole[second.lowerBound...])] {
            try bytes.write(to: URL(fileURLWithPath: package))
            let result = try await BuilderProject.attemptBuild(context, as: "localhost/bad:\(what)", with: podman)
            #expect(result.status != 0, "\(what)")
            let said = result.stdout + result.stderr
            #expect(
                said.contains("UNTRUSTED") || said.contains("BAD signature")
                    || said.contains("v2 package integrity error") || said.contains("nix-2.8.0-r1: IO ERROR"),
                "\(what): \(said)")
            #expect(try await podman.attempt(["image", "exists", "localhost/bad:\(what)"]).status == 1)
        }
    }

    @Test(arguments: BuilderBase.usable)
    func `has no key, no log and no account that may be logged into with a password`(_ base: BuilderBase) async throws {
        let podman = try await Podman.shared(.rootful)
        let image = try await BuilderImage.shared(base).loaded(into: podman)
        let archive = podman.file("layers-\(base)")
        try await podman("save", "--quiet", "--format", "docker-dir", "--output", archive, image)
        var layers = 0
        for name in try FileManager.default.contentsOfDirectory(atPath: archive)
        where !name.contains(".") && name != "version" {
            let layer = "\(archive)/\(name)"
            let files = try await runProcess(["tar", "-tf", layer])
            guard files.status == 0 else { continue }
            layers += 1
            for line in files.lines {
                #expect(!line.contains("ssh_host_"), "\(line)")
                #expect(!line.contains("authorized_keys"), "\(line)")
                #expect(!line.contains("root/.ssh"), "\(line)")
            }
            let folder = TemporaryDirectory()
            try await run(["tar", "-C", folder.path, "-xf", layer])
            #expect(try await secrets(in: folder) == "", "\(layer)")
            // It would be found.
            try await run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder.file("etc-key")])
            #expect(try await secrets(in: folder) == "\(folder.path)/etc-key\n")
        }
        #expect(layers >= 2)
        let shown = try await podman(
            "run", "--rm", "--network", "none", "--entrypoint", "/bin/sh", image, "-c",
            """
            cat /etc/shadow; echo --; ls /var/log /var/cache/apk 2>/dev/null; echo --
            stat -c '%a %U %G' /nix/store; ls /etc/passwd- /etc/shadow- 2>/dev/null; id ci; id builder; id nixbld32
            """)
        #expect(shown.contains("\nbuilder:*::"))
        #expect(shown.contains("1775 root nixbld"))
        for line in shown.split(separator: "--")[0].split(separator: "\n") {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            #expect(fields.count == 9 && ["*", "!", "!!", "!*"].contains(fields[1]) && fields[2].isEmpty, "\(line)")
        }
        #expect(!shown.contains("passwd-"))
        try await note(base)
    }

    /// The files that are keys. Libraries are not looked at: some test themselves with keys that everybody has.
    private func secrets(in folder: TemporaryDirectory) async throws -> String {
        try await runProcess(["grep", "-rIl", "-e", "^-----BEGIN .*PRIVATE KEY-----", folder.path]).stdout
    }

    /// Says how big it is.
    private func note(_ base: BuilderBase) async throws {
        let image = try await BuilderImage.shared(base)
        let pin = try await BuilderProject.shared(base).pins()["alpine"]?["locked"]
        let ground = try #require(pin?["image"]?.string) + "@" + #require(pin?["digest"]?.string)
        let sizes = try await image.project.world.podman(
            "image", "inspect", "--format", "{{.Size}}", ground, image.reference
        ).split(separator: "\n").compactMap { Int($0) }
        try #require(sizes.count == 2)
        print(
            "note: the image on \(base.testDescription) has \(sizes[1] / 100_000 * 100) kB, \(sizes[0] / 100_000 * 100) of them its base;",
            "the packages are Debian's Nix and sshd: with Alpine's own it was not measured")
    }

    @Test(arguments: BuilderBase.usable)
    func `pins what apk would install, and no pin is lost`(_ base: BuilderBase) async throws {
        let project = try await BuilderProject(base)
        #expect(
            try project.pins().object?.keys == [
                "alpine", "apk-builder-libs", "apk-nix", "apk-openssh-server", "nixpkgs",
            ])
        let before = try project.directory.read("pins/pins.json")
        let again = try await project.lockPackages()
        #expect(again.stdout == "")
        #expect(try project.directory.read("pins/pins.json") == before)

        // One of an older version, one that nothing needs any more, and two that are no packages by their names.
        for name in ["nix-2.7.0-r3.apk", "old-1.0-r0.apk", "tool.tar.gz"] { try project.web.put(name, "what it was\n") }
        func pin(_ name: String, _ file: String, _ options: String...) async throws {
            try await project.pinr(["add", "--name", name, "file+\(project.web.url("/\(file)"))"] + options)
        }
        try await pin("apk-nix", "nix-2.7.0-r3.apk", "--force")
        try await pin("apk-old", "old-1.0-r0.apk")
        try await pin("apk-tool", "tool.tar.gz")
        try await pin("my-apk-tool", "old-1.0-r0.apk")
        let changed = try await project.lockPackages()
        #expect(
            changed.lines == ["apk-nix: nix-2.7.0-r3.apk -> nix-2.8.0-r1.apk", "apk-old: removed, nothing needs it"])
        let names = try project.pins().object?.keys
        #expect(
            names == [
                "alpine", "apk-builder-libs", "apk-nix", "apk-openssh-server", "apk-tool", "my-apk-tool", "nixpkgs",
            ])

        project.web.stop()
        let offline = try await project.packagesScript("lock", "--network", "host")
        #expect(offline.status == 1)
        #expect(offline.stderr.contains("apk could not say what nix openssh-server need"))
        #expect(try project.pins().object?.keys == names)
        for (arguments, status) in [(["lock", "--foo"], 64), ([], 64), (["lock", "--network"], 64)] {
            let result = try await runProcess(["\(project.directory.path)/alpine/packages.sh"] + arguments)
            #expect(result.status == Int32(status))
            #expect(result.stderr.contains("packages.sh: "))
        }
    }

    @Test func `has another name when anything in it is another`() async throws {
        let (project, elsewhere) = (TemporaryDirectory(), TemporaryDirectory())
        try await ContainerTests.apply(["alpine"], to: project.path)
        try project.write("pins/pins.json", "{}\n")
        let script = project.file("alpine/image-name.sh")
        let name = try await run([script], directory: "/").trimmed
        #expect(name.wholeMatch(of: /pins-[0-9a-f]{12}/) != nil)
        // Where there is another folder of that name, and where it is found by what cd looks through.
        for path in ["\(try elsewhere.makeDirectory("alpine"))/..", "."] {
            let moved = try await run(
                ["alpine/image-name.sh"], environment: ["PATH": "/usr/bin:/bin", "CDPATH": path],
                directory: project.path)
            #expect(moved.stdout == "\(name)\n", "CDPATH=\(path)")
        }
        try project.write("alpine/notes.md", "mine\n")
        #expect(try await run([script], directory: project.file("alpine")).trimmed == name)
        var names: Set = [name]
        for file in ["alpine/nix.conf", "alpine/serve.sh", "pins/pins.json"] {
            try project.write(file, project.readText(file) + "\n")
            names.insert(try await run([script]).trimmed)
        }
        #expect(names.count == 4)
        try FileManager.default.removeItem(atPath: project.file("alpine/nix.conf"))
        let missing = try await runProcess([script])
        #expect(missing.status == 1)
        #expect(missing.stderr.contains("nix.conf cannot be read"))
        #expect(try await runProcess([script, "--foo"]).status == 64)
    }
}
