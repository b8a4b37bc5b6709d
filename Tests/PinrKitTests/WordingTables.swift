import Archive
import Fetchers
import Foundation
import Git
import JSON
import Lockfile
import NixHash
import OCI
import PinrKit
import Resolvers
import SourceTree
import Transfer
import Versions

/// Every error that there is, with everything hostile that can be in it, and its code.
extension WordingTests {
    static let archiveErrors: [(any Error, Problem.Code)] = [
        (ArchiveError.notAnArchive(detail: hostile), .badArchive),
        (ArchiveError.unsupportedFormat("cpio"), .badArchive),
        (ArchiveError.malformed(entry: bytes, detail: hostile), .badArchive),
        (ArchiveError.malformed(entry: nil, after: bytes, detail: hostile), .badArchive),
        (ArchiveError.malformed(entry: nil, detail: ""), .badArchive),
        (ArchiveError.expandsTooMuch(ratio: 10_000), .badArchive),
        (ArchiveError.refusedHeaders(entry: bytes, .globalAttribute(bytes)), .badArchive),
        (ArchiveError.refusedHeaders(entry: nil, .emptyHeader(0x1B)), .badArchive),
        (ArchiveError.unreadable(path: hostile, errnum: ENOENT), .notFound),
        (ArchiveError.unreadable(path: hostile, errnum: EACCES), .io),
        (ArchiveError.notRegularFile(path: hostile), .badSource),
        (ArchiveError.spoolFailed(errnum: ENOSPC), .io), (ArchiveError.unavailable(detail: hostile), .internal),
    ]

    static let treeErrors: [(any Error, Problem.Code)] = [
        (TreeError.unsupportedType("FIFO", path: bytes), .badTree), (TreeError.nameTooLong(path: bytes), .badTree),
        (TreeError.pathTooLong(path: bytes, limit: 4095), .badTree),
        (TreeError.tooDeep(path: bytes, limit: 63), .badTree), (TreeError.tooDeep(path: bytes, limit: 9), .badTree),
        (TreeError.expandsTooMuch(path: bytes, ratio: 10_000), .badTree),
        (TreeError.reservedName(path: bytes), .badTree), (TreeError.rootIsNoDirectory(path: bytes), .badTree),
        (TreeError.throughNonDirectory(path: bytes, parent: bytes), .badTree),
        (TreeError.illegalTarget(path: bytes), .badTree),
        (TreeError.hardLinkTargetMissing(path: bytes, target: bytes), .badTree),
        (TreeError.hardLinkToDirectory(path: bytes, target: bytes), .badTree),
        (TreeError.hardLinkToLaterLink(path: bytes, target: bytes), .badTree),
        (TreeError.conflict(path: bytes, first: "file", second: "directory"), .badTree),
        (TreeError.contentsTooLarge(path: bytes, limit: 64 << 30), .badTree),
        (TreeError.contentsTooLarge(path: bytes, limit: 7), .badTree),
        (TreeError.tooManyEntries(limit: 10_000_000), .badTree),
        (TreeError.unreadable(path: bytes, errnum: ENOENT), .notFound),
        (TreeError.unreadable(path: bytes, errnum: EACCES), .io), (TreeError.changedWhileRead(path: bytes), .io),
    ]

    static let fetchErrors: [(any Error, Problem.Code)] = [
        (FetchError.malformedFileURL(hostile), .badSource),
        (FetchError.encodedFile(url: hostile, encoding: hostile), .network),
        (FetchError.webPage(url: hostile), .badArchive),
    ]

