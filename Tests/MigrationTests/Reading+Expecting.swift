import JSON
import Migration
import Resolvers
import Testing

extension Reading {
    /// The public forges.
    static let hosts = ServiceHosts(environment: [:])

    /// Compares what is read of a fixture with another fixture, pin by pin, so that a failure says which one is meant.
    static func expect(
        _ tool: ForeignTool, _ lock: String, toBe expected: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let (actual, wanted) = (try json(tool.read(fixture(lock), at: hosts)), try JSON(parsing: fixture(expected)))
        for part in ["pins", "skipped"] {
            let (actual, wanted) = (try #require(actual[part]?.object), try #require(wanted[part]?.object))
            for name in Set(actual.keys + wanted.keys).sorted() {
                #expect(actual[name] == wanted[name], "\(name)", sourceLocation: sourceLocation)
            }
        }
    }
}
