import Archive
import Fetchers
import Foundation
import Git
import JSON
import Lockfile
import NixHash
import NixStore
import OCI
import Resolvers
import SourceTree
import Support
import Templates
import Testing
import Threads
import Transfer
import Updates

@testable import PinrKit

/// What every error of the rooms below looks like to a person, and to a script.
struct WordingTests {
    /// What a hostile server, archive or file may put into an error: colours, line ends, a reversal of the text.
    static let hostile = "x\u{1B}[31m\r\n\u{202E}\u{7F}\u{85}\u{2028}y"
    static let bytes = Array(hostile.utf8) + [0xFF, 0x00]
    static let zero = ObjectID(bytes: [UInt8](repeating: 0, count: 20))

    /// Every case of an enum's errors with the code that it has, and how many cases the enum has.
    struct Table: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let cases: [(error: any Error, code: Problem.Code)]
        let caseCount: Int
    }

    static let tables: [Table] = [
        Table(testDescription: "ArchiveError", cases: archiveErrors, caseCount: 9),
        Table(testDescription: "TreeError", cases: treeErrors, caseCount: 17),
        Table(testDescription: "FetchError", cases: fetchErrors, caseCount: 3),
        Table(testDescription: "LFSError", cases: lfsErrors, caseCount: 9),
        Table(testDescription: "OCIError", cases: ociErrors, caseCount: 9),
        Table(testDescription: "NixStoreError", cases: nixStoreErrors, caseCount: 10),
        Table(testDescription: "what is not in the store", cases: nixStoreProblems, caseCount: 1),
        Table(testDescription: "StorePathError", cases: storePathErrors, caseCount: 4),
        Table(testDescription: "DigestError", cases: digestErrors, caseCount: 4),
        Table(testDescription: "ResolveError", cases: resolveErrors, caseCount: 20),
        Table(testDescription: "ResolveError of registries", cases: registryErrors, caseCount: 5),
        Table(testDescription: "FetchError of registries", cases: publishedErrors, caseCount: 3),
        Table(testDescription: "TransferError", cases: transferErrors, caseCount: 22),
        Table(testDescription: "ForgeError", cases: forgeErrors, caseCount: 12),
        Table(testDescription: "GitError", cases: gitErrors, caseCount: 29),
        Table(testDescription: "WorkingRepositoryError", cases: workingRepositoryErrors, caseCount: 14),
        Table(testDescription: "UndoError", cases: undoErrors, caseCount: 8),
        Table(testDescription: "problems of log", cases: logProblems, caseCount: 1),
        Table(testDescription: "CommitError", cases: commitErrors, caseCount: 17),
        Table(testDescription: "TemplateError", cases: templateErrors, caseCount: 12),
        Table(testDescription: "PlacementError", cases: placementErrors, caseCount: 5),
        Table(testDescription: "LockfileError.Reason", cases: lockfileErrors, caseCount: 15),
        Table(
            testDescription: "others",
            cases: [
                (CancellationError(), .interrupted), (Unheard(text: hostile), .internal),
                (DigesterError(algorithm: .md5), .unsupported),
            ], caseCount: 3),
    ]

    struct Unheard: Error {
        let text: String
    }

    @Test(arguments: tables)
    func `Every error has a code, and words that do no harm`(table: Table) {
        for (error, code) in table.cases {
            let problem = Problem(describing: error)
            #expect(problem.code == code, "\(error)")
            #expect(!problem.message.isEmpty)
            for text in [problem.message, problem.hint ?? "-"] {
                #expect(!text.isEmpty)
                #expect(!text.hasSuffix("."), "\(text)")
                #expect(Self.isHarmless(text), "\(text.debugDescription)")
            }
        }
        #expect(Set(table.cases.map { Self.caseName($0.error) }).count == table.caseCount)
    }

    /// The name of an error's case; of a struct, that of its reason's.
    private static func caseName(_ error: any Error) -> String {
        if let error = error as? LockfileError { return name(error.reason) }
        return name(error)
    }

    private static func name(_ value: Any) -> String {
        String("\(value)".prefix { $0 != "(" })
    }

    @Test func `A limit says when it ends and whose token would help`() {
        func words(_ wait: Duration?, _ end: Int64?, _ credential: CredentialOrigin? = nil) -> Problem {
            Problem(
                describing: TransferError.rateLimited(
                    RateLimit(
                        url: "https://api.github.com/x", status: 403, authority: "api.github.com", wait: wait, end: end,
                        credential: credential)))
        }
        let long = words(.seconds(90), 1_700_000_090)
        #expect(
            long.message
                == "`https://api.github.com/x` was asked too often (HTTP 403); it asks to wait 90 seconds, until "
                + "2023-11-14T22:14:50Z")
        #expect(
            long.hint
                == "try again after that, or set `GITHUB_TOKEN` or `PINR_TOKEN_api_github_com`: whoever shows a token "
                + "may ask more often")
        #expect(words(nil, nil).message == "`https://api.github.com/x` was asked too often (HTTP 403)")
        #expect(
            words(nil, nil, .variable("GH_TOKEN")).hint
                == "try later; the limit is that of the credential from `GH_TOKEN`")
        // What no calendar has is not shown.
        #expect(words(.seconds(9), .max).message.hasSuffix("it asks to wait 9 seconds"))
        let failed = Problem(
            describing: TransferError.status(code: 503, url: "https://h/x", retryAfter: .seconds(3600)))
        #expect(failed.message == "the server of `https://h/x` failed (HTTP 503); it asks to wait 3600 seconds")
    }

    // What follows does not compile when an enum has a case that its table here does not know of.

    @Test(arguments: Divergence.Kind.allCases)
    func `What versions of Nix see differently has words that do no harm`(kind: Divergence.Kind) {
        for notice in [Notice(Divergence(kind, at: Self.bytes)), Notice(Divergence(kind), pin: "p")] {
            #expect(!notice.message.hasSuffix(".") && !notice.message.contains("\u{1B}"))
            #expect(notice.message.contains(": "))
        }
        for reader in Divergence(kind).readers {
            let notice = Notice(Divergence(kind, at: Self.bytes))
            #expect(notice.message.contains(reader.tool == .prefetch ? "nix-prefetch-url" : "fetchTarball"))
            #expect(notice.message.contains(reader.effect == .refuses ? "refuses it" : "sees another tree"))
        }
    }

    @Test func `A submodule that cannot be had is named with its URL and revision`() throws {
        let id = try #require(Self.zero)
        for cause in [GitError.notFound(url: Self.hostile), .corruptObject(id, .wrongHash)] {
            let error = SubmoduleError(path: Self.hostile, url: "https://h.example/x", revision: id, cause: cause)
            let problem = Problem(describing: error)
            #expect(problem.code == Problem(describing: cause).code && problem.url == error.url)
            for part in ["`x\\x1b[31m", "`https://h.example/x`", id.hex] { #expect(problem.message.contains(part)) }
            #expect(!problem.message.contains("\u{1B}"))
        }
    }

    @Test(arguments: SubmoduleRemark.Kind.allCases)
    func `What versions of Nix see differently in submodules names them`(kind: SubmoduleRemark.Kind) throws {
        let remarks = (0..<9).map { SubmoduleRemark(kind, path: Self.bytes + Array("\($0)".utf8)) }
        let notice = try #require(Notice.notices(on: remarks, pin: "p").first)
        #expect(notice.message.contains("Nix before 2.20 and Lix") && notice.message.contains("Nix 2.20 and later"))
        #expect(notice.message.contains("and others") && !notice.message.contains("\u{1B}"))
        #expect(Notice.notices(on: remarks, pin: "p").count == 1 && Notice.notices(on: [], pin: "p").isEmpty)
    }

    static func isHarmless(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            ![.control, .format, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
        }
    }

    @Test func `What Nix does otherwise with objects of LFS is said without harm, and each kind of it`() {
        let remarks: [LFSRemark] = [
            .unreadPointer(path: Self.hostile), .configuredServer(repository: Self.hostile, url: Self.hostile),
            .unreadPointer(path: "x"), .store(repository: Self.hostile),
        ]
        let notices = Notice.notices(onLFS: remarks, pin: "p")
        #expect(notices.count == 3)
        #expect(notices.allSatisfy { !$0.message.contains("\u{1B}") && !$0.message.contains("\n") })
        #expect(notices.last?.message.contains("`x` look like pointers") == true)
        #expect(Notice.notices(onLFS: [], pin: "p").isEmpty)
    }

    @Test func `The tables know every case`() {
        func know(_ error: ArchiveError) {
            switch error {
            case .notAnArchive, .unsupportedFormat, .malformed, .refusedHeaders, .expandsTooMuch, .unreadable,
                .notRegularFile,
                .spoolFailed, .unavailable:
                break
            }
        }
        func know(_ error: TemplateError) {
            switch error {
            case .malformed, .field, .unknownField, .missingFile, .badDestination, .badPinName, .unknownNeed,
                .destinationTaken, .pinTaken, .noSuchTemplate, .group, .noSuchFile:
                break
            }
        }
        func know(_ error: PlacementError) {
            switch error {
            case .link, .notFile, .notFolder, .tooLarge, .notPutBack: break
            }
        }
        func know(_ error: TreeError) {
            switch error {
            case .unsupportedType, .nameTooLong, .pathTooLong, .tooDeep, .reservedName, .rootIsNoDirectory,
                .throughNonDirectory, .illegalTarget, .hardLinkTargetMissing, .hardLinkToDirectory,
                .hardLinkToLaterLink, .conflict,
                .contentsTooLarge, .expandsTooMuch, .tooManyEntries, .unreadable, .changedWhileRead:
                break
            }
        }
        func know(_ error: FetchError) {
            switch error {
            case .malformedFileURL, .encodedFile, .differsFromPublished, .sizeDiffersFromPublished, .notCompared,
                .webPage:
                break
            }
        }
        func know(_ error: LFSError) {
            switch error {
            case .illegalPointer, .illegalConfiguredURL, .authenticationRequired, .noServer, .refused,
                .malformedResponse, .object, .noRoom, .authenticationCommandFailed:
                break
            }
        }
        func know(_ error: OCIError) {
            switch error {
            case .invalidName, .notFound, .refused, .token, .manifest, .unsupported, .noPlatform, .blob, .tooLarge:
                break
            }
        }
        func know(_ error: NixStoreError) {
            switch error {
            case .noNix, .failed, .timedOut, .notStarted, .malformedAnswer, .otherPath, .relativeDirectory, .elsewhere,
                .rootTaken, .system:
                break
            }
        }
        func know(_ error: StorePathError) {
            switch error {
            case .emptyName, .nameTooLong, .illegalByte, .reservedName: break
            }
        }
        func know(_ error: DigestError) {
            switch error {
            case .missingAlgorithm, .unsupportedAlgorithm, .wrongLength, .malformed: break
            }
        }
        func know(_ error: ResolveError) {
            switch error {
            case .unknownType, .unsupportedField, .unknownNotation, .shortNameOfShortName,
                .malformedNotation,
                .unknownParameter, .optionDoesNotFit, .channelNotFound, .refNotFound, .emptyRepository,
                .noDefaultBranch, .branchIsNotFixed, .noRelease, .malformedRange, .closedToStrangers, .webPage,
                .perhapsSubgroup,
                .packageNotFound, .versionNotFound, .noVersion, .noFile, .malformedAnswer,
                .malformedImage, .artifactNotFound, .malformedLink:
                break
            }
        }
        func know(_ error: TransferError) {
            switch error {
            case .malformedURL, .credentialsInURL, .invalidHeader, .offline, .unknownHost, .connectionRefused,
                .unreachable, .proxy, .tls, .connectionLost, .timedOut, .tooManyRedirects, .insecureRedirect,
                .unsupportedRedirect, .status, .rateLimited, .refused, .unusableCredential, .truncated, .bodyTooLarge,
                .protocolFailure, .shutDown:
                break
            }
        }
        func know(_ error: GitError) {
            switch error {
            case .invalidURL, .invalidRefName, .notFound, .authenticationRequired, .notSmartHTTP, .sha256Repository,
                .shallowRepository, .refusedByServer, .malformedResponse, .revisionNotOnServer, .ambiguousRevision,
                .unknownAbbreviation, .hostNotFound,
                .connectionFailed, .timedOut,
                .sshUnsupported, .sshFailed, .hostKeyRefused, .sshKeyRefused, .notARepository, .missingObject,
                .corruptObject, .notACommit,
                .unrepresentableTree, .submodule, .illegalGitmodules, .library, .unwritablePack, .system:
                break
            }
        }
        func know(_ error: ForgeError) {
            switch error {
            case .noProject, .unknownForge, .malformedProject, .repositoryNotFound, .notAuthorised, .forbidden,
                .invalid,
                .alreadyExists, .draftsUnsupported, .malformedAnswer, .noDefaultBranch, .moved:
                break
            }
        }
        func know(_ error: LockfileError.Reason) {
            switch error {
            case .notFound, .notRegularFile, .tooLarge, .system, .cancelled, .malformed, .mergeConflict,
                .missingVersion,
                .invalidVersion, .laterVersion, .field, .invalidName, .overrideClash, .noSuchPin, .pinExists:
                break
            }
        }
        #expect(Self.tables.count == 23)
    }

    @Test func `One of every reason for which a text is no JSON is among them`() {
        #expect(Set(Self.malformedTexts.map { Self.name($0.reason) }).count == 12)
    }

    @Test func `There is a path among the fields`() { #expect(Self.fields.count == 24) }

    @Test func `Codes are stable words`() {
        let codes = Problem.Code.allCases.map(\.rawValue)
        #expect(
            codes == [
                "usage", "not-found", "exists", "frozen", "network", "tls", "timeout", "offline", "rate-limited",
                "auth",
                "bad-source",
                "unsupported", "hash-mismatch", "bad-answer", "bad-archive", "bad-tree", "bad-git", "bad-lock",
                "later-version", "changed-meanwhile", "nix",
                "io", "interrupted", "internal",
            ])
    }

    @Test func `A problem is an object with what is known of it`() {
        let problem = Problem(.network, "m", url: "u")
        #expect(problem.json == ["code": "network", "message": "m", "url": "u"])
        #expect(
            Problem(.network, "m", pin: "p", hint: "h").json == [
                "code": "network", "hint": "h", "message": "m", "pin": "p",
            ])
    }

    @Test(arguments: releaseRemarks)
    func `What is said of a release does no harm`(remark: ReleaseRemark) {
        let notice = Notice(.release(remark), pin: "p")
        #expect(!notice.message.contains("\u{1B}") && !notice.message.hasSuffix(".") && notice.pin == "p")
    }

    @Test func `A notice does no harm either`() {
        let notice = Notice(Self.hostile, hint: Self.hostile)
        #expect(!notice.message.contains("\u{1B}") && !(notice.hint ?? "\u{1B}").contains("\n"))
    }
}