    static let lfsErrors: [(any Error, Problem.Code)] = [
        (LFSError.illegalPointer(path: hostile, .upperCaseName), .badTree),
        (LFSError.illegalPointer(path: hostile, .impossibleSize), .badTree),
        (LFSError.illegalPointer(path: hostile, .symbolicLink), .badTree),
        (LFSError.illegalConfiguredURL(repository: hostile, .malformed), .badGit),
        (LFSError.illegalConfiguredURL(repository: hostile, .unsupportedScheme(hostile)), .badGit),
        (LFSError.illegalConfiguredURL(repository: hostile, .credentials), .badGit),
        (LFSError.illegalConfiguredURL(repository: hostile, .insecure(host: hostile)), .badGit),
        (LFSError.authenticationRequired(url: hostile, message: hostile, closed), .auth),
        (LFSError.authenticationRequired(url: hostile, message: nil, closed), .auth),
        (LFSError.noServer(url: hostile), .notFound), (refusal(422), .badGit), (refusal(429), .rateLimited),
        (refusal(500), .network), (refusal(509), .rateLimited),
        (LFSError.refused(url: "u", status: 429, message: nil, documentation: nil, retryAfter: nil), .rateLimited),
        (LFSError.malformedResponse(url: hostile, .notJSON(contentType: hostile)), .badGit),
        (LFSError.malformedResponse(url: hostile, .illegalMember(hostile)), .badGit),
        (LFSError.malformedResponse(url: hostile, .unsupportedTransfer(hostile)), .badGit),
        (LFSError.malformedResponse(url: hostile, .unsupportedHash(hostile)), .badGit),
        (LFSError.malformedResponse(url: hostile, .illegalURL(.malformed)), .badGit),
        (object(.missing), .notFound), (object(.removed), .notFound),
        (object(.refused(code: 422, message: hostile)), .badGit), (object(.notAnswered), .badGit),
        (object(.noDownload), .badGit), (object(.illegalURL(.unsupportedScheme(hostile))), .badGit),
        (object(.notDownloaded(url: hostile, status: 403, retryAfter: nil)), .auth),
        (object(.notDownloaded(url: hostile, status: 429, retryAfter: .seconds(90))), .rateLimited),
        (object(.notDownloaded(url: hostile, status: 500, retryAfter: nil)), .network),
        (object(.encoded(hostile)), .badGit),
        (object(.wrongSize(expected: 1, actual: 2, isWhole: true)), .badGit),
        (object(.wrongSize(expected: 1, actual: 2, isWhole: false)), .badGit),
        (object(.wrongContents(digest)), .badGit), (object(.notInStore(hostile)), .notFound),
        (LFSError.noRoom(folder: hostile, needed: 2, available: 1), .io),
        (LFSError.authenticationCommandFailed(url: hostile, status: 1, message: hostile), .auth),
    ]

    private static let digest = SHA256.hash([])

    private static func refusal(_ status: Int) -> LFSError {
        .refused(
            url: hostile, status: status, message: hostile, documentation: hostile, retryAfter: .seconds(3600))
    }

    private static func object(_ fault: LFSObjectFault) -> LFSError { .object(digest, path: hostile, fault) }

    static let ociErrors: [(any Error, Problem.Code)] = {
        let names: [NameFault] = [
            .malformed, .malformedRegistry(hostile), .malformedTag, .malformedDigest(hostile), .upperCase,
            .looksLikeDigest, .tooLong,
        ]
        let tokens: [(TokenFault, Problem.Code)] = [
            (.unknownScheme(hostile), .auth), (.noRealm, .network), (.insecureRealm(url: hostile), .auth),
            (.status(url: hostile, 410), .network), (.malformed(url: hostile), .network),
        ]
        let manifests: [(ManifestFault, Problem.Code)] = [
            (.notManifest(contentType: hostile), .badAnswer), (.notManifest(contentType: nil), .badAnswer),
            (.notJSON, .badAnswer), (.tooLarge(limit: 1), .badAnswer), (.illegalMember(hostile), .badAnswer),
            (.ambiguousMember(hostile), .badAnswer),
            (.wrongDigest(expected: digest, actual: digest), .hashMismatch),
            (.wrongType(said: hostile, actual: hostile), .badAnswer), (.nestedList, .badAnswer),
        ]
        let unsupported: [UnsupportedImage] = [
            .schema1, .artifact(type: hostile), .encryptedLayer, .layerType(hostile), .digest(hostile),
            .confusable(digest),
        ]
        let blobs: [(BlobFault, Problem.Code)] = [
            (.wrongSize(expected: 1, actual: 2, isWhole: true), .hashMismatch),
            (.wrongSize(expected: 1, actual: 2, isWhole: false), .hashMismatch),
            (.wrongDigest(actual: digest), .hashMismatch), (.undecodable(detail: hostile), .badArchive),
            (.wrongContents(expected: digest, actual: digest), .hashMismatch),
            (.illegalConfiguration(hostile), .badAnswer), (.notJSON, .badAnswer),
            (.wrongLayerCount(manifest: 1, configuration: 2), .badAnswer),
            (.oversizedConfiguration(limit: 1), .badAnswer),
        ]
        let platform = ImagePlatform(os: hostile, architecture: hostile, variant: hostile)
        let rest: [(OCIError, Problem.Code)] = [
            (.notFound(image: hostile, url: hostile, said: hostile), .notFound),
            (.notFound(image: hostile, url: hostile, said: nil), .notFound),
            (.refused(image: hostile, closed, said: hostile), .auth),
            (.refused(image: hostile, closed, said: nil), .auth),
            (.noPlatform(image: hostile, wanted: platform, available: [platform, platform]), .notFound),
            (.noPlatform(image: hostile, wanted: platform, available: []), .notFound),
            (.tooLarge(image: hostile, limit: 1), .badArchive),
        ]
        return names.map { (OCIError.invalidName(hostile, $0), .badSource) }
            + tokens.map { (OCIError.token(registry: hostile, $0), $1) }
            + manifests.map { (OCIError.manifest(image: hostile, $0), $1) }
            + unsupported.map { (OCIError.unsupported(image: hostile, $0), .unsupported) }
            + blobs.map { (OCIError.blob(image: hostile, digest, $0), $1) } + rest.map { ($0.0, $0.1) }
    }()

