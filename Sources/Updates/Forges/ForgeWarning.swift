public import Transfer

/// What was asked for with a pull request and could not be had, though the pull request itself could.
public enum ForgeWarning: Sendable, Equatable {
    /// Labels that it did not get.
    case labels([String], Cause)
    /// Somebody who was not asked for a review.
    case reviewer(String, Cause)
    /// Somebody whom it was not assigned to.
    case assignee(String, Cause)
    /// The forge will not merge it on its own.
    case autoMerge(AutoMergeObstacle)
    /// What should have been said before it was closed.
    case comment(Cause)
    /// The body was longer than the forge takes, and was cut.
    case bodyCut(limit: Int)

    /// Why it could not be had.
    public enum Cause: Sendable, Equatable {
        /// The forge has nobody and nothing of that name.
        case unknown
        /// The forge says nothing and did not do it: who has no access is passed over, and so is whoever is one too many
        /// where a plan allows but one.
        case passedOver
        /// The forge's words, which may be none.
        case refused(status: Int, said: [String])
        /// The token may not do it.
        case notAuthorised(ForgeTask, ForgeProject.Kind, said: [String])
        /// There was no answer, or one that says that the server failed.
        case failed(TransferError)
        /// Something else is wrong with what the forge answers.
        case answered(ForgeError)
    }

    /// Why a pull request is not merged automatically.
    public enum AutoMergeObstacle: Sendable, Equatable {
        /// The repository is not set up for it.
        case notAllowed
        /// No check or approval is waited for, so that it would be merged at once, unseen.
        case nothingToWaitFor
        /// The forge is still at work on it; the next time it may be possible.
        case notYet
        /// It is a draft.
        case draft
        case other(Cause)
    }
}

extension ForgeWarning.Cause {
    /// - Throws: the error itself where it is nothing to warn of, such as `CancellationError`.
    init(_ error: any Error) throws {
        switch error {
        case ForgeError.invalid(_, _, let status, let said): self = .refused(status: status, said: said)
        case ForgeError.notAuthorised(let task, let kind, _, let said): self = .notAuthorised(task, kind, said: said)
        case ForgeError.forbidden(_, _, let said): self = .refused(status: 403, said: said)
        case let error as ForgeError: self = .answered(error)
        case let error as TransferError: self = .failed(error)
        default: throw error
        }
    }
}
