import Support
import Testing
import Threads

@testable import Git

extension RemoteRefs {
    /// Whether nothing that was asked for is there.
    var isEmpty: Bool { headCommit == nil && refs.isEmpty }
}

/// Readers of the protocol, on bytes that are right, broken, and cut short.
@Suite struct ProtocolTests {
    static let one = "1111111111111111111111111111111111111111"
    static let two = "2222222222222222222222222222222222222222"
    static let three = "3333333333333333333333333333333333333333"
    static let zero = "0000000000000000000000000000000000000000"

    /// Lines as packets; `0000`, `0001` and `0002` stand for themselves.
    static func packets(_ lines: String...) -> [UInt8] {
        lines.flatMap { ["0000", "0001", "0002"].contains($0) ? Array($0.utf8) : PktLine.encode($0) }
    }

    /// A stream that comes in pieces of a few bytes.
    final class Trickle: ByteSource {
        var rest: ArraySlice<UInt8>
        let size: Int

        init(_ bytes: [UInt8], by size: Int) { (rest, self.size) = (bytes[...], size) }

        var interruption: @Sendable () -> Void { {} }

        func next(_ chunk: inout [UInt8]) throws -> Bool {
            chunk = Array(rest.prefix(size))
            rest = rest.dropFirst(size)
            return !chunk.isEmpty
        }
    }

    @Test(arguments: [1, 2, 3, 7, 1000])
    func packetsComeApartWhateverThePieces(_ size: Int) throws {
        let reader = PktReader(Trickle(Array("0006a\n0005b00000004000100020008text".utf8), by: size))
        var payload: [UInt8] = []
        var seen: [(PktReader.Kind, String)] = []
        while let kind = try reader.next(&payload) { seen.append((kind, String(decoding: payload, as: UTF8.self))) }
        #expect(seen.map(\.0) == [.data, .data, .flush, .data, .delimiter, .responseEnd, .data])
        #expect(seen.map(\.1) == ["a\n", "b", "", "", "", "", "text"])
    }

    @Test(arguments: [
        ("0", ProtocolFault.truncated), ("000", .truncated), ("0006a", .truncated), ("ffff", .illegalPacketLength),
        ("0003", .illegalPacketLength), ("00g0", .illegalPacketLength), ("<htm", .illegalPacketLength),
        ("fff1", .illegalPacketLength), ("fff0", .truncated), ("-001", .illegalPacketLength),
    ])
    func brokenPackets(_ text: String, _ fault: ProtocolFault) {
        let reader = PktReader(MemoryByteSource(Array(text.utf8)))
        var payload: [UInt8] = []
        #expect(throws: fault) { try reader.next(&payload) }
    }

    // MARK: Advertisements

    private func advertisement(_ bytes: [UInt8]) throws -> Advertisement {
        try Advertisement.parse(PktReader(Trickle(bytes, by: 11)))
    }

    private func refs(_ bytes: [UInt8]) throws -> RemoteRefs {
        guard case .version0(let refs, _) = try advertisement(bytes) else { throw ProtocolFault.unsupportedVersion("") }
        return refs
    }

    @Test(arguments: [true, false])
    func version2(_ hasBanner: Bool) throws {
        let banner = hasBanner ? Self.packets("# service=git-upload-pack", "0000") : []
        let body = Self.packets(
            "version 2", "agent=git/2.39", "ls-refs=unborn", "fetch=shallow wait-for-done", "object-format=sha1", "0000"
        )
        guard case .version2(let capabilities) = try advertisement(banner + body) else {
            Issue.record("not version 2")
            return
        }
        #expect(capabilities.has("unborn", of: "ls-refs"))
        #expect(capabilities.has("shallow", of: "fetch"))
        #expect(!capabilities.has("filter", of: "fetch"))
        #expect(capabilities.objectFormat == "sha1")
    }

