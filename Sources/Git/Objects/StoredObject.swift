internal import CGit2

/// An object in memory.
struct StoredObject: ~Copyable {
    /// libgit2's object, or what was read without it.
    private enum Memory {
        case library(OpaquePointer)
        case own([UInt8])
    }

    private let memory: Memory
    let type: git_object_t

    /// Takes over an object of libgit2.
    init(_ object: OpaquePointer) {
        memory = .library(object)
        type = git_odb_object_type(object)
    }

    init(_ bytes: [UInt8], type: git_object_t) {
        memory = .own(bytes)
        self.type = type
    }

    deinit {
        if case .library(let object) = memory { git_odb_object_free(object) }
    }

    var size: Int {
        switch memory {
        case .library(let object): git_odb_object_size(object)
        case .own(let bytes): bytes.count
        }
    }

    /// Lends the object's bytes for the time of the call.
    func withBytes<Value>(_ body: (UnsafeRawBufferPointer) throws -> Value) rethrows -> Value {
        switch memory {
        case .library(let object):
            try body(UnsafeRawBufferPointer(start: git_odb_object_data(object), count: git_odb_object_size(object)))
        case .own(let bytes): try bytes.withUnsafeBytes(body)
        }
    }

    var bytes: [UInt8] {
        switch memory {
        case .library: withBytes { Array($0) }
        case .own(let bytes): bytes
        }
    }
}
