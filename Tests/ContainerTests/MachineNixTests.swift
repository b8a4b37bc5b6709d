import Foundation
import Support
import Testing

/// What `vm.nix` gives the virtual machine besides the image.
@Suite(.enabled(if: NixSandbox.canBuild, "left out: Nix cannot build here"))
struct MachineNixTests {
    private let directory = TemporaryDirectory()

    private func project(nixpkgs: String) throws -> String {
        try directory.write("pins/default.nix", "{ nixpkgs = \(nixpkgs); }\n")
        try FileManager.default.createDirectory(
            atPath: directory.file("remote-builder"), withIntermediateDirectories: true)
        let file = directory.file("remote-builder/vm.nix")
        try FileManager.default.copyItem(atPath: "\(Fleet.scripts)/vm.nix", toPath: file)
        return file
    }

    /// A kernel as nixpkgs had it, and as it has it since modules are an output of their own.
    @Test(arguments: [false, true])
    func `the guest has what vm.sh asks for`(hasModulesOutput: Bool) async throws {
        try directory.write(
            "nixpkgs/default.nix",
            """
            args:
            let
              pkgs = import \(packageRoot)/Tests/Fixtures/nixpkgs args;
              make = name: files: pkgs.runCommand name { } "for file in ${files}; do mkdir -p $out/$(dirname $file); echo $file >$out/$file; done";
              modules = "lib/modules/6.1-test/modules.dep";
            in
            pkgs
            // {
              lib = pkgs.lib // { getOutput = output: package: package.${output} or package; };
              linuxPackages.kernel =
                (make "linux" "image \(hasModulesOutput ? "" : "${modules}")")
                // { modDirVersion = "6.1-test"; target = "image"; }
                // (if \(hasModulesOutput) then { modules = make "linux-modules" modules; } else { });
              pkgsStatic = {
                busybox = make "busybox" "bin/busybox";
                qemu-user = make "qemu-user" "bin/qemu-aarch64";
              };
            }

            """)
        let file = try project(nixpkgs: "../nixpkgs")
        let sandbox = try NixSandbox()
        let built = try await sandbox.nix(["nix-build", "--no-out-link", file])
        #expect(built.status == 0, "\(built.stderr)")
        let guest = sandbox.root + built.trimmed
        for (name, inside, text) in [
            ("kernel", "", "image"), ("modules", "/modules.dep", "lib/modules/6.1-test/modules.dep"),
            ("busybox", "", "bin/busybox"), ("qemu-aarch64", "", "bin/qemu-aarch64"),
        ] {
            let target = try FileManager.default.destinationOfSymbolicLink(atPath: "\(guest)/\(name)")
            #expect(try String(contentsOfFile: sandbox.root + target + inside, encoding: .utf8) == "\(text)\n")
        }
    }

    @Test(
        .enabled(
            if: ProcessInfo.processInfo.environment["PINR_TEST_NIXPKGS"] != nil,
            "left out: PINR_TEST_NIXPKGS names no nixpkgs"))
    func `the guest is a derivation of a real nixpkgs`() async throws {
        let nixpkgs = try #require(ProcessInfo.processInfo.environment["PINR_TEST_NIXPKGS"])
        let file = try project(nixpkgs: "\"\(nixpkgs)\"")
        let result = try await NixSandbox().nix(["nix-instantiate", file], timeout: .seconds(300))
        #expect(result.status == 0 && result.trimmed.hasSuffix("-nix-builder-guest.drv"), "\(result.stderr)")
    }
}
