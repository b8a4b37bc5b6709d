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
        let podman = try await Podman.shared(.rootful)
        let project = try await BuilderProject.shared(base)
        let context = try await project.context(for: podman)
        // Docker's format says which container an image was built in: container_build.sh takes that out.
        let plain = ["--format", "oci"]
        // BusyBox of Alpine asks the kernel for the time, which has but one clock: there it is the same day.
        let (today, later) =
            base == .debian
            ? (try await clock(podman, "+0d"), try await clock(podman, "+400d")) : ([String](), [String]())
        let first = try await BuilderProject.build(context, as: "localhost/again:1", with: podman, plain + today)
        let again = try await BuilderProject.build(context, as: "localhost/again:2", with: podman, plain + later)
        #expect(first == again)
        #expect(first.hasPrefix("sha256:"))
        let labels = try await podman("image", "inspect", "--format", "{{json .Labels}}", "localhost/again:1")
        let pin = try project.pins()["alpine"]?["locked"]
        #expect(labels.contains(try #require(pin?["digest"]?.string)))
        #expect(labels.contains(try #require(pin?["image"]?.string)))
        #expect(try await podman("image", "inspect", "--format", "{{.Created.Year}}", "localhost/again:1") == "1970")
        guard base == .debian else { return }

        // Packages make accounts, each with the day of today: where that stays, it is another image tomorrow.
        let accounts = try String(contentsOfFile: "\(context)/accounts.sh", encoding: .utf8)
        let kept = accounts.replacing(
            try Regex("        sed 's[^\n]*/etc/shadow >/etc/shadow.new"), with: "cp /etc/shadow /etc/shadow.new")
        #expect(kept != accounts)
        try Data(kept.utf8).write(to: URL(fileURLWithPath: "\(context)/accounts.sh"))
        let dated = try await BuilderProject.build(context, as: "localhost/again:3", with: podman, plain + today)
        let other = try await BuilderProject.build(context, as: "localhost/again:4", with: podman, plain + later)
        #expect(dated != other)
    }

    /// What makes a build believe that it is another day; what it takes leaves the same traces whatever the day.
    private func clock(_ podman: Podman, _ offset: String) async throws -> [String] {
        let library = try #require(
            ["x86_64", "aarch64"].map { "/usr/lib/\($0)-linux-gnu/faketime/libfaketime.so.1" }
                .first { FileManager.default.fileExists(atPath: $0) }, "faketime is not installed")
        try podman.write("clock/ld.so.preload", "/run/libfaketime.so\n")
        try podman.write("clock/\(offset)", "\(offset)\n")
        return [
            "--volume", "\(library):/run/libfaketime.so:ro",
            "--volume", "\(podman.file("clock/ld.so.preload")):/etc/ld.so.preload:ro",
            "--volume", "\(podman.file("clock/\(offset)")):/etc/faketimerc:ro",
        ]
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
                    || said.contains("v2 package integrity error"), "\(what): \(said)")
            #expect(try await podman.attempt(["image", "exists", "localhost/bad:\(what)"]).status == 1)
        }
    }

    @Test(arguments: BuilderBase.usable)
    func `has no key, no log and no account that may be logged into with a password`(_ base: BuilderBase) async throws {
        let podman = try await Podman.shared(.rootful)
        let image = try await BuilderProject.shared(base).image(in: podman)
        let archive = podman.file("layers-\(base)")
        try await podman("save", "--quiet", "--format", "docker-dir", "--output", archive, image)
        for name in try FileManager.default.contentsOfDirectory(atPath: archive)
        where !name.contains(".") && name != "version" {
            let layer = "\(archive)/\(name)"
            let files = try await runProcess(["tar", "-tf", layer])
            guard files.status == 0 else { continue }
            for line in files.lines {
                #expect(!line.contains("ssh_host_"), "\(line)")
                #expect(!line.contains("authorized_keys"), "\(line)")
                #expect(!line.hasPrefix("root/.ssh"), "\(line)")
            }
            // Programs have the first line as a word of theirs; what is a key goes on with it.
            let script = """
                tar -xOf "$0" | grep -a -A 1 -e '-----BEGIN .*PRIVATE KEY-----' | grep -acE '^[A-Za-z0-9+/=]{40,}$'
                """
            let secrets = try await runProcess(["sh", "-c", script, layer])
            #expect(secrets.trimmed == "0", "\(layer)")
        }
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
        let size = try #require(Int(try await podman("image", "inspect", "--format", "{{.Size}}", image)))
        print(
            "note: the image on \(base.testDescription) has \(size / 1_000_000) MB; with Alpine's own packages: not measured"
        )
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

        // One of an older version, one that nothing needs any more, and one that merely has such a name in it.
        try await project.pinr("add", "--force", "--name", "apk-nix", "file+\(project.web.url("/nixpkgs.tar.gz"))")
        try await project.pinr("add", "--name", "apk-old", "file+\(project.web.url("/nixpkgs.tar.gz"))")
        try await project.pinr("add", "--name", "my-apk-tool", "file+\(project.web.url("/nixpkgs.tar.gz"))")
        let changed = try await project.lockPackages()
        #expect(changed.lines == ["apk-nix: nixpkgs.tar.gz -> nix-2.8.0-r1.apk", "apk-old: removed, nothing needs it"])
        let names = try project.pins().object?.keys
        #expect(names == ["alpine", "apk-builder-libs", "apk-nix", "apk-openssh-server", "my-apk-tool", "nixpkgs"])

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
        let project = TemporaryDirectory()
        try await ContainerTests.apply(["alpine"], to: project.path)
        try project.write("pins/pins.json", "{}\n")
        let script = project.file("alpine/image-name.sh")
        let name = try await run([script], directory: "/").trimmed
        #expect(name.wholeMatch(of: /pins-[0-9a-f]{12}/) != nil)
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
