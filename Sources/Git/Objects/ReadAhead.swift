internal import CGit2
internal import Threads

/// Reads files out of an object database on threads of its own, some way ahead of who asks for them in order.
///
/// Inflating is most of the work of hashing a tree; one thread would do nothing else.
final class ReadAhead: @unchecked Sendable {
    // @unchecked: what changes is read and written with `monitor` locked only; the rest is constant.

    private static let maximumObjects = 256
    private static let maximumBytes = 32 << 20
    /// Below this many objects threads cost more than they bring.
    private static let worthwhile = 100

    /// An object of one of several databases.
    struct Request {
        let id: ObjectID
        /// Which database has it.
        let database: UInt16
    }

    private let requests: [Request]
    private let databases: [ObjectDatabase]
    private let monitor = Monitor()
    /// The index of the next request that no thread has taken.
    private var claimed = 0
    /// The index of the request that is asked for next.
    private var position = 0
    private var finished: [Int: Result<LoadedObject, GitError>] = [:]
    private var waitingBytes = 0
    /// The index of the request that `next` waits for.
    private var awaited: Int?
    /// How many threads wait for room.
    private var parked = 0
    private var isStopped = false
    private var running = 0

    init(_ requests: [Request], from databases: [ObjectDatabase]) {
        self.requests = requests
        self.databases = databases
    }

    /// Starts threads, if there is enough to do; without any the objects are read when they are asked for.
    func start(threads: Int) {
        guard requests.count >= Self.worthwhile else { return }
        for _ in 0..<threads {
            monitor.lock()
            running += 1
            monitor.unlock()
            do {
                try startThread { [self] in work() }
            } catch {
                leave()
            }
        }
    }

    /// The objects in the order of the requests, one a call.
    /// - Throws: what reading it threw.
    func next() throws(GitError) -> LoadedObject {
        monitor.lock()
        let index = position
        position += 1
        if claimed <= index {
            // Nobody has begun with it.
            claimed = index + 1
            wakeParked()
            monitor.unlock()
            return try read(requests[index], databases[Int(requests[index].database)])
        }
        awaited = index
        while finished[index] == nil { monitor.wait() }
        awaited = nil
        let result = finished.removeValue(forKey: index)
        if case .success(let object) = result { waitingBytes -= object.size }
        wakeParked()
        monitor.unlock()
        guard let result else { throw .missingObject(requests[index].id) }
        return try result.get()
    }

    /// Lets waiting threads go on once half of the room is free: a wake-up an object would cost more than it brings.
    private func wakeParked() {
        let isRoomy = claimed - position <= Self.maximumObjects / 2 && waitingBytes <= Self.maximumBytes / 2
        if parked > 0 && (isRoomy || claimed <= position) { monitor.broadcast() }
    }

    /// Ends the threads and waits until they have.
    func stop() {
        monitor.lock()
        isStopped = true
        monitor.broadcast()
        while running > 0 { monitor.wait() }
        monitor.unlock()
    }

    // MARK: Threads

    private func work() {
        defer { leave() }
        var own: (index: UInt16, database: ObjectDatabase)?
        while let index = claim() {
            let request = requests[index]
            let database: ObjectDatabase
            if let own, own.index == request.database {
                database = own.database
            } else {
                // Each thread has a handle of its own: two with one would wait for each other. It keeps that of the
                // repository it is in, so that a tree of many repositories has few of them open.
                let shared = databases[Int(request.database)]
                database = (try? shared.reopened()) ?? shared
                own = (request.database, database)
            }
            let result = Result { () throws(GitError) in try read(request, database) }
            monitor.lock()
            finished[index] = result
            if case .success(let object) = result { waitingBytes += object.size }
            if awaited == index { monitor.broadcast() }
            monitor.unlock()
        }
    }

    private func claim() -> Int? {
        monitor.lock()
        defer { monitor.unlock() }
        while !isStopped, claimed < requests.count,
            claimed - position >= Self.maximumObjects || (waitingBytes > Self.maximumBytes && claimed > position)
        {
            parked += 1
            monitor.wait()
            parked -= 1
        }
        guard !isStopped, claimed < requests.count else { return nil }
        defer { claimed += 1 }
        return claimed
    }

    private func leave() {
        monitor.lock()
        running -= 1
        monitor.broadcast()
        monitor.unlock()
    }

    private func read(_ request: Request, _ database: ObjectDatabase) throws(GitError) -> LoadedObject {
        LoadedObject(try database.read(request.id, as: GIT_OBJECT_BLOB))
    }
}

/// An object in memory that one thread reads and another uses.
final class LoadedObject: @unchecked Sendable {
    // @unchecked: an object is never changed, and the count of references to libgit2's is atomic.
    private let object: StoredObject

    init(_ object: consuming StoredObject) {
        self.object = object
    }

    var size: Int { object.size }
    var bytes: [UInt8] { object.bytes }

    func withBytes<Value>(_ body: (UnsafeRawBufferPointer) throws -> Value) rethrows -> Value {
        try object.withBytes(body)
    }
}