    @Test(arguments: [0, 1])
    func version0And1(_ version: Int) throws {
        let lines = Self.packets("# service=git-upload-pack", "0000") + (version == 1 ? Self.packets("version 1") : [])
        let refs = try refs(
            lines
                + Self.packets(
                    "\(Self.one) HEAD\0multi_ack symref=HEAD:refs/heads/dev side-band-64k shallow agent=git/1",
                    "\(Self.one) refs/heads/dev", "\(Self.two) refs/heads/main", "\(Self.two) refs/tags/plain",
                    "\(Self.three) refs/tags/v1", "\(Self.one) refs/tags/v1^{}", "shallow \(Self.two)", "0000"))
        #expect(refs.head == "refs/heads/dev")
        #expect(refs.headCommit?.hex == Self.one)
        #expect(refs.refs.map(\.name) == ["refs/heads/dev", "refs/heads/main", "refs/tags/plain", "refs/tags/v1"])
        #expect(refs.tag("v1")?.id.hex == Self.three)
        #expect(refs.tag("v1")?.commit.hex == Self.one)
        #expect(refs.tag("plain")?.peeled == nil)
        #expect(refs.branch("main")?.commit.hex == Self.two)
        #expect(refs.branch("plain") == nil)
    }

    @Test func emptyRepositoryOfVersion0() throws {
        let refs = try refs(
            Self.packets("# service=git-upload-pack", "0000", "\(Self.zero) capabilities^{}\0agent=git/1", "0000"))
        #expect(refs.isEmpty)
        #expect(try self.refs(Self.packets("# service=git-upload-pack", "0000", "0000")).isEmpty)
    }

    @Test func detachedHead() throws {
        let refs = try refs(Self.packets("\(Self.one) HEAD\0agent=x", "\(Self.two) refs/heads/main", "0000"))
        #expect(refs.head == nil)
        #expect(refs.headCommit?.hex == Self.one)
    }

    /// It would be locked as the default branch, and go into the next request.
    @Test(arguments: ["refs/heads/a..b", "-x", "refs/heads/", ""])
    func headThatGitForbidsIsLeftOut(_ name: String) throws {
        let old = try refs(Self.packets("\(Self.one) HEAD\0symref=HEAD:\(name)", "\(Self.one) refs/heads/main", "0000"))
        #expect(old.head == nil)
        #expect(old.headCommit?.hex == Self.one)
        #expect(try lsRefs(Self.packets("\(Self.one) HEAD symref-target:\(name)", "0000")).head == nil)
    }

    @Test func namesThatGitForbidsAreLeftOut() throws {
        let bytes =
            Self.packets("\(Self.one) refs/heads/a\0x", "\(Self.one) refs/heads/a..b")
            + PktLine.encode(bytes: Array("\(Self.one) refs/heads/".utf8) + [0xFF]) + Self.packets("0000")
        #expect(try refs(bytes).refs.map(\.name) == ["refs/heads/a"])
    }

    @Test func otherwiseNormalisedNamesAreOtherRefs() throws {
        let refs = try refs(
            Self.packets("\(Self.one) refs/heads/\u{E9}\0x", "\(Self.two) refs/heads/e\u{301}", "0000"))
        #expect(refs.branch("\u{E9}")?.id.hex == Self.one)
        #expect(refs.branch("e\u{301}")?.id.hex == Self.two)
        let selected = [RefQuery.named("e\u{301}")].select(from: refs)
        #expect(selected.refs.map(\.id.hex) == [Self.two])
    }

    @Test func serversWordsAreCleanedAndCut() throws {
        let words = "ERR no \u{1B}[31mway\u{202E}\n" + String(repeating: "x", count: 2000)
        do {
            _ = try advertisement(PktLine.encode(words))
            Issue.record("accepted")
        } catch let refusal as ServerRefusal {
            #expect(refusal.message.hasPrefix("no  [31mway"))
            #expect(refusal.message.utf8.count < 600)
            #expect(!refusal.message.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202E })
        }
    }

    @Test(arguments: [
        packets("# service=git-receive-pack", "0000", "\(one) HEAD\0x", "0000"),
        packets("# service=git-upload-pack", "\(one) HEAD\0x", "0000"),
        packets("version 3", "0000"), packets("version 2", "agent=x"), packets("version 2", "0001", "0000"),
        packets("0123 refs/heads/main\0x", "0000"), packets("\(one)", "0000"), packets("\(one) ", "0000"),
        packets("\(one) refs/heads/main\0x"), packets(), packets("\(one) refs/heads/main\0x", "0001"),
        Array("<!DOCTYPE html>".utf8),
    ])
    func brokenAdvertisements(_ bytes: [UInt8]) {
        #expect(throws: ProtocolFault.self) { try advertisement(bytes) }
    }

