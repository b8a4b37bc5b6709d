import JSON
import Support
import Testing

/// The form of our files is defined as what `jq -S .` prints; jq itself is asked.
@Suite(.enabled(if: isInstalled("jq"), "needs jq"))
struct JSONAgainstJqTests {
    @Test(arguments: 0..<24)
    func `Any value is written as jq writes it`(seed: UInt64) async throws {
        var random = RandomJSON(seed: seed)
        let value = JSON.array((0..<40).map { _ in random.value() })
        let foreign = Array(random.scrambled(value).utf8)

        #expect(try JSON(parsing: foreign) == value)
        #expect(try await jq("-S", ".", on: foreign) == value.serialized())
        #expect(try await jq("-S", "-c", ".", on: foreign) == value.serializedCompactly() + [0x0A])
    }

    @Test
    func `Every ASCII character is written as jq writes it, in keys too`() async throws {
        let characters = (UInt8(0)..<0x80).map { String(Unicode.Scalar($0)) }
        let value: JSON = [
            .array(characters.map { .string($0) }), .object(JSONObject(characters.map { ($0, .string($0)) })),
        ]
        #expect(try await jq("-S", ".", on: value.serializedCompactly()) == value.serialized())
    }

    @Test
    func `What is accepted of damaged texts, jq accepts too`() async throws {
        var accepted: [[UInt8]] = []
        for seed in 0..<3000 as Range<UInt64> {
            var random = RandomJSON(seed: seed)
            var text = Array(random.scrambled(random.value(depth: 2)).utf8)
            for _ in 0..<Int.random(in: 1...3, using: &random.generator) where !text.isEmpty {
                let index = Int.random(in: 0..<text.count, using: &random.generator)
                switch Int.random(in: 0..<3, using: &random.generator) {
                case 0: text.remove(at: index)
                case 1: text[index] = UInt8.random(in: 0...255, using: &random.generator)
                default: text.insert("{}[],:\"\\u01eE-+.".utf8.randomElement(using: &random.generator) ?? 0, at: index)
                }
            }
            guard let value = try? JSON(parsing: text) else { continue }
            #expect(try JSON(parsing: value.serialized()) == value)
            accepted.append(text)
        }
        try #require(accepted.count > 100)
        let lines = try await jq("-c", ".", on: Array(accepted.joined(separator: [0x0A]))).split(separator: 0x0A)
        #expect(lines.count == accepted.count)
    }
}

private func jq(_ arguments: String..., on input: [UInt8]) async throws -> [UInt8] {
    try await run(["jq"] + arguments, input: input).stdoutBytes
}