    static let storePathErrors: [(any Error, Problem.Code)] = [
        (StorePathError.emptyName, .badSource), (StorePathError.nameTooLong(hostile, byteCount: 212), .badSource),
        (StorePathError.illegalByte(27, in: hostile), .badSource), (StorePathError.reservedName(hostile), .badSource),
    ]

    static let digestErrors: [(any Error, Problem.Code)] = [
        (DigestError.missingAlgorithm(hostile), .badLock),
        (DigestError.unsupportedAlgorithm(hostile, in: hostile), .badLock),
        (DigestError.wrongLength(3, in: hostile), .badLock), (DigestError.malformed(hostile), .badLock),
    ]

    static let resolveErrors: [(any Error, Problem.Code)] =
        [
            (ResolveError.unknownType(hostile), .unsupported),
            (ResolveError.unsupportedField(hostile, type: hostile), .unsupported),
            (ResolveError.unknownNotation(hostile, nearest: [hostile]), .badSource),
            (ResolveError.shortNameOfShortName(hostile, hostile), .badSource),
            (ResolveError.malformedNotation(hostile, form: "channel:NAME"), .badSource),
            (ResolveError.malformedImage(hostile, .invalidName(hostile, .malformed)), .badSource),
            (ResolveError.unknownParameter(hostile, in: hostile), .badSource),
            (ResolveError.optionDoesNotFit("--at", source: hostile), .usage),
            (ResolveError.channelNotFound(hostile, url: hostile, nearest: []), .notFound),
            (ResolveError.channelNotFound(hostile, url: hostile, nearest: [hostile, hostile]), .notFound),
            (ResolveError.artifactNotFound(hostile, channel: hostile, url: hostile), .notFound),
            (ResolveError.malformedLink(parameter: hostile, url: hostile), .network),
            (ResolveError.refNotFound(hostile, url: hostile), .notFound),
            (ResolveError.emptyRepository(url: hostile), .notFound),
            (ResolveError.noDefaultBranch(url: hostile), .notFound),
            (ResolveError.branchIsNotFixed(hostile, revision: hostile, url: hostile), .badSource),
            (ResolveError.closedToStrangers(url: hostile), .auth),
            (ResolveError.perhapsSubgroup(meant: hostile, .notFound(url: hostile)), .notFound),
            (ResolveError.webPage(hostile, repository: hostile), .badSource),
        ]
        + [
            ([], nil, nil), (["x" + hostile], nil, nil), ([hostile + "-1.0", "a-1.0", "b-1.0"], nil, nil),
            ([], nil, hostile), ([hostile], nil, hostile), (["1.0", "2.0"], "<1", nil), (["1.0-rc1"], nil, nil),
            (["1.0-rc1", "2.0"], "<2", nil), (["1.0-rc1", hostile], "<2", "1."),
        ].map { tags, range, prefix in
            let choice = ReleaseChoice.choose(
                among: tags, prefix: prefix, range: range.flatMap { try? VersionRange(parsing: $0, scheme: .release) })
            return (ResolveError.noRelease(choice, range: range, url: hostile), .notFound)
        } + malformedRanges

