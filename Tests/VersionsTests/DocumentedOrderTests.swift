import Foundation
import Support
import Testing
import Versions

/// The orders that `docs/versions.md` shows.
struct DocumentedOrderTests {
    static let chains: [OrderChain] = {
        let path = "\(packageRoot)/docs/versions.md"
        guard let page = try? String(contentsOfFile: path, encoding: .utf8) else { return [] }
        var scheme: VersionScheme?
        var chains: [OrderChain] = []
        for line in page.split(separator: "\n") {
            if line.hasPrefix("```") {
                scheme = line.split(separator: " ").last.flatMap { VersionScheme(rawValue: String($0)) }
            } else if let scheme {
                chains.append(OrderChain(scheme, from: "docs/versions.md", String(line)))
            }
        }
        return chains
    }()

    @Test func everySchemeIsShown() { #expect(Set(Self.chains.map(\.scheme)) == Set(VersionScheme.allCases)) }

    @Test(arguments: chains)
    func asDocumented(chain: OrderChain) throws { try VersionOrderTests.check(chain) }
}
