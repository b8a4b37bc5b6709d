import Support
import Testing

@testable import Git

/// What is said to `git-receive-pack`, and what it says, byte by byte.
@Suite struct ReceivePackTests {
    private static let one = ObjectID([UInt8](repeating: 1, count: 20), at: 0)
    private static let two = ObjectID([UInt8](repeating: 2, count: 20), at: 0)

    private static func capabilities(_ words: String) -> Capabilities {
        var all = Capabilities()
        for word in words.split(separator: " ") { all.add(word.utf8) }
        return all
    }

    private static func report(
        _ lines: [String], sideBand: Bool = false, refs: [String] = ["refs/heads/a"]
    ) throws -> ReceivePack.Report {
        var bytes = lines.flatMap { PktLine.encode($0) } + PktLine.flush
        if sideBand {
            // In pieces, as a server that writes twice would send it.
            bytes =
                [bytes.prefix(7), bytes.dropFirst(7)].flatMap { PktLine.encode(bytes: [1] + $0) }
                + PktLine.encode(bytes: [2] + Array("10%\r20%\rdone\nhello\u{7}\n".utf8)) + PktLine.flush
        }
        let updates = refs.map { RefUpdate(ref: $0, old: nil, new: one) }
        return try ReceivePack.readReport(
            PktReader(MemoryByteSource(bytes)), updates, capabilities(sideBand ? "side-band-64k" : ""))
    }

    @Test func requests() {
        let none = String(repeating: "0", count: 40)
        let updates = [
            RefUpdate(ref: "refs/heads/a", old: Self.one, new: Self.two),
            RefUpdate(ref: "refs/heads/b", old: nil, new: Self.two),
            RefUpdate(ref: "refs/heads/c", old: Self.one, new: nil),
        ]
        let request = ReceivePack.request(
            updates, pack: [7], isAtomic: true,
            Self.capabilities("report-status report-status-v2 side-band-64k agent=x object-format=sha1 atomic"))
        let expected =
            PktLine.encode(
                "\(Self.one) \(Self.two) refs/heads/a\0 report-status-v2 side-band-64k atomic object-format=sha1 "
                    + "agent=pinr") + PktLine.encode("\(none) \(Self.two) refs/heads/b")
            + PktLine.encode("\(Self.one) \(none) refs/heads/c") + PktLine.flush + [7]
        #expect(request == expected)
        let plain = ReceivePack.request(
            [updates[2]], pack: nil, isAtomic: false, Self.capabilities("report-status delete-refs"))
        #expect(plain == PktLine.encode("\(Self.one) \(none) refs/heads/c\0 report-status") + PktLine.flush)
    }

    @Test(arguments: [true, false]) func reports(_ sideBand: Bool) throws {
        let lines = [
            "unpack ok", "ok refs/heads/a", "option refname refs/heads/z", "option forced-update",
            "ng refs/heads/b protected branch hook declined",
        ]
        let report = try Self.report(lines, sideBand: sideBand, refs: ["refs/heads/a", "refs/heads/b"])
        #expect(report.reasons == ["refs/heads/a": nil, "refs/heads/b": "protected branch hook declined"])
        #expect(report.messages == (sideBand ? ["done", "hello"] : []))
        let failed = try Self.report(["unpack index-pack abnormal exit", "ng refs/heads/a unpacker error"])
        #expect(failed.reasons == ["refs/heads/a": "unpacker error: index-pack abnormal exit"])
    }

    /// Nothing counts as moved that the server did not say it has moved.
    @Test(arguments: [
        [], ["unpack ok"], ["ok refs/heads/a"], ["unpack ok", "ok refs/heads/other"], ["unpack ok", "ok"],
        ["unpack failed", "ok refs/heads/a"], ["unpack ok", "yes refs/heads/a"],
    ])
    func reportsThatAreNone(_ lines: [String]) {
        #expect(throws: ProtocolFault.self) { try Self.report(lines) }
    }

    @Test func theEndIsTold() {
        let bytes = PktLine.encode(bytes: [3] + Array("out of disk".utf8))
        let error = #expect(throws: ServerRefusal.self) {
            try ReceivePack.readReport(
                PktReader(MemoryByteSource(bytes)), [], Self.capabilities("side-band-64k"))
        }
        #expect(error?.message == "out of disk")
        #expect(throws: ProtocolFault.truncated) {
            try ReceivePack.readReport(PktReader(MemoryByteSource([])), [], Self.capabilities("side-band-64k"))
        }
    }
}