    private static let malformedRanges: [(any Error, Problem.Code)] = [
        .emptyClause(at: 3), .missingOperator(hostile, at: 0), .missingVersion(operator: hostile, at: 2),
        .missingComma(hostile, at: 1), .notAVersion(hostile, .release, at: 9),
        .unknownOperator(hostile, .release, at: 0),
        .versionDoesNotFit(hostile, operator: hostile, at: 1), .nothingFits(hostile, hostile),
    ].flatMap { (error: VersionRangeError) -> [(any Error, Problem.Code)] in
        [
            (ResolveError.malformedRange(hostile, error, from: .rangeOption), .usage),
            (ResolveError.malformedRange(hostile, error, from: .upperBoundOption), .usage),
            (ResolveError.malformedRange(hostile, error, from: .lock), .badLock),
        ]
    }

    static let transferErrors: [(any Error, Problem.Code)] =
        [
            (TransferError.malformedURL(hostile), .badSource), (TransferError.credentialsInURL(hostile), .badSource),
            (TransferError.invalidHeader(name: hostile), .internal), (TransferError.offline(url: hostile), .offline),
            (TransferError.unknownHost(hostile), .network), (TransferError.connectionRefused(url: hostile), .network),
            (TransferError.unreachable(url: hostile, detail: hostile), .network),
            (TransferError.proxy(url: hostile, detail: hostile), .network),
            (TransferError.tls(url: hostile, detail: hostile), .tls),
            (TransferError.connectionLost(url: hostile, detail: hostile), .network),
            (TransferError.timedOut(url: hostile, phase: .connect, after: .seconds(1)), .timeout),
            (TransferError.timedOut(url: hostile, phase: .stall, after: .milliseconds(1500)), .timeout),
            (TransferError.timedOut(url: hostile, phase: .overall, after: .seconds(1)), .timeout),
            (TransferError.tooManyRedirects(url: hostile, limit: 10), .network),
            (TransferError.insecureRedirect(from: hostile, to: hostile), .network),
            (TransferError.unsupportedRedirect(from: hostile, to: hostile), .network),
            (TransferError.status(code: 401, url: hostile, retryAfter: nil), .auth),
            (TransferError.status(code: 403, url: hostile, retryAfter: nil), .auth),
            (TransferError.status(code: 404, url: hostile, retryAfter: nil), .notFound),
            (TransferError.status(code: 410, url: hostile, retryAfter: nil), .notFound),
            (TransferError.status(code: 418, url: hostile, retryAfter: nil), .network),
            (TransferError.status(code: 429, url: hostile, retryAfter: .seconds(3)), .rateLimited),
            (TransferError.status(code: 503, url: hostile, retryAfter: nil), .network),
            (TransferError.unusableCredential(.variable(hostile)), .auth),
            (TransferError.truncated(url: hostile, received: 1, expected: 2), .network),
            (TransferError.truncated(url: hostile, received: 1, expected: nil), .network),
            (TransferError.bodyTooLarge(url: hostile, limit: 1), .network),
            (TransferError.protocolFailure(url: hostile, code: 1, detail: hostile), .network),
            (TransferError.shutDown, .interrupted),
        ] + refusals + limits

    static let limits: [(any Error, Problem.Code)] = {
        let times: [(Duration?, Int64?)] = [(nil, nil), (.seconds(90), 1_700_000_000), (.seconds(90), .max)]
        return times.flatMap { wait, end in
            ([nil] + origins).flatMap { credential in
                ["", hostile, "github.com"].map { authority in
                    let limit = RateLimit(
                        url: hostile, status: 403, authority: authority, wait: wait, end: end, credential: credential)
                    return (TransferError.rateLimited(limit) as any Error, Problem.Code.rateLimited)
                }
            }
        }
    }()

