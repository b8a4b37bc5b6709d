internal import CGit2
internal import Threads

/// Writes a pack and its index into a folder while the pack comes in; every object's name is computed on the way.
struct PackIndexer: ~Copyable {
    private let indexer: OpaquePointer
    /// Kept alive for the callback, which has only a pointer to it.
    private let cancellation: Cancellation
    /// libgit2 keeps its count of objects in here between the calls.
    private var progress = git_indexer_progress()

    /// - Throws: `GitError.library`
    init(packFolder: String, cancellation: Cancellation) throws(GitError) {
        self.cancellation = cancellation
        var options = git_indexer_options()
        try Libgit2.check(
            "git_indexer_options_init", git_indexer_options_init(&options, UInt32(GIT_INDEXER_OPTIONS_VERSION)))
        // `verify` would ask for the parents of a shallow commit. What is missing is noticed when it is read.
        options.verify = 0
        options.progress_cb = { _, payload in
            guard let payload else { return 0 }
            return Unmanaged<Cancellation>.fromOpaque(payload).takeUnretainedValue().isCancelled ? -1 : 0
        }
        options.progress_cb_payload = Unmanaged.passUnretained(cancellation).toOpaque()
        var indexer: OpaquePointer?
        let code = git_indexer_new(&indexer, packFolder, 0, nil, &options)
        guard code == 0, let indexer else { throw Libgit2.failure("git_indexer_new", code) }
        self.indexer = indexer
    }

    deinit {
        git_indexer_free(indexer)
    }

    /// - Throws: `ProtocolFault.illegalPack`, `GitError.unwritablePack`, `CancellationError`
    mutating func append(_ bytes: UnsafeRawBufferPointer) throws {
        try cancellation.throwIfCancelled()
        guard !bytes.isEmpty else { return }
        try check(git_indexer_append(indexer, bytes.baseAddress, bytes.count, &progress))
    }

    /// Resolves what is still open and writes the index.
    /// - Throws: `ProtocolFault.illegalPack`, `GitError.unwritablePack`, `CancellationError`
    consuming func finish() throws {
        try check(git_indexer_commit(indexer, &progress))
    }

    private func check(_ code: Int32) throws {
        guard code < 0 else { return }
        let (message, isOfSystem) = (Libgit2.lastMessage, Libgit2.isLastOfSystem)
        try cancellation.throwIfCancelled()
        // A full disk is nothing that the server did wrong.
        if isOfSystem { throw GitError.unwritablePack(message: message) }
        throw ProtocolFault.illegalPack(message)
    }
}
