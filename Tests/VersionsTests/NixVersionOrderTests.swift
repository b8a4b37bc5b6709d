import Support
import Testing
import Versions

struct NixVersionOrderTests {
    /// In ascending order; each pair is asked of real Nix too, where it is there.
    static let ascending = [
        "1.0pre1", "1.0pre2", "1.0", "1.0a", "1.0.1", "1.0.2-rc1", "1.0.2", "1.0.10", "1.1", "2.3", "2.3.1",
        "nixpkgs-24.11pre9", "nixpkgs-24.11", "nixpkgs-25.05pre700000.aaaaaaa", "nixpkgs-25.05pre700001.0000000",
        "nixpkgs-25.05.1",
    ]

    @Test(arguments: ["1.0", "", "2.3a", "nixpkgs-25.05pre7.abc"])
    func equal(version: String) { #expect(NixVersionOrder.compare(version, version) == 0) }

    @Test(arguments: [("1.00", "1.0"), ("1..0", "1.0"), ("1-0", "1.0")])
    func spelledDifferently(left: String, right: String) { #expect(NixVersionOrder.compare(left, right) == 0) }

    @Test func numbersOfAnyLength() {
        #expect(NixVersionOrder.compare("99999999999999999999998", "99999999999999999999999") < 0)
    }

    @Test(.enabled(if: NixSandbox.isAvailable, "real Nix is not installed"))
    func asNixCompares() async throws {
        let versions = Self.ascending + ["", "1.00", "1.0.", "a", "pre", "1.0-rc", "1.0b", "1a2", "1.a.2"]
        let sandbox = try NixSandbox()
        let list = versions.map { "\"\($0)\"" }.joined(separator: " ")
        let expression = """
            let v = [ \(list) ]; in builtins.concatStringsSep " " \
            (builtins.concatMap (a: map (b: toString (builtins.compareVersions a b)) v) v)
            """
        let answer = try await sandbox.evaluateString(expression).split(separator: " ").map { Int($0) }
        let own = versions.flatMap { a in versions.map { b in NixVersionOrder.compare(a, b) } }
        #expect(own == answer)
    }
}
