import Git
import PinrKit

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

extension WordingTests {
    static let workingRepositoryErrors: [(any Error, Problem.Code)] = {
        guard let id = zero else { return [] }
        let cases: [(WorkingRepositoryError, Problem.Code)] = [
            (.notARepository(path: hostile), .badGit),
            (.unsupportedFormat(path: hostile, format: hostile), .unsupported),
            (.configuration(path: hostile, line: 0), .badGit), (.configuration(path: hostile, line: 3), .badGit),
            (.illegalKey(hostile), .badGit), (.outsideWorkTree(path: hostile, workTree: hostile), .badGit),
            (.bare(path: hostile), .badGit), (.unknownRevision(hostile), .notFound),
            (.ambiguousRevision(hostile), .badSource), (.notACommit(hostile), .badGit),
            (.notAFile(path: hostile, commit: id), .badGit), (.tooLarge(path: hostile, limit: 5), .badGit),
            (.missingObject(id), .badGit), (.library(function: "git_index_read", code: -1, message: hostile), .badGit),
            (.system(call: "open", path: hostile, errnum: EACCES), .io),
        ]
        return cases.map { ($0.0, $0.1) }
    }()

    static let commitErrors: [(any Error, Problem.Code)] = {
        let busy = CommitError.Operation.allCases.map { (CommitError.busy($0), Problem.Code.badGit) }
        let people = CommitError.Role.allCases.flatMap { role in
            CommitError.Part.allCases.flatMap { part in
                [
                    (CommitError.noIdentity(role, part), Problem.Code.badGit),
                    (CommitError.emptyIdentity(role, part), Problem.Code.badGit),
                ]
            }
        }
        let rest: [(CommitError, Problem.Code)] = [
            (.foreignOwner(path: hostile), .badGit), (.bareRepository(path: hostile), .badGit),
            (.indexLocked(lock: hostile), .badGit),
            (.unreadableIndex(message: hostile), .unsupported), (.unmerged, .badGit), (.headMoved, .changedMeanwhile),
            (.uncommittedChanges(path: hostile), .badGit), (.ignored(path: hostile), .badGit),
            (.filtered(path: hostile, driver: hostile), .unsupported),
            (.illegalDate(variable: hostile, value: hostile), .badGit),
            (.unknownSignatureFormat(hostile), .unsupported), (.noSigningKey, .badGit),
            (.signerNotStarted(program: hostile, errnum: ENOENT), .unsupported),
            (.signingFailed(program: hostile, status: 2, message: hostile), .badGit),
        ]
        return (busy + people + rest).map { ($0.0, $0.1) }
    }()
}
