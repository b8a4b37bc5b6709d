import JSON
import Support
import Testing

/// What `templates/r/description.nix` reads in a `DESCRIPTION`, evaluated by real Nix.
@Suite(.enabled(if: NixSandbox.isAvailable, "left out: Nix is not installed"))
struct DescriptionTests {
    /// The names and versions that Depends and Imports ask for.
    private func dependencies(_ text: String) async throws -> ProcessResult {
        let directory = TemporaryDirectory()
        let file = try directory.write("DESCRIPTION", text)
        return try await NixSandbox().nix([
            "nix-instantiate", "--eval", "--strict", "--json", "-E",
            """
            let parser = import \(packageRoot)/templates/r/description.nix; in
            map (found: "${found.name}${toString found.operator}${toString found.version}")
              (parser.dependencies [ "Depends" "Imports" ] (parser.fields (builtins.readFile \(file))))
            """,
        ])
    }

    @Test(arguments: [
        ("Imports: cli\n", ["cli"]),
        ("Imports: cli, data.table,R6\n", ["cli", "data.table", "R6"]),
        ("Imports:\n    cli (>= 3.0),\n\tdata.table(>=1.14-2) ,\n    R6,\n", ["cli>=3.0", "data.table>=1.14-2", "R6"]),
        ("Package: a\r\nImports: cli,\r\n  R6\r\nLicense: MIT\r\n", ["cli", "R6"]),
        ("Package: a\rImports: cli,\r  R6\r", ["cli", "R6"]),
        ("Depends: R (>= 4.1.0), methods, stats4\nImports: utils, tools, rlang\n", ["rlang"]),
        ("Depends: cli\nSuggests: testthat\nLinkingTo: Rcpp\nImports: R6\n", ["cli", "R6"]),
        ("Title: It: has colons, and\n  Imports: no field\nImports: R6\n", ["R6"]),
        ("Imports:\nTitle: nothing\n", []),
        ("Package: a\n", []),
        ("", []),
    ])
    func `The packages of a DESCRIPTION are read`(text: String, expected: [String]) async throws {
        let result = try await dependencies(text)
        #expect(result.status == 0, "\(result.stderr)")
        #expect(try JSON(parsing: result.stdoutBytes).array?.compactMap(\.string) == expected)
    }

    @Test(arguments: [
        ("Imports: cli 3.0\n", "`cli 3.0` in Imports is no package"),
        ("Imports: -cli\n", "`-cli` in Imports is no package"),
        ("  Imports: cli\n", "is neither `Field: value` nor"),
        ("Imports\n", "the line `Imports` is neither"),
    ])
    func `What is none is refused, and named`(text: String, message: String) async throws {
        let result = try await dependencies(text)
        #expect(result.status != 0)
        #expect(result.stderr.contains(message), "\(result.stderr)")
    }

    @Test(arguments: [
        (">=", "1.10", "1.9", false), (">=", "1.9", "1.10", true), (">", "1.9", "1.9", false),
        (">", "1.8-1", "1.8-2", true),
        ("<", "2", "1.99", true), ("<=", "2.0", "2.0", true), ("==", "2.0", "2.1", false), ("!=", "2.0", "2.1", true),
    ])
    func `Versions are compared as R does`(
        operation: String, version: String, actual: String, fits: Bool
    ) async throws {
        let said = try await NixSandbox().evaluate(
            """
            (import \(packageRoot)/templates/r/description.nix).fits
              { operator = "\(operation)"; version = "\(version)"; } "\(actual)"
            """)
        #expect(said == "\(fits)")
    }
}