    static let closed = Refusal(url: hostile, status: 401, authority: hostile, attempt: .nothingKnown)

    static let origins: [CredentialOrigin] = [
        .variable(hostile), .netrc(path: hostile), .accessTokens(place: hostile), .git,
    ]

    static let refusals: [(any Error, Problem.Code)] = {
        let attempts: [Refusal.Attempt] =
            [.nothingKnown, .given, .withheldFromPlainHTTP, .withheldFromRedirect] + origins.map { .tried($0) }
        return attempts.flatMap { attempt in
            [(401, Problem.Code.auth), (403, .auth), (404, .notFound)].map { status, code in
                let refusal = Refusal(url: hostile, status: status, authority: hostile, attempt: attempt)
                return (TransferError.refused(refusal) as any Error, code)
            }
        }
    }()

    static let gitErrors: [(any Error, Problem.Code)] = {
        guard let id = zero else { return [] }
        let urlFaults: [GitURLFault] = [
            .empty, .noScheme, .unsupportedScheme(hostile), .illegalCharacter(27), .credentials, .illegalHost(hostile),
            .illegalPort(hostile), .illegalPath, .illegalEscape, .fragment, .unknownParameter(hostile),
            .duplicateParameter(hostile), .illegalParameter(hostile, value: hostile),
        ]
        let protocolFaults: [ProtocolFault] = [
            .truncated, .illegalPacketLength, .unexpectedPacket(hostile), .unsupportedVersion(hostile),
            .missingCapability(hostile), .tooLong, .illegalPack(hostile),
        ]
        let objectFaults: [ObjectFault] = [.wrongHash, .malformed, .wrongType, .unreadable(hostile)]
        let treeFaults: [TreeFault] = [
            .illegalName, .nameTooLong, .duplicateName, .illegalMode(0o170000), .illegalTarget, .targetTooLong,
            .tooDeep, .tooManyEntries(limit: 5),
        ]
        let submoduleFaults: [SubmoduleFault] = [
            .noURL, .aboveHost(hostile), .localURL(hostile), .illegalBranch(hostile), .tooMany(limit: 5),
        ]
        let gitmodulesFaults: [GitmodulesFault] = [
            .notAFile, .tooLong, .malformed(line: 5), .ambiguous(line: 5), .missingValue(hostile), .include,
        ]
        let rest: [(GitError, Problem.Code)] = [
            (.invalidRefName(hostile), .badSource), (.notFound(url: hostile), .notFound),
            (
                .authenticationRequired(url: hostile, closed), .auth
            ),
            (.notSmartHTTP(url: hostile, contentType: hostile), .badGit),
            (.notSmartHTTP(url: hostile, contentType: nil), .badGit), (.sha256Repository(url: hostile), .unsupported),
            (.shallowRepository(url: hostile), .unsupported),
            (.refusedByServer(url: hostile, message: hostile), .badGit),
            (.revisionNotOnServer(id, url: hostile), .notFound),
            (.ambiguousRevision(hostile, url: hostile), .badSource),
            (.unknownAbbreviation(hostile, url: hostile), .notFound),
            (.hostKeyRefused(host: hostile), .auth), (.sshKeyRefused(url: hostile), .auth),
            (.hostNotFound(host: hostile), .network), (.connectionFailed(url: hostile, errnum: ECONNREFUSED), .network),
            (.timedOut(url: hostile, seconds: 60), .timeout),
            (.sshUnsupported(program: hostile, errnum: ENOENT), .unsupported),
            (.sshFailed(url: hostile, status: 255, message: hostile), .auth),
            (.notARepository(path: hostile), .notFound),
            (.missingObject(id), .badGit), (.notACommit(id), .badGit),
            (.library(function: "git_odb_open", code: -1, message: hostile), .badGit),
            (.unwritablePack(message: hostile), .io), (.system(call: "mkdir", path: hostile, errnum: ENOSPC), .io),
            (.system(call: "open", path: hostile, errnum: EACCES), .io),
        ]
        return urlFaults.map { (GitError.invalidURL(text: hostile, $0), .badSource) }
            + protocolFaults.map { (GitError.malformedResponse(url: hostile, $0), .badGit) }
            + objectFaults.map { (GitError.corruptObject(id, $0), .badGit) }
            + treeFaults.map { (GitError.unrepresentableTree(path: hostile, $0), .badTree) }
            + submoduleFaults.map { (GitError.submodule(path: hostile, $0), .badGit) }
            + urlFaults.map { (GitError.submodule(path: hostile, .illegalURL(hostile, $0)), .badGit) }
            + gitmodulesFaults.map { (GitError.illegalGitmodules($0), .badGit) }
            + rest.map { ($0.0, $0.1) }
    }()

