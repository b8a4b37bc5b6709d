import Foundation
import NixHash
import OCI
import Support
import Testing

/// Images that nobody thought of, made from numbers that are the same in every run.
///
/// `PINR_TEST_SEED=NUMBER` begins with that image, and `PINR_TEST_CASES=NUMBER` makes so many times as many of them.
@Suite(
    .enabled(if: TestRegistry.isAvailable, TestRegistry.absence),
    .enabled(if: Skopeo.isAvailable, Skopeo.absence))
struct RandomImageTests {
    private static func number(_ variable: String) -> Double? {
        ProcessInfo.processInfo.environment[variable].flatMap { Double($0) }
    }

    private static let words = [
        "a", "<", ">", "&", "\\\\", "\\\"", "\\n", "\\u2028", "\u{2028}", "\u{2029}", "é", "e\u{301}", "\\u00e9", "中",
        "😀",
        "\\ud83d\\ude00", "/", "\\/", "\u{7F}", " ", "\\u003c", "\\u0000",
    ]

    private struct Maker {
        var generator: SeededGenerator

        mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &generator) < percent }

        mutating func pick<Element>(_ elements: [Element]) -> Element {
            elements[Int.random(in: 0..<elements.count, using: &generator)]
        }

        mutating func blank() -> String { chance(80) ? "" : pick([" ", "\n", "\t ", "\r\n"]) }

        mutating func text() -> String {
            "\"" + (0..<Int.random(in: 0...6, using: &generator)).map { _ in pick(words) }.joined() + "\""
        }

        mutating func value(_ depth: Int) -> String {
            switch Int.random(in: 0...(depth < 3 ? 6 : 4), using: &generator) {
            case 0: return pick(["0", "-0", "1.50", "12345678901234567890", "1E+2", "-0.0e-0"])
            case 1: return pick(["true", "false", "null"])
            case 2...4: return text()
            case 5:
                let elements = (0..<Int.random(in: 0...3, using: &generator)).map { _ in value(depth + 1) }
                return "[" + elements.map { blank() + $0 + blank() }.joined(separator: ",") + "]"
            default:
                let members = (0..<Int.random(in: 0...3, using: &generator)).map {
                    "\"k\($0)\(depth)<\":\(value(depth + 1))"
                }
                return "{" + blank() + members.joined(separator: "," + blank()) + "}"
            }
        }

        mutating func image(_ isOCI: Bool, _ packings: [TestImage.Packing]) -> TestImage {
            let pool = (0..<4).map {
                TestImage.layer("f\($0)", [UInt8](repeating: UInt8($0), count: pick([0, 1, 511, 9000])))
            }
            let layers = (0..<pick([0, 1, 2, 3, 7])).map { _ in (contents: pick(pool), packing: pick(packings)) }
            var image = TestImage(layers, isOCI: isOCI)
            var members = [image.rootfs, "\"os\":\"linux\"", "\"architecture\":\"amd64\""]
            // What skopeo itself reads has to be of the right type.
            if chance(50) {
                members.append("\"config\":{\"Labels\":{\(text()):\(text())}\(blank()),\"Cmd\":[\(text())]}")
            }
            if chance(40) { members.append("\"container\":\(text())") }
            if chance(40) { members.append("\"docker_version\":\(blank())\(text())") }
            if chance(40) { members.append("\"container_config\":\(value(0))") }
            if chance(40) { members.append("\"created\" : \"2020-01-01T00:00:00Z\"") }
            if chance(40) { members.append("\"other\":\(value(0))") }
            members.shuffle(using: &generator)
            image.configuration = Array(
                ("{" + blank() + members.joined(separator: blank() + "," + blank()) + "}" + blank()).utf8)
            image.saysType = chance(70)
            return image
        }
    }

    @Test func `The hash is that of skopeo's archive`() async throws {
        let first = UInt64(Self.number("PINR_TEST_SEED") ?? 1)
        let count = UInt64(max(1, 6 * (Self.number("PINR_TEST_CASES") ?? 1)))
        let registry = try await TestRegistry()
        let images = images()
        for seed in first..<first + count {
            var maker = Maker(generator: SeededGenerator(seed: seed))
            let isOCI = maker.chance(50)
            // What older versions of skopeo cannot put into an archive is tested elsewhere.
            let packings = TestImage.Packing.allCases.filter { !isOCI || $0 != .zstd }
            let image = maker.image(isOCI, packings)
            let name = try ImageName(parsing: "\(registry.host)/random/\(maker.pick(["a", "b-c", "d__e/f.g"]))\(seed)")
            let digest = try await registry.push(image, as: name.repository)
            let ours = try await images.hash(of: name, digest: digest, tag: "t\(seed)", platform: .amd64).hash.hex
            for skopeo in [Skopeo.local, Skopeo.newer].compactMap(\.self) {
                let theirs = try await skopeo.hash("\(name.text)@\(digest.imageText)", name: name.text, tag: "t\(seed)")
                #expect(ours == theirs, "PINR_TEST_SEED=\(seed), \(skopeo.testDescription)")
            }
        }
    }
}
