import JSON
import Lockfile
import Resolvers
import Testing

/// Where services are.
struct ServiceHostsTests {
    /// The page that a forge compares two commits on shows where the forge is.
    private func forge(_ environment: [String: String]) throws -> String? {
        let source = try SourceTypes.read(Source(type: "github", fields: ["owner": "o", "repo": "r"]))
        return source.compareURL(from: "A", to: "B", at: ServiceHosts(environment: environment))
    }

    @Test(arguments: [
        ([:], "https://github.com"), (["PINR_GITHUB_HOST": ""], "https://github.com"),
        (["PINR_GITHUB_HOST": "mirror.example.org//"], "https://mirror.example.org"),
        (["PINR_GITHUB_HOST": "http://127.0.0.1:8080/github"], "http://127.0.0.1:8080/github"),
        (["PINR_GITHUB_URL": "https://mirror.example.org/"], "https://mirror.example.org"),
        (["PINR_GITHUB_HOST": "a.example.org", "PINR_GITHUB_URL": "https://b.example.org"], "https://a.example.org"),
        (["PINR_GITHUB_HOST": "", "PINR_GITHUB_URL": "b.example.org"], "https://b.example.org"),
        (["PINR_CHANNEL_HOST": "mirror.example.org"], "https://github.com"),
    ])
    func `Services are where the variables point, or where they really are`(
        environment: [String: String], base: String
    ) throws {
        #expect(try forge(environment) == "\(base)/o/r/compare/A...B")
    }
}