    // MARK: The lock

    static let lockfileErrors: [(any Error, Problem.Code)] = {
        let calls: [LockfileError.SystemCall] = [
            .resolve, .open, .read, .list, .lock, .create, .setMode, .write, .synchronize, .rename, .makeDirectory,
        ]
        let rest: [(LockfileError.Reason, Problem.Code)] = [
            (.notFound, .notFound), (.notRegularFile, .badLock), (.cancelled, .interrupted),
            (.tooLarge(limit: 1 << 20), .badLock),
            (.mergeConflict(line: 3), .badLock), (.missingVersion, .badLock), (.invalidVersion(hostile), .badLock),
            (.laterVersion(found: 2, supported: 1), .laterVersion), (.invalidName(hostile, .empty), .usage),
            (.invalidName(hostile, .controlCharacter), .usage),
            (.invalidName(hostile, .tooLong(byteCount: 212, limit: 211)), .usage),
            (.overrideClash(first: hostile, second: hostile, variable: "PINR_OVERRIDE_x"), .exists),
            (.noSuchPin(hostile, nearest: []), .notFound),
            (.noSuchPin(hostile, nearest: [hostile, hostile]), .notFound),
            (.pinExists(hostile), .exists),
        ]
        let reasons =
            rest + calls.map { (.system($0, errnum: ENOSPC), .io) } + malformedTexts.map { (.malformed($0), .badLock) }
            + fields.map { ($0, .badLock) }
        return reasons.flatMap { reason, code in
            [(LockfileError(reason), code), (LockfileError(reason, file: hostile), code)]
        }
    }()

    /// One of every reason for which a text is no JSON, and of everything that may be missing.
    static let malformedTexts: [JSONError] = {
        let texts: [[UInt8]] =
            [
                "", "[", "[1", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "1 2", "[1}", "\u{1B}", "\u{202E}", "tru", "1.",
                "\"a",
                "\"\u{1}\"", "\"\\q\"", "\"\\ud800\"", "\u{FEFF}1", "{\"\\u001b\\n\":1,\"\\u001b\\n\":2}",
                String(repeating: "[", count: 600),
            ].map { Array($0.utf8) } + [[0x22, 0xFF, 0x22]]
        return texts.compactMap { text in
            do throws(JSONError) {
                _ = try JSON(parsing: text)
                return nil
            } catch {
                return error
            }
        }
    }()

    static let fields: [LockfileError.Reason] = {
        guard case .field(let path, _)? = reason(of: ["type": 1]) else { return [] }
        let types: [JSONType] = [.null, .bool, .number, .string, .array, .object]
        let problems: [FieldProblem] =
            [
                .missing, .emptyText, .controlCharacter, .notInteger(hostile), .notRevision(hostile),
                .notImageDigest(hostile), .notImageName(hostile), .notImageTag(hostile), .notPathComponent(hostile),
                .outOfTree("../\(hostile)"),
                .notWebHost(hostile), .notPackageName(hostile), .notMinimumAge(hostile), .notSchedule(hostile),
            ] + types.map { .wrongType(expected: $0, found: $0) }
            + [DigestError.missingAlgorithm(hostile), .malformed(hostile)].map { .notDigest($0) }
            + [StorePathError.emptyName, .reservedName(hostile)].map { .notStoreName($0) }
        return problems.map { .field(path, $0) }
    }()

    static func reason(of source: JSON) -> LockfileError.Reason? {
        do throws(LockfileError) {
            _ = try Source(json: source)
            return nil
        } catch {
            return error.inPin(hostile).reason
        }
    }
}
