import CLibC

// What Swift's Glibc module adds to the C library, as far as it is used here.

var errno: Int32 {
    get { clibc_errno().pointee }
    set { clibc_errno().pointee = newValue }
}

var environ: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> { clibc_environment() }

func open(_ path: UnsafePointer<CChar>, _ flags: Int32, _ mode: mode_t = 0) -> Int32 {
    clibc_open(path, flags, mode)
}
