import Foundation
import Support
import Testing

/// The Nix that the jobs of GitLab and Forgejo install: nixpkgs since 25.11 takes none before 2.18, and that of the
/// release of Debian which their image is has 2.8.
@Suite struct WorkflowNixTests {
    /// What each of the files runs to have Nix, line by line, as it stands there.
    private static func setups() throws -> [String: String] {
        var setups: [String: String] = [:]
        for file in try TemplateFile.all(below: "templates/ci") where file.kind == .yaml {
            let lines = file.code.map {
                let line = $0.text.trimmingCharacters(in: .whitespaces)
                return line.hasPrefix("- ") ? String(line.dropFirst(2)) : line
            }
            guard let last = lines.firstIndex(where: { $0.contains("apt-get") && $0.contains(" nix-bin") }) else {
                continue
            }
            #expect(!lines[(last + 1)...].contains { $0.contains("apt-get") }, "\(file.path) installs more")
            setups[file.path] = lines[...last].suffix(3).joined(separator: "\n")
        }
        return setups
    }

    @Test func `all of them install the same`() throws {
        let setups = try Self.setups()
        #expect(
            setups.keys.sorted()
                == ["image-publish", "pins-check", "reproducible"].map { "templates/ci/forgejo/\($0).yml" }
                + ["templates/ci/gitlab/pins.gitlab-ci.yml"])
        #expect(Set(setups.values).count == 1, "\(setups)")
    }

    /// Changes nothing below the root, which is kept for the next time.
    private static let script = """
        set -eu
        root=$1 work=$2 commands=$3
        mkdir "$work/upper" "$work/work" "$work/root"
        mount -t overlay overlay -o "lowerdir=$root,upperdir=$work/upper,workdir=$work/work" "$work/root"
        cd "$work/root"
        mount -t proc proc proc
        mount --rbind /dev dev
        cat /etc/resolv.conf >etc/resolv.conf
        export DEBIAN_FRONTEND=noninteractive NIX_REMOTE=local
        chroot . nix --version
        chroot . bash -euo pipefail -c "$commands" >&2
        chroot . nix-instantiate --eval -E 'builtins.compareVersions builtins.nixVersion "2.18" >= 0'
        """

    @Test(
        .enabled(if: ContainerTests.areWanted, ContainerTests.absence),
        .enabled(
            if: NixSandbox.canEnter && getuid() == 0 && isInstalled("mmdebstrap"),
            "left out: it takes root, mounts and mmdebstrap"))
    func `nixpkgs takes what they install`() async throws {
        let commands = try #require(try Self.setups().values.first)
        let site = try await run(["\(packageRoot)/scripts/debian-packages", "mirror"]).trimmed
        let directory = TemporaryDirectory()
        let result = try await runProcess(
            ContainerTests.reachingOut([
                "unshare", "--mount", "--propagation", "private", "bash", "-c", Self.script, "bash",
                try await NixVersionTests.root("bookworm"), directory.path,
                commands.replacing("http://deb.debian.org/debian", with: site),
            ]), environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"], timeout: .seconds(300))
        #expect(result.lines == ["nix (Nix) 2.8.0", "true"], "\(result)")
    }
}
