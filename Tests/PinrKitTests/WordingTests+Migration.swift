import Foundation
import Git
import JSON
import Lockfile
import Migration
import Resolvers
import Testing
import Threads

@testable import PinrKit

/// What is said of pins that come from other tools and go to them.
extension WordingTests {
    @Test(arguments: [
        MigrationError.unknownVersion(hostile, newest: 8), .notItsLock(.npins),
    ])
    func `A lock of another tool that cannot be read is described without harm`(_ error: MigrationError) {
        let problem = Problem(describing: error, in: Self.hostile)
        #expect([.laterVersion, .badSource].contains(problem.code) && problem.hint != nil)
        #expect(Self.isHarmless(problem.message))
        #expect(Self.isHarmless(Problem(unreadable: Self.hostile, .system(errnum: ENOENT), of: .lon).message))
    }

    @Test(arguments: [
        SkipReason.localFolder(hostile), .unknownType(hostile), .notLocked, .unreadable(LockfileError(.missingVersion)),
        .refused(.unknownType(hostile)), .taken(Source(type: hostile)), .noCounterpart(hostile),
        .followsNothing(hostile), .followsNothing(""),
        .badRepository(.notFound(url: hostile)), .secretInURL, .notTracked(hostile), .attributes([hostile]),
        .defaultBranch,
    ])
    func `Why a pin is left out is said without harm`(_ reason: SkipReason) {
        let sentence = SkippedPin(name: "x", reason: reason).sentence
        #expect(!sentence.isEmpty && !sentence.hasSuffix(".") && Self.isHarmless(sentence))
    }

    @Test(arguments: [
        ForeignRemark.registry(name: hostile), .signedCommits, .storeName(hostile),
        .inputsFollow([.init(input: hostile, path: [hostile, "x"]), .init(input: "a", path: [])]),
        .staysAtURL(template: hostile), .staysAtRef(hostile), .leftOut([hostile, "b"]),
        .otherRevision(stated: hostile, url: hostile),
    ])
    func `What another tool did and pinr does not is said without harm`(_ remark: ForeignRemark) throws {
        let source = try SourceTypes.read(Source(type: "github", fields: ["owner": "o", "repo": "r"]))
        let notice = Notice(remark, source, pin: "x")
        #expect(!notice.message.hasSuffix(".") && Self.isHarmless(notice.message) && Self.isHarmless(notice.hint ?? ""))
    }

    /// What `follows` said is said in Nix from now on, and so it is written out.
    @Test func `What the inputs of a flake followed is written as Nix has it`() throws {
        let source = try SourceTypes.read(Source(type: "github", fields: ["owner": "o", "repo": "r"]))
        let notice = Notice(
            .inputsFollow([
                .init(input: "nixpkgs", path: ["nixpkgs"]), .init(input: "1x", path: ["a\"${b}"]),
                .init(input: "or", path: ["x"]), .init(input: "deep", path: ["a", "b"]), .init(input: "top", path: []),
            ]), source, pin: "home-manager")
        #expect(
            notice.message
                == "the flake has its input `nixpkgs` follow `nixpkgs`, its input `1x` follow `a\"${b}`, "
                + "its input `or` follow `x`, its input `deep` follow `a/b`, its input `top` follow the flake itself")
        #expect(
            notice.hint == #"in Nix, that is `sources.home-manager { inputs.nixpkgs = sources.nixpkgs; inputs."1x" = "#
                + #"sources."a\"\${b}"; inputs."or" = sources.x; }`"#)
    }

    @Test func `That a pin stays where it is here is said without harm`() {
        let notice = Notice.staysHere(at: Self.hostile, notAt: Self.hostile, pin: "x")
        #expect(!notice.message.hasSuffix(".") && Self.isHarmless(notice.message))
    }

    @Test(arguments: Rehash.allCases) func `Each reason to hash anew has words`(_ reason: Rehash) {
        #expect(!Problem.sentence(reason).isEmpty)
    }

    @Test(arguments: [
        ExportRemark.notFollowed(Source(type: hostile)), .movesThere, .leftOut(["note"]),
        .leftOut(Array(repeating: hostile, count: 11)),
    ])
    func `What another tool will do otherwise with a pin is said without harm`(_ remark: ExportRemark) {
        let notice = Notice(remark, pin: "x")
        #expect(notice.pin == "x" && !notice.message.isEmpty && !notice.message.hasSuffix("."))
        #expect(Self.isHarmless(notice.message) && Self.isHarmless(notice.hint ?? ""))
    }

    /// A new case does not compile here: it has to be among the arguments above then too.
    func knowEveryCase(_ error: MigrationError, _ reason: SkipReason, _ remark: ForeignRemark, _ export: ExportRemark) {
        switch error {
        case .unknownVersion, .notItsLock: break
        }
        switch reason {
        case .localFolder, .unknownType, .notLocked, .unreadable, .refused, .badRepository, .followsNothing,
            .secretInURL, .taken, .noCounterpart, .notTracked, .attributes, .defaultBranch:
            break
        }
        switch remark {
        case .registry, .signedCommits, .storeName, .inputsFollow, .staysAtURL, .staysAtRef, .leftOut, .otherRevision:
            break
        }
        switch export {
        case .notFollowed, .movesThere, .leftOut: break
        }
    }
}