    @Test(arguments: [
        packets("version 2", "object-format=sha256", "0000"),
        packets("\(one)\(one.prefix(24)) refs/heads/main\0object-format=sha256", "0000"),
        packets("\(one)\(one.prefix(24)) refs/heads/main\0x", "0000"),
        packets("\(zero)\(zero.prefix(24)) capabilities^{}\0object-format=sha256", "0000"),
    ])
    func otherObjectFormats(_ bytes: [UInt8]) {
        #expect(throws: ForeignObjectFormat.self) { try advertisement(bytes) }
    }

    /// Every place to cut a good answer gives an error, and never fewer refs.
    @Test func truncatedAdvertisements() {
        let whole = Self.packets(
            "# service=git-upload-pack", "0000", "\(Self.one) HEAD\0symref=HEAD:refs/heads/main",
            "\(Self.one) refs/heads/main", "0000")
        for length in 0..<whole.count {
            #expect(throws: (any Error).self) { try advertisement(Array(whole.prefix(length))) }
        }
    }

    // MARK: ls-refs

    private func lsRefs(_ bytes: [UInt8]) throws -> RemoteRefs {
        try LsRefs.parseResponse(PktReader(Trickle(bytes, by: 5)))
    }

    @Test func lsRefsAnswer() throws {
        let refs = try lsRefs(
            Self.packets(
                "\(Self.one) HEAD symref-target:refs/heads/main", "\(Self.one) refs/heads/main",
                "\(Self.three) refs/tags/v1 peeled:\(Self.two)", "0000"))
        #expect(refs.head == "refs/heads/main")
        #expect(refs.headCommit?.hex == Self.one)
        #expect(refs.tag("v1")?.commit.hex == Self.two)
    }

    @Test func lsRefsOfAnEmptyRepository() throws {
        #expect(try lsRefs(Self.packets("0000")).head == nil)
        let unborn = try lsRefs(Self.packets("unborn HEAD symref-target:refs/heads/trunk", "0000"))
        #expect(unborn.isEmpty)
        #expect(unborn.head == "refs/heads/trunk")
    }

    @Test(arguments: [
        packets("\(one) refs/heads/main"), packets("\(one)", "0000"), packets("abc refs/heads/main", "0000"),
        packets("\(one) refs/tags/x peeled:12", "0000"), packets("0001"), packets(),
    ])
    func brokenLsRefs(_ bytes: [UInt8]) {
        #expect(throws: ProtocolFault.self) { try lsRefs(bytes) }
    }

    @Test func lsRefsAsksForNoMoreThanItNeeds() {
        var capabilities = Capabilities()
        for word in ["ls-refs=unborn", "fetch=shallow", "object-format=sha1"] { capabilities.add(Array(word.utf8)) }
        let request = String(
            decoding: LsRefs.request([.head, .named("v1"), .tags("rel-")], capabilities), as: UTF8.self)
        for line in [
            "ref-prefix HEAD", "ref-prefix refs/heads/v1", "ref-prefix refs/tags/v1", "ref-prefix refs/tags/rel-",
        ] {
            #expect(request.contains(line + "\n"))
        }
        #expect(request.contains("object-format=sha1\n"))
        #expect(!request.contains("agent="))
        #expect(!String(decoding: LsRefs.request([.all, .head], capabilities), as: UTF8.self).contains("ref-prefix"))
    }

    // MARK: fetch

    private static func band(_ channel: UInt8, _ text: String) -> [UInt8] {
        PktLine.encode(bytes: [channel] + Array(text.utf8))
    }

    private func pack2(_ bytes: [UInt8]) throws -> String {
        var pack: [UInt8] = []
        try UploadPackFetch.readPack2(PktReader(Trickle(bytes, by: 13))) { pack += $0 }
        return String(decoding: pack, as: UTF8.self)
    }

