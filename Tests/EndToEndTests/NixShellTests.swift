import Foundation
import Support
import Testing

/// Pins in scripts that `nix-shell` runs, and in `NIX_PATH`, with real Nix and a set of packages that is small enough.
@Suite(.enabled(if: NixSandbox.canEnter, "left out: no Nix, or nothing may be mounted here"))
struct NixShellTests {
    /// A set of packages as Nixpkgs is laid out, as far as `nix-shell` looks.
    private static let packages = """
        { ... }:
        let
          build = name: attributes: script: derivation ({
            inherit name;
            system = builtins.currentSystem;
            builder = "/bin/sh";
            args = [ "-c" "export PATH=/usr/bin:/bin; ${script}" ];
          } // attributes);
          program = name: text: build name { inherit text; } ''
            mkdir -p $out/bin
            printf '%s' "$text" > $out/bin/${name}
            chmod +x $out/bin/${name}
          '';
          stdenv = build "stdenv" { } ''
            mkdir $out
            echo 'for input in $buildInputs; do export PATH="$input/bin:$PATH"; done' > $out/setup
          '';
          runCommand = name: attributes: script: build name ({ inherit stdenv; } // attributes) "echo > $out";
          pkgs = {
            inherit pkgs stdenv runCommand;
            hello = program "hello" "#!/bin/sh\\necho hello from \\${0%/bin/hello}\\n";
            bashInteractive = build "bash" { } "mkdir -p $out/bin; ln -s /bin/bash $out/bin/bash";
            mkShell = { packages, ... }@attributes:
              runCommand "shell" ({ buildInputs = packages; } // removeAttrs attributes [ "packages" ]) "";
          };
        in
        pkgs

        """

    /// A project in which the packages are pinned, and a store for it.
    private func project() async throws -> (Project, NixSandbox) {
        let upstream = try await Upstream.shared()
        let name = upstream.uniqueName("packages-")
        let archive = try await upstream.archive(name, ["default.nix": Self.packages])
        let url = try upstream.put("files/\(name).tar.gz", archive)
        let project = try Project()
        try await project.pinr("add", url, "--name", "nixpkgs").expect(0)
        return (project, try NixSandbox())
    }

    private func run(_ argv: [String], _ project: Project, _ nix: NixSandbox) async throws -> ProcessResult {
        var environment = nix.environmentInside
        environment["PATH"] = Binary.path(before: environment["PATH"])
        return try await runProcess(
            try nix.inside(argv), environment: environment, directory: project.path, timeout: patience)
    }

    /// The output path of `hello`, in whose name the program speaks.
    private func expectHello(
        _ result: ProcessResult, _ nix: NixSandbox, after lines: [String] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(result.status == 0, "\(result)", sourceLocation: sourceLocation)
        let last = result.lines.last ?? ""
        #expect(Array(result.lines.dropLast()) == lines, "\(result)", sourceLocation: sourceLocation)
        #expect(last.hasPrefix("hello from /nix/store/"), "\(result)", sourceLocation: sourceLocation)
        let path = String(last.dropFirst("hello from ".count))
        let isThere = FileManager.default.fileExists(atPath: nix.realPath(path))
        #expect(isThere, "\(result)", sourceLocation: sourceLocation)
        #expect(!FileManager.default.fileExists(atPath: path), sourceLocation: sourceLocation)
    }

    @Test func `A script may have its programs from the pins`() async throws {
        let (project, nix) = try await project()
        try project.write(
            "shell.nix",
            """
            let
              sources = import ./pins;
              pkgs = import sources.nixpkgs { };
            in
            pkgs.mkShell {
              packages = [ pkgs.hello ];
              GREETING = "good morning";
            }

            """)
        try project.write(
            "greet", "#!/usr/bin/env nix-shell\n#! nix-shell -i bash ./shell.nix\necho \"$GREETING, $1\"\nhello\n")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: project.file("greet"))
        // From elsewhere too: what stands in the script is looked for beside it.
        for command in [["./greet", "Ada"], ["sh", "-c", "cd / && \"$0\" Ada", project.file("greet")]] {
            expectHello(try await run(command, project, nix), nix, after: ["good morning, Ada"])
        }
    }

    @Test(arguments: [
        "nix-shell -p hello --run hello",
        "$(nix-build --no-out-link '<nixpkgs>' -A hello)/bin/hello",
    ])
    func `A pin may stand in NIX_PATH`(command: String) async throws {
        let (project, nix) = try await project()
        let script = "export NIX_PATH=nixpkgs=$(pinr path nixpkgs) && \(command)"
        expectHello(try await run(["sh", "-c", script], project, nix), nix)
    }

    @Test func `A shell for the package of a pin may be built without a file`() async throws {
        let (project, nix) = try await project()
        let script = "$(nix-build --no-out-link -E '(import (import ./pins).nixpkgs { }).hello')/bin/hello"
        expectHello(try await run(["sh", "-c", script], project, nix), nix)
    }
}
