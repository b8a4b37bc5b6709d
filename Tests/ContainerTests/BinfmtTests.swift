import Foundation
import Support
import Testing

/// binfmt.sh on a kernel of its own, with BusyBox for a shell: this machine's kernel is told nothing.
@Suite(
    .enabled(if: ContainerTests.areWanted, ContainerTests.absence),
    .enabled(
        if: ["qemu-system-x86_64", "apt-get"].allSatisfy(isInstalled),
        "left out: it takes QEMU, and apt for a kernel"))
struct BinfmtTests {
    @Test func `registers a processor, tells of it, and takes it away`() async throws {
        let guest = try await Fleet.made("guest")
        let folder = TemporaryDirectory()
        try folder.makeDirectory("root/proc")
        try folder.makeDirectory("root/bin")
        try folder.write("root/init", Self.first, mode: 0o755)
        let script = """
            cd "$0"
            cp "$1/busybox" bin/busybox
            cp "$1/qemu-aarch64" qemu-aarch64
            mkdir foreign
            cp "$1/aarch64/busybox" foreign/busybox
            cp "$2" binfmt.sh
            find -L "$1/modules" -name 'binfmt_misc.ko' -exec cp {} . \\;
            find . | "$1/busybox" cpio -o -H newc -R 0:0 >../initrd 2>/dev/null
            """
        try await run(["sh", "-ec", script, folder.file("root"), guest, "\(Fleet.scripts)/binfmt.sh"])
        let said = try await run(
            [
                "qemu-system-x86_64", "-M", "q35,accel=tcg", "-cpu", "max", "-m", "512", "-nodefaults",
                "-no-user-config", "-no-reboot", "-display", "none", "-serial", "stdio", "-kernel", "\(guest)/kernel",
                "-initrd", folder.file("initrd"), "-append", "console=ttyS0 panic=-1 quiet",
            ], timeout: patience)
        let lines = said.stdout.split(whereSeparator: \.isNewline).map(String.init)
        let answers = lines.filter { $0.hasPrefix("= ") }
        // status, unregister, register, status, a program, register again, a program, unregister, status, a program
        #expect(
            answers == ["= 1", "= 0", "= 0", "= 0", "= 0", "= 0", "= 0", "= 0", "= 1", "= not 0"], "\(said.stdout)")
        #expect(lines.filter { $0 == "aarch64" }.count == 2, "\(said.stdout)")
        #expect(lines.contains("interpreter /qemu-aarch64") && lines.contains("flags: PF"), "\(said.stdout)")
        #expect(lines.filter { $0.hasSuffix("are not emulated by nix-builder-aarch64") }.count == 2)
    }

    /// The first process, and the only one that there is.
    private static let first = """
        #!/bin/busybox sh
        /bin/busybox --install -s /bin
        export PATH=/bin
        mount -t proc proc /proc
        insmod /binfmt_misc.ko
        it() { "$@"; echo "= $?"; }
        binfmt() { it sh /binfmt.sh "$@"; }
        binfmt status aarch64
        binfmt unregister aarch64
        binfmt register aarch64 --interpreter /qemu-aarch64
        binfmt status aarch64
        it /foreign/busybox uname -m
        binfmt register aarch64 --interpreter /qemu-aarch64
        # The kernel keeps it open.
        rm /qemu-aarch64
        it /foreign/busybox uname -m
        binfmt unregister aarch64
        binfmt status aarch64
        /foreign/busybox uname -m || echo '= not 0'
        poweroff -f

        """
}