    @Test func packIsTakenOutOfTheAnswer() throws {
        let bytes =
            Self.packets("shallow-info", "shallow \(Self.one)", "0001", "packfile") + Self.band(2, "counting\n")
            + Self.band(1, "PA") + Self.band(1, "CK") + Self.packets("0000")
        #expect(try pack2(bytes) == "PACK")
    }

    @Test func refusalBesideThePack() {
        let bytes = Self.packets("packfile") + Self.band(1, "PA") + Self.band(3, "out of memory\n")
        #expect(throws: ServerRefusal.self) { try pack2(bytes) }
        #expect(throws: ServerRefusal.self) { try pack2(Self.packets("ERR upload-pack: not our ref \(Self.one)")) }
    }

    @Test(arguments: [
        packets("packfile"), packets("packfile") + band(1, "PACK"),
        packets("packfile") + band(4, "x") + packets("0000"),
        packets("packfile", "0001"), packets("nonsense"), packets("0000"), packets(), packets("shallow-info", "0000"),
        packets("packfile") + PktLine.encode(bytes: []) + packets("0000"),
    ])
    func brokenFetchAnswers(_ bytes: [UInt8]) {
        #expect(throws: ProtocolFault.self) { try pack2(bytes) }
    }

    @Test func whatStandsInTheWrongPlaceIsNotCutShort() {
        #expect(throws: ProtocolFault.unexpectedPacket("")) { try pack2(Self.packets("shallow-info", "0000")) }
        #expect(throws: ProtocolFault.truncated) { try pack2(Self.packets("shallow-info")) }
    }

    /// A stream that begins so, and then says the same again and again.
    final class Endless: ByteSource {
        private var beginning: [UInt8]?
        private let rest: [UInt8]

        init(_ beginning: [UInt8], then rest: [UInt8]) { (self.beginning, self.rest) = (beginning, rest) }

        var interruption: @Sendable () -> Void { {} }

        func next(_ chunk: inout [UInt8]) throws -> Bool {
            chunk = beginning ?? rest
            beginning = nil
            return true
        }
    }

    /// What is no pack may not go on and on.
    @Test(.timeLimit(.minutes(10)), arguments: ["shallow-info", "acknowledgments", "packfile"])
    func talkHasAnEnd(_ section: String) {
        let words = String(repeating: "x", count: 60000)
        let rest = section == "packfile" ? Self.band(2, words) : Self.packets(words)
        let reader = PktReader(Endless(Self.packets(section), then: rest))
        #expect(throws: ProtocolFault.tooLong) {
            try UploadPackFetch.readPack2(reader) { _ in Issue.record("there is no pack") }
        }
    }

    @Test func aPackMayBeLong() {
        let words = String(repeating: "x", count: 60000)
        var count = 0
        #expect(throws: CancellationError.self) {
            try UploadPackFetch.readPack2(
                PktReader(Endless(Self.packets("packfile"), then: Self.band(1, words)))
            ) { _ in
                count += 1
                if count == 4000 { throw CancellationError() }
            }
        }
    }

    private func pack0(_ bytes: [UInt8], _ depth: UploadPackFetch.Depth, _ words: String...) throws -> String {
        var capabilities = Capabilities()
        for word in words { capabilities.add(Array(word.utf8)) }
        var pack: [UInt8] = []
        try UploadPackFetch.readPack0(PktReader(Trickle(bytes, by: 13)), depth, capabilities) { pack += $0 }
        return String(decoding: pack, as: UTF8.self)
    }

    @Test func packOfVersion0() throws {
        let shallow = Self.packets("shallow \(Self.one)", "0000", "NAK")
        let band = Self.band(1, "PACK") + Self.packets("0000")
        #expect(try pack0(shallow + band, .commits(1), "side-band-64k", "shallow") == "PACK")
        #expect(try pack0(Self.packets("NAK") + band, .everything, "side-band") == "PACK")
        #expect(try pack0(Self.packets("NAK") + Array("PACK".utf8), .everything) == "PACK")
        #expect(throws: ProtocolFault.self) { try pack0(band, .everything, "side-band") }
        #expect(throws: ProtocolFault.self) { try pack0(Self.packets("NAK") + band, .commits(1), "side-band") }
    }
}
