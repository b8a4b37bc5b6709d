/// Why another program could not be run.
public enum ProgramError: Error, Sendable, Equatable {
    /// The program cannot be started; an error number of the system.
    case notStarted(program: String, errnum: Int32)
    /// A call of the operating system failed.
    case system(call: String, errnum: Int32)
    /// It was not done in time, and has been ended.
    case timedOut(program: String)
    /// It wrote more than so many bytes, and has been ended.
    case tooMuchOutput(program: String, limit: Int)
}
