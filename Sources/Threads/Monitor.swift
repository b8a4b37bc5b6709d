#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

/// A mutex and a condition that belongs to it: threads wait under the mutex until another one changed something.
///
/// For what `Synchronization.Mutex` cannot do, which has no condition to wait for.
public final class Monitor: @unchecked Sendable {
    // @unchecked: both pointers are set once, and what they point to is made for use by several threads.

    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    public init() {
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        condition = .allocate(capacity: 1)
        condition.initialize(to: pthread_cond_t())
        // With default attributes they fail for want of memory alone.
        guard pthread_mutex_init(mutex, nil) == 0, pthread_cond_init(condition, nil) == 0 else {
            fatalError("the system gives no mutex")
        }
    }

    deinit {
        pthread_cond_destroy(condition)
        condition.deallocate()
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    public func lock() { pthread_mutex_lock(mutex) }

    public func unlock() { pthread_mutex_unlock(mutex) }

    /// Lets go of the mutex until somebody calls `broadcast`, or for no reason at all; it is locked before and after.
    public func wait() { pthread_cond_wait(condition, mutex) }

    /// Wakes every thread that waits.
    public func broadcast() { pthread_cond_broadcast(condition) }
}
